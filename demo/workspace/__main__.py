"""Run the workspace alone: `python -m demo.workspace [--sample] [--port N] [--manifest FILE]`."""

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

import yaml

from demo.workspace.sample.fill import fill
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import WorkspaceSeed, demo_seed
from demo.workspace.server import WorkspaceServer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.workspace", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--sample", action="store_true", help="fill it with samples and a stand-in app")
    parser.add_argument("--manifest", type=Path, help="the app's manifest, YAML or JSON")
    parser.add_argument("--login", help="login token (default: random)")
    parser.add_argument("--env-file", type=Path, help="write the bot's settings here, readable by you only")
    return parser.parse_args()


def _manifest(path: Path | None) -> dict[str, Any]:
    if path is None:
        return sample_manifest()
    loaded = yaml.safe_load(path.read_text())
    if not isinstance(loaded, dict):
        raise SystemExit(f"{path} is not a manifest")
    return loaded


def _write_env(path: Path, server: WorkspaceServer, seed: WorkspaceSeed) -> None:
    app = seed.apps[0]
    lines = (
        f"SLACK_API_URL={server.api_url}",
        f"SLACK_BOT_TOKEN={app.bot_token}",
        f"SLACK_APP_TOKEN={app.app_token}",
        f"SLACK_SIGNING_SECRET={app.signing_secret}",
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")


async def _run(options: argparse.Namespace) -> None:
    seed = demo_seed(_manifest(options.manifest))
    async with WorkspaceServer(seed, port=options.port, login_token=options.login) as server:
        if options.sample:
            await fill(server.workspace)
        if options.env_file:
            _write_env(options.env_file, server, seed)
        print(f"Open the workspace: {server.login_url}", flush=True)
        print(f"Web API for the bot: {server.api_url}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    try:
        asyncio.run(_run(_arguments()))
    except KeyboardInterrupt:
        print("The workspace is closed.")


if __name__ == "__main__":
    main()

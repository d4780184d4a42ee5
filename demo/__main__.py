"""The demo's command line: run the world, or break and mend it while it runs."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from demo.backends.process import BackendFailed, BackendMissing
from demo.faults.door import DoorClosed, ask_door
from demo.settings import DemoSettings
from demo.world import World


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="A small production to try the bot on."
    )
    parser.add_argument("--home", type=Path, default=Path(".demo"), help="directory for all data of the demo")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="run the world until Ctrl-C (the default)")
    fault = commands.add_parser("fault", help="inject, list or clear faults of a running demo")
    fault.add_argument("name", nargs="?", help="the fault to inject")
    fault.add_argument("--list", action="store_true", help="list the faults")
    fault.add_argument("--clear", metavar="NAME", help="the fault to clear")
    return parser


async def run(settings: DemoSettings) -> None:
    """Run the world until SIGINT or SIGTERM."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    webhook = f"http://127.0.0.1:{settings.bot_port}/webhooks/alertmanager"
    async with World(settings, alert_webhook_url=webhook):
        print("break something: python -m demo fault --list")
        await ended.wait()


async def fault(settings: DemoSettings, options: argparse.Namespace) -> None:
    """Talk to the control door of the running demo."""
    file = settings.control_file
    if options.clear:
        await ask_door(file, "DELETE", f"/faults/{options.clear}")
        print(f"{options.clear} is cleared")
    elif options.name:
        await ask_door(file, "POST", f"/faults/{options.name}")
        print(f"{options.name} is injected; the first alert fires within 40 seconds")
    else:
        answer = await ask_door(file, "GET", "/faults")
        for item in answer["faults"]:  # type: ignore[attr-defined]  # JSON of our own door
            print(f"{'*' if item['active'] else ' '} {item['id']:<20} {item['description']}")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = arguments().parse_args(argv)
    settings = DemoSettings(home=options.home)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(fault(settings, options) if options.command == "fault" else run(settings))
    except (BackendMissing, BackendFailed, DoorClosed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

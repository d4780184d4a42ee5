"""A running local workspace, the official bot library connected to it, and the official schemas."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace.delivery.transport import Delivery
from demo.workspace.errors import DeliveryFailed
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import WorkspaceSeed, demo_seed, new_app
from demo.workspace.server import WorkspaceServer

Json = dict[str, Any]
# For stories that are not about how long Slack waits: on a busy machine three seconds are soon over.
PATIENT = {"ack_seconds": 20.0, "trigger_seconds": 20.0}
SCHEMAS = Path(__file__).parents[1] / "data" / "slack"
MINA, JUN, ALEX = "U0MINA0001", "U0JUN00002", "U0ALEX0003"


def seed(*, without_scopes: tuple[str, ...] = (), **app: Any) -> WorkspaceSeed:
    """Return the demo's seed with the sample manifest, less some scopes."""
    manifest = sample_manifest()
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] = [scope for scope in scopes["bot"] if scope not in without_scopes]
    base = demo_seed(manifest)
    return base.model_copy(update={"apps": (new_app(manifest, **app),)})


@asynccontextmanager
async def running(chosen: WorkspaceSeed | None = None, **options: Any) -> AsyncIterator[WorkspaceServer]:
    """Run a strict workspace without rate limits, unless told otherwise."""
    settings = {"strict": True, "rate_limits": None} | options
    async with WorkspaceServer(chosen or seed(), **settings) as server:
        yield server


def client_of(server: WorkspaceServer, token: str | None = None) -> AsyncWebClient:
    """Return the official client of the workspace's app."""
    app = server.workspace.state.app.seed
    return AsyncWebClient(token=app.bot_token if token is None else token, base_url=server.api_url)


def bolt(server: WorkspaceServer) -> AsyncApp:
    """Return the official, unmodified app without listeners."""
    secret = server.workspace.state.app.seed.signing_secret
    return AsyncApp(client=client_of(server), signing_secret=secret)


@asynccontextmanager
async def over_socket(server: WorkspaceServer, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """Connect a bot over Socket Mode."""
    handler = AsyncSocketModeHandler(app, server.workspace.state.app.seed.app_token, ping_interval=1)
    await handler.connect_async()
    try:
        await server.workspace.wait_for(lambda _: server.gate.connected)
        yield handler
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(server: WorkspaceServer, app: AsyncApp) -> AsyncIterator[str]:
    """Serve a bot over signed HTTP and point the workspace at it."""
    runner = web.AppRunner(app.server(path="/slack/events").web_app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        assert await server.use_http(url)
        yield url
    finally:
        await runner.cleanup()


class Inbox:
    """A transport that keeps what the workspace sends and answers as told."""

    def __init__(self) -> None:
        self.got: list[Delivery] = []
        self.answers: dict[str, Json] = {}
        self.failures: list[DeliveryFailed] = []

    async def send(self, delivery: Delivery) -> Json:
        """Keep one delivery; fail while failures are queued."""
        self.got.append(delivery)
        if self.failures:
            raise self.failures.pop(0)
        return self.answers.get(delivery.name, {})

    def named(self, name: str) -> list[Json]:
        """List the payloads of one name."""
        return [delivery.payload for delivery in self.got if delivery.name == name]


@cache
def _schema(name: str) -> Json:
    loaded: Json = json.loads((SCHEMAS / f"schema-{name}.json").read_text())
    return loaded


def complaint(schema: str, value: Any, definition: str = "") -> str:
    """Return what the official type says against a value; empty when it agrees."""
    chosen = _schema(schema)
    if definition:
        chosen = {**chosen, "$ref": f"#/definitions/{definition}"}
    error = best_match(Draft7Validator(chosen).iter_errors(value))
    return f"{error.json_path}: {error.message}" if error else ""

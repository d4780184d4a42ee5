"""The control door: a loopback HTTP server through which another process injects and clears faults."""

import asyncio
import hmac
import json
import os
import secrets
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from demo.faults.catalogue import FaultUnknown
from demo.faults.panel import FaultPanel


class DoorClosed(RuntimeError):
    """No demo is running that could be asked, or it refuses."""


class ControlDoor:
    """Listens on a port of its own and leaves address and token in a file that only its owner can read."""

    def __init__(self, panel: FaultPanel, file: Path, *, port: int = 0) -> None:
        self._panel = panel
        self._file = file
        self._port = port
        self._token = secrets.token_urlsafe(24)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Open the door and write its file."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/faults", self._list),
                web.post("/faults/{name}", self._inject),
                web.delete("/faults/{name}", self._clear),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        write_private(self._file, json.dumps({"url": self.url, "token": self._token}))

    async def stop(self) -> None:
        """Close the door and remove its file."""
        if self._runner:
            await self._runner.cleanup()
        self._file.unlink(missing_ok=True)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return web.json_response({"error": "the token is in the demo's control.json"}, status=401)
        try:
            return await handler(request)
        except FaultUnknown as unknown:
            return web.json_response({"error": f"no fault is called {unknown.args[0]}"}, status=404)

    async def _list(self, _: web.Request) -> web.Response:
        state = await self._panel.describe()
        return web.json_response({"faults": [item.model_dump() for item in state.items]})

    async def _inject(self, request: web.Request) -> web.Response:
        active = await self._panel.turn(request.match_info["name"], on=True)
        return web.json_response({"active": active})

    async def _clear(self, request: web.Request) -> web.Response:
        active = await self._panel.turn(request.match_info["name"], on=False)
        return web.json_response({"active": active})


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


async def ask_door(file: Path, method: str, path: str) -> dict[str, object]:
    """Send one request to the running demo's door and return its answer; raise DoorClosed when there is none."""
    try:
        where = json.loads(await asyncio.to_thread(file.read_text))
    except (OSError, ValueError):
        raise DoorClosed(f"no demo is running (there is no {file}); start one with: python -m demo") from None
    headers = {"Authorization": f"Bearer {where['token']}"}
    try:
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.request(method, where["url"] + path) as response,
        ):
            answer: dict[str, object] = await response.json()
    except aiohttp.ClientError as error:
        raise DoorClosed(f"the demo at {where['url']} does not answer: {error}") from None
    if response.status >= 400:
        raise DoorClosed(str(answer.get("error", response.status)))
    return answer

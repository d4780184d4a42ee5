"""The page's routes: state, messages, events, acts, files and traffic."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web

from demo.workspace.errors import SlackRefusal
from demo.workspace.panel import Panel, PanelState
from demo.workspace.web import page_state
from demo.workspace.web.page_acts import ACTS
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
PAGE = Path(__file__).parents[1] / "page"
PING_SECONDS = 15.0
PANEL_SECONDS = 2.0
_FAILED = {
    "operation_timeout": "did not respond in time: operation_timeout",
    "dispatch_failed": "could not be reached: dispatch_failed",
}
_INLINE = {"image/png", "image/jpeg", "image/gif"}


class Door:
    """Serve the page to people."""

    def __init__(self, workspace: Workspace, panel: Panel | None) -> None:
        self._workspace = workspace
        self._panel = panel
        self._tasks: set[asyncio.Task[None]] = set()
        self._shown_panel: PanelState | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes for the application."""
        return [
            web.get("/", self._index),
            web.static("/static", PAGE),
            web.get("/page/state", self._state),
            web.get("/page/messages", self._messages),
            web.get("/page/canvas", self._canvas),
            web.get("/page/events", self._events),
            web.post("/page/act", self._act),
            web.get("/page/traffic", self._traffic),
            web.get("/files/{file_id}/{name}", self._file),
        ]

    async def show_panel(self, *, changed_only: bool = False) -> None:
        """Send the panel's present state to every open page."""
        if self._panel is None:
            return
        shown = await self._panel.describe()
        if not changed_only or shown != self._shown_panel:
            self._shown_panel = shown
            panel = shown.model_dump(mode="json")
            self._workspace.bus.publish({"type": "panel", "panel": panel})

    def watch_panel(self) -> None:
        """Keep open pages up to date with what the demo does to the panel by itself."""
        if self._panel is not None:
            self._background(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PANEL_SECONDS)
            if not self._workspace.bus.watched:
                continue
            try:
                await self.show_panel(changed_only=True)
            except Exception as error:  # noqa: BLE001 - a background task's outermost edge: any panel may fail
                self._complain(f"The panel cannot be read: {type(error).__name__}")

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complain(self, text: str) -> None:
        self._workspace.bus.publish({"type": "toast", "level": "error", "text": text})

    async def close(self) -> None:
        """Stop what a panel press left running."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-store"})

    def _viewer(self, request: web.Request) -> str:
        return self._workspace.state.user(request.query.get("user") or self._first_person()).id

    def _first_person(self) -> str:
        return next(user.id for user in self._workspace.state.users.values() if not user.is_bot)

    async def _state(self, request: web.Request) -> web.Response:
        try:
            viewer = self._viewer(request)
        except SlackRefusal as refusal:
            return web.json_response({"ok": False, "error": refusal.code}, status=404)
        return web.json_response(await page_state.whole_state(self._workspace, viewer, self._panel))

    async def _messages(self, request: web.Request) -> web.Response:
        try:
            viewer = self._viewer(request)
            _, channel = self._workspace.place(viewer, request.query.get("channel", ""))
            thread = request.query.get("thread_ts", "")
            found = page_state.messages(self._workspace, viewer, channel, thread)
        except SlackRefusal as refusal:
            return web.json_response({"ok": False, "error": refusal.code}, status=404)
        return web.json_response({"messages": found})

    async def _canvas(self, request: web.Request) -> web.Response:
        canvases = self._workspace.canvases
        try:
            viewer = self._viewer(request)
            canvas = canvases.get(request.query.get("id", ""))
            if not canvases.readable(canvas, viewer):
                raise SlackRefusal("canvas_not_found")
        except SlackRefusal as refusal:
            return web.json_response({"ok": False, "error": refusal.code}, status=404)
        return web.json_response({"canvas": canvases.shape(canvas)})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        subscriber = self._workspace.bus.open(self._viewer(request))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        try:
            await response.prepare(request)
            await response.write(b": open\n\n")
            async for line in subscriber.lines(PING_SECONDS):
                await response.write(f"data: {line}\n\n".encode())
        except ConnectionError:
            # The page went away; there is nobody left to tell.
            return response
        finally:
            self._workspace.bus.close(subscriber)
        return response

    async def _act(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            user = str(body["user"])
            if body["act"] == "panel":
                return web.json_response(await self._press(user, str(body["id"])))
            act = ACTS.get(str(body["act"]))
            if act is None:
                return web.json_response({"ok": False, "error": "unknown_act"})
            reply = await act(self._workspace, user, body)
        except SlackRefusal as refusal:
            reply = {"ok": False, "error": refusal.code}
        except (KeyError, TypeError, ValueError):
            return web.json_response({"ok": False, "error": "invalid_json"}, status=400)
        self._toast(user, reply)
        return web.json_response(reply)

    def _toast(self, user: str, reply: Json) -> None:
        failed = _FAILED.get(str(reply.get("error", "")))
        if failed:
            name = self._workspace.state.app.seed.name
            person = self._workspace.state.user(user).id
            toast = {"type": "toast", "level": "error", "text": f"{name} {failed}"}
            self._workspace.bus.publish(toast, [person])

    async def _press(self, user: str, item_id: str) -> Json:
        if self._panel is None:
            return {"ok": False, "error": "no_panel"}
        known = {item.id for item in (await self._panel.describe()).items}
        if item_id not in known:
            return {"ok": False, "error": "item_not_found"}
        self._background(self._run_press(self._panel, item_id, user))
        return {"ok": True}

    async def _run_press(self, panel: Panel, item_id: str, user: str) -> None:
        try:
            await panel.press(item_id, user)
        except Exception as error:  # noqa: BLE001 - a background task's outermost edge: any panel may fail
            self._complain(f"The switch {item_id} failed: {type(error).__name__}")
        await self.show_panel()

    async def _traffic(self, _request: web.Request) -> web.Response:
        newest = list(self._workspace.recorder.records)[-200:]
        keys = ("at", "direction", "name", "status", "ms", "summary")
        return web.json_response([{key: getattr(record, key) for key in keys} for record in newest])

    async def _file(self, request: web.Request) -> web.Response:
        files = self._workspace.files
        try:
            stored = files.get(request.match_info["file_id"])
        except SlackRefusal:
            return web.Response(status=404, text="There is no such file.")
        mimetype = files.describe(stored)["mimetype"]
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "inline" if mimetype in _INLINE else "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return web.Response(body=stored.content or b"", content_type=mimetype, headers=headers)

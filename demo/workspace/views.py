"""Modals and Home tabs: the stack of views each person has open, and their rules."""

import copy
import secrets
from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import App, State
from demo.workspace.triggers import Trigger

Json = dict[str, Any]
STACK_LIMIT = 3
_KEPT_KEYS = (
    "type", "title", "submit", "close", "blocks", "private_metadata", "callback_id",
    "clear_on_close", "notify_on_close", "external_id",
)  # fmt: skip


class Views:
    """Open, change and close views, and tell the pages."""

    def __init__(self, state: State, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer
        self._views: dict[str, Json] = {}
        self._owners: dict[str, str] = {}
        self._stacks: dict[str, list[str]] = {}
        self._homes: dict[tuple[str, str], str] = {}

    # --- looking

    def get(self, view_id: str) -> Json:
        """Find a view; refuses with `view_not_found`."""
        try:
            return self._views[view_id]
        except KeyError:
            raise SlackRefusal("view_not_found") from None

    def owner(self, view_id: str) -> str:
        """Return the user who sees a view."""
        return self._owners[view_id]

    def stack(self, user: str) -> list[Json]:
        """List the modals that a user has open, the top one last."""
        return [self._views[view_id] for view_id in self._stacks.get(user, [])]

    def home(self, app_id: str, user: str) -> Json | None:
        """Return the Home tab that an app published for a user."""
        view_id = self._homes.get((app_id, user))
        return self._views[view_id] if view_id else None

    def find(self, app: App, view_id: str, external_id: str) -> Json:
        """Find one of an app's views by either id."""
        if view_id:
            view = self.get(view_id)
        else:
            own = (v for v in self._views.values() if external_id and v["external_id"] == external_id)
            found = next(own, None)
            if found is None:
                raise SlackRefusal("view_not_found")
            view = found
        if view["app_id"] != app.id:
            raise SlackRefusal("view_not_found")
        return view

    # --- changing

    def open(self, app: App, trigger: Trigger, view: Json) -> Json:
        """Open a modal as the root of a fresh stack."""
        self._check_external(app, view)
        for view_id in self._stacks.pop(trigger.user, []):
            self._forget(view_id)
        return self._show(app, trigger.user, view, "view_opened")

    def push(self, app: App, user: str, view: Json) -> Json:
        """Put a modal on top of the stack; refuses with `push_limit_reached` beyond three."""
        stack = self._stacks.get(user, [])
        if not stack:
            raise SlackRefusal("view_not_found")
        if len(stack) >= STACK_LIMIT:
            raise SlackRefusal("push_limit_reached")
        self._check_external(app, view)
        return self._show(app, user, view, "view_pushed")

    def update(self, app: App, view_id: str, view: Json, *, hash_: str = "") -> Json:
        """Replace a view's content; refuses with `hash_conflict` when it changed meanwhile."""
        current = self.get(view_id)
        if hash_ and hash_ != current["hash"]:
            raise SlackRefusal("hash_conflict")
        if view.get("external_id") != current["external_id"]:
            self._check_external(app, view)
        fresh = self._build(app, view)
        for key in ("id", "root_view_id", "previous_view_id"):
            fresh[key] = current[key]
        self._views[view_id] = fresh
        user = self._owners[view_id]
        if fresh["type"] == "home":
            self._announcer.to_pages({"type": "home", "app_id": app.id, "view": fresh}, [user])
        else:
            self._announcer.to_pages({"type": "view_updated", "view": fresh}, [user])
        return fresh

    def publish(self, app: App, user: str, view: Json, *, hash_: str = "") -> Json:
        """Set an app's Home tab for a user."""
        current = self._homes.get((app.id, user))
        if current:
            return self.update(app, current, view, hash_=hash_)
        fresh = self._build(app, view)
        self._keep(fresh, user)
        self._homes[(app.id, user)] = fresh["id"]
        self._announcer.to_pages({"type": "home", "app_id": app.id, "view": fresh}, [user])
        return fresh

    def close(self, user: str, view_id: str, *, whole_stack: bool = False) -> list[Json]:
        """Close a modal (and all above it, or the whole stack); return the closed, top first."""
        stack = self._stacks.get(user, [])
        if view_id not in stack:
            return []
        at = 0 if whole_stack else stack.index(view_id)
        closed = [self._views[other] for other in reversed(stack[at:])]
        self._stacks[user] = stack[:at]
        for view in closed:
            self._forget(view["id"])
            self._announcer.to_pages({"type": "view_closed", "view_id": view["id"]}, [user])
        return closed

    def remember_state(self, view_id: str, values: Json) -> None:
        """Keep what the person has filled in."""
        if view_id in self._views:
            self._views[view_id]["state"] = {"values": values}

    # --- inside

    def _check_external(self, app: App, view: Json) -> None:
        name = view.get("external_id")
        if name and any(v["external_id"] == name and v["app_id"] == app.id for v in self._views.values()):
            raise SlackRefusal("duplicate_external_id")

    def _show(self, app: App, user: str, view: Json, kind: str) -> Json:
        stack = self._stacks.setdefault(user, [])
        fresh = self._build(app, view)
        if stack:
            fresh["root_view_id"] = stack[0]
            fresh["previous_view_id"] = stack[-1]
        self._keep(fresh, user)
        stack.append(fresh["id"])
        self._announcer.to_pages({"type": kind, "view": fresh}, [user])
        return fresh

    def _keep(self, view: Json, user: str) -> None:
        self._views[view["id"]] = view
        self._owners[view["id"]] = user

    def _forget(self, view_id: str) -> None:
        self._views.pop(view_id, None)
        self._owners.pop(view_id, None)

    def _build(self, app: App, view: Json) -> Json:
        given = {key: copy.deepcopy(view[key]) for key in _KEPT_KEYS if view.get(key) is not None}
        view_id = self._state.ids.new("V")
        built: Json = {
            "id": view_id,
            "team_id": self._state.team.id,
            "title": {"type": "plain_text", "text": "View Title", "emoji": True},
            "submit": None,
            "close": None,
            "private_metadata": "",
            "callback_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "external_id": "",
            **given,
            "state": {"values": {}},
            "hash": f"{int(self._state.clock.now())}.{secrets.token_hex(4)}",
            "previous_view_id": None,
            "root_view_id": view_id,
            "app_id": app.id,
            "app_installed_team_id": self._state.team.id,
            "bot_id": app.seed.bot_id,
        }
        for block in built.get("blocks", []):
            block.setdefault("block_id", self._state.ids.new("b"))
        return built

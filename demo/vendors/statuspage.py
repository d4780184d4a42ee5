"""A double of Statuspage, written from its public documentation: a page, its components and its incidents."""

import itertools
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from demo.vendors.door import Faults

Json = dict[str, Any]
INCIDENT_STATES = ("investigating", "identified", "monitoring", "resolved", "postmortem")
COMPONENT_STATES = (
    "operational",
    "under_maintenance",
    "degraded_performance",
    "partial_outage",
    "major_outage",
)
IMPACTS = ("none", "maintenance", "minor", "major", "critical")
_DEMO_COMPONENTS = ("Online shop", "Checkout", "Payments", "Search", "Accounts")


class StatuspageVendor:
    """One page and what was posted on it."""

    name = "statuspage"

    def __init__(
        self,
        *,
        api_key: str = "",
        page_id: str = "demopage0001",
        title: str = "Shop status",
        components: Sequence[str] = _DEMO_COMPONENTS,
    ) -> None:
        self.faults = Faults()
        self.api_key = api_key or secrets.token_urlsafe(16)
        self.page_id = page_id
        self.page: Json = {"id": page_id, "name": title, "subdomain": "shop-status", "time_zone": "Etc/UTC"}
        self._ids = itertools.count(1)
        self.components: list[Json] = [self._component(name) for name in components]
        self.incidents: list[Json] = []

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the part of the API that incidents and components need."""
        page = "/v1/pages/{page}"
        return [
            web.get(page, self._guarded(self._get_page)),
            web.get(f"{page}/components", self._guarded(self._get_components)),
            web.patch(f"{page}/components/{{id}}", self._guarded(self._patch_component)),
            web.get(f"{page}/incidents", self._guarded(self._get_incidents)),
            web.get(f"{page}/incidents/unresolved", self._guarded(self._get_unresolved)),
            web.post(f"{page}/incidents", self._guarded(self._post_incident)),
            web.get(f"{page}/incidents/{{id}}", self._guarded(self._get_incident)),
            web.patch(f"{page}/incidents/{{id}}", self._guarded(self._patch_incident)),
        ]

    def state(self) -> Mapping[str, Any]:
        """Return the page as the public sees it."""
        return {"page": self.page, "components": self.components, "incidents": self.incidents}

    def _component(self, name: str) -> Json:
        return {
            "id": f"cmp{next(self._ids):09d}",
            "page_id": self.page_id,
            "name": name,
            "status": "operational",
            "group": False,
            "group_id": None,
            "updated_at": _now(),
        }

    def _guarded(self, handler: Any) -> Any:
        async def guard(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"OAuth {self.api_key}":
                return _error(401, "Could not authenticate")
            if request.match_info["page"] != self.page_id:
                return _error(404, "Not found")
            answer: web.Response = await handler(request)
            return answer

        return guard

    async def _get_page(self, _: web.Request) -> web.Response:
        return web.json_response(self.page)

    async def _get_components(self, _: web.Request) -> web.Response:
        return web.json_response(self.components)

    async def _patch_component(self, request: web.Request) -> web.Response:
        component = _found(self.components, request)
        if component is None:
            return _error(404, "Not found")
        wanted = (await request.json()).get("component", {}).get("status")
        if wanted not in COMPONENT_STATES:
            return _error(422, ["Status is not included in the list"])
        component.update(status=wanted, updated_at=_now())
        return web.json_response(component)

    async def _get_incidents(self, request: web.Request) -> web.Response:
        limit = int(request.query.get("limit", "100"))
        return web.json_response(list(reversed(self.incidents))[:limit])

    async def _get_unresolved(self, _: web.Request) -> web.Response:
        over = ("resolved", "postmortem")
        return web.json_response([i for i in reversed(self.incidents) if i["status"] not in over])

    async def _get_incident(self, request: web.Request) -> web.Response:
        incident = _found(self.incidents, request)
        return web.json_response(incident) if incident else _error(404, "Not found")

    async def _post_incident(self, request: web.Request) -> web.Response:
        wish = await _wish(request)
        problems = self._problems(wish, new=True)
        if problems:
            return _error(422, problems)
        incident: Json = {
            "id": f"inc{next(self._ids):09d}",
            "page_id": self.page_id,
            "name": wish["name"],
            "status": "investigating",
            "impact": "none",
            "created_at": _now(),
            "resolved_at": None,
            "metadata": {},
            "incident_updates": [],
            "components": [],
        }
        incident["shortlink"] = f"https://stspg.example/{incident['id']}"
        self._apply(incident, wish)
        self.incidents.append(incident)
        return web.json_response(incident, status=201)

    async def _patch_incident(self, request: web.Request) -> web.Response:
        incident = _found(self.incidents, request)
        if incident is None:
            return _error(404, "Not found")
        wish = await _wish(request)
        problems = self._problems(wish, new=False)
        if problems:
            return _error(422, problems)
        self._apply(incident, wish)
        return web.json_response(incident)

    def _problems(self, wish: Json, *, new: bool) -> list[str]:
        found = [] if wish.get("name") or not new else ["Name can't be blank"]
        if wish.get("status", "investigating") not in INCIDENT_STATES:
            found.append("Status is not included in the list")
        if wish.get("impact_override", "none") not in IMPACTS:
            found.append("Impact override is not included in the list")
        known = {component["id"] for component in self.components}
        if not set(wish.get("component_ids", ())) | set(wish.get("components", ())) <= known:
            found.append("Component ids are invalid")
        if set(wish.get("components", {}).values()) - set(COMPONENT_STATES):
            found.append("Component status is not included in the list")
        if not all(isinstance(value, dict) for value in wish.get("metadata", {}).values()):
            found.append("Metadata top-level values must be objects")
        return found

    def _apply(self, incident: Json, wish: Json) -> None:
        incident["name"] = wish.get("name", incident["name"])
        incident["status"] = wish.get("status", incident["status"])
        incident["impact"] = wish.get("impact_override", incident["impact"])
        incident["metadata"] = wish.get("metadata", incident["metadata"])
        changed = wish.get("components", {})
        for component in self.components:
            if component["id"] in changed:
                component.update(status=changed[component["id"]], updated_at=_now())
        affected = {item["id"] for item in incident["components"]} | set(wish.get("component_ids", ()))
        incident["components"] = [dict(item) for item in self.components if item["id"] in affected]
        incident["resolved_at"] = _now() if incident["status"] == "resolved" else None
        update = {
            "id": f"upd{next(self._ids):09d}",
            "incident_id": incident["id"],
            "status": incident["status"],
            "body": wish.get("body", ""),
            "created_at": _now(),
        }
        incident["incident_updates"] = [update, *incident["incident_updates"]]


def _found(rows: list[Json], request: web.Request) -> Json | None:
    return next((row for row in rows if row["id"] == request.match_info["id"]), None)


async def _wish(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        return {}
    wish = body.get("incident") if isinstance(body, dict) else None
    return wish if isinstance(wish, dict) else {}


def _error(status: int, words: str | list[str]) -> web.Response:
    return web.json_response({"error": words}, status=status)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

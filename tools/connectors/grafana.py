"""Grafana's dashboards, folders, teams and rights over its HTTP API."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from agent.domain.probe import Probe
from agent.errors import BadAnswer, Conflict, NotFound, OpsError
from tools.connectors.http_json import JsonHttp, excerpt, public_url
from tools.connectors.readers import DashboardVersion, JsonObject, StoredDashboard

BACKEND = "grafana"
PROBE = "Grafana"
_VIEW = 1
_VERSIONS = 30
_PRECONDITION = frozenset({409, 412})


def grafana_http(url: str, token: str, *, timeout_seconds: float) -> JsonHttp:
    """Return a client with the service account's token; raises Misconfigured for an unusable address."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return JsonHttp(
        "Grafana", BACKEND, url, timeout_seconds=timeout_seconds, headers=headers, conflicts=_PRECONDITION
    )


def dashboard_link(base: str, uid: str, variables: Mapping[str, str]) -> str:
    """Return a dashboard's address; variables become `var-NAME`, and `from` and `to` the time range."""
    named = {(key if key in ("from", "to") else f"var-{key}"): value for key, value in variables.items()}
    query = f"?{urlencode(named)}" if named else ""
    return f"{public_url(base)}/d/{quote(uid, safe='')}{query}"


class GrafanaDashboards:
    """A DashboardWriter."""

    def __init__(self, url: str, *, token: str, timeout_seconds: float) -> None:
        self._http = grafana_http(url, token, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def version(self) -> str:
        """Return the server's version."""
        answer = self._object(await self._http.fetch("/api/health"))
        return excerpt(str(answer.get("version", "unknown")), 40)

    async def probe(self) -> Probe:
        """Ask for the version, and whether the token may list folders; nothing is changed."""
        try:
            version = await self.version()
            await self._http.fetch("/api/folders", {"limit": "1"})
        except OpsError as error:
            fix = "Check OPS_GRAFANA_URL and OPS_GRAFANA_TOKEN (docs/dashboards.md#grafana)."
            return Probe(name=PROBE, ok=False, detail=error.user_message, fix=fix)
        return Probe(name=PROBE, ok=True, detail=f"version {version}, the token is good")

    async def dashboard(self, uid: str) -> StoredDashboard | None:
        """Return a dashboard, or None where there is none."""
        try:
            found = self._object(await self._http.fetch(f"/api/dashboards/uid/{_part(uid)}"))
        except NotFound:
            return None
        model, meta = self._object(found.get("dashboard")), self._object(found.get("meta"))
        return StoredDashboard(
            model=model,
            version=self._number(model.get("version")),
            folder=str(meta.get("folderUid") or ""),
            provisioned=bool(meta.get("provisioned")),
        )

    async def versions(self, uid: str) -> tuple[DashboardVersion, ...]:
        """Return the newest saves, newest first; none where there is no such dashboard."""
        try:
            found = await self._http.fetch(
                f"/api/dashboards/uid/{_part(uid)}/versions", {"limit": str(_VERSIONS)}
            )
        except NotFound:
            return ()
        # Newer servers wrap the list, so that they can say where the next page begins.
        listed = found.get("versions") if isinstance(found, dict) else found
        if not isinstance(listed, list):
            raise self._bad("a list of versions was expected")
        saves = [_save(item) for item in listed if isinstance(item, dict)]
        return tuple(sorted(saves, key=lambda save: save.version, reverse=True))

    async def content(self, uid: str, version: int) -> JsonObject:
        """Return what a dashboard held in one version; raises NotFound."""
        found = self._object(await self._http.fetch(f"/api/dashboards/uid/{_part(uid)}/versions/{version}"))
        return self._object(found.get("data"))

    async def save(self, model: JsonObject, folder: str, *, version: int | None, message: str) -> int:
        """Save over exactly this version (None creates), and return the new version; raises Conflict."""
        wanted = {key: value for key, value in model.items() if key not in ("id", "version")}
        # Without an id a dashboard is known by its uid; the version is the precondition.
        wanted |= {"id": None} if version is None else {"version": version}
        body = {"dashboard": wanted, "folderUid": folder, "message": message, "overwrite": False}
        answer = self._object(await self._http.send("POST", "/api/dashboards/db", body))
        return self._number(answer.get("version"))

    async def delete(self, uid: str) -> None:
        """Delete a dashboard; raises NotFound."""
        await self._http.send("DELETE", f"/api/dashboards/uid/{_part(uid)}")

    async def has_folder(self, uid: str) -> bool:
        """Say whether a folder exists."""
        try:
            await self._http.fetch(f"/api/folders/{_part(uid)}")
        except NotFound:
            return False
        return True

    async def create_folder(self, uid: str, title: str) -> None:
        """Create a folder; one that is there already is fine."""
        try:
            await self._http.send("POST", "/api/folders", {"uid": uid, "title": title})
        except Conflict:
            if not await self.has_folder(uid):
                raise

    async def teams(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return the ids of those teams that exist, by their names."""
        known: dict[str, int] = {}
        for name in names:
            found = self._object(await self._http.fetch("/api/teams/search", {"name": name, "perpage": "1"}))
            for team in found.get("teams") or ():
                if isinstance(team, dict) and team.get("name") == name:
                    known[name] = self._number(team.get("id"))
        return known

    async def let_read(self, folder: str, teams: Sequence[int]) -> None:
        """Let exactly these teams (and administrators) read a folder."""
        items = [{"teamId": team, "permission": _VIEW} for team in teams]
        await self._http.send("POST", f"/api/folders/{_part(folder)}/permissions", {"items": items})

    def link(self, uid: str, variables: Mapping[str, str]) -> str:
        """Return a dashboard's address."""
        return dashboard_link(self._http.shown, uid, variables)

    def _object(self, found: Any) -> JsonObject:
        if not isinstance(found, dict):
            raise self._bad("an object was expected")
        return found

    def _number(self, found: Any) -> int:
        if isinstance(found, bool) or not isinstance(found, int):
            raise self._bad("a number was expected")
        return found

    def _bad(self, why: str) -> BadAnswer:
        return BadAnswer(f"Grafana answered something unexpected: {why}.", backend=BACKEND)


def _part(uid: str) -> str:
    return quote(uid, safe="")


def _save(item: JsonObject) -> DashboardVersion:
    number = item.get("version")
    return DashboardVersion(
        version=number if isinstance(number, int) else 0,
        message=str(item.get("message") or ""),
        by=excerpt(str(item.get("createdBy") or "somebody"), 80),
        at=excerpt(str(item.get("created") or ""), 40),
    )

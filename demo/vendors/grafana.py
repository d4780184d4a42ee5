"""A double of Grafana's HTTP API, written from its public documentation: dashboards, folders, teams, annotations."""

import copy
import itertools
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from demo.vendors import grafana_page
from demo.vendors.door import Faults

VERSION = "12.3.0"
KEPT_VERSIONS = 20
_SERVICE_ACCOUNT = "sa-ops-monitor"
_UID = re.compile(r"^[A-Za-z0-9_-]{1,40}$")
_FOREVER = 2**53
Obj = dict[str, Any]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _refused(code: int, message: str, **more: str) -> web.Response:
    return web.json_response({"message": message, **more}, status=code)


class GrafanaVendor:
    """One organisation of a Grafana; its service account's token is `token`."""

    def __init__(self, teams: Sequence[str] = (), *, wraps_versions: bool = True) -> None:
        self._faults = Faults()
        self._ids = itertools.count(1)
        self._wraps_versions = wraps_versions
        self.token = f"glsa_{secrets.token_hex(12)}"
        self.team_ids: dict[str, int] = {name: next(self._ids) for name in teams}
        self.folders: dict[str, Obj] = {}
        self.dashboards: dict[str, list[Obj]] = {}
        self.provisioned: set[str] = set()
        self.annotations: list[Obj] = []

    @property
    def name(self) -> str:
        """Return its short name."""
        return "grafana"

    @property
    def faults(self) -> Faults:
        """Return its switches."""
        return self._faults

    def state(self) -> Mapping[str, Any]:
        """Return what it holds."""
        newest = {uid: saves[-1] for uid, saves in self.dashboards.items()}
        return {"folders": self.folders, "dashboards": newest, "annotations": self.annotations}

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the part of the API that dashboards need, and pages that show what was published."""
        guarded = self._guarded
        return (
            web.get("/", self._front),
            web.get("/d/{uid}", self._page),
            web.get("/d/{uid}/{slug}", self._page),
            web.get("/api/health", self._health),
            web.get("/api/folders", guarded(self._list_folders)),
            web.post("/api/folders", guarded(self._create_folder)),
            web.get("/api/folders/{uid}", guarded(self._folder)),
            web.post("/api/folders/{uid}/permissions", guarded(self._permit)),
            web.get("/api/teams/search", guarded(self._teams)),
            web.post("/api/dashboards/db", guarded(self._save)),
            web.get("/api/dashboards/uid/{uid}", guarded(self._dashboard)),
            web.delete("/api/dashboards/uid/{uid}", guarded(self._delete)),
            web.get("/api/dashboards/uid/{uid}/versions", guarded(self._versions)),
            web.get("/api/dashboards/uid/{uid}/versions/{version}", guarded(self._version)),
            web.get("/api/annotations", guarded(self._find)),
            web.post("/api/annotations", guarded(self._annotate)),
            web.patch("/api/annotations/{id}", guarded(self._change)),
        )

    def edit_by_hand(self, uid: str, by: str, **changes: Any) -> None:
        """Have a person save a dashboard with some of its fields changed."""
        model = {**copy.deepcopy(self.dashboards[uid][-1]["data"]), **changes}
        self._keep(uid, model, self.dashboards[uid][-1]["folder"], "", by)

    def _guarded(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return _refused(401, "Invalid API key")
            return await handler(request)

        return answer

    async def _front(self, _: web.Request) -> web.Response:
        newest = [saves[-1] for saves in self.dashboards.values()]
        return grafana_page.front(self.folders, newest, self.annotations)

    async def _page(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        saves = self.dashboards.get(uid)
        teams = {number: name for name, number in self.team_ids.items()}
        return grafana_page.dashboard(self.folders, teams, saves) if saves else grafana_page.absent(uid)

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"database": "ok", "version": VERSION, "commit": "0000000"})

    async def _list_folders(self, _: web.Request) -> web.Response:
        return web.json_response(
            [{"id": f["id"], "uid": f["uid"], "title": f["title"]} for f in self.folders.values()]
        )

    async def _create_folder(self, request: web.Request) -> web.Response:
        body = await request.json()
        uid, title = str(body.get("uid") or secrets.token_hex(6)), str(body.get("title", ""))
        if not title:
            return _refused(400, "folder title cannot be empty")
        if uid in self.folders:
            return _refused(409, "a folder with the same uid already exists")
        roles = [{"role": "Viewer", "permission": 1}, {"role": "Editor", "permission": 2}]
        self.folders[uid] = {"id": next(self._ids), "uid": uid, "title": title, "permissions": roles}
        return web.json_response(self.folders[uid])

    async def _folder(self, request: web.Request) -> web.Response:
        found = self.folders.get(request.match_info["uid"])
        return web.json_response(found) if found else _refused(404, "folder not found", status="not-found")

    async def _permit(self, request: web.Request) -> web.Response:
        found = self.folders.get(request.match_info["uid"])
        if found is None:
            return _refused(404, "folder not found")
        items = (await request.json()).get("items")
        known = set(self.team_ids.values())
        if not isinstance(items, list) or any(
            i.get("teamId", min(known, default=0)) not in known for i in items
        ):
            return _refused(400, "bad permission items")
        found["permissions"] = items
        return web.json_response(
            {"message": "Folder permissions updated", "id": found["id"], "title": found["title"]}
        )

    async def _teams(self, request: web.Request) -> web.Response:
        wanted = request.query.get("name")
        teams = [
            {"id": number, "orgId": 1, "name": name, "memberCount": 1}
            for name, number in self.team_ids.items()
            if wanted is None or name == wanted
        ]
        return web.json_response({"totalCount": len(teams), "teams": teams, "page": 1, "perPage": 1000})

    async def _save(self, request: web.Request) -> web.Response:
        body = await request.json()
        model, folder = body.get("dashboard"), str(body.get("folderUid") or "")
        if not isinstance(model, dict) or not model.get("title"):
            return _refused(400, "Dashboard title cannot be empty")
        uid = str(model.get("uid") or secrets.token_hex(7))
        if not _UID.match(uid):
            return _refused(400, "uid contains illegal characters or is too long")
        if folder and folder not in self.folders:
            return _refused(400, "folder not found")
        if uid in self.provisioned:
            return _refused(400, "Cannot save provisioned dashboard")
        saves = self.dashboards.get(uid)
        if saves and not body.get("overwrite"):
            if model.get("version") is None:
                return _refused(412, "A dashboard with the same uid already exists", status="name-exists")
            if model["version"] != saves[-1]["version"]:
                message = "The dashboard has been changed by someone else"
                return _refused(412, message, status="version-mismatch")
        if not saves and model.get("version"):
            return _refused(404, "Dashboard not found", status="not-found")
        kept = self._keep(uid, model, folder, str(body.get("message") or ""), _SERVICE_ACCOUNT)
        slug = re.sub(r"[^a-z0-9]+", "-", str(model["title"]).lower()).strip("-")
        answer = {"id": kept["id"], "uid": uid, "url": f"/d/{uid}/{slug}", "status": "success", "slug": slug}
        return web.json_response({**answer, "version": kept["version"], "folderUid": folder})

    def _keep(self, uid: str, model: Obj, folder: str, message: str, by: str) -> Obj:
        saves = self.dashboards.setdefault(uid, [])
        number = saves[-1]["version"] + 1 if saves else 1
        own = saves[-1]["data"]["id"] if saves else next(self._ids)
        save = {
            "id": next(self._ids),
            "uid": uid,
            "version": number,
            "parentVersion": number - 1,
            "created": _now(),
            "createdBy": by,
            "message": message,
            "folder": folder,
            "data": {**model, "id": own, "uid": uid, "version": number},
        }
        saves.append(save)
        del saves[:-KEPT_VERSIONS]
        return save

    async def _dashboard(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        saves = self.dashboards.get(uid)
        if not saves:
            return _refused(404, "Dashboard not found", status="not-found")
        meta = {"folderUid": saves[-1]["folder"], "provisioned": uid in self.provisioned, "url": f"/d/{uid}"}
        return web.json_response({"dashboard": saves[-1]["data"], "meta": meta})

    async def _delete(self, request: web.Request) -> web.Response:
        saves = self.dashboards.pop(request.match_info["uid"], None)
        if saves is None:
            return _refused(404, "Dashboard not found", status="not-found")
        title = saves[-1]["data"]["title"]
        return web.json_response(
            {"title": title, "message": f"Dashboard {title} deleted", "uid": saves[-1]["uid"]}
        )

    async def _versions(self, request: web.Request) -> web.Response:
        saves = self.dashboards.get(request.match_info["uid"])
        if saves is None:
            return _refused(404, "Dashboard not found", status="not-found")
        limit = int(request.query.get("limit", 1000))
        listed = [{k: v for k, v in s.items() if k not in ("data", "folder")} for s in reversed(saves)][
            :limit
        ]
        return web.json_response(
            {"continueToken": "", "versions": listed} if self._wraps_versions else listed
        )

    async def _version(self, request: web.Request) -> web.Response:
        wanted = request.match_info["version"]
        for save in self.dashboards.get(request.match_info["uid"], ()):
            if str(save["version"]) == wanted:
                return web.json_response({k: v for k, v in save.items() if k != "folder"})
        return _refused(404, "Dashboard version not found")

    async def _find(self, request: web.Request) -> web.Response:
        tags = set(request.query.getall("tags", []))
        start = int(request.query.get("from", "0"))
        end = int(request.query.get("to", str(_FOREVER)))
        within = [one for one in self.annotations if one["time"] <= end and one["timeEnd"] >= start]
        found = [one for one in within if tags.issubset(one["tags"])]
        return web.json_response(found[: int(request.query.get("limit", 100))])

    async def _annotate(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not body.get("text"):
            return _refused(400, "Failed to save annotation: text field should not be empty")
        one = {"id": next(self._ids), "timeEnd": body["time"], "tags": [], **body}
        self.annotations.append(one)
        return web.json_response({"message": "Annotation added", "id": one["id"]})

    async def _change(self, request: web.Request) -> web.Response:
        for one in self.annotations:
            if str(one["id"]) == request.match_info["id"]:
                one.update(await request.json())
                return web.json_response({"message": "Annotation patched"})
        return _refused(404, "Annotation not found")

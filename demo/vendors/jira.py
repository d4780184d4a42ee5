"""A double of Jira Cloud (REST version 3), written from its public documentation, with one project."""

import base64
import itertools
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from demo.vendors.door import Faults

Json = dict[str, Any]
_LABELS = re.compile(r'labels\s*=\s*"([^"]+)"')
# Every status can be reached from every other one, as in Jira's simplified workflow.
_STATUSES = {"11": ("To Do", "new"), "21": ("In Progress", "indeterminate"), "31": ("Done", "done")}
_KNOWN_FIELDS = frozenset(
    {"project", "issuetype", "summary", "description", "labels", "priority", "duedate", "assignee"}
)
_UNKNOWN = "Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."


class JiraVendor:
    """One Jira site with one project."""

    name = "jira"

    def __init__(
        self,
        *,
        project: str = "OPS",
        types: Sequence[str] = ("Task", "Bug"),
        token: str = "",
        done: str = "Done",
    ) -> None:
        self.faults = Faults()
        self.project, self.types = project, tuple(types)
        self.username, self.token = "ops-monitor@example.com", token or secrets.token_urlsafe(16)
        self.statuses = {
            number: {"name": done if key == "done" else name, "statusCategory": {"key": key}}
            for number, (name, key) in _STATUSES.items()
        }
        self.issues: dict[str, Json] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self._numbers = itertools.count(1)
        self._ids = itertools.count(10001)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the part of the API that issues need."""
        issue = "/rest/api/3/issue"
        return [
            web.get("/rest/api/2/serverInfo", self._server),
            web.get("/rest/api/3/myself", self._guarded(self._me)),
            web.get("/rest/api/3/project/{key}", self._guarded(self._get_project)),
            web.get("/rest/api/3/search/jql", self._guarded(self._search)),
            web.post(issue, self._guarded(self._create)),
            web.get(f"{issue}/{{key}}", self._guarded(self._get)),
            web.put(f"{issue}/{{key}}", self._guarded(self._edit)),
            web.get(f"{issue}/{{key}}/comment", self._guarded(self._comments)),
            web.post(f"{issue}/{{key}}/comment", self._guarded(self._comment)),
            web.get(f"{issue}/{{key}}/transitions", self._guarded(self._transitions)),
            web.post(f"{issue}/{{key}}/transitions", self._guarded(self._move)),
            web.post("/rest/api/3/issueLink", self._guarded(self._link)),
        ]

    def state(self) -> Mapping[str, Any]:
        """Return the project's issues, newest first."""
        return {"project": self.project, "issues": list(reversed(self.issues.values()))}

    def _guarded(self, handler: Any) -> Any:
        login = f"{self.username}:{self.token}".encode()

        async def guard(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Basic {base64.b64encode(login).decode()}":
                return _error(401, "Client must be authenticated to access this resource.")
            key = request.match_info.get("key")
            if "/issue/" in request.path and key not in self.issues:
                return _error(404, "Issue does not exist or you do not have permission to see it.")
            body = await request.json() if request.can_read_body else None
            if body is not None:
                self.requests.append((request.method, request.path, body))
                del self.requests[:-200]
            answer: web.Response = await handler(request, body or {})
            return answer

        return guard

    async def _server(self, request: web.Request) -> web.Response:
        url = str(request.url.origin())
        return web.json_response({"baseUrl": url, "deploymentType": "Cloud", "version": "1001.0.0"})

    async def _me(self, _: web.Request, __: Json) -> web.Response:
        return web.json_response({"accountId": "bot-1", "displayName": "ops-monitor", "active": True})

    async def _get_project(self, request: web.Request, _: Json) -> web.Response:
        if request.match_info["key"] != self.project:
            return _error(404, f"No project could be found with key '{request.match_info['key']}'.")
        types = [{"id": str(number), "name": name} for number, name in enumerate(self.types, 1)]
        return web.json_response({"id": "1", "key": self.project, "issueTypes": types})

    async def _search(self, request: web.Request, _: Json) -> web.Response:
        asked = _LABELS.search(request.query.get("jql", ""))
        if asked is None:
            return _error(400, "Unbounded JQL queries are not allowed here.")
        found = [i for i in self.issues.values() if asked[1] in i["fields"]["labels"]]
        return web.json_response({"issues": found, "isLast": True})

    async def _create(self, _: web.Request, body: Json) -> web.Response:
        fields = body.get("fields", {})
        problems = self._problems(fields, new=True)
        if problems:
            return web.json_response({"errorMessages": [], "errors": problems}, status=400)
        key = f"{self.project}-{next(self._numbers)}"
        new = {
            "labels": [],
            "issuelinks": [],
            **fields,
            "status": self.statuses["11"],
            "comments": [],
            "created": _now(),
        }
        self.issues[key] = {"id": str(next(self._ids)), "key": key, "fields": new}
        return web.json_response({"id": self.issues[key]["id"], "key": key}, status=201)

    async def _get(self, request: web.Request, _: Json) -> web.Response:
        return web.json_response(self.issues[request.match_info["key"]])

    async def _edit(self, request: web.Request, body: Json) -> web.Response:
        problems = self._problems(body.get("fields", {}), new=False)
        if problems:
            return web.json_response({"errorMessages": [], "errors": problems}, status=400)
        self.issues[request.match_info["key"]]["fields"].update(body.get("fields", {}))
        return web.Response(status=204)

    async def _comments(self, request: web.Request, _: Json) -> web.Response:
        held = list(reversed(self.issues[request.match_info["key"]]["fields"]["comments"]))
        return web.json_response({"comments": held, "total": len(held), "startAt": 0, "maxResults": 100})

    async def _comment(self, request: web.Request, body: Json) -> web.Response:
        if not _is_document(body.get("body")):
            return _error(400, "Comment body is not valid!")
        comment = {"id": str(next(self._ids)), "body": body["body"], "created": _now()}
        self.issues[request.match_info["key"]]["fields"]["comments"].append(comment)
        return web.json_response(comment, status=201)

    async def _transitions(self, request: web.Request, _: Json) -> web.Response:
        now = self.issues[request.match_info["key"]]["fields"]["status"]
        offered = [
            {"id": number, "name": status["name"], "to": status}
            for number, status in self.statuses.items()
            if status != now
        ]
        return web.json_response({"transitions": offered})

    async def _move(self, request: web.Request, body: Json) -> web.Response:
        status = self.statuses.get(str(body.get("transition", {}).get("id")))
        if status is None:
            return _error(400, "It is not possible to make that transition.")
        self.issues[request.match_info["key"]]["fields"]["status"] = status
        return web.Response(status=204)

    async def _link(self, _: web.Request, body: Json) -> web.Response:
        ends = {side: body.get(side, {}).get("key") for side in ("inwardIssue", "outwardIssue")}
        missing = [key for key in ends.values() if key not in self.issues]
        if missing:
            return _error(404, f"No issue link can be made: issue {missing[0]} does not exist.")
        for side, other in (("inwardIssue", "outwardIssue"), ("outwardIssue", "inwardIssue")):
            link = {"id": str(next(self._ids)), "type": body["type"], other: {"key": ends[other]}}
            self.issues[str(ends[side])]["fields"]["issuelinks"].append(link)
        return web.Response(status=201)

    def _problems(self, fields: Json, *, new: bool) -> dict[str, str]:
        found = {name: _UNKNOWN.format(name=name) for name in fields if name not in _KNOWN_FIELDS}
        if new and fields.get("project", {}).get("key") != self.project:
            found["project"] = "valid project is required"
        if new and fields.get("issuetype", {}).get("name") not in self.types:
            found["issuetype"] = "Specify a valid issue type"
        if (new or "summary" in fields) and not fields.get("summary"):
            found["summary"] = "You must specify a summary of the issue."
        if "description" in fields and not _is_document(fields["description"]):
            found["description"] = "Operation value must be an Atlassian Document"
        return found


def _is_document(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1


def _error(status: int, words: str) -> web.Response:
    return web.json_response({"errorMessages": [words], "errors": {}}, status=status)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

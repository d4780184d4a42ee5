"""The part of PagerDuty's REST API that its double knows: on-calls, users, incidents, notes and responder requests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from demo.vendors.pagerduty_hooks import Hooks
from demo.vendors.pagerduty_records import PagerBooks, Turn, User


@dataclass(slots=True)
class PagerRest:
    """Answers from the books, to whoever shows the key."""

    books: PagerBooks
    api_key: str
    hooks: Hooks

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/oncalls", self._keyed(self._oncalls)),
            web.get("/users", self._keyed(self._users)),
            web.get("/incidents", self._keyed(self._incidents)),
            web.get("/incidents/{id}", self._keyed(self._incident)),
            web.get("/incidents/{id}/notes", self._keyed(self._notes)),
            web.post("/incidents/{id}/notes", self._keyed(self._write_note)),
            web.post("/incidents/{id}/responder_requests", self._keyed(self._ask)),
        ]

    def _keyed(self, handler: Handler) -> Handler:
        async def check(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Token token={self.api_key}":
                return refusal(401, 2006, "Unauthorized", ["The API key is wrong."])
            return await handler(request)

        return check

    async def _oncalls(self, request: web.Request) -> web.Response:
        wanted = request.query.getall("schedule_ids[]", [])
        moment = datetime.now(UTC)
        since = _moment(request.query.get("since")) or moment
        until = _moment(request.query.get("until")) or moment
        whole = "users" in request.query.getall("include[]", [])
        turns = [t for t in self.books.turns if not wanted or t.schedule in wanted]
        return paged(request, "oncalls", [_oncall(t, whole) for t in turns if t.touches(since, until)])

    async def _users(self, request: web.Request) -> web.Response:
        query = request.query.get("query", "").casefold()
        found = [u for u in self.books.users if query in u.name.casefold() or query in u.email.casefold()]
        return paged(request, "users", [user.whole() for user in found])

    async def _incidents(self, request: web.Request) -> web.Response:
        key = request.query.get("incident_key")
        found = [one for one in self.books.incidents if key is None or one.key == key]
        return paged(request, "incidents", [one.described() for one in reversed(found)])

    async def _incident(self, request: web.Request) -> web.Response:
        found = self.books.incident(request.match_info["id"])
        return missing() if found is None else web.json_response({"incident": found.described()})

    async def _notes(self, request: web.Request) -> web.Response:
        found = self.books.incident(request.match_info["id"])
        return missing() if found is None else web.json_response({"notes": found.notes})

    async def _write_note(self, request: web.Request) -> web.Response:
        found, by = self.books.incident(request.match_info["id"]), self._requester(request)
        if found is None:
            return missing()
        if by is None:
            return refusal(400, 1008, "Requester User Not Found", [])
        content = (await request.json()).get("note", {}).get("content")
        if not content:
            return refusal(400, 2001, "Invalid Input Provided", ["Content can't be blank."])
        note = {"id": f"N{len(found.notes) + 1}", "content": content, "user": by.reference()}
        found.notes.append(note)
        self.hooks.tell_note(found, note, by)
        return web.json_response({"note": note}, status=201)

    async def _ask(self, request: web.Request) -> web.Response:
        found, by = self.books.incident(request.match_info["id"]), self._requester(request)
        if found is None:
            return missing()
        body = await request.json()
        if by is None or body.get("requester_id") != by.id:
            return refusal(400, 1008, "Requester User Not Found", [])
        targets = [one["responder_request_target"]["id"] for one in body["responder_request_targets"]]
        users = [self.books.user(one) for one in targets]
        if None in users or not users:
            return refusal(400, 2001, "Invalid Input Provided", ["Target not found."])
        for user in users:
            if user is not None:
                found.responders.append(user)
                self.books.ring(user, found, body["message"])
        return web.json_response({"responder_request": {"message": body["message"]}}, status=200)

    def _requester(self, request: web.Request) -> User | None:
        return self.books.user_by_mail(request.headers.get("From", ""))


def paged(request: web.Request, name: str, rows: list[dict[str, Any]]) -> web.Response:
    """Return a page of rows, as `limit` and `offset` want it."""
    limit, offset = int(request.query.get("limit", "25")), int(request.query.get("offset", "0"))
    page = rows[offset : offset + limit]
    more = offset + limit < len(rows)
    return web.json_response({name: page, "limit": limit, "offset": offset, "more": more, "total": None})


def refusal(status: int, code: int, message: str, errors: list[str]) -> web.Response:
    """Return an error in PagerDuty's form."""
    body = {"error": {"message": message, "code": code, "errors": errors}}
    return web.json_response(body, status=status)


def missing() -> web.Response:
    """Return what an unknown id is answered with."""
    return refusal(404, 2100, "Not Found", [])


def _oncall(turn: Turn, whole: bool) -> dict[str, Any]:
    return {
        "escalation_policy": {"id": "PESC1", "type": "escalation_policy_reference"},
        "escalation_level": turn.level,
        "schedule": {"id": turn.schedule, "type": "schedule_reference"},
        "user": turn.user.whole() if whole else turn.user.reference(),
        "start": turn.start.isoformat() if turn.start else None,
        "end": turn.end.isoformat() if turn.end else None,
    }


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None

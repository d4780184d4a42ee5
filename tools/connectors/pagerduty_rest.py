"""PagerDuty's REST API version 2: who is on call, and notes and further people on the incident that a key opened."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from agent.domain.notification import Receipt
from agent.domain.noun import Utc
from agent.domain.shift import Shift
from agent.errors import BadAnswer, Misconfigured, NotFound, Unavailable
from tools.connectors.http_json import JsonHttp, excerpt

BACKEND = "pagerduty"
_PAGE = 100
_MOST_PAGES = 20
_NOTE = 25_000
_REQUEST = 255
_TIME: TypeAdapter[datetime] = TypeAdapter(Utc)


class PagerDutyRest:
    """A Schedules, and the notes of incidents; `sender` is the mail address of the user who writes them."""

    def __init__(
        self,
        api_key: str,
        url: str,
        *,
        timeout_seconds: float,
        sender: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        self._sender = sender
        headers = {
            "Accept": "application/vnd.pagerduty+json;version=2",
            "Authorization": f"Token token={api_key}",
            **({"From": sender} if sender else {}),
        }
        self._http = JsonHttp(
            "PagerDuty",
            BACKEND,
            url,
            timeout_seconds=timeout_seconds,
            headers=headers,
            reason=reason_of,
            ca_file=ca_file,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def check(self) -> str:
        """Ask for anything at all, and say what that proves; raises what is wrong."""
        await self._list("/oncalls", "oncalls", [("limit", "1")], most_pages=1)
        notes = "" if self._sender else "; notes need OPS_PAGERDUTY_FROM"
        return f"its REST API answers{notes}"

    async def on_call(self, schedule: str, at: datetime) -> tuple[Shift, ...]:
        """Return who is on call of a schedule at a time; raises NotFound when there is no such schedule."""
        params = [
            ("schedule_ids[]", schedule),
            ("include[]", "users"),
            ("since", at.isoformat()),
            ("until", (at + timedelta(seconds=1)).isoformat()),
        ]
        listed = await self._list("/oncalls", "oncalls", params)
        found: dict[str, Shift] = {}
        for shift in _shifts(listed, at):
            found.setdefault(shift.person, shift)
        if listed and not any(isinstance(row, dict) and row.get("user") for row in listed):
            raise BadAnswer("PagerDuty named nobody in what it told of the schedule.", backend=BACKEND)
        return tuple(found.values())

    async def note(self, incident_key: str, content: str, *, again: bool) -> Receipt:
        """Write a note on the incident of a key; with `again` it is looked for first. Raises Unavailable without one."""
        self._demand_sender()
        incident, link = await self._incident(incident_key)
        words = content if len(content) <= _NOTE else f"{content[: _NOTE - 1]}…"
        path = f"/incidents/{incident}/notes"
        if again:
            notes = (await self._object(path)).get("notes")
            for one in notes if isinstance(notes, list) else []:
                if isinstance(one, dict) and one.get("content") == words:
                    return Receipt(reference=str(one.get("id", "")), link=link, read_back=words)
        answer = await self._http.send("POST", path, {"note": {"content": words}})
        written = answer.get("note") if isinstance(answer, dict) else None
        if not isinstance(written, dict) or not written.get("id"):
            raise BadAnswer("PagerDuty took the note without naming it.", backend=BACKEND)
        return Receipt(reference=str(written["id"]), link=link, read_back=str(written.get("content", "")))

    async def join(self, incident_key: str, users: Sequence[str], message: str, *, again: bool) -> Receipt:
        """Ask users, by their ids, to join the incident of a key; with `again` only those who were not asked yet."""
        sender = self._demand_sender()
        incident, link = await self._incident(incident_key)
        asked = await self._asked(incident) if again else frozenset()
        wanted = [user for user in users if user not in asked]
        if wanted:
            targets = [
                {"responder_request_target": {"id": user, "type": "user_reference"}} for user in wanted
            ]
            body = {
                "requester_id": await self._user(sender),
                "message": excerpt(message, _REQUEST),
                "responder_request_targets": targets,
            }
            await self._http.send("POST", f"/incidents/{incident}/responder_requests", body)
        return Receipt(reference=incident, link=link)

    async def key_of(self, incident: str) -> str | None:
        """Return the key by which an incident was opened, None when it has none or is unknown."""
        try:
            found = (await self._object(f"/incidents/{quote(incident, safe='')}")).get("incident")
        except NotFound:
            return None
        key = found.get("incident_key") if isinstance(found, dict) else None
        return key if isinstance(key, str) else None

    def _demand_sender(self) -> str:
        if not self._sender:
            raise Misconfigured(
                "Notes and requests on PagerDuty incidents need OPS_PAGERDUTY_FROM, a user's mail address."
            )
        return self._sender

    async def _user(self, email: str) -> str:
        """Return the id of the user with a mail address."""
        for one in await self._list("/users", "users", [("query", email), ("limit", "25")], most_pages=1):
            same = isinstance(one, dict) and str(one.get("email", "")).casefold() == email.casefold()
            if same and isinstance(one.get("id"), str):
                return str(one["id"])
        raise Misconfigured("PagerDuty has no user with the mail address in OPS_PAGERDUTY_FROM.")

    async def _asked(self, incident: str) -> frozenset[str]:
        """Return the users who were asked to join already."""
        found = (await self._object(f"/incidents/{incident}")).get("incident")
        rows = found.get("incidents_responders") if isinstance(found, dict) else None
        users = (row.get("user") for row in rows or () if isinstance(row, dict))
        return frozenset(str(user["id"]) for user in users if isinstance(user, dict) and "id" in user)

    async def _incident(self, key: str) -> tuple[str, str]:
        """Return id and address of the newest incident of a key."""
        params = [
            ("incident_key", key),
            ("date_range", "all"),
            ("sort_by", "created_at:desc"),
            ("limit", "1"),
        ]
        for one in await self._list("/incidents", "incidents", params, most_pages=1):
            if isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"].isalnum():
                return one["id"], excerpt(str(one.get("html_url") or ""), 500)
        # Events are processed after they were accepted, so it may be there in a moment.
        raise Unavailable(f"PagerDuty has no incident with the key {key} so far.", backend=BACKEND)

    async def _list(
        self, path: str, name: str, params: list[tuple[str, str]], most_pages: int = _MOST_PAGES
    ) -> list[Any]:
        found: list[Any] = []
        paged = [] if any(key == "limit" for key, _ in params) else [("limit", str(_PAGE))]
        for _ in range(most_pages):
            answer = await self._object(path, [*params, *paged, ("offset", str(len(found)))])
            rows = answer.get(name)
            if not isinstance(rows, list):
                raise BadAnswer(f"PagerDuty's answer has no list of {name}.", backend=BACKEND)
            found += rows
            if not rows or answer.get("more") is not True:
                return found
        return found

    async def _object(self, path: str, params: list[tuple[str, str]] | None = None) -> dict[str, Any]:
        answer = await self._http.fetch(path, params)
        if not isinstance(answer, dict):
            raise BadAnswer("PagerDuty answered something unexpected.", backend=BACKEND)
        return answer


def _shifts(rows: list[Any], at: datetime) -> Iterator[Shift]:
    for row in rows:
        user = row.get("user") if isinstance(row, dict) else None
        if not isinstance(user, dict) or not isinstance(user.get("id"), str):
            continue
        begins, ends = _time(row.get("start")), _time(row.get("end"))
        if (begins and begins > at) or (ends and ends <= at):
            continue
        yield Shift(
            person=user["id"],
            email=excerpt(str(user.get("email") or ""), 200),
            name=excerpt(str(user.get("name") or user.get("summary") or ""), 200),
            until=ends,
        )


def _time(value: Any) -> datetime | None:
    try:
        return _TIME.validate_python(value)
    except ValidationError:
        # Without an end, or a beginning, it is always that person's turn.
        return None


def reason_of(found: object) -> str:
    """Return PagerDuty's own words of refusal: its message and the list of errors."""
    told = found.get("error", found) if isinstance(found, dict) else None
    if not isinstance(told, dict):
        return ""
    errors = told.get("errors")
    words = [told.get("message"), *(errors if isinstance(errors, list) else [errors])]
    return excerpt("; ".join(one.rstrip(".") for one in words if isinstance(one, str)))

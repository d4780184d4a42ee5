"""Keeps Jira issues, one for each thread, found again by a label; Cloud by API version 3, others by version 2."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from agent.analysis.redaction import clean_text
from agent.domain.notification import Channel, Notification, Receipt, Ticket, TicketChange
from agent.domain.probe import Probe
from agent.errors import BadAnswer, NotFound, OpsError, Refused
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.jira_documents import as_document, as_wiki, plain

BACKEND = "jira"
PROBE = "Jira"
LABEL = "ops-monitor"
_LINK = "Relates"
_LONGEST_SUMMARY = 250
_FIELDS = "labels,summary,status,issuelinks"
Issue = dict[str, Any]


class JiraIssues:
    """A Notifier of tickets and of changes of theirs."""

    channel = Channel.JIRA

    def __init__(
        self,
        url: str,
        *,
        token: str,
        username: str | None,
        project: str,
        issue_type: str,
        timeout_seconds: float,
        ca_file: Path | None = None,
    ) -> None:
        self._http = JsonHttp(
            "Jira",
            BACKEND,
            url,
            timeout_seconds=timeout_seconds,
            headers={"Authorization": _authorization(username, token)},
            reason=_words,
            ca_file=ca_file,
        )
        self._project, self._issue_type = project, issue_type
        self._cloud: bool | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Open, rewrite, comment or move the thread's issue; what is as wished already is left alone."""
        wish = notification.content
        if isinstance(wish, Ticket):
            return self._receipt(await self._keep(wish, notification.address))
        if isinstance(wish, TicketChange):
            return self._receipt(await self._change(wish, again=again))
        raise Refused("Only tickets can be sent to Jira.", backend=BACKEND)

    async def probe(self) -> Probe:
        """Ask who we are and whether the project and its issue type exist; nothing is written."""
        try:
            await self._api()
            me = await self._ask("GET", "/myself")
            project = await self._ask("GET", f"/project/{quote(self._project, safe='')}")
        except OpsError as error:
            fix = "Check OPS_JIRA_URL, OPS_JIRA_USERNAME, OPS_JIRA_TOKEN and OPS_JIRA_PROJECT."
            return Probe(name=PROBE, ok=False, detail=error.user_message, fix=fix)
        types = [str(item.get("name")) for item in _dicts(project, "issueTypes")]
        if types and self._issue_type not in types:
            detail = (
                f"Project {self._project} has no issue type “{self._issue_type}”; it has: {', '.join(types)}."
            )
            return Probe(name=PROBE, ok=False, detail=excerpt(detail), fix="Set OPS_JIRA_ISSUE_TYPE.")
        who = excerpt(str(me.get("displayName", "")), 60) if isinstance(me, dict) else ""
        kind = "Cloud" if self._cloud else "Server or Data Center"
        return Probe(name=PROBE, ok=True, detail=f"{kind}, project {self._project}, as {who}")

    async def _keep(self, wish: Ticket, address: str) -> Issue:
        found = await self._find(wish.thread)
        fields: dict[str, Any] = {
            **wish.fields,
            "summary": _summary(wish.summary),
            "description": await self._text(wish.description),
        }
        if found:
            fields.pop("labels", None)
            await self._ask("PUT", f"/issue/{_key(found)}", {"fields": fields})
        else:
            wished = wish.fields.get("labels")
            others = [str(label) for label in wished] if isinstance(wished, list) else []
            fields["labels"] = [LABEL, _label(wish.thread), *others]
            fields["project"] = {"key": wish.project or address or self._project}
            fields["issuetype"] = {"name": wish.issue_type or self._issue_type}
            answer = await self._ask("POST", "/issue", {"fields": fields})
            found = {"key": _key(answer), "fields": {}}
        await self._link(found, wish.links)
        return await self._read(_key(found))

    async def _change(self, wish: TicketChange, *, again: bool) -> Issue:
        found = await self._find(wish.thread)
        if found is None:
            message = "Jira has no issue for this; it was deleted there, or it was never opened."
            raise Refused(message, backend=BACKEND)
        if wish.comment and not (again and await self._said(_key(found), wish.comment)):
            body = {"body": await self._text(wish.comment)}
            await self._ask("POST", f"/issue/{_key(found)}/comment", body)
        if wish.transition:
            await self._move(found, wish.transition)
        return await self._read(_key(found))

    async def _find(self, thread: str) -> Issue | None:
        label = _label(thread)
        search = "/search/jql" if await self._api() == "3" else "/search"
        asked = {"jql": f'labels = "{label}" ORDER BY created ASC', "fields": _FIELDS, "maxResults": "20"}
        answer = await self._ask("GET", f"{search}?{urlencode(asked)}")
        # The label is looked at again: an answer that is too wide must not make us rewrite a stranger's issue.
        return next((i for i in _dicts(answer, "issues") if label in (_fields(i).get("labels") or ())), None)

    async def _read(self, key: str) -> Issue:
        found = await self._ask("GET", f"/issue/{key}?fields={_FIELDS}")
        if not isinstance(found, dict):
            raise BadAnswer("Jira answered something that is no issue.", backend=BACKEND)
        return found

    async def _link(self, issue: Issue, wanted: tuple[str, ...]) -> None:
        links = _dicts(_fields(issue), "issuelinks")
        ends = (link.get(end) for link in links for end in ("inwardIssue", "outwardIssue"))
        linked = {end.get("key") for end in ends if isinstance(end, dict)}
        for other in dict.fromkeys(wanted):
            if other in linked or other == issue["key"]:
                continue
            body = {
                "type": {"name": _LINK},
                "inwardIssue": {"key": issue["key"]},
                "outwardIssue": {"key": other},
            }
            try:
                await self._ask("POST", "/issueLink", body)
            except Refused as error:
                message = f"{issue['key']} is open, but cannot be linked to {excerpt(other, 40)}: {error.user_message}"
                raise Refused(message, backend=BACKEND) from error

    async def _said(self, key: str, comment: str) -> bool:
        answer = await self._ask("GET", f"/issue/{key}/comment?maxResults=100&orderBy=-created")
        wanted = plain(await self._text(comment))
        return any(plain(item.get("body")) == wanted for item in _dicts(answer, "comments"))

    async def _move(self, issue: Issue, name: str) -> None:
        wanted = name.casefold()
        if wanted in _state(_fields(issue).get("status")):
            return
        answer = await self._ask("GET", f"/issue/{_key(issue)}/transitions")
        offered = _dicts(answer, "transitions")
        named = [one for one in offered if str(one.get("name", "")).casefold() == wanted]
        leading = [one for one in offered if wanted in _state(one.get("to"))]
        for one in [*named, *leading][:1]:
            body = {"transition": {"id": str(one.get("id"))}}
            await self._ask("POST", f"/issue/{_key(issue)}/transitions", body)
            return
        names = excerpt(", ".join(str(one.get("name")) for one in offered), 200) or "none"
        message = f"{issue['key']} has no transition “{excerpt(name, 60)}” now; it has: {names}."
        raise Refused(message, backend=BACKEND)

    async def _text(self, text: str) -> Any:
        return as_document(text) if await self._api() == "3" else as_wiki(text)

    async def _api(self) -> str:
        """Return the version of the API that this Jira has; asked once."""
        if self._cloud is None:
            told = await self._exchange("GET", "/rest/api/2/serverInfo")
            kind = told.get("deploymentType") if isinstance(told, dict) else None
            if kind is None:
                raise BadAnswer("Something answers at OPS_JIRA_URL that is no Jira.", backend=BACKEND)
            self._cloud = str(kind).casefold() == "cloud"
        return "3" if self._cloud else "2"

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        return await self._exchange(method, f"/rest/api/{await self._api()}{path}", body)

    async def _exchange(self, method: str, path: str, body: object = None) -> Any:
        try:
            return await self._http.send(method, path, body)
        except NotFound as error:
            raise Refused(error.user_message, backend=BACKEND) from error

    def _receipt(self, issue: Issue) -> Receipt:
        fields = _fields(issue)
        status = fields.get("status")
        state = str(status.get("name", "")) if isinstance(status, dict) else ""
        key = str(issue.get("key", ""))
        told = excerpt(f"{fields.get('summary', '')} ({state})", 400)
        return Receipt(reference=key, link=f"{self._http.shown}/browse/{quote(key)}", read_back=told)


def _authorization(username: str | None, token: str) -> str:
    if not username:
        return f"Bearer {token}"
    return f"Basic {base64.b64encode(f'{username}:{token}'.encode()).decode()}"


def _label(thread: str) -> str:
    # A label holds no spaces; the digest keeps two threads apart that look alike without theirs.
    shown = re.sub(r"[^A-Za-z0-9_.-]+", "-", thread)[:60].strip("-")
    return f"{LABEL}-{shown}-{hashlib.sha256(thread.encode()).hexdigest()[:8]}"


def _summary(text: str) -> str:
    line = " ".join(clean_text(text).split()) or "—"
    return line if len(line) <= _LONGEST_SUMMARY else f"{line[: _LONGEST_SUMMARY - 1]}…"


def _key(issue: Any) -> str:
    key = issue.get("key") if isinstance(issue, dict) else None
    if not isinstance(key, str) or not key:
        raise BadAnswer("Jira answered something that is no issue.", backend=BACKEND)
    return quote(key, safe="")


def _fields(issue: Issue) -> dict[str, Any]:
    fields = issue.get("fields")
    return fields if isinstance(fields, dict) else {}


def _dicts(answer: Any, name: str) -> list[dict[str, Any]]:
    listed = answer.get(name) if isinstance(answer, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _state(status: Any) -> tuple[str, ...]:
    """Return by what a status can be wished for: its name and, for one that ends an issue in any language, `done`."""
    if not isinstance(status, dict):
        return ()
    category = status.get("statusCategory")
    key = category.get("key") if isinstance(category, dict) else None
    name = str(status.get("name", "")).casefold()
    return (name, "done") if key == "done" else (name,)


def _words(found: object) -> str:
    """Return Jira's words of refusal, each field's under its name."""
    if not isinstance(found, dict):
        return ""
    fields, others = found.get("errors"), found.get("errorMessages")
    named = [f"{name}: {said}" for name, said in fields.items()] if isinstance(fields, dict) else []
    told = [str(said) for said in others] if isinstance(others, list) else []
    return excerpt("; ".join(named or told))

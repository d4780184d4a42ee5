"""Posts incidents on Statuspage, one for each thread, found again by its metadata: nothing is posted twice."""

import hashlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.analysis.redaction import clean_text
from agent.domain.notification import Channel, Notification, Receipt, StatusPost
from agent.domain.probe import Probe
from agent.errors import BackendError, BadAnswer, NotFound, OpsError, Overloaded, Refused
from tools.connectors.http_json import JsonHttp, excerpt

BACKEND = "statuspage"
PROBE = "Statuspage"
OURS = "ops-monitor"
# Statuspage allows sixty requests in any sixty seconds; a few are left for people's own scripts.
MOST_REQUESTS, WINDOW = 50, 60.0
_REMEMBERED = 30
_PAGE = 100
_LONGEST_NAME = 200


class StatuspagePosts:
    """A Notifier of posts on the public status page."""

    channel = Channel.STATUSPAGE

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        page_id: str,
        timeout_seconds: float,
        ca_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._page_id = page_id
        self._http = JsonHttp(
            "Statuspage",
            BACKEND,
            url,
            timeout_seconds=timeout_seconds,
            headers={"Authorization": f"OAuth {api_key}"},
            reason=_words,
            ca_file=ca_file,
        )
        self._pace = _Pace(clock)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Open the thread's incident or add an update to it; a post that is there already is not posted again."""
        post = notification.content
        if not isinstance(post, StatusPost):
            raise Refused("Only status posts can be put on the status page.", backend=BACKEND)
        page = f"/v1/pages/{quote(notification.address or self._page_id, safe='')}"
        mark = _digest(notification.key)
        found = await self._incident(page, post, mark)
        if found and mark in _sent(found):
            return _receipt(found, post)
        body = {"incident": await self._wish(page, post, found, mark)}
        if found:
            answer = await self._ask("PATCH", f"{page}/incidents/{_id(found)}", body)
        else:
            answer = await self._ask("POST", f"{page}/incidents", body)
        posted = self._incident_of(answer)
        try:
            held = await self._held(page, _id(posted))
        except BackendError:
            # It is posted; what it reads there is looked at later.
            held = None
        return _receipt(held or posted, post, read=held is not None)

    async def read(self, notification: Notification) -> str | None:
        """Return what the page shows of a post that was sent, None when its incident is gone from there."""
        post, receipt = notification.content, notification.receipt
        if not isinstance(post, StatusPost) or receipt is None:
            raise Refused("Only a status post that was sent can be read back.", backend=BACKEND)
        page = f"/v1/pages/{quote(notification.address or self._page_id, safe='')}"
        held = await self._held(page, quote(receipt.reference, safe=""))
        return None if held is None else _told(held, post)

    async def probe(self) -> Probe:
        """Read the page's name and its components; nothing is posted."""
        page = f"/v1/pages/{quote(self._page_id, safe='')}"
        try:
            held = await self._ask("GET", page)
            components = await self._components(page)
        except OpsError as error:
            fix = "Check OPS_STATUSPAGE_API_KEY and OPS_STATUSPAGE_PAGE_ID."
            return Probe(name=PROBE, ok=False, detail=error.user_message, fix=fix)
        name = excerpt(str(held.get("name", "")), 60) if isinstance(held, dict) else ""
        return Probe(name=PROBE, ok=True, detail=f"page “{name}” with {len(components)} components")

    async def _incident(self, page: str, post: StatusPost, mark: str) -> dict[str, Any] | None:
        """Return the thread's incident: the one that has this post, else the open one, else the newest for its end."""
        answer = await self._ask("GET", f"{page}/incidents?limit={_PAGE}")
        ours = [item for item in _dicts(answer) if _ours(item).get("thread") == _digest(post.thread)]
        unresolved = [item for item in ours if item.get("status") not in ("resolved", "postmortem")]
        wanted = [item for item in ours if mark in _sent(item)] or unresolved
        if wanted:
            return wanted[0]
        # A reopened incident is a new one on the page, where the old one stands as over.
        return ours[0] if ours and post.status == "resolved" else None

    async def _wish(
        self, page: str, post: StatusPost, found: dict[str, Any] | None, mark: str
    ) -> dict[str, Any]:
        sent = [*(_sent(found) if found else ()), mark][-_REMEMBERED:]
        wish: dict[str, Any] = {
            "name": _cut(post.name),
            "status": post.status,
            "body": clean_text(post.body),
            "impact_override": post.impact,
            "metadata": {OURS: {"thread": _digest(post.thread), "sent": " ".join(sent)}},
        }
        if post.components:
            ids = await self._component_ids(page, post.components)
            wish["components"] = {ids[name]: status for name, status in post.components.items()}
            wish["component_ids"] = [ids[name] for name in post.components]
        return wish

    async def _component_ids(self, page: str, wanted: dict[str, Any]) -> dict[str, str]:
        known = await self._components(page)
        strange = [name for name in wanted if name not in known]
        if strange:
            names = ", ".join(f"“{excerpt(name, 60)}”" for name in strange)
            has = excerpt(", ".join(known), 200) or "none"
            raise Refused(f"The status page has no component {names}; it has: {has}.", backend=BACKEND)
        return known

    async def _components(self, page: str) -> dict[str, str]:
        answer = await self._ask("GET", f"{page}/components?per_page={_PAGE}")
        listed = _dicts(answer)
        # A group is listed like a component, and has no status of its own.
        return {str(c["name"]): _id(c) for c in listed if c.get("name") and not c.get("group")}

    async def _held(self, page: str, incident: str) -> dict[str, Any] | None:
        self._pace.take()
        try:
            return self._incident_of(await self._http.send("GET", f"{page}/incidents/{incident}"))
        except NotFound:
            return None

    def _incident_of(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict) or not answer.get("id"):
            raise BadAnswer("Statuspage answered something that is no incident.", backend=BACKEND)
        return answer

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        self._pace.take()
        try:
            return await self._http.send(method, path, body)
        except NotFound as error:
            said = "Statuspage does not have that page or incident (404). Check OPS_STATUSPAGE_PAGE_ID."
            raise Refused(said, backend=BACKEND) from error


class _Pace:
    """Counts our own requests, so that Statuspage never has to refuse one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> None:
        """Take one request; raises Overloaded, with the seconds to wait, when too many were made."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - WINDOW:
            self._taken.popleft()
        if len(self._taken) >= MOST_REQUESTS:
            wait = self._taken[0] + WINDOW - now
            message = "Statuspage takes no more than one request in a second; this one waits for its turn."
            raise Overloaded(message, backend=BACKEND, retry_after_seconds=wait)
        self._taken.append(now)


def _digest(text: str) -> str:
    # Keys and threads are internal names, and metadata can be read by every user of the page's API.
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _dicts(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, list):
        raise BadAnswer("Statuspage answered something unexpected: a list was expected.", backend=BACKEND)
    return [item for item in answer if isinstance(item, dict)]


def _ours(incident: dict[str, Any]) -> dict[str, Any]:
    metadata = incident.get("metadata")
    ours = metadata.get(OURS) if isinstance(metadata, dict) else None
    return ours if isinstance(ours, dict) else {}


def _sent(incident: dict[str, Any]) -> list[str]:
    return str(_ours(incident).get("sent", "")).split()


def _id(item: dict[str, Any]) -> str:
    return quote(str(item.get("id", "")), safe="")


def _cut(name: str) -> str:
    line = " ".join(clean_text(name).split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _receipt(held: dict[str, Any], post: StatusPost, *, read: bool = True) -> Receipt:
    link = str(held.get("shortlink") or "")
    return Receipt(
        reference=_id(held),
        link=link if link.startswith(("https://", "http://")) else "",
        read_back=_told(held, post) if read else "",
    )


def _told(held: dict[str, Any], post: StatusPost) -> str:
    """Return what an incident of the page shows: this post where it is found, else its newest update."""
    updates = [item for item in held.get("incident_updates") or () if isinstance(item, dict)]
    said = (post.status, clean_text(post.body))
    same = [item for item in updates if (item.get("status"), item.get("body")) == said]
    newest = max(same or updates, key=lambda item: str(item.get("created_at", "")), default={})
    parts = [
        str(held.get("name", "")),
        f"{newest.get('status') or held.get('status', '')}: {newest.get('body', '')}",
        *(
            f"{item.get('name', '')}: {item.get('status', '')}"
            for item in held.get("components") or ()
            if isinstance(item, dict)
        ),
    ]
    return clean_text("\n".join(parts))[:6000]


def _words(found: object) -> str:
    """Return Statuspage's words of refusal, which are a text or a list of texts."""
    said = found.get("error") or found.get("message") if isinstance(found, dict) else None
    listed = said if isinstance(said, list) else [said]
    return excerpt("; ".join(word for word in listed if isinstance(word, str)))

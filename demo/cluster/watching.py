"""Watches: present objects, then changes, bookmarks, and an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from demo.cluster.conversion import to_served
from demo.cluster.kinds import Kind
from demo.cluster.listing import ListQuery, parse_revision, require_reached, selector
from demo.cluster.objects import Obj
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, CompactedError, Feed, Store

_INITIAL_END = {"k8s.io/initial-events-end": "true"}
_SHELLS: dict[tuple[str, str], Obj] = {
    ("", "pods"): {"spec": {"containers": None}, "status": {}},
    ("apps", "deployments"): {
        "spec": {
            "replicas": 0,
            "selector": None,
            "template": {"metadata": {}, "spec": {"containers": None}},
            "strategy": {},
        },
        "status": {},
    },
}
_DEFAULT_TIMEOUT = 3600.0


class Watch:
    """One open watch; it starts to collect when it is made, so nothing is missed in between."""

    def __init__(self, store: Store, kind: Kind, namespace: str, query: ListQuery) -> None:
        self._store = store
        self._kind = kind
        self._query = query
        self._wanted = selector(kind, namespace, query)
        self._from = parse_revision(query.revision)
        require_reached(store, self._from)
        self._feed = Feed(store)
        self._opened_at = store.revision

    async def events(self) -> AsyncIterator[Obj]:
        """Yield the events, in order, until the time is over."""
        try:
            for event in self._beginning():
                yield event
                if event["type"] == "ERROR":
                    return
            async for event in self._changes():
                yield event
        finally:
            self._feed.close()

    def _beginning(self) -> list[Obj]:
        whole = self._query.initial or (self._query.initial is None and self._from == 0)
        if whole:
            found = [
                self._event("ADDED", obj)
                for obj in self._store.select(self._kind.bucket)
                if self._wanted(obj)
            ]
            if self._query.initial and self._query.bookmarks:
                found.append(self._bookmark(_INITIAL_END))
            return found
        if self._from == 0:
            return []
        try:
            missed = list(self._store.since(self._from))
        except CompactedError:
            message = f"too old resource version: {self._from} ({self._store.compacted})"
            return [{"type": "ERROR", "object": ApiError(410, "Expired", message).body()}]
        events = [self._translate(change) for change in missed if change.revision <= self._opened_at]
        return [event for event in events if event is not None]

    async def _changes(self) -> AsyncIterator[Obj]:
        loop = asyncio.get_running_loop()
        end = loop.time() + (self._query.timeout or _DEFAULT_TIMEOUT)
        while True:
            try:
                async with asyncio.timeout(max(end - loop.time(), 0)):
                    change = await self._feed.next()
            except TimeoutError:
                break
            event = self._translate(change) if change.revision > self._opened_at else None
            if event is not None:
                yield event
        # A bookmark tells the client where to go on; short watches end before the server sends one.
        if self._query.bookmarks and not self._query.initial and self._query.timeout >= 5:
            yield self._bookmark({})

    def _translate(self, change: Change) -> Obj | None:
        if change.bucket != self._kind.bucket:
            return None
        had = change.before is not None and self._wanted(change.before)
        if change.after is None:
            return self._event("DELETED", change.subject) if had else None
        has = self._wanted(change.after)
        if had and not has:
            # The object lives on, but this watch has lost it: it is shown as it was, at the new revision.
            assert change.before is not None
            fields = {**change.before["metadata"], "resourceVersion": str(change.revision)}
            return self._event("DELETED", {**change.before, "metadata": fields})
        if not has:
            return None
        return self._event("MODIFIED" if had else "ADDED", change.after)

    def _event(self, kind: str, obj: Obj) -> Obj:
        return {"type": kind, "object": to_served(self._kind, obj)}

    def _bookmark(self, annotations: dict[str, str]) -> Obj:
        fields: Obj = {"resourceVersion": str(self._store.revision)}
        if annotations:
            fields["annotations"] = annotations
        shell = _SHELLS.get(self._kind.bucket, {})
        return {
            "type": "BOOKMARK",
            "object": {
                "kind": self._kind.kind,
                "apiVersion": self._kind.api_version,
                "metadata": fields,
                **shell,
            },
        }


Presenter = Callable[[Obj], Obj]

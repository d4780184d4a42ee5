"""Objects in memory with one revision for all, a log of changes, and views of the recent past."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from demo.cluster.objects import Obj, name_of, namespace_of

Bucket = tuple[str, str]
Key = tuple[str, str]


class CompactedError(Exception):
    """The asked revision is older than what the log still holds."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write: what an object was before it and is after it."""

    revision: int
    bucket: Bucket
    before: Obj | None
    after: Obj | None

    @property
    def subject(self) -> Obj:
        """Return the object that the change is about, in its last known form."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found


class Store:
    """The cluster's memory; stored objects are never changed in place."""

    def __init__(self, keep: int = 5000) -> None:
        self.revision = 1
        self.compacted = 0
        self._objects: dict[Bucket, dict[Key, Obj]] = {}
        self._log: deque[Change] = deque()
        self._keep = keep
        self._listeners: list[Callable[[Change], None]] = []

    def get(self, bucket: Bucket, namespace: str, name: str) -> Obj | None:
        """Return the stored object, which the caller must not change."""
        return self._objects.get(bucket, {}).get((namespace, name))

    def select(self, bucket: Bucket, namespace: str | None = None) -> list[Obj]:
        """Return the objects of a bucket in key order, of one namespace or of all."""
        found = self._objects.get(bucket, {})
        return [found[key] for key in sorted(found) if namespace is None or key[0] == namespace]

    def put(self, bucket: Bucket, obj: Obj) -> Obj:
        """Store an object under the next revision and return it."""
        key = (namespace_of(obj), name_of(obj))
        before = self._objects.get(bucket, {}).get(key)
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        self._objects.setdefault(bucket, {})[key] = obj
        self._record(Change(self.revision, bucket, before, obj))
        return obj

    def remove(self, bucket: Bucket, namespace: str, name: str, *, last: Obj | None = None) -> None:
        """Remove an object; the last form, when given, is what watchers see."""
        before = self._objects.get(bucket, {}).pop((namespace, name), None)
        if before is None:
            return
        self.revision += 1
        final = {**(last or before)}
        final["metadata"] = {**final["metadata"], "resourceVersion": str(self.revision)}
        self._record(Change(self.revision, bucket, final, None))

    def at(self, bucket: Bucket, revision: int) -> list[Obj]:
        """Return a bucket as it was at a revision; raise CompactedError when that is forgotten."""
        if revision < self.compacted:
            raise CompactedError
        state = dict(self._objects.get(bucket, {}))
        for change in reversed(self._log):
            if change.revision <= revision:
                break
            if change.bucket != bucket:
                continue
            key = (namespace_of(change.subject), name_of(change.subject))
            if change.before is None:
                state.pop(key, None)
            else:
                state[key] = change.before
        return [state[key] for key in sorted(state)]

    def since(self, revision: int) -> Iterator[Change]:
        """Yield the changes after a revision; raise CompactedError when some are forgotten."""
        if revision < self.compacted:
            raise CompactedError
        return iter([change for change in self._log if change.revision > revision])

    def compact(self) -> int:
        """Forget the past up to now and return the revision it was forgotten at."""
        self.compacted = self.revision
        self._log.clear()
        return self.compacted

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call back on every change, synchronously; return how to stop."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _record(self, change: Change) -> None:
        self._log.append(change)
        while len(self._log) > self._keep:
            self.compacted = self._log.popleft().revision
        for listener in list(self._listeners):
            listener(change)


class Feed:
    """A queue of the changes that happen from now on."""

    def __init__(self, store: Store) -> None:
        self._queue: asyncio.Queue[Change] = asyncio.Queue()
        self._stop = store.listen(self._queue.put_nowait)

    async def next(self) -> Change:
        """Wait for the next change."""
        return await self._queue.get()

    def close(self) -> None:
        """Stop listening."""
        self._stop()

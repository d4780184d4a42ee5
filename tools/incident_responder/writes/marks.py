"""The mark that an action leaves on what it changes, and the one guarded request that sets both at once."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.domain.action import Plan
from agent.errors import Conflict, NotFound
from tools.base import Happened
from tools.connectors.readers import JsonObject
from tools.connectors.writers import ClusterWriter, PatchKind, Resource
from tools.incident_responder.objects import at, word

ACTION = "ops-monitor.dev/action"
UNDO = "ops-monitor.dev/undo"
SEEN = "seen"
_TRIES = 5

Build = Callable[[JsonObject], Awaitable[JsonObject]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one object of the cluster is; `namespace` is empty for a kind that has none."""

    resource: Resource
    namespace: str
    name: str

    @property
    def shown(self) -> str:
        """Return it for a sentence."""
        inside = f" in {self.namespace}" if self.namespace else ""
        return f"{self.resource.kind} {self.name}{inside}"


@dataclass(frozen=True, slots=True)
class Mark:
    """An annotation with the key of the action, or of the undo, that made the change."""

    annotation: str
    key: str

    def on(self, item: JsonObject) -> bool:
        """Say whether an object bears it."""
        return bool(at(item, "metadata", "annotations", self.annotation) == self.key)


def of_action(key: str) -> Mark:
    """Return the mark of an action."""
    return Mark(ACTION, key)


def of_undo(key: str) -> Mark:
    """Return the mark of an undo."""
    return Mark(UNDO, key)


def fingerprint(value: Any) -> str:
    """Return a short text that differs as soon as a JSON value does."""
    body = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def uid_of(item: JsonObject) -> str:
    """Return the object's uid."""
    return word(at(item, "metadata", "uid"))


def version_of(item: JsonObject, state: Any) -> str:
    """Return the version of a target, of which only `state` matters for an action."""
    return f"{uid_of(item)}/{fingerprint(state)}"


def seen(item: JsonObject) -> str:
    """Return a text that stays as long as nobody writes what is wanted of an object, whatever its status does.

    A plan keeps it in `before` under SEEN: only with it can the absence of a mark prove that nothing happened.
    """
    generation = at(item, "metadata", "generation")
    if generation:
        return f"{uid_of(item)}/{generation}"
    wanted = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    return version_of(item, [wanted, at(item, "metadata", "labels"), at(item, "metadata", "annotations")])


def guarded(item: JsonObject, body: JsonObject, mark: Mark | None = None) -> JsonObject:
    """Return a merge patch that fails unless the object still is as it was read, and that sets the mark."""
    metadata: JsonObject = {**body.get("metadata", {})}
    metadata["resourceVersion"] = word(at(item, "metadata", "resourceVersion"))
    if mark is not None:
        metadata["annotations"] = {**metadata.get("annotations", {}), mark.annotation: mark.key}
    return {**body, "metadata": metadata}


async def rehearse(
    cluster: ClusterWriter, place: Place, build: Build, *, kind: PatchKind = "strategic"
) -> tuple[JsonObject, JsonObject]:
    """Return an object as it is and as the server says that it would be; changes nothing."""
    return await _patched(cluster, place, None, build, kind)


async def change(
    cluster: ClusterWriter, place: Place, mark: Mark, build: Build, *, kind: PatchKind = "strategic"
) -> JsonObject:
    """Change an object and mark it in one request; one that bears the mark already is left alone.

    `build` is given the object as it was just read and raises Conflict when that is not what was agreed on.
    """
    return (await _patched(cluster, place, mark, build, kind))[1]


async def _patched(
    cluster: ClusterWriter, place: Place, mark: Mark | None, build: Build, kind: PatchKind
) -> tuple[JsonObject, JsonObject]:
    where = (place.resource, place.namespace, place.name)
    for attempt in range(_TRIES):
        item = await cluster.get(*where)
        if mark is not None and mark.on(item):
            return item, item
        body = guarded(item, await build(item), mark)
        try:
            return item, await cluster.patch(*where, body, kind=kind, dry_run=mark is None)
        except Conflict:
            # A refusal proves that nothing happened. Mostly only the status moved on, so it is read and judged anew.
            if attempt == _TRIES - 1:
                raise
    raise Conflict(f"{place.shown} is being changed all the time.")


async def happened(
    cluster: ClusterWriter, place: Place, plan: Plan, mark: Mark, look: Callable[[JsonObject], str] = seen
) -> Happened:
    """Say whether a change with this mark took effect: the mark proves it, an untouched object disproves it."""
    try:
        item = await cluster.get(place.resource, place.namespace, place.name)
    except NotFound:
        return Happened.UNKNOWN
    if mark.on(item):
        return Happened.YES
    return Happened.NO if look(item) == plan.before.get(SEEN) else Happened.UNKNOWN

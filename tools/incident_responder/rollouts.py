"""Tells what was changed, when and how, from Deployments, their ReplicaSets, ConfigMaps and events."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.evidence import Window
from agent.domain.results import Change
from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at, cluster_event, items, moment, name_of, service_of, word
from tools.incident_responder.podtemplates import config_maps_of, differences, images_of, restarted_at

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
CAUSE = "kubernetes.io/change-cause"
# Written by the control plane itself, into every namespace.
_NOT_OURS = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})
_CONTROLLER = "kube-controller-manager"
_SCALED = re.compile(r"Scaled (?:up|down) replica set (\S+)(?: from (\d+))? to (\d+)")
_ROLLOUT_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The objects of one namespace that tell of changes."""

    deployments: Sequence[JsonObject]
    replica_sets: Sequence[JsonObject]
    config_maps: Sequence[JsonObject]
    events: Sequence[JsonObject]


def changes(cluster: Cluster, service: str | None, window: Window) -> tuple[Change, ...]:
    """Return the changes of a service (None means all) within a window, newest first."""
    sets = _by_owner(cluster.replica_sets)
    found: list[Change] = []
    for deployment in cluster.deployments:
        if service is not None and service not in (service_of(deployment), name_of(deployment)):
            continue
        own = sets.get(_owned_key(deployment), [])
        found += _revisions(deployment, own, cluster.events)
        found += _scalings(deployment, own, cluster.events)
    found += _configurations(cluster, service)
    inside = [change for change in found if window.start <= change.at <= window.end]
    return tuple(sorted(inside, key=lambda change: change.at, reverse=True))


def _owned_key(item: JsonObject) -> str:
    return word(at(item, "metadata", "uid")) or name_of(item)


def _by_owner(replica_sets: Iterable[JsonObject]) -> dict[str, list[JsonObject]]:
    grouped: dict[str, list[JsonObject]] = defaultdict(list)
    for item in replica_sets:
        for owner in items(at(item, "metadata", "ownerReferences")):
            if owner.get("kind") == "Deployment":
                grouped[word(owner.get("uid")) or word(owner.get("name"))].append(item)
    return grouped


def _numbers(item: JsonObject) -> list[int]:
    """Return the revisions that a ReplicaSet has been, oldest first: it gets a new one when it is taken up again."""
    annotations = at(item, "metadata", "annotations")
    texts = [*word(at(annotations, HISTORY)).split(","), word(at(annotations, REVISION))]
    return sorted({int(text) for text in map(str.strip, texts) if text.isdecimal() and len(text) < 10})


def _created(item: JsonObject) -> datetime | None:
    return moment(at(item, "metadata", "creationTimestamp"))


def _revisions(
    deployment: JsonObject, sets: list[JsonObject], events: Sequence[JsonObject]
) -> Iterator[Change]:
    entries = sorted(
        ((number, place == 0, item) for item in sets for place, number in enumerate(_numbers(item))),
        key=lambda entry: entry[0],
    )
    previous: JsonObject | None = None
    for place, (number, first, current) in enumerate(entries):
        created, before = _created(current), _created(previous) if previous else None
        # Without a history, a creation time older than the predecessor's gives a roll-back away.
        again = not first or bool(created and before and created < before)
        newest = place == len(entries) - 1
        when = _taken_up(deployment, current, events, since=before, newest=newest) if again else created
        if when:
            yield _described(deployment, previous, current, number, when, again=again)
        previous = current


def _described(
    deployment: JsonObject,
    previous: JsonObject | None,
    current: JsonObject,
    revision: int,
    when: datetime,
    *,
    again: bool,
) -> Change:
    service = service_of(deployment)
    new = at(current, "spec", "template")
    if previous is None:
        text = f"{name_of(deployment)} was created with {images_of(new)} (revision {revision})"
        return Change(
            at=when,
            change="deployment",
            service=service,
            description=text,
            after=images_of(new),
            revision=revision,
        )
    old = at(previous, "spec", "template")
    parts = differences(old, new)
    if not parts and restarted_at(new) != restarted_at(old):
        text = f"{name_of(deployment)} was restarted (revision {revision})"
        return Change(at=when, change="restart", service=service, description=text, revision=revision)
    told = "; ".join(parts) or "the same pod template"
    cause = word(at(current, "metadata", "annotations", CAUSE))
    because = f" ({cause})" if cause else ""
    verb = f"revision {revision}"
    if again:
        former = max((n for n in _numbers(current) if n < revision), default=None)
        verb = f"was rolled back{f' to revision {former}' if former else ''} (now revision {revision})"
    return Change(
        at=when,
        change="deployment",
        service=service,
        description=f"{name_of(deployment)} {verb}: {told}{because}"[:1000],
        before=images_of(old),
        after=images_of(new),
        revision=revision,
    )


def _taken_up(
    deployment: JsonObject,
    current: JsonObject,
    events: Sequence[JsonObject],
    *,
    since: datetime | None,
    newest: bool,
) -> datetime | None:
    """Return when an old ReplicaSet was taken up again: by its scaling event, else by the last edit of the spec.

    `since` is when the one that it replaces was created: what it was scaled before belongs to its first time.
    """
    name = name_of(current)
    ups = [
        (" from 0 " in event.message, event.at)
        for raw in events
        if (event := cluster_event(raw))
        and event.reason == "ScalingReplicaSet"
        and f" {name} " in f"{event.message} "
        and event.message.startswith("Scaled up")
        and (since is None or event.at >= since)
    ]
    if ups:
        # The first step of a rollout begins at none; where messages name no former number, the last one counts.
        return max(ups)[1]
    if not newest:
        return None
    edits = [when for when, manager, _ in _edits(deployment, "f:template") if manager != _CONTROLLER]
    conditions = items(at(deployment, "status", "conditions"))
    progress = [moment(c.get("lastUpdateTime")) for c in conditions if c.get("type") == "Progressing"]
    known = edits or [when for when in progress if when]
    return max(known) if known else None


def _edits(item: JsonObject, field: str) -> Iterator[tuple[datetime, str, str]]:
    """Return (time, manager, subresource) of the recorded edits that own a field of the spec or of the data."""
    for entry in items(at(item, "metadata", "managedFields")):
        when = moment(entry.get("time"))
        fields = entry.get("fieldsV1")
        owned = at(fields, "f:spec", field) is not None or at(fields, field) is not None
        if when and owned:
            yield when, word(entry.get("manager")), word(entry.get("subresource"))


def _scalings(
    deployment: JsonObject, sets: Sequence[JsonObject], events: Sequence[JsonObject]
) -> Iterator[Change]:
    name, service = name_of(deployment), service_of(deployment)
    replicas = word(at(deployment, "spec", "replicas"))
    told = False
    for when, manager, subresource in _edits(deployment, "f:replicas"):
        if subresource == "scale":
            told = True
            text = f"{name} was scaled to {replicas} replicas by {manager or 'somebody'}"
            yield Change(at=when, change="scale", service=service, description=text, after=replicas)
    if not told:
        yield from _lone_scalings(name, service, {name_of(s) for s in sets}, events)
    for raw in events:
        event = cluster_event(raw)
        if event and event.reason == "SuccessfulRescale" and event.object.endswith(f"/{name}"):
            text = f"{name}: {event.message}"
            yield Change(at=event.at, change="scale", service=service, description=text)


def _lone_scalings(name: str, service: str, sets: set[str], events: Sequence[JsonObject]) -> Iterator[Change]:
    """Yield scalings of one ReplicaSet while no other one was scaled: those were no part of a rollout."""
    steps: list[tuple[datetime, str, str | None, str]] = []
    for raw in events:
        event = cluster_event(raw)
        match = _SCALED.match(event.message) if event and event.reason == "ScalingReplicaSet" else None
        if event and match and match.group(1) in sets:
            steps.append((event.at, match[1], match[2], match[3]))
    for when, replica_set, before, after in steps:
        others = [
            other for other in steps if other[1] != replica_set and abs(other[0] - when) < _ROLLOUT_PAUSE
        ]
        # Without a former number, or from none, it is the beginning of a rollout.
        if not others and before not in (None, "0"):
            text = f"{name} was scaled from {before} to {after} replicas"
            yield Change(
                at=when, change="scale", service=service, description=text, before=before, after=after
            )


def _configurations(cluster: Cluster, service: str | None) -> Iterator[Change]:
    users: dict[str, list[str]] = defaultdict(list)
    for deployment in cluster.deployments:
        for used in config_maps_of(at(deployment, "spec", "template")):
            users[used].append(service_of(deployment))
    for item in cluster.config_maps:
        name = name_of(item)
        owners = users.get(name) or [service_of(item)]
        if name in _NOT_OURS or (service is not None and service not in owners):
            continue
        yield from _config_changes(item, service or owners[0])


def _config_changes(item: JsonObject, service: str) -> Iterator[Change]:
    name, data = name_of(item), item.get("data")
    keys = ", ".join(sorted(map(str, data))[:8]) if isinstance(data, dict) else ""
    created = moment(at(item, "metadata", "creationTimestamp"))
    for when, manager, _ in _edits(item, "f:data"):
        # The first edit is the creation itself.
        verb = "was created" if created and abs((when - created).total_seconds()) < 1 else "was changed"
        text = f"ConfigMap {name} {verb} by {manager or 'somebody'}" + (f" (keys: {keys})" if keys else "")
        yield Change(at=when, change="config", service=service, description=text)

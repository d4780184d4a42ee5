"""Reads pods and events out of Kubernetes objects, any field of which may be missing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.domain.results import ClusterEvent, PodState
from tools.connectors.readers import JsonObject

SERVICE_LABELS = ("service", "app", "app.kubernetes.io/name", "k8s-app", "app.kubernetes.io/instance")


def at(value: Any, *path: str) -> Any:
    """Return what lies below a path of keys, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def items(value: Any) -> list[JsonObject]:
    """Return the objects in a list, whatever else is in it or it is."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def word(value: Any) -> str:
    """Return a text, empty for None."""
    return "" if value is None else str(value)


def moment(value: Any) -> datetime | None:
    """Return a Kubernetes time."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def name_of(item: JsonObject) -> str:
    """Return the object's name."""
    return word(at(item, "metadata", "name"))


def service_of(item: JsonObject) -> str:
    """Return the service that an object belongs to, by its labels, else by its name."""
    labels = at(item, "metadata", "labels")
    for label in SERVICE_LABELS:
        found = at(labels, label)
        if isinstance(found, str) and found:
            return found
    name = name_of(item)
    owners = items(at(item, "metadata", "ownerReferences"))
    if owners:
        name = word(owners[0].get("name")) or name
        # A ReplicaSet is named after its Deployment with a template hash.
        if owners[0].get("kind") == "ReplicaSet":
            name = name.rpartition("-")[0] or name
    return name


def belongs(item: JsonObject, service: str | None) -> bool:
    """Say whether an object belongs to a service; None means any."""
    return service is None or service_of(item) == service


def pod_state(pod: JsonObject, usage: tuple[float, float] | None = None) -> PodState:
    """Return a pod as a triage needs it."""
    statuses = items(at(pod, "status", "containerStatuses"))
    every = [*items(at(pod, "status", "initContainerStatuses")), *statuses]
    containers = items(at(pod, "spec", "containers"))
    deleted = at(pod, "metadata", "deletionTimestamp")
    return PodState(
        name=name_of(pod),
        service=service_of(pod),
        node=word(at(pod, "spec", "nodeName")),
        phase="Terminating" if deleted else word(at(pod, "status", "phase")) or "Unknown",
        ready=_condition(pod, "Ready").get("status") == "True",
        restarts=sum(n for s in statuses if isinstance(n := s.get("restartCount"), int)),
        image=word(containers[0].get("image")) if containers else "",
        reason=_reason(pod, every),
        last_exit=_last_exit(every),
        started_at=_running_since(pod, statuses),
        cpu_cores=usage[0] if usage else None,
        memory_bytes=usage[1] if usage else None,
    )


def _running_since(pod: JsonObject, statuses: Sequence[JsonObject]) -> datetime | None:
    """Return when the newest container started: a pod keeps its own start while its containers come and go."""
    starts = [moment(at(status, "state", "running", "startedAt")) for status in statuses]
    return max((start for start in starts if start), default=moment(at(pod, "status", "startTime")))


def unhealthy(pod: PodState) -> bool:
    """Say whether a pod needs a look."""
    return not pod.ready and pod.phase != "Succeeded"


def _condition(pod: JsonObject, kind: str) -> JsonObject:
    return next((c for c in items(at(pod, "status", "conditions")) if c.get("type") == kind), {})


def _reason(pod: JsonObject, statuses: Iterable[JsonObject]) -> str | None:
    statuses = list(statuses)
    states = [at(status, "state", "waiting", "reason") for status in statuses]
    states += [at(status, "state", "terminated", "reason") for status in statuses]
    states += [at(pod, "status", "reason"), _condition(pod, "PodScheduled").get("reason")]
    states += [at(status, "lastState", "terminated", "reason") for status in statuses]
    harmless = ("Completed", "ContainerCreating", "PodInitializing")
    told = [word(state) for state in states if state]
    return next((state for state in told if state not in harmless), told[0] if told else None)


def _last_exit(statuses: Iterable[JsonObject]) -> str | None:
    ends = [at(s, "state", "terminated") or at(s, "lastState", "terminated") for s in statuses]
    found = [end for end in ends if isinstance(end, Mapping)]
    if not found:
        return None
    newest = max(found, key=lambda end: word(end.get("finishedAt")))
    finished = moment(newest.get("finishedAt"))
    clock = f" at {finished:%H:%M:%S} UTC" if finished else ""
    return f"{word(newest.get('reason')) or 'ended'}, exit code {word(newest.get('exitCode'))}{clock}"


def cluster_event(event: JsonObject) -> ClusterEvent | None:
    """Return an event, or None when it bears no time."""
    times = (
        at(event, "series", "lastObservedTime"),
        event.get("lastTimestamp"),
        event.get("eventTime"),
        event.get("firstTimestamp"),
        at(event, "metadata", "creationTimestamp"),
    )
    when = next((found for value in times if value and (found := moment(value))), None)
    if when is None:
        return None
    counted = at(event, "series", "count") or event.get("count")
    target = event.get("involvedObject") or event.get("regarding")
    return ClusterEvent(
        at=when,
        type=word(event.get("type")) or "Normal",
        reason=word(event.get("reason")),
        object=f"{word(at(target, 'kind')).lower()}/{word(at(target, 'name'))}",
        message=word(event.get("message") or event.get("note"))[:1000],
        count=counted if isinstance(counted, int) and counted > 0 else 1,
    )


def event_concerns(event: ClusterEvent, service: str | None, pods: frozenset[str]) -> bool:
    """Say whether an event is about a service: its pods, or objects named after it."""
    if service is None:
        return True
    name = event.object.partition("/")[2]
    return name in pods or name == service or name.startswith(f"{service}-")

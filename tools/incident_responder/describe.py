"""Lists what a person wants to know of one pod, as rows."""

from collections.abc import Iterator, Sequence

from agent.domain.results import ClusterEvent
from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at, items, name_of, pod_state, word

SHOWN_EVENTS = 8


def pod_rows(pod: JsonObject, events: Sequence[ClusterEvent]) -> tuple[tuple[str, str], ...]:
    """Return (what, how) rows, the newest events last."""
    return tuple((what, how) for what, how in (*_rows(pod), *_event_rows(events)) if how)


def _rows(pod: JsonObject) -> Iterator[tuple[str, str]]:
    state = pod_state(pod)
    yield "pod", state.name
    yield "namespace", word(at(pod, "metadata", "namespace"))
    yield "service", state.service
    yield "phase", state.phase
    yield "ready", "yes" if state.ready else "no"
    yield "reason", state.reason or ""
    yield "restarts", str(state.restarts)
    yield "last exit", state.last_exit or ""
    yield "node", state.node
    yield "started", f"{state.started_at:%Y-%m-%d %H:%M:%S} UTC" if state.started_at else ""
    for condition in items(at(pod, "status", "conditions")):
        if condition.get("status") != "True":
            why = f"{word(condition.get('reason'))}: {word(condition.get('message'))}".strip(": ")
            yield f"condition {word(condition.get('type'))}", why or word(condition.get("status"))
    for container in items(at(pod, "spec", "containers")):
        yield f"container {word(container.get('name'))}", _container(container, pod)


def _container(container: JsonObject, pod: JsonObject) -> str:
    name = container.get("name")
    status = next((s for s in items(at(pod, "status", "containerStatuses")) if s.get("name") == name), {})
    state = status.get("state")
    parts = [word(container.get("image"))]
    if isinstance(state, dict):
        for kind, detail in state.items():
            why = word(at(detail, "reason"))
            message = word(at(detail, "message"))
            parts.append(" ".join(part for part in (str(kind), why, message) if part))
    limits = at(container, "resources", "limits")
    if isinstance(limits, dict):
        parts.append("limits " + ", ".join(f"{key} {word(value)}" for key, value in limits.items()))
    return "; ".join(part for part in parts if part)


def _event_rows(events: Sequence[ClusterEvent]) -> Iterator[tuple[str, str]]:
    for event in sorted(events, key=lambda e: e.at)[-SHOWN_EVENTS:]:
        times = f" ({event.count} times)" if event.count > 1 else ""
        yield f"event {event.at:%H:%M:%S}", f"{event.reason}: {event.message}{times}"


def title_of(pod: JsonObject) -> str:
    """Return a one-line summary of a pod."""
    state = pod_state(pod)
    why = f", {state.reason}" if state.reason else ""
    health = "ready" if state.ready else "not ready"
    return f"{name_of(pod)}: {state.phase}, {health}{why}, {state.restarts} restarts"

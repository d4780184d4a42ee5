"""The logs of a Pod: which container, how much, from when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.cluster.kubelet import Kubelet
from demo.cluster.objects import Obj, dig, micro_stamp, name_of, now, parse_time
from demo.cluster.routes import is_true
from demo.cluster.runtime import RunningPod, scripted_of
from demo.cluster.status import bad_request, bad_value, invalid, prohibited


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What a client wants of a log."""

    container: str = ""
    tail: int | None = None
    limit: int | None = None
    previous: bool = False
    since: datetime | None = None
    timestamps: bool = False
    follow: bool = False


def read_log_query(pod: str, query: dict[str, str]) -> LogQuery:
    """Read the parameters; raise 422 for numbers that make no sense."""
    causes = []
    numbers: dict[str, int] = {}
    for field, least, why in (
        ("tailLines", 0, "must be greater than or equal to 0"),
        ("limitBytes", 1, "must be greater than 0"),
        ("sinceSeconds", 1, "must be greater than 0"),
    ):
        if field not in query:
            continue
        try:
            numbers[field] = int(query[field])
        except ValueError as broken:
            raise bad_request(f'strconv.ParseInt: parsing "{query[field]}": invalid syntax') from broken
        if numbers[field] < least:
            causes.append(bad_value(field, str(numbers[field]), why))
    if "sinceSeconds" in query and "sinceTime" in query:
        causes.append(prohibited("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    if causes:
        raise invalid("", "PodLogOptions", pod, causes)
    return LogQuery(
        query.get("container", ""),
        numbers.get("tailLines"),
        numbers.get("limitBytes"),
        "previous" in query and is_true(query["previous"]),
        _since(query, numbers),
        "timestamps" in query and is_true(query["timestamps"]),
        "follow" in query and is_true(query["follow"]),
    )


def _since(query: dict[str, str], numbers: dict[str, int]) -> datetime | None:
    if "sinceSeconds" in numbers:
        return now() - timedelta(seconds=numbers["sinceSeconds"])
    if "sinceTime" not in query:
        return None
    try:
        return parse_time(query["sinceTime"])
    except ValueError as broken:
        raise bad_request(f"sinceTime: {query['sinceTime']!r} is not a time") from broken


def read_log(kubelet: Kubelet, pod: Obj, query: LogQuery) -> str | None:
    """Return a container's log; None when the Pod has no node yet. Raise 400 for a container it lacks."""
    names = [item["name"] for item in dig(pod, "spec", "containers", default=[])]
    if query.container and query.container not in names:
        raise bad_request(f"container {query.container} is not valid for pod {name_of(pod)}")
    if not query.container and len(names) > 1:
        listed = " ".join(names)
        raise bad_request(
            f"a container name must be specified for pod {name_of(pod)}, choose one of: [{listed}]"
        )
    if not dig(pod, "spec", "nodeName"):
        return None
    container = query.container or names[0]
    running = kubelet.running(pod)
    _require_log(pod, container, running, query)
    # Between two attempts the container that ended is both the present and the previous one.
    told, previous = (running, query.previous) if running is not None else (kubelet.ended(pod), False)
    if told is None:
        return ""
    lines = told.logs(tail=query.tail, previous=previous, since=query.since)
    if query.timestamps:
        lines = [f"{micro_stamp()} {line}" for line in lines]
    # Even no lines at all end with a newline when the client asked for none, as recorded.
    text = "\n".join(lines) + "\n" if lines or query.tail == 0 else ""
    return text if query.limit is None else text.encode()[: query.limit].decode("utf-8", "ignore")


def _require_log(pod: Obj, container: str, running: RunningPod | None, query: LogQuery) -> None:
    if scripted_of(running) is not None:
        return
    status: Obj = next(
        (item for item in dig(pod, "status", "containerStatuses", default=[]) if item["name"] == container),
        {},
    )
    if query.previous and not status.get("restartCount"):
        message = f'previous terminated container "{container}" in pod "{name_of(pod)}" not found'
        raise bad_request(message)
    waiting = dig(status, "state", "waiting", "reason")
    if running is None and (waiting or not status) and not query.previous and not status.get("lastState"):
        why = waiting or "ContainerCreating"
        raise bad_request(f'container "{container}" in pod "{name_of(pod)}" is waiting to start: {why}')

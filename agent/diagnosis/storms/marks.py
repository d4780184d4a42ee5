"""What the alerts of a storm say about each entity, as a set of marks that can be compared between storms."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agent.diagnosis.cases.model import AlertEvent

FINE = frozenset({"log", "line", "operation", "calls-operation"})


class Mark(NamedTuple):
    """One thing said about an entity; `sort` is how the entity is concerned, `name` what was said.

    `alert`: it alerts itself; `calls`: it is the caller in another's alert; `own`, `entry`: the alert is about work
    inside it, or about work that nobody here called for; `log`: one of its logs alerts; the fine sorts name the
    log template (`line`) or the operation.
    """

    sort: str
    name: str

    @property
    def pooled(self) -> str:
        """Return the name under which marks of one sort are weighed together."""
        if self.sort in ("log", "line"):
            return "log lines"
        return "operations" if self.sort in FINE else f"{self.sort}:{self.name}"


Marks = Mapping[str, frozenset[Mark]]


def marks_of(alerts: Iterable[AlertEvent]) -> Marks:
    """Return the marks of each entity that a storm's alerts name; the order of the alerts is of no account."""
    found: dict[str, set[Mark]] = defaultdict(set)
    for alert in alerts:
        signal = signal_of(alert)
        if signal == "log":
            found[alert.entity] |= {Mark("log", alert.name), Mark("line", _line(alert))}
        elif signal == "trace":
            _trace(alert, found)
        else:
            found[alert.entity].add(Mark("alert", directed(alert)))
    return {entity: frozenset(marks) for entity, marks in found.items()}


def signal_of(alert: AlertEvent) -> str:
    """Return `metric`, `log` or `trace`, as the alert says or as its labels tell."""
    given = alert.labels.get("signal", "")
    if given in ("metric", "log", "trace"):
        return given
    if "template" in alert.labels:
        return "log"
    return "trace" if {"operation", "caller"} & set(alert.labels) else "metric"


def directed(alert: AlertEvent) -> str:
    """Return the alert's name with the direction of the change, where it tells one."""
    direction = alert.labels.get("direction", "")
    return f"{alert.name} {direction}".rstrip()


def words_of(alerts: Iterable[AlertEvent]) -> dict[str, set[str]]:
    """Return the log templates and served operations seen of each entity: what its program can say."""
    found: dict[str, set[str]] = defaultdict(set)
    for alert in alerts:
        signal = signal_of(alert)
        if signal == "log":
            found[alert.entity].add("line " + _line(alert))
        elif signal == "trace" and alert.labels.get("caller") != alert.entity:
            found[alert.entity].add("operation " + alert.labels.get("operation", ""))
    return found


def _line(alert: AlertEvent) -> str:
    return alert.labels.get("template", "")


def _trace(alert: AlertEvent, found: dict[str, set[Mark]]) -> None:
    caller, entity = alert.labels.get("caller", ""), alert.entity
    operation = f"{alert.name} of {alert.labels.get('operation', '')}"
    found[entity] |= {Mark("alert", alert.name), Mark("operation", operation)}
    if caller in ("", "None"):
        found[entity].add(Mark("entry", alert.name))
    elif caller == entity:
        found[entity].add(Mark("own", alert.name))
    else:
        found[caller] |= {Mark("calls", alert.name), Mark("calls-operation", operation)}

"""Alert storms made up in code: who caused each is known, and every name can be disguised."""

import random
from collections.abc import Callable, Sequence

from agent.diagnosis.cases.model import AlertEvent, Case, Truth

SERVICES = ("gate", "cart", "pay", "ship", "user", "stock")
EDGES = tuple(("gate", other) for other in SERVICES[1:])


def metric(entity: str, name: str, direction: str = "up") -> AlertEvent:
    """Return an alert about a metric."""
    return AlertEvent("", entity, name, None, {"signal": "metric", "direction": direction})


def log(entity: str, template: str) -> AlertEvent:
    """Return an alert about a log."""
    return AlertEvent("", entity, "log_template", None, {"signal": "log", "template": template})


def slow(entity: str, caller: str, operation: str) -> AlertEvent:
    """Return an alert about a slow call."""
    labels = {"signal": "trace", "caller": caller, "operation": operation}
    return AlertEvent("", entity, "trace_slow", None, labels)


def storm(root: str, kind: str, dice: random.Random) -> tuple[Case, Truth]:
    """Return a storm: the gate always complains, one bystander is unwell, the root shows its kind's signs."""
    bystander = dice.choice([s for s in SERVICES if s != root])
    alerts = [
        metric("gate", "dest_p50"),
        metric("gate", "dest_p95"),
        log("gate", "7"),
        metric("gate", "qps", "down"),
    ]
    alerts += [metric(bystander, "dest_p95"), slow(root, "gate", f"/{root}"), metric(root, "qps", "down")]
    if kind == "cpu":
        alerts += [metric(root, "cpu_usage"), metric(root, "dest_p50")]
    else:
        alerts += [metric(root, "net_transmit", "down"), log(root, f"{root} 1")]
    dice.shuffle(alerts)
    numbered = [AlertEvent(f"a{i}", a.entity, a.name, None, a.labels) for i, a in enumerate(alerts)]
    return Case(SERVICES, topology=EDGES, alerts=numbered), Truth(frozenset({root}), kind)


def storms(count: int, seed: int = 1) -> list[tuple[Case, Truth]]:
    """Return storms of changing roots and kinds."""
    dice = random.Random(seed)
    return [storm(SERVICES[1 + i % 5], ("cpu", "loss")[i % 2], dice) for i in range(count)]


def disguised(case: Case, name: Callable[[str], str], dice: random.Random) -> Case:
    """Return the same case with other names and everything in another order."""
    alerts = [_renamed(alert, name) for alert in case.alerts]
    entities = [name(entity) for entity in case.entities]
    dice.shuffle(alerts)
    dice.shuffle(entities)
    edges = tuple((name(a), name(b)) for a, b in case.topology)
    return Case(tuple(entities), topology=edges, alerts=alerts)


def _renamed(alert: AlertEvent, name: Callable[[str], str]) -> AlertEvent:
    labels = {key: name(value) if key == "caller" else value for key, value in alert.labels.items()}
    return AlertEvent(alert.id, name(alert.entity), alert.name, alert.at, labels)


def burst(start: float, count: int, prefix: str, seconds: float = 200.0) -> Sequence[AlertEvent]:
    """Return distinct alerts of one incident, spread evenly."""
    return [
        AlertEvent(f"{prefix}{i}", f"service-{i % 7}", f"alert-{i}", start + seconds * i / count, {})
        for i in range(count)
    ]

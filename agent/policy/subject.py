"""What an alert is about: the service, environment and place that its labels name."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.policy.load import Policies

_PLACES = ("instance", "node", "host", "pod")


@dataclass(frozen=True, slots=True)
class Subject:
    """`service` is what people would name: a service, else a machine, else `unknown`; `rule` says which label gave it.

    `category` is that of a matter that is kept apart from ordinary ones (security.yaml), else empty.
    """

    service: str
    is_service: bool
    rule: str
    environment: str | None
    namespace: str
    cluster: str
    category: str = ""


def subject_of(policies: Policies, labels: Mapping[str, str]) -> Subject:
    """Return what an alert with these labels is about."""
    service, label = _service(policies, labels)
    place = next((name for name in _PLACES if labels.get(name)), None)
    return Subject(
        service=service or (labels[place] if place else "unknown"),
        is_service=bool(service),
        rule=label or place or "nothing",
        environment=next(
            (labels[name] for name in policies.services.environment_labels if labels.get(name)), None
        ),
        namespace=labels.get("namespace", ""),
        cluster=labels.get("cluster", ""),
        category=policies.security.category_of(labels),
    )


def _service(policies: Policies, labels: Mapping[str, str]) -> tuple[str, str]:
    job = labels.get("job", "").strip()
    # A rule may put one fixed `service` on every series that it watches; a job of our own pattern names the emitter.
    own = any(job.startswith(prefix) and job != prefix for prefix in policies.services.strip_prefixes)
    for label in ("job", *policies.services.labels) if own else policies.services.labels:
        name = labels.get(label, "").strip()
        for prefix in policies.services.strip_prefixes:
            name = name.removeprefix(prefix)
        if name and name not in policies.services.not_services:
            return name, label
    return "", ""

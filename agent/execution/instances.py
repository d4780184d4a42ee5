"""Chooses among the observed instances of a service: the one that fails, is not ready, is fullest or does least."""

import re
from collections.abc import Mapping, Sequence

from agent.domain.results import PodState

# A ReplicaSet's pods end with its template hash and five letters, a StatefulSet's with their number.
_DEPLOYED = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)-[a-z0-9]{5,10}-[a-z0-9]{5}")
_ORDINAL = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)-\d{1,4}")
# An instance stands out when it fails this much more often than the middle one of the others, and noticeably at all.
_TIMES_WORSE = 3.0
_NOTICEABLE = 0.1


class Unresolved(Exception):
    """A reference behind which nothing was observed; `reason` with `args` is the message `recovery-unseen-REASON`."""

    def __init__(self, reference: str, reason: str, **args: str) -> None:
        super().__init__(f"${reference}: {reason}")
        self.reference = reference
        self.reason = reason
        self.args_of_reason = args


def workload_of(reference: str, pods: Sequence[PodState]) -> dict[str, str]:
    """Return the workload and kind that pods are named after; raises Unresolved for pods that nothing controls."""
    for pod in pods:
        for kind, shape in (("Deployment", _DEPLOYED), ("StatefulSet", _ORDINAL)):
            found = shape.fullmatch(pod.name)
            if found:
                return {"workload": found["name"], "kind": kind}
    raise Unresolved(reference, "no-workload", pod=pods[0].name)


def failing_pod(reference: str, service: str, ratios: Mapping[str, float]) -> str:
    """Return the one instance that fails far more often than the others, which are well; raises Unresolved."""
    if len(ratios) < 2:
        raise Unresolved(reference, "not-apart", service=service)
    worst = max(ratios, key=lambda pod: (ratios[pod], pod))
    others = sorted(ratio for pod, ratio in ratios.items() if pod != worst)
    middle = others[len(others) // 2]
    if ratios[worst] < _NOTICEABLE or ratios[worst] < _TIMES_WORSE * middle:
        raise Unresolved(reference, "none-worse", service=service)
    return worst


def chosen_pod(reference: str, attribute: str, pods: Sequence[PodState]) -> str:
    """Return the pod that is `unready_pod`, `fullest_pod` or `idlest_pod`; raises Unresolved."""
    if attribute == "unready_pod":
        unready = [pod for pod in pods if not pod.ready]
        if not unready:
            raise Unresolved(reference, "all-ready")
        return max(unready, key=lambda pod: (pod.restarts, pod.name)).name
    if attribute == "fullest_pod":
        return _most(reference, "memory", {p.name: p.memory_bytes for p in pods})
    return _most(reference, "CPU", {p.name: None if p.cpu_cores is None else -p.cpu_cores for p in pods})


def _most(reference: str, what: str, measured: Mapping[str, float | None]) -> str:
    known = {name: value for name, value in measured.items() if value is not None}
    if not known:
        raise Unresolved(reference, "not-measured", what=what)
    return max(known, key=lambda name: (known[name], name))

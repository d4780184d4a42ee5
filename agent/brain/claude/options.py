"""The actions that a model may wish for: catalogued ones whose parameters are all objects that were seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.domain.evidence import Diagnosis, Evidence, FindingKind
from agent.domain.noun import Json
from agent.domain.results import ChangesResult, PodsResult, PodState
from agent.domain.view import IncidentView
from agent.ports.recovery import ActionKind

MOST_OPTIONS = 8


@dataclass(frozen=True, slots=True)
class Option:
    """One action on one object, ready to be proposed; the model only ever names its id."""

    id: str
    action: str
    params: dict[str, Json]
    words: str


def options(
    catalogue: Sequence[ActionKind],
    view: IncidentView,
    evidence: Sequence[Evidence],
    diagnosis: Diagnosis | None,
) -> tuple[Option, ...]:
    """Return what may be wished for; nothing while an action of this incident is still under way."""
    if any(not action.state.ended for action in view.actions) or not view.incident.namespace:
        return ()
    able = {kind.name for kind in catalogue if kind.enabled}
    wishes = [one for one in _wishes(view, evidence, diagnosis) if one[0] in able]
    return tuple(
        Option(f"act_{number}", action, params, f"{action} {about}")
        for number, (action, params, about) in enumerate(wishes[:MOST_OPTIONS], start=1)
    )


def _wishes(
    view: IncidentView, evidence: Sequence[Evidence], diagnosis: Diagnosis | None
) -> Iterator[tuple[str, dict[str, Json], str]]:
    space: dict[str, Json] = {"namespace": view.incident.namespace}
    concerned = _concerned(view, diagnosis)
    running = {pod.service: pod for pod in _pods(evidence) if pod.name.startswith(f"{pod.service}-")}
    for service in dict.fromkeys(_deployed(evidence)):
        if service in concerned and service in running:
            yield "roll_back_workload", {**space, "name": service}, f"{service}, to what ran before"
    for service in concerned:
        if service in running:
            yield "restart_workload", {**space, "name": service}, service
    for pod in _pods(evidence):
        if pod.service in concerned and not pod.ready:
            yield "delete_pod", {**space, "name": pod.name}, pod.name


def _concerned(view: IncidentView, diagnosis: Diagnosis | None) -> tuple[str, ...]:
    causes = [f.service for f in (diagnosis.findings if diagnosis else ()) if f.kind is FindingKind.CAUSE]
    return tuple(dict.fromkeys([*(s for s in causes if s), *view.services]))


def _deployed(evidence: Sequence[Evidence]) -> Iterator[str]:
    for one in evidence:
        if isinstance(one.reading.result, ChangesResult):
            yield from (c.service for c in one.reading.result.changes if c.change == "deployment")


def _pods(evidence: Sequence[Evidence]) -> Iterator[PodState]:
    for one in evidence:
        if isinstance(one.reading.result, PodsResult):
            yield from one.reading.result.pods

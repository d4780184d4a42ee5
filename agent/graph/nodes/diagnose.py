"""Turns this run's evidence into a diagnosis and records both."""

from agent.diagnosis.check import checked
from agent.diagnosis.keep import another_began, easing, kept
from agent.diagnosis.merge import carried
from agent.diagnosis.missing import timed_out
from agent.diagnosis.title import better_title
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus, ReadRequest
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.graph.events import mark_once, starts_anew
from agent.graph.kit import Kit
from agent.graph.remember import remember
from agent.graph.state import State, Update
from agent.ports.store import Tx


async def diagnose(state: State, kit: Kit) -> Update:
    """Rank causes, let code check the claims, and store the result with its two marks in one transaction."""
    async with kit.store.read() as tx:
        view, evidence = await kit.look(tx, state)
    seen = _complete(await kit.brain.diagnose(view, evidence), view, evidence, state, kit)
    anew = starts_anew(view.timeline) or another_began(view)
    diagnosis = seen if anew else _with_earlier(view, seen)
    async with kit.store.write() as tx:
        now, incident_id = kit.clock.now(), state["incident_id"]
        counts = _counts(state, evidence)
        await mark_once(tx, incident_id, TimelineKind.INVESTIGATED, kit.brain.name, now, counts)
        verdict = _verdict(state, diagnosis)
        if await mark_once(tx, incident_id, TimelineKind.DIAGNOSED, kit.brain.name, now, verdict):
            await tx.evidence.put_diagnosis(incident_id, diagnosis, now)
            await _retitle(tx, incident_id, better_title(view, diagnosis))
            await remember(tx, incident_id)
    return {"done": True}


def _with_earlier(view: IncidentView, seen: Diagnosis) -> Diagnosis:
    """Keep of the last look what this one does not replace: a cause that is over, and what a model added."""
    still_there = frozenset(e.id for e in view.evidence)
    return carried(view.diagnosis, kept(view.diagnosis, seen, easing=easing(view)), still_there)


async def _retitle(tx: Tx, incident_id: str, title: str | None) -> None:
    incident = await tx.incidents.get(incident_id)
    if title is not None and incident is not None:
        await tx.incidents.save(incident.model_copy(update={"title": title}))


def _complete(
    diagnosis: Diagnosis, view: IncidentView, evidence: tuple[Evidence, ...], state: State, kit: Kit
) -> Diagnosis:
    """Check every claim whoever made it, and add what did not come in time."""
    starts = [view.incident.times.started_at, *(r.alert.starts_at for r in view.alerts)]
    sound = checked(diagnosis, evidence, starts)
    late = timed_out([ReadRequest.model_validate(r) for r in state["unfinished"]], kit.language)
    return sound.model_copy(update={"missing": (*sound.missing, *late)})


def _counts(state: State, evidence: tuple[Evidence, ...]) -> dict[str, Json]:
    by_status = {s.value: sum(1 for e in evidence if e.status is s) for s in EvidenceStatus}
    told = ", ".join(f"{count} {name}" for name, count in by_status.items() if count)
    return {
        "run": state["run"],
        "iterations": state["iteration"],
        "reads": len(evidence),
        "unfinished": len(state["unfinished"]),
        "summary": f"{len(evidence)} reads ({told or 'none'})",
        **by_status,
    }


def _verdict(state: State, diagnosis: Diagnosis) -> dict[str, Json]:
    cause = diagnosis.cause
    return {
        "run": state["run"],
        "seen": state["seen"],
        "summary": cause.claim if cause else "inconclusive",
        "rule": cause.rule if cause else None,
        "service": cause.service if cause else None,
        "confidence": cause.confidence if cause else None,
        "missing": list(diagnosis.missing),
        # What says the summary in any language.
        "message": cause.details.get("message") if cause else None,
        "spans": cause.details.get("spans") if cause else None,
    }

"""What people say of a diagnosis: right, wrong, or what it was instead; stored, told, and remembered for later."""

from collections.abc import Sequence
from datetime import datetime

from agent.analysis.redaction import Redactor
from agent.domain.evidence import Diagnosis
from agent.domain.feedback import Feedback
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.errors import NotFound
from agent.lifecycle.announce import announce
from agent.lifecycle.memory import remember
from agent.policy.load import Policies
from agent.ports.store import Tx

LONGEST_TRUTH = 500


async def judge(
    tx: Tx,
    policies: Policies,
    incident_id: str,
    *,
    run: int,
    right: bool,
    person: str,
    at: datetime,
    truth: str = "",
) -> Incident:
    """Record one person's word on the diagnosis of a run; the same word again changes nothing. Raises NotFound."""
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    said = Redactor().text(" ".join(truth.split()))[:LONGEST_TRUTH] if not right else ""
    mine = [
        one for one in await tx.feedback.of_incident(incident_id) if (one.run, one.person) == (run, person)
    ]
    if mine and (mine[0].right, mine[0].truth) == (right, said):
        return incident
    timeline = await tx.timeline.of(incident_id)
    vote = _stated(_vote(incident_id, timeline, run), timeline, await tx.evidence.diagnosis(incident_id))
    await tx.feedback.vote(
        vote.model_copy(update={"person": person, "right": right, "at": at, "truth": said})
    )
    kind = TimelineKind.CAUSE_CONFIRMED if right else TimelineKind.CAUSE_DENIED
    data: dict[str, Json] = {"text": said or "–", "run": run}
    await tx.timeline.append(incident_id, kind, person, at, data)
    if not incident.status.open:
        await remember(tx, incident)
    await announce(tx, incident, policies, at)
    return incident


def judged_run(timeline: Sequence[TimelineEvent]) -> int:
    """Return the number of the newest diagnosis, which a vote of this moment is about; 0 before the first."""
    runs = [event.data.get("run") for event in timeline if event.kind is TimelineKind.DIAGNOSED]
    return next((run for run in reversed(runs) if isinstance(run, int) and run >= 0), 0)


def named_cause(diagnosis: Diagnosis | None) -> bool:
    """Say whether there is a cause that could be right or wrong."""
    return diagnosis is not None and diagnosis.cause is not None


def _stated(vote: Feedback, timeline: Sequence[TimelineEvent], diagnosis: Diagnosis | None) -> Feedback:
    """Return a vote with what the diagnosis says by now, where a later look has added to the run that is judged."""
    cause = diagnosis.cause if diagnosis else None
    deeper = [e.actor for e in timeline if e.kind.value == "deepened" and e.data.get("run") == vote.run]
    if cause is None or vote.run != judged_run(timeline):
        return vote
    known = (vote.rule, vote.service) == (cause.rule, cause.service or "")
    return vote.model_copy(
        update={
            "confidence": cause.confidence,
            "rule": cause.rule,
            "service": cause.service or "",
            "brain": vote.brain if known or not deeper else deeper[-1],
        }
    )


def _vote(incident_id: str, timeline: Sequence[TimelineEvent], run: int) -> Feedback:
    """Return a vote with what the diagnosis of that run stated; what was never diagnosed is judged without it."""
    found = [e for e in timeline if e.kind is TimelineKind.DIAGNOSED and e.data.get("run") == run]
    if not found:
        raise NotFound("There is no such diagnosis.", code="no-diagnosis")
    data, brain = found[-1].data, found[-1].actor
    confidence = data.get("confidence")
    return Feedback(
        incident_id=incident_id,
        run=run,
        person="-",
        right=False,
        at=found[-1].at,
        confidence=float(confidence) if isinstance(confidence, int | float) else None,
        rule=str(data.get("rule") or ""),
        service=str(data.get("service") or ""),
        brain=brain,
    )

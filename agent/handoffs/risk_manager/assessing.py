"""Assesses an action: the points as they were counted when it was proposed, and a model's reasons, which only add."""

import asyncio
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from agent.analysis.redaction import Redactor, clean_text
from agent.diagnosis.admission import refusal
from agent.domain.action import Action
from agent.domain.evidence import Evidence, Finding, FindingKind
from agent.domain.handoff import ActionAssessed, SubAgent
from agent.domain.noun import Json
from agent.domain.risk import RiskAssessment
from agent.domain.view import IncidentView
from agent.errors import BackendError, BadInput, OverBudget
from agent.handoffs.needs import Rules
from agent.locale.messages import text
from agent.policy.risk_score import raised
from agent.ports.handoffs import Counsel, Reply
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

READS = (
    "metrics_collector.signal",
    "metrics_collector.topology",
    "log_analyzer.search",
    "incident_responder.rollouts",
    "incident_responder.pods",
)
"""What the model may read for an assessment."""

# People vote within seconds of the proposal; later reasons would come after their votes.
COUNSEL_SECONDS = 20.0
LONGEST_REASON = 300
_MOST_EVIDENCE = 40
_MOST_CHANGES = 12
_log = get_log("handoffs")


class RiskOpinion(BaseModel):
    """What a model says of an action's risk."""

    model_config = ConfigDict(extra="forbid")
    score: Annotated[int, Field(description="0 to 100, as you see it")]
    because: str = Field(description="one sentence with the danger; empty when nothing is to be added")
    evidence: list[str] = Field(description="ids of the evidence that shows the danger")


class Assessing:
    """Answers `AssessAction`; without a model, or when it fails, the points stand as they are."""

    def __init__(
        self,
        store: Store,
        book: Rules,
        counsel: Counsel | None,
        redactor: Redactor,
        *,
        seconds: float = COUNSEL_SECONDS,
        language: str = "en",
    ) -> None:
        self._store = store
        self._book = book
        self._counsel = counsel
        self._redactor = redactor
        self._seconds = seconds
        self._language = language

    async def reply(self, action_id: str, view: IncidentView) -> Reply:
        """Return the assessment of an action; raises BadInput when there is none to assess."""
        action = next((one for one in view.actions if one.id == action_id), None)
        if action is None or action.decision.risk is None:
            why = text(self._language, "risk-no-action", incident=view.incident.name)
            raise BadInput(why, field="action_id")
        counted = action.decision.risk
        opinion = await self._consult(action, counted, view)
        if opinion is None:
            return Reply(ActionAssessed(assessment=counted))
        return Reply(ActionAssessed(assessment=await self._with(opinion, counted, view)), form="claude")

    async def _consult(
        self, action: Action, counted: RiskAssessment, view: IncidentView
    ) -> RiskOpinion | None:
        if self._counsel is None:
            return None
        try:
            async with asyncio.timeout(self._seconds):
                return await self._counsel.consult(
                    SubAgent.RISK_MANAGER,
                    "Say how risky this action is now, on this target.",
                    material(action, counted, view),
                    RiskOpinion,
                    evidence=_evidence(view),
                    reads=READS,
                    incident_id=view.incident.id,
                )
        except (BackendError, OverBudget, TimeoutError) as error:
            # The points stand without it; the thread shows which form answered.
            _log.warning(LogEvent.TASK_FAILED, task="risk counsel", error=type(error).__name__)
            return None

    async def _with(
        self, opinion: RiskOpinion, counted: RiskAssessment, view: IncidentView
    ) -> RiskAssessment:
        """Return the points with what the model adds to them, if its reason rests on evidence."""
        because = self._redactor.text(" ".join(clean_text(opinion.because).split()))[:LONGEST_REASON]
        ids = tuple(dict.fromkeys(one for one in opinion.evidence if one))[:12]
        if not because or not ids or opinion.score <= counted.score:
            return counted
        claim = Finding(
            kind=FindingKind.SYMPTOM, claim=because, confidence=0.5, evidence_ids=ids, rule="risk.counsel"
        )
        times = [view.incident.times.started_at, *(record.alert.starts_at for record in view.alerts)]
        if refusal(claim, await self._cited(ids, view), times) is not None:
            return counted
        return raised(counted, self._book.current.risk, opinion.score, because, ids)

    async def _cited(self, ids: tuple[str, ...], view: IncidentView) -> dict[str, Evidence]:
        """Return the incident's evidence of these ids; the model may have read more since the incident was gathered."""
        async with self._store.read() as tx:
            found = [await tx.evidence.get(one) for one in ids]
        return {one.id: one for one in found if one is not None and one.incident_id == view.incident.id}


def material(action: Action, counted: RiskAssessment, view: IncidentView) -> dict[str, Json]:
    """Return what a model is told of an action: its preview, never its parameters, which may hold anything."""
    plan = action.plan
    return {
        "action": action.name,
        "target": plan.target.key,
        "changes": [f"{one.path}: {one.before} -> {one.after}"[:200] for one in plan.changes[:_MOST_CHANGES]],
        "touches": plan.radius.model_dump(mode="json"),
        "reversible": plan.reversible,
        "wanted_because": action.request.reason,
        "score": counted.score,
        "reasons": [one.because for one in counted.factors],
        "incident": view.incident.title,
        "priority": view.incident.priority.value,
        "cause": view.diagnosis.cause.claim if view.diagnosis and view.diagnosis.cause else None,
    }


def _evidence(view: IncidentView) -> tuple[Evidence, ...]:
    """Return what the diagnosis cites, and what is newest."""
    findings = view.diagnosis.findings if view.diagnosis else ()
    cited = {one for finding in findings for one in finding.evidence_ids}
    newest = {one.id for one in view.evidence[-_MOST_EVIDENCE:]}
    return tuple(one for one in view.evidence if one.id in cited | newest)

"""The risk-manager as the desk asks it: one answer per kind of question."""

from agent.domain.handoff import AssessAction, Handoff, ReviewRecurrence, SubAgent
from agent.domain.view import IncidentView
from agent.errors import BadInput
from agent.handoffs.risk_manager.assessing import Assessing
from agent.handoffs.risk_manager.recurrence import Recurrence
from agent.locale.messages import text
from agent.ports.handoffs import Reply


class RiskManager:
    """Implements the port `Agent`; it reads, and changes nothing but the risk register."""

    name = SubAgent.RISK_MANAGER

    def __init__(self, assessing: Assessing, recurrence: Recurrence, *, language: str = "en") -> None:
        self._assessing = assessing
        self._recurrence = recurrence
        self._language = language

    async def reply(self, handoff: Handoff, view: IncidentView | None) -> Reply:
        """Answer a question; raises BadInput for one without an incident, or of another sub-agent's kind."""
        if view is None:
            raise BadInput(text(self._language, "risk-no-incident"), field="incident")
        match handoff.question:
            case AssessAction(action_id=action_id):
                return await self._assessing.reply(action_id, view)
            case ReviewRecurrence():
                return await self._recurrence.reply(view)
            case other:
                why = text(self._language, "risk-not-mine", kind=other.kind)
                raise BadInput(why, field="question.kind")

"""The brain that asks Claude: the rules' diagnosis always, a deeper look when it can be had, answers from evidence."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence

from agent.brain.claude.answering import Answering
from agent.brain.claude.conversation import Conversation
from agent.brain.claude.counsel import ClaudeCounsel
from agent.brain.claude.dossier import dossier, listed
from agent.brain.claude.drafts import Findings, finding
from agent.brain.claude.explore import Talk, explore, resumed
from agent.brain.claude.hands import Hands
from agent.brain.claude.material import encoded
from agent.brain.claude.options import Option, options
from agent.brain.claude.prompts import prompt
from agent.brain.claude.second_reader import weakened
from agent.brain.claude.turns import Wire
from agent.brain.claude.world import Character, World
from agent.brain.claude.write_down import write_down
from agent.brain.playbook import PlaybookBrain
from agent.diagnosis.admission import admit
from agent.domain.answer import AnswerPart, Question
from agent.domain.evidence import Diagnosis, Evidence, Finding, ReadRequest
from agent.domain.view import IncidentView
from agent.ports.brain import Insight, Notebook, Plan, Wish


class ClaudeBrain:
    """Implements ports.brain.Brain and Deepener; without the model it is exactly the playbook."""

    name = "claude"

    def __init__(self, wire: Wire, playbook: PlaybookBrain, world: World, character: Character) -> None:
        self._wire = wire
        self._playbook = playbook
        self._world = world
        self._character = character

    def counsel(self) -> ClaudeCounsel:
        """Return what sub-agents may consult, on the same line and the same budget."""
        return ClaudeCounsel(self._wire, self._world, self._character)

    async def plan(self, view: IncidentView, evidence: Sequence[Evidence], iteration: int) -> Plan:
        """Choose the reads as the playbook does: the first card waits for no model."""
        return await self._playbook.plan(view, evidence, iteration)

    async def diagnose(self, view: IncidentView, evidence: Sequence[Evidence]) -> Diagnosis:
        """Diagnose as the playbook does; `deepen` adds to it later."""
        return await self._playbook.diagnose(view, evidence)

    def answer(self, question: Question, view: IncidentView | None) -> AsyncIterator[AnswerPart]:
        """Answer with the model's help, and as the playbook does when that fails."""
        return Answering(self._wire, self._playbook, self._world, self._character).answer(question, view)

    async def deepen(self, view: IncidentView, evidence: Sequence[Evidence], notebook: Notebook) -> Insight:
        """Look further than the rules did; raises Unavailable, Refused, BadAnswer or OverBudget."""
        kept = await notebook.load() or {}
        talk, read = resumed(kept), kept.get("found")
        limits, incident_id = self._character.limits, view.incident.id
        hands = Hands(
            self._world.reads,
            limits,
            evidence,
            incident_id=incident_id,
            named=lambda request, read: read.model_copy(update={"id": _id_of(view, request)}),
        )
        hands.found.extend(e for e in evidence if isinstance(read, list) and e.id in read)
        purse = self._world.purse(self._character, incident_id)
        conversation = Conversation(self._wire, limits, purse)
        diagnosis = view.diagnosis or Diagnosis()
        choice = options(self._world.actions(), view, evidence, diagnosis)
        wishes = {one.id: one.words for one in choice}
        told = dossier(view, diagnosis, evidence, wishes, self._playbook.runbooks)
        if not talk.messages:
            talk.messages = [{"role": "user", "content": [{"type": "text", "text": told}]}]

        async def keep(now: Talk) -> None:
            await notebook.save({**now.as_json(), "found": [e.id for e in hands.found]}, hands.found)

        setting = self._character.setting("investigator", self._world)
        await explore(conversation, setting, hands, limits, talk, keep)
        draft = await write_down(
            conversation,
            Findings,
            model=self._character.model,
            system=prompt("findings", self._character.language),
            material="\n".join([told, encoded({"read_since": listed(hands.found), "notes": talk.notes})]),
            max_tokens=limits.max_tokens,
            effort=self._character.effort,
        )
        return await self._insight(draft, view, [*evidence, *hands.found], hands.found, choice, conversation)

    async def _insight(
        self,
        draft: Findings,
        view: IncidentView,
        evidence: Sequence[Evidence],
        found: Sequence[Evidence],
        choice: Sequence[Option],
        conversation: Conversation,
    ) -> Insight:
        drafts = [finding(one) for one in draft.findings]
        written = [one for one in drafts if one is not None]
        admitted = admit(written, view, evidence, view.diagnosis or Diagnosis())
        for reason, count in {**admitted.dropped, "empty": len(drafts) - len(written)}.items():
            self._world.dropped(reason, count)
        findings = admitted.findings
        if self._character.verifier:
            findings = await weakened(conversation, self._character.verifier, findings, evidence)
        return Insight(findings=findings, evidence=tuple(found), wish=_wish(draft, choice, findings))


def _wish(draft: Findings, choice: Sequence[Option], findings: Sequence[Finding]) -> Wish | None:
    """Return the chosen action; none without a finding that stood the check, for that would be its only reason."""
    chosen = next((one for one in choice if one.id == draft.action), None)
    if chosen is None or not findings:
        return None
    # The reason that people read is a claim that was checked, not the model's own advertisement.
    return Wish(
        action=chosen.action,
        params=chosen.params,
        reason=findings[0].claim,
        evidence_ids=findings[0].evidence_ids,
    )


def _id_of(view: IncidentView, request: ReadRequest) -> str:
    """Return the id that a read has for this moment of an incident, so that reading again after a crash doubles nothing."""
    body = json.dumps(
        [view.incident.id, view.as_of.isoformat(), request.model_dump(mode="json")], sort_keys=True
    )
    return f"ev_{hashlib.sha256(body.encode()).hexdigest()[:16]}"

"""Answers a person's question: live steps while the model reads, then only the sentences that their evidence carries."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from agent.analysis.redaction import clean_text
from agent.brain.claude.conversation import Conversation, Limits
from agent.brain.claude.dossier import dossier, listed
from agent.brain.claude.drafts import Reply, SentenceDraft
from agent.brain.claude.explore import Talk, explore
from agent.brain.claude.hands import Hands, Watch
from agent.brain.claude.material import encoded
from agent.brain.claude.prompts import prompt
from agent.brain.claude.turns import Wire
from agent.brain.claude.world import Character, World
from agent.brain.claude.write_down import write_down
from agent.brain.playbook import PlaybookBrain
from agent.diagnosis.admission import refusal
from agent.domain.answer import Answer, AnswerPart, Question, Step
from agent.domain.evidence import Evidence, Finding, FindingKind, ReadRequest
from agent.domain.view import IncidentView
from agent.errors import OpsError
from agent.locale.messages import known, language_of, text

# A question waits at the desk for 45 s in all; the playbook must still have time for its own answer.
SECONDS = 28.0
ITERATIONS = 3
MOST_SENTENCES = 6
LONGEST_SENTENCE = 500
LONGEST_QUESTION = 2000


class Answering:
    """One question's way; every failure leads to the playbook's answer."""

    def __init__(self, wire: Wire, playbook: PlaybookBrain, world: World, character: Character) -> None:
        self._wire = wire
        self._playbook = playbook
        self._world = world
        self._character = character
        self._steps: asyncio.Queue[Step | None] = asyncio.Queue()

    async def answer(self, question: Question, view: IncidentView | None) -> AsyncIterator[AnswerPart]:
        """Yield steps while reading and exactly one Answer."""
        lang = "ko" if language_of(question.text) == "ko" else question.language
        thinking = asyncio.create_task(self._thought(question, view, lang))
        try:
            while (step := await self._steps.get()) is not None:
                yield step
            found = await thinking
        finally:
            thinking.cancel()
        if found is not None:
            yield found
            return
        async for part in self._playbook.answer(question, view):
            yield part

    async def _thought(self, question: Question, view: IncidentView | None, lang: str) -> Answer | None:
        """Return the checked answer, or None when the playbook must answer."""
        title = text(lang, "step-think")
        thinking = Step(id="think", title=title, status="in_progress")
        status: Literal["complete", "error"] = "error"
        try:
            await self._steps.put(thinking)
            answer = await self._reply(question, view, lang)
            status = "complete" if answer is not None else "error"
            return answer
        except OpsError:
            # No model, a slow one, an empty budget, an unreadable answer: the rules answer instead.
            return None
        finally:
            self._steps.put_nowait(thinking.model_copy(update={"status": status}))
            self._steps.put_nowait(None)

    async def _reply(self, question: Question, view: IncidentView | None, lang: str) -> Answer | None:
        limits = self._limits()
        incident_id = view.incident.id if view is not None else ""
        seen = view.evidence if view is not None else ()
        purse = self._world.purse(self._character, incident_id)
        conversation = Conversation(self._wire, limits, purse)
        hands = Hands(self._world.reads, limits, seen, incident_id=None, watch=self._watch(lang))
        asked = encoded({"question": question.text[:LONGEST_QUESTION]})
        books = self._playbook.runbooks
        about = dossier(view, view.diagnosis, seen, runbooks=books) if view is not None else "{}"
        talk = Talk(messages=[{"role": "user", "content": [{"type": "text", "text": f"{about}\n{asked}"}]}])
        setting = self._character.setting("answer", self._world)
        notes = await explore(conversation, setting, hands, limits, talk, _forget)
        reply = await write_down(
            conversation,
            Reply,
            model=self._character.model,
            system=prompt("reply", lang),
            material="\n".join([about, asked, encoded({"read": listed(hands.found), "notes": notes})]),
            max_tokens=limits.max_tokens,
            effort=self._character.effort,
        )
        return self._checked(reply, [*seen, *hands.found])

    def _checked(self, reply: Reply, evidence: Sequence[Evidence]) -> Answer | None:
        by_id = {e.id: e for e in evidence}
        said: list[str] = []
        cited: dict[str, Evidence] = {}
        for draft in reply.sentences[:MOST_SENTENCES]:
            words = " ".join(clean_text(draft.text).split())[:LONGEST_SENTENCE]
            reason = _objection(words, draft, by_id)
            if reason is not None:
                self._world.dropped(reason)
                continue
            said.append(words)
            cited.update((i, by_id[i]) for i in draft.evidence)
        # Nothing that stands is no answer; the rules may know more.
        return Answer(text=" ".join(said), evidence=tuple(cited.values())) if said else None

    def _limits(self) -> Limits:
        given = self._character.limits
        return Limits(
            iterations=min(ITERATIONS, given.iterations),
            seconds=min(SECONDS, given.seconds),
            call_seconds=min(SECONDS, given.call_seconds),
            max_tokens=given.max_tokens,
            result_bytes=given.result_bytes,
            turn_bytes=given.turn_bytes,
            reads_per_turn=given.reads_per_turn,
        )

    def _watch(self, lang: str) -> Watch:
        async def tell(request: ReadRequest, status: Literal["in_progress", "complete", "error"]) -> None:
            await self._steps.put(Step(id=_step_id(request), title=_title(request, lang), status=status))

        return tell


async def _forget(_: Talk) -> None:
    """Keep nothing: a question that is cut short is asked again by its person."""


def _objection(words: str, draft: SentenceDraft, evidence: dict[str, Evidence]) -> str | None:
    if not words:
        return "empty"
    if not draft.evidence:
        return "no_evidence"
    claim = Finding(
        kind=FindingKind.SYMPTOM,
        claim=words,
        confidence=0.0,
        evidence_ids=tuple(draft.evidence),
        rule="claude.answer",
    )
    return refusal(claim, evidence)


def _step_id(request: ReadRequest) -> str:
    return f"{request.tool}:{sorted(request.params.items())}"[:80]


def _title(request: ReadRequest, lang: str) -> str:
    """Return what is being read, such as `reading latency of checkout`."""
    tool, _, operation = request.tool.partition(".")
    named = (f"signal-{request.params.get('signal')}", f"thing-{tool}-{operation}")
    thing = next((text(lang, name) for name in named if known(name)), request.tool)
    service = request.params.get("service") or request.params.get("pod")
    if isinstance(service, str):
        return text(lang, "step-reading-of", what=thing, service=service[:60])
    return text(lang, "step-reading", what=thing)

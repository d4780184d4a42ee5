"""Lets a model say the sentences better, and keeps of that only what says nothing else: code has the last word."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from agent.analysis.folding import folded, hangul
from agent.analysis.redaction import clean_text
from agent.diagnosis.spoken import spoken
from agent.domain.handoff import SubAgent
from agent.domain.record import Statement
from agent.errors import OpsError
from agent.handoffs.stakeholder_communicator.compose import Desk, Draft
from agent.handoffs.stakeholder_communicator.parts import Said
from agent.ports.handoffs import Counsel

LONGEST = 400
_NAMES = {"en": "English", "ko": "Korean"}
_NUMBER = re.compile(r"\d+(?:[.:,]\d+)*")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_WORD = re.compile(r"[^\W\d_]+")
# What nobody may read into a text: that it is over, that it will be paid for, that it was somebody's fault.
_ASSURANCES = (
    *(
        "resolved",
        "restored",
        "fixed",
        "solved",
        "recovered",
        "all clear",
        "fully",
        "completely",
        "back to normal",
    ),
    *(
        "guarantee",
        "promise",
        "refund",
        "compensat",
        "credit",
        "never",
        "breach",
        "attack",
        "hack",
        "data loss",
    ),
    *(
        "stolen",
        "safe",
        "no data",
        "no impact",
        "해결",
        "복구 완료",
        "복구되",
        "정상화",
        "완전히",
        "보장",
        "보상",
        "환불",
    ),
    *("유출", "해킹", "공격", "침해", "안전", "약속", "책임"),
)
_LITTLE_WORDS = (
    "a an and are as at be been but by can for from has have if in is it its may more not now of on or our so some "
    "still than that the their them then there they this to until was we were when while who will with you your us"
)
_LITTLE = frozenset(_LITTLE_WORDS.split())


class RewrittenSentence(BaseModel):
    """One sentence as the model writes it, with the ids of the statements that it says again."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        description="one sentence, in the language asked for; nothing that the statements do not say"
    )
    statements: list[str] = Field(description="ids of the given statements that this sentence says")


class Rewritten(BaseModel):
    """The text for one audience in one language."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[RewrittenSentence]


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Asks a model per text, with nothing but that text's own sentences: it cannot tell what it never saw."""

    counsel: Counsel
    seconds: float

    async def rewrite(self, drafts: Sequence[Draft], desk: Desk) -> list[tuple[Statement, ...] | None]:
        """Return the better sentences of each draft, or None where the rules' own stay."""
        return list(await asyncio.gather(*(self._one(made, desk) for made in drafts)))

    async def _one(self, made: Draft, desk: Desk) -> tuple[Statement, ...] | None:
        if made.quiet:
            return None
        try:
            async with asyncio.timeout(self.seconds):
                found = await self._ask(made, desk)
        except (OpsError, TimeoutError):
            # No model, a slow one, an empty budget, an unreadable answer: the rules' own sentences stand.
            return None
        return merged(made, found, desk)

    async def _ask(self, made: Draft, desk: Desk) -> Rewritten:
        reader = made.reader
        return await self.counsel.consult(
            SubAgent.STAKEHOLDER_COMMUNICATOR,
            f"Write these statements for {reader.audience.title.en}, in {_NAMES[reader.language]}.",
            {
                "audience": reader.audience.title.en,
                "may_know": reader.audience.level,
                "language": _NAMES[reader.language],
                "statements": [{"id": f"s{n}", "text": one.text} for n, one in enumerate(made.said, start=1)],
            },
            Rewritten,
            incident_id=desk.view.incident.id,
        )


def merged(made: Draft, found: Rewritten, desk: Desk) -> tuple[Statement, ...] | None:
    """Return the sentences in their order, each the model's where that stands and the rules' own elsewhere."""
    ids = {f"s{n}": n - 1 for n in range(1, len(made.said) + 1)}
    taken: dict[int, RewrittenSentence] = {}
    for one in found.sentences:
        cited = sorted({ids[name] for name in one.statements if name in ids})
        whole = len(cited) == len(set(one.statements)) and cited and not taken.keys() & set(cited)
        if whole and acceptable(one.text, [made.said[n] for n in cited], made, desk):
            taken.update(dict.fromkeys(cited, one))
    if not taken:
        return None
    kept: list[Statement] = []
    for n, said in enumerate(made.said):
        better = taken.get(n)
        if better is None:
            kept.append(said.statement)
        elif taken.get(n - 1) is not better or n == 0:
            kept.append(_statement(better, [made.said[m] for m in taken if taken[m] is better]))
    return tuple(dict.fromkeys(kept))


def _statement(one: RewrittenSentence, cited: Sequence[Said]) -> Statement:
    sources = dict.fromkeys(source for said in cited for source in said.sources)
    return Statement(text=_line(one.text), sources=tuple(sources))


def _line(text: str) -> str:
    return " ".join(text.split())


def acceptable(text: str, cited: Sequence[Said], made: Draft, desk: Desk) -> bool:
    """Say whether a sentence tells its readers nothing beyond the statements that it cites."""
    line, source = _line(text), " ".join(said.text for said in cited)
    if not line or len(line) > LONGEST or len(line) > 2 * len(source) + 80 or clean_text(line) != line:
        return False
    return (
        _same_language(line, source, made.reader.language)
        and _same_numbers(line, source)
        and _no_assurance(line, source)
        and _no_new_words(line, made, desk)
        and not desk.leaky(line, made.reader)
    )


def _same_language(line: str, source: str, language: str) -> bool:
    korean = any(hangul(letter) for letter in line)
    return korean if language == "ko" else not korean or any(hangul(letter) for letter in source)


def _same_numbers(line: str, source: str) -> bool:
    if not set(_NUMBER.findall(line)) <= set(_NUMBER.findall(source)):
        return False
    values = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", source)}
    values |= {one.value for one in spoken(source)}
    if any(one.value not in values for one in spoken(line)):
        return False
    return set(_CAPITALS.findall(line)) <= set(_CAPITALS.findall(source))


def _no_assurance(line: str, source: str) -> bool:
    said, meant = folded(line), folded(source)
    return all(word not in said or word in meant for word in _ASSURANCES)


def _no_new_words(line: str, made: Draft, desk: Desk) -> bool:
    """Say whether no word comes from the incident's own texts by another way than the statements."""
    if made.reader.level not in ("public", "business"):
        return True
    given = folded(" ".join([made.title, *(said.text for said in made.said)]))
    allowed = {*_WORD.findall(given), *_LITTLE}
    return desk.foreign is None or all(word in allowed for word in desk.foreign.found_in(line))

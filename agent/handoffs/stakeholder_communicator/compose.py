"""Puts one update together: everything that is known, or plainly that there is nothing new; then the guard has its word."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from agent.analysis.folding import folded, hangul
from agent.analysis.redaction import Redactor
from agent.domain.handoff import Handoff, InformAudiences
from agent.domain.record import Statement
from agent.domain.update import ComponentStatus, Impact, Moment, Update, UpdateState
from agent.domain.view import IncidentView
from agent.errors import BadInput
from agent.handoffs.stakeholder_communicator.facts import Known
from agent.handoffs.stakeholder_communicator.parts import RULE, Said, sentences, titles
from agent.handoffs.stakeholder_communicator.saying import Reader
from agent.policy.leak_match import Names, gathered
from agent.policy.leak_names import free_words, names_in, public_names, vocabulary
from agent.policy.leaks import leaks
from agent.policy.load import Policies

MOST_LINES = 10
SHORTEST = 4
LONGEST_LINE = 600
_TOLD = (UpdateState.SENT, UpdateState.SENDING, UpdateState.WRITTEN)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every text of one incident is checked against: the view, its names, the rules, the secrets' redactor,
    and, where a model writes, the words that stand nowhere but in the incident's own texts."""

    view: IncidentView
    policies: Policies
    names: Names
    redactor: Redactor
    foreign: Names | None = None

    def leaky(self, text: str, reader: Reader) -> bool:
        """Say whether a text gives away what its readers must not know."""
        return bool(self.faults(text, reader))

    def faults(self, text: str, reader: Reader) -> list[str]:
        """Return what a text gives away, in words."""
        found = leaks(
            text,
            self.view,
            self.policies,
            level=reader.audience.level,
            redactor=self.redactor,
            names=self.names,
        )
        return [f"{one.kind} “{one.text}”" for one in found]


def desk_of(view: IncidentView, policies: Policies, redactor: Redactor, *, model: bool) -> Desk:
    """Gather what texts are checked against; slow for a storm, so that it belongs in a thread of its own."""
    ours = vocabulary() | frozenset(word for name in public_names(policies) for word in folded(name).split())
    words = (word for word in free_words(view) - ours if len(word) >= SHORTEST or hangul(word[0]))
    return Desk(view, policies, names_in(view, policies), redactor, gathered(words) if model else None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A text before anybody has rewritten it: its headline and sentences; `quiet` says that it brings nothing new."""

    reader: Reader
    title: str
    said: tuple[Said, ...]
    basis: str
    quiet: bool = False

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return the sentences as they are stored."""
        return tuple(one.statement for one in self.said)


def draft(
    known: Known,
    reader: Reader,
    question: InformAudiences,
    earlier: Sequence[Update],
    desk: Desk,
    asked_by: str,
) -> Draft | None:
    """Return what an audience is to read, or None when it has been told exactly this before."""
    said = sentences(known, reader)
    basis = _basis(said, known, reader)
    told = last_told(earlier)
    same = told is not None and told.basis == basis and not question.words
    if same and told is not None:
        if question.moment is not Moment.DUE or not known.incident.status.open:
            return None
        said = [*_nothing_new(reader, told), *(one for one in said if one.news.startswith("effect"))]
    if question.words:
        said = [*_words(question.words, asked_by, reader, desk), *said]
    return Draft(
        reader, _safe_title(known, reader, desk), _safe(said, known, reader, desk), basis, quiet=same
    )


def last_told(earlier: Sequence[Update]) -> Update | None:
    """Return the newest update that went out to these readers, or stands in the thread where they have no place."""
    return next((one for one in reversed(earlier) if one.state in _TOLD), None)


def _basis(said: Sequence[Said], known: Known, reader: Reader) -> str:
    news = [one.news for one in said if one.news] + [known.stage]
    if reader.level != "public":
        # It stands in every headline inside, whether or not the sentences speak of it.
        news.append(known.incident.priority.value)
    return hashlib.sha256(json.dumps(news, ensure_ascii=False).encode()).hexdigest()[:32]


def _nothing_new(reader: Reader, told: Update) -> list[Said]:
    by = reader.next_by()
    prefix = "public" if reader.level == "public" else "update"
    args = {"since": reader.time(told.at)} | ({"by": reader.time(by)} if by is not None else {})
    words = reader.say(f"{prefix}-nothing-new{'-next' if by is not None else ''}", **args)
    return [Said(words, (told.id, RULE))]


def _words(words: str, by: str, reader: Reader, desk: Desk) -> list[Said]:
    """Return a person's own words; raises BadInput when they would give something away."""
    found = []
    lines = [line for part in words.splitlines() if (line := " ".join(part.split()))]
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise BadInput(reader.say("update-refused-long-words"), field="words")
    for line in lines:
        faults = desk.faults(line, reader)
        if faults:
            who = reader.audience.title.of(reader.language)
            raise BadInput(reader.say("update-refused-words", who=who, what=", ".join(faults)), field="words")
        found.append(Said(line, (f"person:{by}",), line))
    return found


def _safe(said: Sequence[Said], known: Known, reader: Reader, desk: Desk) -> tuple[Said, ...]:
    """Return the sentences that give nothing away, or the one that cannot."""
    kept = tuple(one for one in said if not desk.leaky(one.text, reader))
    if kept:
        return kept
    message = "public-safest" if known.incident.status.open else "public-safest-resolved"
    return (Said(reader.say(message), known.sources),)


def _safe_title(known: Known, reader: Reader, desk: Desk) -> str:
    safe = (words for words in titles(known, reader) if not desk.leaky(words, reader))
    return next(safe, None) or reader.say("public-safest-title")


def update_of(
    made: Draft,
    known: Known,
    handoff: Handoff,
    moment: Moment,
    statements: tuple[Statement, ...],
    form: str,
    policies: Policies,
) -> Update:
    """Return the record of a text; its id says for whom, when and by which hand-off, so that it is stored once."""
    reader, incident = made.reader, known.incident
    audience, places = reader.audience, reader.audience.to[reader.language]
    needs = audience.needs if places.destinations else ()
    impact, components = _status_page(known, policies) if audience.public else ("none", {})
    return Update(
        id=f"update:{incident.id}:{audience.id}:{reader.language}:{moment.value}:{handoff.number}",
        number=0,
        incident_id=incident.id,
        at=reader.now,
        audience=audience.id,
        language=reader.language,
        moment=moment,
        title=made.title,
        sentences=statements,
        destinations=places.destinations,
        public=audience.public,
        stage=known.stage,
        components=components,
        impact=impact,
        basis=made.basis,
        form="claude" if form == "claude" else "deterministic",
        state=UpdateState.WAITING if needs else UpdateState.SENDING,
        needs=needs,
    )


def _status_page(known: Known, policies: Policies) -> tuple[Impact, dict[str, ComponentStatus]]:
    book, priority = policies.communications, known.incident.priority
    names = [name.component for one in known.services if (name := book.names.get(one)) is not None]
    if known.work.word == "merged":
        # The other incident's posts say how these parts are now.
        return book.status_page.impact[priority], {}
    over = known.stage == "resolved"
    status: ComponentStatus = "operational" if over else book.status_page.components[priority]
    return book.status_page.impact[priority], {name: status for name in names if name}

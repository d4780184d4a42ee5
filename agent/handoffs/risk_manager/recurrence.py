"""Finds out whether a cause has come back too often, and keeps the register's entry about it up to date."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.handoff import RisksReviewed
from agent.domain.incident import Incident, Priority
from agent.domain.memory import Recollection
from agent.domain.record import Statement
from agent.domain.risk import RiskEntry, RiskState
from agent.domain.view import IncidentView
from agent.errors import Conflict
from agent.handoffs.needs import Lead, Rules
from agent.locale.claims import claim
from agent.locale.format import number
from agent.locale.messages import text
from agent.policy.risk import Register
from agent.ports.clock import Clock
from agent.ports.handoffs import Reply
from agent.ports.store import Store, Tx

IMPACT = {Priority.P0: 5, Priority.P1: 4, Priority.P2: 3, Priority.P3: 2}
# Newest first; a service that has more incidents than this in three months needs no further proof.
_MOST_LOOKED_AT = 1000
_LONGEST_TITLE = 150
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Recurring:
    """A cause at a service, and the earlier incidents that had it too, newest first."""

    service: str
    rule: str
    cause: str
    earlier: tuple[Incident, ...]

    @property
    def id(self) -> str:
        """Return the id of the register's entry, the same for the same cause."""
        return f"recurs:{self.service}:{self.rule or 'unexplained'}"


class Recurrence:
    """Answers `ReviewRecurrence`; `lead` proposes who owns a service's risks."""

    def __init__(self, store: Store, book: Rules, clock: Clock, lead: Lead, *, language: str = "en") -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._lead = lead
        self._language = language

    async def reply(self, view: IncidentView) -> Reply:
        """Return which entry was opened or changed, with what it rests on; none when nothing recurs."""
        rules, now = self._book.current.risk.register_, self._clock.now()
        async with self._store.read() as tx:
            since = now - timedelta(seconds=rules.within)
            seen = await recurring(tx, view, since, language=self._language)
            known = await tx.risks.get(seen.id)
            entry_number = known.number if known is not None else await tx.risks.next_number()
        if len(seen.earlier) < rules.repeats:
            return Reply(RisksReviewed())

        async def keep(tx: Tx) -> None:
            found = await tx.risks.get(seen.id)
            if found is not None and found.number != entry_number:
                raise Conflict("Somebody else has just opened the same entry.")
            entry = self._entry(found, entry_number, seen, view.incident, rules, now)
            await (tx.risks.create(entry) if found is None else tx.risks.save(entry))

        said = text(
            self._language,
            "risk-recurs",
            times=str(len(seen.earlier) + 1),
            days=number(rules.within / _DAY),
            incidents=", ".join(one.name for one in seen.earlier[:5]),
        )
        sources = tuple(f"incident:{one.id}" for one in (view.incident, *seen.earlier))
        statement = Statement(text=said, sources=sources)
        return Reply(RisksReviewed(entries=(entry_number,), statements=(statement,)), keep=keep)

    def _entry(
        self,
        found: RiskEntry | None,
        entry_number: int,
        seen: Recurring,
        incident: Incident,
        rules: Register,
        now: datetime,
    ) -> RiskEntry:
        those = (incident, *seen.earlier)
        known = found.incidents if found is not None else ()
        entry = RiskEntry(
            id=seen.id,
            number=entry_number,
            at=found.at if found else now,
            version=found.version if found else 1,
            title=found.title if found else self._title(seen),
            service=seen.service,
            cause=seen.cause,
            likelihood=likelihood(len(seen.earlier)),
            impact=max(IMPACT[one.priority] for one in those),
            owner=found.owner if found else self._lead(seen.service),
            review_on=now.date(),
            # It came back, so what was done about it was not enough; what is accepted was accepted with its returns.
            state=RiskState.ACCEPTED if found and found.state is RiskState.ACCEPTED else RiskState.OPEN,
            incidents=tuple(dict.fromkeys((*known, *(one.id for one in reversed(those))))),
            note=found.note if found else "",
            changed_at=now,
        )
        review = (now + rules.review_after.of(entry.level)).date()
        if found is not None and found.state is entry.state:
            review = min(review, found.review_on)
        return entry.model_copy(update={"review_on": review})

    def _title(self, seen: Recurring) -> str:
        return (seen.cause or text(self._language, "risk-title"))[:_LONGEST_TITLE]


def likelihood(repeats: int) -> int:
    """Return 1 to 5 for how often a cause came back within the register's time: 3 from two, 4 from four, 5 from six."""
    return min(5, 2 + repeats // 2)


async def recurring(tx: Tx, view: IncidentView, since: datetime, *, language: str = "en") -> Recurring:
    """Return an incident's cause and the remembered incidents that ended since then with the same one."""
    incident = view.incident
    past = await tx.memory.recall(incident.id)
    mine = past.about if past is not None else _about(view)
    earlier = []
    for other in await tx.incidents.ended_since(since, _MOST_LOOKED_AT):
        memory = await tx.memory.recall(other.id) if other.id != incident.id else None
        if memory is not None and _same(mine, memory.about, incident, other):
            earlier.append(other)
    cause = view.diagnosis.cause if view.diagnosis else None
    said = claim(language, cause) if cause is not None else None
    return Recurring(
        service=mine.blamed or incident.service,
        rule=mine.rule,
        cause=said or (past.cause if past is not None else None) or "",
        earlier=tuple(earlier),
    )


def _about(view: IncidentView) -> Recollection:
    cause = view.diagnosis.cause if view.diagnosis else None
    return Recollection(
        alerts=tuple(dict.fromkeys(record.alert.name for record in view.alerts)),
        rule=cause.rule if cause else "",
        blamed=(cause.service or "") if cause else "",
    )


def _same(mine: Recollection, other: Recollection, incident: Incident, past: Incident) -> bool:
    """Say whether two incidents had the same cause; where none was found, the same alert of the same service."""
    if mine.rule or other.rule:
        return (mine.rule, mine.blamed) == (other.rule, other.blamed)
    return incident.service == past.service and bool(set(mine.alerts) & set(other.alerts))

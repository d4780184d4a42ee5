"""The risk register as people keep it: what is known, who looks after it, and when it is looked at again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from agent.analysis.redaction import Redactor, clean_text
from agent.domain.risk import RiskEntry, RiskState
from agent.errors import BadInput, NotFound
from agent.handoffs.needs import Rules
from agent.locale.messages import text
from agent.ports.clock import Clock
from agent.ports.store import Tx

LIVE = (RiskState.OPEN, RiskState.ACCEPTED)
_MOST = 1000
_LONGEST_TITLE, _LONGEST_NOTE = 150, 1000


class RiskRegister:
    """Every change is one transaction of the caller's; raises NotFound for a number that nobody has given."""

    def __init__(
        self, book: Rules, clock: Clock, *, language: str = "en", redactor: Redactor | None = None
    ) -> None:
        self._book = book
        self._clock = clock
        self._language = language
        self._redactor = redactor or Redactor()

    async def entries(self, tx: Tx, states: Sequence[RiskState] = LIVE) -> list[RiskEntry]:
        """Return the entries in these states, the heaviest first, then the first to be reviewed."""
        found = await tx.risks.in_states([state.value for state in states], _MOST)
        return sorted(found, key=lambda one: (-one.score, one.review_on, one.number))

    async def overdue(self, tx: Tx, today: date | None = None) -> list[RiskEntry]:
        """Return the live entries whose review day has passed, the longest overdue first."""
        day = today or self._clock.now().date()
        late = [one for one in await self.entries(tx) if one.review_on < day]
        return sorted(late, key=lambda one: (one.review_on, one.number))

    async def get(self, tx: Tx, number: int) -> RiskEntry:
        """Return an entry by its number."""
        found = await tx.risks.by_number(number)
        if found is None:
            raise NotFound(text(self._language, "risk-no-entry", number=str(number)))
        return found

    async def add(
        self, tx: Tx, *, title: str, service: str, likelihood: int, impact: int, owner: str | None = None
    ) -> RiskEntry:
        """Add a risk that somebody knows of; likelihood and impact are 1 to 5."""
        now = self._clock.now()
        entry = RiskEntry(
            id=uuid4().hex,
            number=await tx.risks.next_number(),
            at=now,
            title=self._plain(title, _LONGEST_TITLE),
            service=service,
            likelihood=min(5, max(1, likelihood)),
            impact=min(5, max(1, impact)),
            owner=owner,
            review_on=now.date(),
            changed_at=now,
        )
        review = (now + self._book.current.risk.register_.review_after.of(entry.level)).date()
        entry = entry.model_copy(update={"review_on": review})
        await tx.risks.create(entry)
        return entry

    async def assign(self, tx: Tx, number: int, owner: str) -> RiskEntry:
        """Say who looks after a risk; raises BadInput for nobody."""
        if not owner.strip():
            raise BadInput(text(self._language, "risk-bad-owner"), field="owner")
        return await self._change(tx, number, owner=owner.strip())

    async def review(self, tx: Tx, number: int, on: date) -> RiskEntry:
        """Say when a risk is looked at again; raises BadInput for a day that has passed."""
        if on < self._clock.now().date():
            raise BadInput(text(self._language, "risk-bad-review"), field="on")
        return await self._change(tx, number, review_on=on)

    async def move(self, tx: Tx, number: int, state: RiskState) -> RiskEntry:
        """Put a risk into another state; one that stays alive is looked at again after its level's time."""
        found = await self.get(tx, number)
        change: dict[str, Any] = {"state": state}
        if state in LIVE:
            after = self._book.current.risk.register_.review_after.of(found.level)
            change["review_on"] = (self._clock.now() + after).date()
        return await self._change(tx, number, **change)

    async def annotate(self, tx: Tx, number: int, note: str) -> RiskEntry:
        """Replace the note of a risk."""
        return await self._change(tx, number, note=self._plain(note, _LONGEST_NOTE))

    async def _change(self, tx: Tx, number: int, **change: Any) -> RiskEntry:
        found = await self.get(tx, number)
        now: datetime = self._clock.now()
        return await tx.risks.save(found.model_copy(update={**change, "changed_at": now}))

    def _plain(self, words: str, longest: int) -> str:
        """Return people's words on one line, bounded and without secrets, since they are stored and shown."""
        return self._redactor.text(" ".join(clean_text(words).split()))[:longest]

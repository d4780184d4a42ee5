"""Checks the audit chain against what it must be, and writes it out for somebody else to keep."""

import json
from collections.abc import AsyncIterator

from agent.domain.audit import AuditEvent, audit_digest
from agent.domain.noun import Noun
from agent.domain.timeline import GENESIS
from agent.ports.store import Store

_PAGE = 500


class AuditReport(Noun):
    """What a check found: `entries` is the chain's length, `head` its last digest, `problem` None when all is sound."""

    entries: int
    head: str
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Say whether nothing was changed, removed or put in another order."""
        return self.problem is None

    @property
    def anchor(self) -> str:
        """Return what to keep elsewhere, so that even a chain that was written anew as a whole can be told."""
        return f"{self.entries}:{self.head}"


async def verify(store: Store, *, anchor: tuple[int, str] | None = None) -> AuditReport:
    """Walk the whole chain; `anchor` is a length and digest that somebody noted earlier and that must still be in it."""
    async with store.read() as tx:
        remembered = await tx.audit.head()
    seq, digest, problem = 0, GENESIS, None
    met = anchor is None or anchor == (0, GENESIS)
    async for event in entries(store):
        problem = problem or _problem(event, seq, digest)
        seq, digest = event.seq, event.digest
        met = met or (seq, digest) == anchor
    if problem is None and seq < remembered[0]:
        problem = f"entries {seq + 1} to {remembered[0]} are missing at the end"
    if problem is None and seq == remembered[0] and digest != remembered[1]:
        problem = f"entry {seq} is not the one that was written last"
    if problem is None and not met and anchor is not None:
        problem = f"entry {anchor[0]} is not the one that the anchor names: the chain was written anew"
    return AuditReport(entries=seq, head=digest, problem=problem)


def _problem(event: AuditEvent, last: int, digest: str) -> str | None:
    if event.seq != last + 1:
        return f"entry {last + 1} is missing or in another place (found {event.seq})"
    if event.previous != digest:
        return f"entry {event.seq} does not follow the one before it"
    made = audit_digest(
        event.previous,
        event.seq,
        event.at,
        event.kind.value,
        event.actor,
        event.incident_id,
        event.action_id,
        event.data,
    )
    return None if made == event.digest else f"entry {event.seq} was changed"


async def entries(store: Store, after: int = 0) -> AsyncIterator[AuditEvent]:
    """Yield every entry in order, a page at a time; entries added meanwhile are among them."""
    while True:
        async with store.read() as tx:
            page = await tx.audit.page(after, _PAGE)
        for event in page:
            yield event
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def exported(event: AuditEvent) -> str:
    """Return an entry as one line of JSON, with everything that its digest covers."""
    return json.dumps(event.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)

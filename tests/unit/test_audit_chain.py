"""The audit chain: what was added verifies; a change, a gap, another order and a cut end show."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from agent.domain.audit import AuditKind
from agent.operations.audit import AuditReport, entries, exported, verify
from agent.store.action_tables import audit, switches
from agent.store.engine import SqlStore, open_store
from tests.support.store import prepared

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KINDS = (AuditKind.REQUESTED, AuditKind.DECIDED, AuditKind.VOTED, AuditKind.STARTED, AuditKind.APPLIED)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await open_store(await prepared(f"sqlite:///{tmp_path / 'audit.db'}"))
    yield opened
    await opened.close()


async def fill(store: SqlStore) -> AuditReport:
    async with store.write() as tx:
        for number, kind in enumerate(KINDS):
            await tx.audit.append(
                kind,
                "U0MINA0001",
                NOW + timedelta(seconds=number),
                {"number": number, "why": "결제 복구"},
                incident_id="inc",
                action_id="act",
            )
    return await verify(store)


async def test_an_untouched_chain_verifies(store: SqlStore) -> None:
    report = await fill(store)
    assert (True, 5) == (report.ok, report.entries)


async def test_an_empty_chain_verifies(store: SqlStore) -> None:
    assert (True, 0) == ((await verify(store)).ok, (await verify(store)).entries)


async def test_a_changed_entry_shows(store: SqlStore) -> None:
    await fill(store)
    async with store.write() as tx:
        await tx.connection.execute(update(audit).where(audit.c.seq == 3).values(actor="U0EVIL0001"))
    assert "entry 3 was changed" == (await verify(store)).problem


async def test_a_removed_entry_shows(store: SqlStore) -> None:
    await fill(store)
    async with store.write() as tx:
        await tx.connection.execute(delete(audit).where(audit.c.seq == 2))
    assert "entry 2 is missing or in another place (found 3)" == (await verify(store)).problem


async def test_two_entries_that_changed_places_show(store: SqlStore) -> None:
    await fill(store)
    async with store.write() as tx:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            await tx.connection.execute(update(audit).where(audit.c.seq == old).values(seq=new))
    assert "entry 2 does not follow the one before it" == (await verify(store)).problem


async def test_a_cut_end_shows(store: SqlStore) -> None:
    await fill(store)
    async with store.write() as tx:
        await tx.connection.execute(delete(audit).where(audit.c.seq > 3))
    assert "entries 4 to 5 are missing at the end" == (await verify(store)).problem


async def test_a_chain_written_anew_shows_by_its_anchor(store: SqlStore) -> None:
    noted = await fill(store)
    async with store.write() as tx:
        await tx.connection.execute(delete(audit))
        await tx.connection.execute(delete(switches))
        for kind in KINDS:
            await tx.audit.append(kind, "U0EVIL0001", NOW, {})
    assert (await verify(store)).ok
    report = await verify(store, anchor=(noted.entries, noted.head))
    assert "entry 5 is not the one that the anchor names: the chain was written anew" == report.problem


async def test_the_anchor_of_an_older_moment_still_holds(store: SqlStore) -> None:
    noted = await fill(store)
    await fill(store)
    assert (await verify(store, anchor=(noted.entries, noted.head))).ok


async def test_an_exported_line_has_everything_that_the_digest_covers(store: SqlStore) -> None:
    await fill(store)
    lines = [exported(event) async for event in entries(store)]
    assert 5 == len(lines)
    assert '"why": "결제 복구"' in lines[0]
    assert '"digest"' in lines[0]

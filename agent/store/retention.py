"""What is forgotten when its time is over; incidents, their timelines and the memory of them stay."""

import json
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Select, Table, bindparam, delete, literal, select, tuple_

from agent.domain.checklist import CHECKLIST
from agent.domain.deployment import RELEASE
from agent.store.columns import Moment
from agent.store.connection import ThreadConnection
from agent.store.model_tables import model_talks
from agent.store.record_tables import notifications, obligations, records
from agent.store.tables import alerts, blobs, evidence, inbox, incidents, mutes, outbox, seen

_BEFORE = bindparam("before", type_=Moment)
_MOST: BindParameter[int] = bindparam("most")
_ENDED = select(incidents.c.id).where(~incidents.c.open, incidents.c.resolved_at < _BEFORE)

_OLD: tuple[tuple[Table, Select[tuple[object]]], ...] = (
    (inbox, select(inbox.c.id).where(inbox.c.processed_at.is_not(None), inbox.c.received_at < _BEFORE)),
    (seen, select(seen.c.key).where(seen.c.at < _BEFORE)),
    (model_talks, select(model_talks.c.key).where(model_talks.c.at < _BEFORE)),
    (mutes, select(mutes.c.id).where(mutes.c.until < _BEFORE)),
    (
        alerts,
        select(alerts.c.fingerprint).where(
            ~alerts.c.firing,
            alerts.c.last_seen_at < _BEFORE,
            alerts.c.incident_id.is_(None) | alerts.c.incident_id.in_(_ENDED),
        ),
    ),
    (
        # What could not be delivered for so long has nobody left to tell.
        outbox,
        select(outbox.c.key).where(
            outbox.c.wanted_at < _BEFORE,
            outbox.c.incident_id.is_(None) | outbox.c.incident_id.in_(_ENDED),
        ),
    ),
    (
        # They hold people's addresses and numbers.
        notifications,
        select(notifications.c.key).where(
            notifications.c.state.in_(("sent", "withdrawn", "dead")),
            notifications.c.at < _BEFORE,
            notifications.c.incident_id.is_(None) | notifications.c.incident_id.in_(_ENDED),
        ),
    ),
)
# What a watch over a release saw belongs to no incident as long as nothing was wrong; the release itself stays.
_JUDGED = select(literal(RELEASE) + records.c.id).where(
    records.c.kind == "deployment", records.c.at < _BEFORE, records.c.incident_id.is_(None)
)
_CHECKED = select(literal(CHECKLIST) + records.c.id).where(
    records.c.kind == "checklist", records.c.at < _BEFORE
)
_OLD_EVIDENCE = select(evidence.c.seq, evidence.c.body).where(
    evidence.c.incident_id.in_(_ENDED)
    | evidence.c.incident_id.in_(_JUDGED)
    | evidence.c.incident_id.in_(_CHECKED)
)


# Whoever got a report has it; it can be written again for as long as the metrics store remembers.
_OLD_REPORTS = select(records.c.id, records.c.body).where(records.c.kind == "report", records.c.at < _BEFORE)

_OLD_PLANS = select(records.c.id).where(records.c.kind == "planned_release", records.c.at < _BEFORE)

# Nothing is owed any more that long after an end (`agent.lifecycle.obligations`), so that what was done need not be known.
_SETTLED = timedelta(days=7)
# Tasks and updates stay with their incident, and so does what was done for each of them.
_STAYS = ("task:%", "file:%", "counted:update:%")
_OLD_OBLIGATIONS = select(obligations.c.incident_id, obligations.c.key).where(
    obligations.c.incident_id.in_(_ENDED), *(obligations.c.key.not_like(kept) for kept in _STAYS)
)
_OLD_PAGES = select(records.c.id).where(records.c.kind == "page", records.c.incident_id.in_(_ENDED))


class SqlRetention:
    """Deletes in small helpings, because everybody else waits for the same lock meanwhile."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def forget(self, before: datetime, *, most: int = 500) -> bool:
        """Delete at most so many old rows of each kind; say whether there may be more."""
        bounds = {"before": before, "most": most}
        counts = [await self._evidence(bounds, most), await self._reports(bounds), await self._plans(bounds)]
        counts.append(await self._calls({"before": before - _SETTLED, "most": most}))
        for table, old in _OLD:
            key = next(iter(table.primary_key.columns))
            gone = await self._connection.execute(delete(table).where(key.in_(old.limit(_MOST))), bounds)
            counts.append(gone.rowcount)
        return max(counts) >= most

    async def _evidence(self, bounds: dict[str, object], most: int) -> int:
        """Delete evidence with its pictures: one of an incident's charts is never another's, times stand on it."""
        found = (await self._connection.execute(_OLD_EVIDENCE.limit(_MOST), bounds)).all()
        pictures = [picture for row in found if (picture := _picture(row.body)) is not None]
        await self._connection.execute(delete(blobs).where(blobs.c.digest.in_(pictures)))
        await self._connection.execute(delete(evidence).where(evidence.c.seq.in_([row.seq for row in found])))
        return len(found)

    async def _reports(self, bounds: dict[str, object]) -> int:
        """Delete the records of reports with their files."""
        found = (await self._connection.execute(_OLD_REPORTS.limit(_MOST), bounds)).all()
        bodies = [json.loads(row.body) for row in found]
        files = [file["digest"] for body in bodies for file in body.get("files") or ()]
        files += [body["picture"]["blob"] for body in bodies if body.get("picture")]
        await self._connection.execute(delete(blobs).where(blobs.c.digest.in_(files)))
        ids = [row.id for row in found]
        await self._connection.execute(
            delete(records).where(records.c.kind == "report", records.c.id.in_(ids))
        )
        return len(found)

    async def _calls(self, bounds: dict[str, object]) -> int:
        """Delete the calls of incidents that ended long ago, and what was done when for them: both at the same time, for
        each says what the other still needs."""
        pages = records.c.id.in_(_OLD_PAGES.limit(_MOST))
        gone = await self._connection.execute(delete(records).where(records.c.kind == "page", pages), bounds)
        old = tuple_(obligations.c.incident_id, obligations.c.key).in_(_OLD_OBLIGATIONS.limit(_MOST))
        done = await self._connection.execute(delete(obligations).where(old), bounds)
        return max(int(gone.rowcount), int(done.rowcount))

    async def _plans(self, bounds: dict[str, object]) -> int:
        """Delete releases that were planned for a time long ago."""
        old = records.c.id.in_(_OLD_PLANS.limit(_MOST))
        gone = await self._connection.execute(
            delete(records).where(records.c.kind == "planned_release", old), bounds
        )
        return int(gone.rowcount)


def _picture(body: str) -> str | None:
    """Return the digest of the evidence's picture; parsed here, because the engines have no common function for it."""
    result = (json.loads(body).get("reading") or {}).get("result") or {}
    blob = result.get("blob")
    return blob if isinstance(blob, str) else None

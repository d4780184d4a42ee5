"""What is known of each alert, and running counts of an incident's alerts."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, func, select

from agent.domain.alert import AlertRecord, Severity
from agent.ports.store import AlertTally
from agent.store.connection import ThreadConnection
from agent.store.tables import alert_tallies, alerts
from agent.store.upsert import greater, insert

# SQLite takes at most 32,766 variables in one statement.
_CHUNK = 1000
# Reading a stored record takes some 40 µs, and an incident may have thousands: whoever else waits for the event loop gets
# it after this many.
SLICE = 100


@dataclass(slots=True)
class _Change:
    firing: int
    total: int
    newest_at: datetime


_Key = tuple[str, str, str, str]


def _put() -> Executable:
    row = insert(alerts)
    values = {c.name: row.excluded[c.name] for c in alerts.columns if c.name != "fingerprint"}
    return row.on_conflict_do_update(index_elements=["fingerprint"], set_=values)


def _count() -> Executable:
    row = insert(alert_tallies)
    return row.on_conflict_do_update(
        index_elements=["incident_id", "service", "name", "severity"],
        set_={
            "firing": alert_tallies.c.firing + row.excluded.firing,
            "total": alert_tallies.c.total + row.excluded.total,
            "newest_at": greater(alert_tallies.c.newest_at, row.excluded.newest_at),
        },
    )


# Built once: putting a statement together costs more than running it.
_PUT = _put()
_COUNT = _count()


class SqlAlerts:
    """Alert records by fingerprint; `alert_tallies` follows each upsert, so that counting never scans alerts."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def get_many(self, fingerprints: Sequence[str]) -> dict[str, AlertRecord]:
        """Return the known records of these fingerprints."""
        found: dict[str, AlertRecord] = {}
        for chunk in _chunks(fingerprints):
            query = select(alerts.c.fingerprint, alerts.c.body).where(alerts.c.fingerprint.in_(chunk))
            for row in await self._connection.execute(query):
                found[row.fingerprint] = AlertRecord.model_validate_json(row.body)
                await _give_way(len(found))
        return found

    async def upsert(self, records: Sequence[AlertRecord]) -> None:
        """Insert or replace records by fingerprint."""
        if not records:
            return
        latest = {record.alert.fingerprint: record for record in records}
        changes = await self._changes(latest)
        rows: list[dict[str, Any]] = []
        for record in latest.values():
            rows.append(_columns(record))
            await _give_way(len(rows))
        await self._connection.execute(_PUT, rows)
        await self._count(changes)

    async def of_incident(self, incident_id: str, *, most: int | None = None) -> list[AlertRecord]:
        """Return an incident's alerts, oldest first; with `most`, a fair share of each kind, firing ones apart."""
        order = (alerts.c.first_seen_at, alerts.c.fingerprint)
        mine = alerts.c.incident_id == incident_id
        query = select(alerts.c.body).where(mine).order_by(*order)
        if most is not None:
            kind = (alerts.c.service, alerts.c.name, alerts.c.severity, alerts.c.firing)
            turn = func.row_number().over(partition_by=kind, order_by=order).label("turn")
            ranked = select(alerts.c.fingerprint, alerts.c.firing, turn).where(mine).subquery()
            shown = (
                select(ranked.c.fingerprint)
                .order_by(ranked.c.turn, ranked.c.firing.desc(), ranked.c.fingerprint)
                .limit(most)
            )
            query = query.where(alerts.c.fingerprint.in_(shown))
        return await self._records(query)

    async def firing(self, limit: int = 500) -> list[AlertRecord]:
        """Return alerts that fire now, newest first."""
        query = (
            select(alerts.c.body).where(alerts.c.firing).order_by(alerts.c.last_seen_at.desc()).limit(limit)
        )
        return await self._records(query)

    async def firing_of(self, incident_id: str, limit: int) -> list[AlertRecord]:
        """Return so many of an incident's alerts that fire now, in no order."""
        query = select(alerts.c.body).where(alerts.c.incident_id == incident_id, alerts.c.firing).limit(limit)
        return await self._records(query)

    async def firing_in_group(self, group_key: str, limit: int = 5000) -> list[AlertRecord]:
        """Return the alerts that fire now and came in this group of the sender."""
        query = select(alerts.c.body).where(alerts.c.firing, alerts.c.group_key == group_key).limit(limit)
        return await self._records(query)

    async def tallies(self, incident_ids: Sequence[str]) -> list[AlertTally]:
        """Count these incidents' alerts by service, name and severity; cheap however many alerts there are."""
        found: list[AlertTally] = []
        for chunk in _chunks(incident_ids):
            query = select(alert_tallies).where(
                alert_tallies.c.incident_id.in_(chunk), alert_tallies.c.total > 0
            )
            found.extend(_tally(row) for row in await self._connection.execute(query))
        return found

    async def _records(self, query: Any) -> list[AlertRecord]:
        found: list[AlertRecord] = []
        for body in await self._connection.scalars(query):
            found.append(AlertRecord.model_validate_json(body))
            await _give_way(len(found))
        return found

    async def _changes(self, latest: dict[str, AlertRecord]) -> dict[_Key, _Change]:
        """Compare with what is stored: what each tally gains and loses."""
        changes: dict[_Key, _Change] = {}
        columns = (alerts.c.incident_id, alerts.c.service, alerts.c.name, alerts.c.severity, alerts.c.firing)
        for chunk in _chunks(list(latest)):
            query = select(*columns, alerts.c.first_seen_at).where(alerts.c.fingerprint.in_(chunk))
            for old in await self._connection.execute(query):
                if old.incident_id is not None:
                    key = (old.incident_id, old.service, old.name, old.severity)
                    _add(changes, key, -int(old.firing), -1, old.first_seen_at)
        for record in latest.values():
            if record.incident_id is not None:
                alert = record.alert
                key = (record.incident_id, _service(record), alert.name, record.severity.value)
                _add(changes, key, int(alert.firing), 1, record.changed_at)
        return changes

    async def _count(self, changes: dict[_Key, _Change]) -> None:
        if not changes:
            return
        names = ("incident_id", "service", "name", "severity")
        await self._connection.execute(
            _COUNT,
            [
                dict(zip(names, key, strict=True))
                | {"firing": change.firing, "total": change.total, "newest_at": change.newest_at}
                for key, change in changes.items()
            ],
        )


async def _give_way(done: int) -> None:
    """Let others run after every slice."""
    if done % SLICE == 0:
        await asyncio.sleep(0)


def _add(changes: dict[_Key, _Change], key: _Key, firing: int, total: int, at: datetime) -> None:
    known = changes.setdefault(key, _Change(0, 0, at))
    known.firing += firing
    known.total += total
    known.newest_at = max(known.newest_at, at)


def _service(record: AlertRecord) -> str:
    return record.service or record.alert.labels.get("service", "")


def _columns(record: AlertRecord) -> dict[str, Any]:
    return {
        "fingerprint": record.alert.fingerprint,
        "incident_id": record.incident_id,
        "group_key": record.group_key,
        "service": _service(record),
        "name": record.alert.name,
        "severity": record.severity.value,
        "firing": record.alert.firing,
        "first_seen_at": record.first_seen_at,
        "last_seen_at": record.last_seen_at,
        "body": record.model_dump_json(),
    }


def _tally(row: Any) -> AlertTally:
    """Build a tally from a row, unchecked because this store wrote it and thousands are read."""
    return AlertTally.model_construct(
        incident_id=row.incident_id,
        service=row.service,
        name=row.name,
        severity=Severity(row.severity),
        firing=row.firing,
        total=row.total,
        newest_at=row.newest_at,
    )


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))

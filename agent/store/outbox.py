"""Messages on their way out: one row per slot, counting what is wanted and what was sent."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, case, exists, func, literal, select, update

from agent.domain.noun import Json
from agent.ports.outbox import Slot, SlotKind
from agent.store.connection import ThreadConnection
from agent.store.tables import outbox
from agent.store.upsert import greater, insert


def _show(*, payload: bool) -> Executable:
    row = insert(outbox)
    # A message that is posted, or may be, stays in its channel for good.
    settled = outbox.c.ts.is_not(None) | outbox.c.sending_since.is_not(None)
    changes: dict[str, Any] = {
        "wanted": outbox.c.wanted + 1,
        "priority": row.excluded.priority,
        "channel": case((settled, outbox.c.channel), else_=row.excluded.channel),
        "wanted_at": case(
            (outbox.c.wanted > outbox.c.sent, outbox.c.wanted_at), else_=row.excluded.wanted_at
        ),
    }
    if payload:
        changes["payload"] = row.excluded.payload
    return row.on_conflict_do_update(index_elements=["key"], set_=changes)


# Built once: putting a statement together costs more than running it.
_SHOW = _show(payload=False)
_SHOW_ANEW = _show(payload=True)


class SqlOutbox:
    """The outbox's rows; delivery lives in transport/outbox."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def request(
        self,
        key: str,
        kind: SlotKind,
        *,
        channel: str,
        priority: int,
        incident_id: str | None = None,
        thread_of: str | None = None,
        payload: dict[str, Json] | None = None,
        at: datetime,
    ) -> None:
        """Want a slot shown, or shown anew; repeats before delivery fold into one."""
        await self._connection.execute(
            _SHOW if payload is None else _SHOW_ANEW,
            {
                "key": key,
                "kind": kind.value,
                "incident_id": incident_id,
                "priority": priority,
                "channel": channel,
                "thread_of": thread_of,
                "payload": json.dumps(payload or {}, ensure_ascii=False),
                "wanted": 1,
                "sent": 0,
                "attempts": 0,
                "wanted_at": at,
            },
        )

    async def due(self, now: datetime, limit: int) -> Sequence[Slot]:
        """Return slots to deliver: lowest priority number first, first posts before edits, then oldest wish.

        A reply waits outside until its root is posted, lest those of a refused channel crowd out everybody else; a
        card that has moved leaves its old place only when the new one stands.
        """
        root = outbox.alias()
        rooted = exists().where(root.c.key == outbox.c.thread_of, root.c.ts.is_not(None))
        there = outbox.c.ts.is_not(None) & (outbox.c.kind != SlotKind.LEFT.value)
        query = (
            select(outbox)
            .where(outbox.c.wanted > outbox.c.sent)
            .where(outbox.c.thread_of.is_(None) | there | rooted)
            .where(outbox.c.not_before.is_(None) | (outbox.c.not_before <= now))
            .order_by(outbox.c.priority, outbox.c.ts.is_not(None), outbox.c.wanted_at, outbox.c.key)
            .limit(limit)
        )
        return [_slot(row) for row in await self._connection.execute(query)]

    async def get(self, key: str) -> Slot | None:
        """Return one slot."""
        row = (await self._connection.execute(select(outbox).where(outbox.c.key == key))).first()
        return None if row is None else _slot(row)

    async def sending(self, key: str, at: datetime) -> None:
        """Record that a first post is about to leave."""
        await self._connection.execute(update(outbox).where(outbox.c.key == key).values(sending_since=at))

    async def sent(self, key: str, version: int, *, channel: str, ts: str) -> None:
        """Record that a version was delivered."""
        await self._connection.execute(
            update(outbox)
            .where(outbox.c.key == key)
            .values(
                sent=greater(outbox.c.sent, literal(version)),
                channel=channel,
                ts=ts,
                attempts=0,
                not_before=None,
                sending_since=None,
                last_error=None,
            )
        )

    async def failed(self, key: str, error: str, not_before: datetime) -> None:
        """Record a failed try and when to try again."""
        await self._connection.execute(
            update(outbox)
            .where(outbox.c.key == key)
            .values(attempts=outbox.c.attempts + 1, last_error=error, not_before=not_before)
        )

    async def move(self, key: str, channel: str, at: datetime) -> None:
        """Want a posted slot posted anew in another channel; its old message is the caller's to care for."""
        await self._connection.execute(
            update(outbox)
            .where(outbox.c.key == key)
            .values(
                channel=channel,
                ts=None,
                sent=0,
                wanted=outbox.c.wanted + 1,
                wanted_at=at,
                attempts=0,
                not_before=None,
                sending_since=None,
                last_error=None,
            )
        )

    async def waiting(self) -> int:
        """Count slots that are due or will be."""
        query = select(func.count()).select_from(outbox).where(outbox.c.wanted > outbox.c.sent)
        return int(await self._connection.scalar(query) or 0)


def _slot(row: Any) -> Slot:
    values = dict(row._mapping)
    values.pop("wanted_at")
    return Slot(**values | {"kind": SlotKind(row.kind), "payload": json.loads(row.payload)})

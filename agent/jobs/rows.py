"""The SQL of the lease table; every function works in the caller's transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, bindparam, case, delete, func, literal, select, text, update

# PostgreSQL's construct compiles for SQLite as well; SQLite's own does not compile for PostgreSQL.
from sqlalchemy.dialects.postgresql import insert

from agent.domain.noun import Json
from agent.jobs.table import jobs
from agent.ports.jobs import Job, JobCounts

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Of each group only the first due job may run, and none while another of the group runs.
_CLAIM = text(
    """
    UPDATE jobs SET state = 'running', owner = :owner, lease_until = :lease_until, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM jobs AS mine
        WHERE state = 'waiting' AND run_at <= :now AND kind IN :kinds AND id NOT IN :busy
        AND (group_key IS NULL OR (
            NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND group_key = mine.group_key)
            AND NOT EXISTS (
                SELECT 1 FROM jobs WHERE state = 'waiting' AND group_key = mine.group_key
                AND id < mine.id AND run_at <= :now
            )
        ))
        ORDER BY priority, run_at, id LIMIT :free
    )
    RETURNING id, kind, payload, group_key, priority, attempts, max_attempts
    """
).bindparams(bindparam("kinds", expanding=True), bindparam("busy", expanding=True))


def _smaller(one: Any, other: Any) -> Any:
    return case((one < other, one), else_=other)


def _put() -> Executable:
    row = insert(jobs)
    return row.on_conflict_do_update(
        index_elements=["dedupe_key"],
        index_where=text("state = 'waiting' AND dedupe_key IS NOT NULL"),
        set_={
            "run_at": _smaller(jobs.c.run_at, row.excluded.run_at),
            "priority": _smaller(jobs.c.priority, row.excluded.priority),
        },
    )


_PUT = _put()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours to run until its lease ends."""

    id: int
    kind: str
    payload: Mapping[str, Json]
    attempts: int
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: `run_at` None means done, `dead` keeps the row, `counts` False forgives the attempt."""

    job_id: int
    run_at: datetime | None = None
    dead: bool = False
    error: str | None = None
    counts: bool = True


def micros(at: datetime) -> int:
    """Return a time as the table keeps it."""
    return (at - _EPOCH) // timedelta(microseconds=1)


async def put(connection: Any, job: Job, now: datetime) -> None:
    """Add a job; a waiting one with the same dedupe key absorbs it and runs at the earlier time."""
    await connection.execute(
        _PUT,
        {
            "kind": job.kind,
            "payload": json.dumps(job.payload, ensure_ascii=False),
            "group_key": job.group_key,
            "dedupe_key": job.dedupe_key,
            "priority": job.priority,
            "run_at": micros(job.run_at or now),
            "state": "waiting",
            "attempts": 0,
            "max_attempts": job.max_attempts,
            "created_at": micros(now),
        },
    )


async def claim(
    connection: Any,
    owner: str,
    kinds: Sequence[str],
    free: int,
    now: datetime,
    lease: timedelta,
    busy: Collection[int] = (),
) -> list[Claimed]:
    """Lease due jobs to the owner, most urgent first, but none of `busy`, whose earlier runs it has not settled yet."""
    values = {
        "owner": owner,
        "lease_until": micros(now + lease),
        "now": micros(now),
        "kinds": kinds,
        "free": free,
        # No id is 0: a list that is never empty is written the same way on every database.
        "busy": [0, *busy],
    }
    rows = (await connection.execute(_CLAIM, values)).all()
    return [
        Claimed(row.id, row.kind, json.loads(row.payload), row.attempts, row.max_attempts)
        for row in sorted(rows, key=lambda row: (row.priority, row.id))
    ]


async def extend(connection: Any, owner: str, now: datetime, lease: timedelta) -> None:
    """Renew every lease of the owner."""
    mine = (jobs.c.state == "running") & (jobs.c.owner == owner)
    await connection.execute(update(jobs).where(mine).values(lease_until=micros(now + lease)))


async def reclaim(connection: Any, owner: str, now: datetime, *, sole: bool = False) -> None:
    """Take jobs from owners, never ourselves, that have not renewed their lease; the last attempt dies with them.

    A `sole` worker knows that every other owner is dead and waits for no lease.
    """
    others = (jobs.c.state == "running") & (jobs.c.owner != owner)
    query = select(jobs).where(others if sole else others & (jobs.c.lease_until < micros(now)))
    lost = (await connection.execute(query)).all()
    words = "the process that ran it stopped without a word"
    await release(
        connection,
        [(r, Outcome(r.id, run_at=now, dead=r.attempts >= r.max_attempts, error=words)) for r in lost],
    )


async def settle(connection: Any, owner: str, outcomes: Sequence[Outcome]) -> None:
    """Record what became of the owner's runs; done jobs are deleted, and jobs that it lost meanwhile stay as they are."""
    if not outcomes:
        return
    mine = select(jobs).where(jobs.c.id.in_([o.job_id for o in outcomes]), jobs.c.owner == owner)
    held = {row.id: row for row in await connection.execute(mine)}
    await release(connection, [(held[o.job_id], o) for o in outcomes if o.job_id in held])


async def release(connection: Any, ended: Sequence[tuple[Any, Outcome]]) -> None:
    """Take rows out of the running state, each as its outcome says."""
    done = [row.id for row, outcome in ended if outcome.run_at is None and not outcome.dead]
    if done:
        await connection.execute(delete(jobs).where(jobs.c.id.in_(done)))
    for row, outcome in ended:
        if outcome.dead:
            await _update(connection, outcome, {"state": "dead"})
        elif outcome.run_at is not None:
            await _put_back(connection, row, outcome, outcome.run_at)


async def _put_back(connection: Any, row: Any, outcome: Outcome, run_at: datetime) -> None:
    spent = row.attempts if outcome.counts else row.attempts - 1
    if row.dedupe_key is not None:
        # A twin that came while this one ran will do the same work; it inherits the attempts.
        twin = (jobs.c.state == "waiting") & (jobs.c.dedupe_key == row.dedupe_key)
        most = case((jobs.c.attempts > spent, jobs.c.attempts), else_=literal(spent))
        merged = await connection.execute(update(jobs).where(twin).values(attempts=most, error=outcome.error))
        if merged.rowcount:
            await connection.execute(delete(jobs).where(jobs.c.id == row.id))
            return
    await _update(connection, outcome, {"state": "waiting", "run_at": micros(run_at), "attempts": spent})


async def _update(connection: Any, outcome: Outcome, values: Mapping[str, Any]) -> None:
    row = update(jobs).where(jobs.c.id == outcome.job_id)
    await connection.execute(row.values(owner=None, lease_until=None, error=outcome.error, **values))


async def count(connection: Any) -> JobCounts:
    """Count jobs by state."""
    rows = await connection.execute(select(jobs.c.state, func.count().label("number")).group_by(jobs.c.state))
    states = {row.state: int(row.number) for row in rows}
    return JobCounts(
        waiting=states.get("waiting", 0), running=states.get("running", 0), dead=states.get("dead", 0)
    )


async def forget(connection: Any, before: datetime) -> None:
    """Delete dead jobs that were added before a time."""
    await connection.execute(delete(jobs).where(jobs.c.state == "dead", jobs.c.created_at < micros(before)))

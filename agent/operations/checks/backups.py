"""Are there back-ups, young enough and as large as usual; and has a restore been tried."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence
from agent.domain.noun import Json
from agent.domain.results import SeriesResult
from agent.operations.checks.answers import Row, failed, name_of, newest_of, number, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import Backups, BackupVerification

BACKUP, RESTORE = "backup", "restore-test"
JOBS, QUERY = "incident_responder.jobs", "metrics_collector.query"
WEEK_MINUTES = 7 * 24 * 60
_HOUR, _FEW = 3600.0, 2
_MOST = 8


@dataclass(frozen=True, slots=True)
class BackupsCheck:
    """Looks at the jobs that make back-ups, and at what metrics tell of age and size."""

    name: ClassVar[str] = "backups"

    async def run(self, kit: CheckKit, params: Backups) -> Outcome:
        """Say how old the oldest newest back-up is, and which is too old, failed or smaller than usual."""
        jobs, finished, sizes = await asyncio.gather(
            _jobs(kit, BACKUP, params.jobs), _asked(kit, params.finished), _asked(kit, params.size, past=True)
        )
        looks = [*jobs, *(one for one in (finished, sizes) if one is not None)]
        standings = [row for one in jobs for row in rows_of(one)]
        ages = [_job_age(row) for row in standings]
        ages += [
            (one.name, (kit.clock.now().timestamp() - one.value) / _HOUR)
            for one in (newest_of(finished) if finished else ())
        ]
        broken = failed(looks)
        if not ages:
            return no_data("backups") if broken is None else unseen(broken)
        details = [*_gone(params.jobs, standings), *_aged(ages, params.max_age_hours), *_failures(standings)]
        details += _small(sizes, params.min_percent_of_usual / 100)
        silent = [one for one in (finished, sizes) if one is not None and not newest_of(one)]
        if broken is not None or silent:
            why = (broken.error if broken is not None else silent[0].reading.summary) or ""
            details.append(Said(message="check-part-unseen", args={"why": why}))
        return _outcome(ages, details, params, unseen_part=broken is not None or bool(silent))


def _outcome(
    ages: list[tuple[str, float | None]], details: list[Said], params: Backups, *, unseen_part: bool
) -> Outcome:
    name, hours = max(ages, key=lambda one: float("inf") if one[1] is None else one[1])
    bad = [one for one in details if one.message not in ("check-backups-usual", "check-part-unseen")]
    args: dict[str, Json] = {
        "count": len(ages),
        "what": name,
        "age": None if hours is None else {"seconds": hours * _HOUR},
        "limit": {"seconds": params.max_age_hours * _HOUR},
        "bad": len(bad),
    }
    if bad:
        return Outcome(ItemState.ATTENTION, "check-backups-bad", args, tuple(details[:_MOST]))
    state = ItemState.UNKNOWN if unseen_part else ItemState.OK
    return Outcome(state, "check-backups-ok", args, tuple(details[:_MOST]))


async def _jobs(kit: CheckKit, purpose: str, names: Sequence[str]) -> list[Evidence]:
    if not names:
        return [await kit.look(JOBS, purpose=purpose)]
    return list(await asyncio.gather(*(kit.look(JOBS, name=name) for name in names)))


async def _asked(kit: CheckKit, promql: str | None, *, past: bool = False) -> Evidence | None:
    if promql is None:
        return None
    more: dict[str, Json] = {"minutes": WEEK_MINUTES} if past else {}
    return await kit.look(QUERY, promql=promql, **more)


def _job_age(row: Row) -> tuple[str, float | None]:
    return row["cronjob"], number(row["hours since"])


def _gone(wanted: Sequence[str], standings: Sequence[Row]) -> list[Said]:
    there = {row["cronjob"] for row in standings}
    return [Said(message="check-backups-gone", args={"what": name}) for name in wanted if name not in there]


def _aged(ages: Sequence[tuple[str, float | None]], limit: float) -> list[Said]:
    found = []
    for name, hours in ages:
        if hours is None:
            found.append(Said(message="check-backups-never", args={"what": name}))
        elif hours > limit:
            found.append(
                Said(message="check-backups-old", args={"what": name, "age": {"seconds": hours * _HOUR}})
            )
    return found


def _failures(standings: Sequence[Row]) -> list[Said]:
    found = [
        Said(
            message="check-backups-failed",
            args={"what": row["cronjob"], "count": int(number(row["failed since"]) or 0)},
        )
        for row in standings
        if (number(row["failed since"]) or 0) > 0
    ]
    return found + [
        Said(message="check-backups-asleep", args={"what": row["cronjob"]})
        for row in standings
        if row["suspended"] == "yes"
    ]


def _small(sizes: Evidence | None, share: float) -> list[Said]:
    """Compare each newest size with the middle one of those before it in the week."""
    result = sizes.reading.result if sizes is not None else None
    found = []
    for series in result.series if isinstance(result, SeriesResult) else ():
        told = [value for value, _ in groupby(value for _, value in series.points)]
        name = name_of(series.labels)
        if len(told) <= _FEW:
            continue
        now, usual = told[-1], median(told[:-1])
        args: dict[str, Json] = {"what": name, "size": {"bytes": now}, "usual": {"bytes": usual}}
        small = usual > 0 and now < share * usual
        found.append(Said(message="check-backups-small" if small else "check-backups-usual", args=args))
    return found


@dataclass(frozen=True, slots=True)
class BackupVerificationCheck:
    """Looks for a job that tries a restore; where there is none, a person does it."""

    name: ClassVar[str] = "backup_verification"

    async def run(self, kit: CheckKit, params: BackupVerification) -> Outcome:
        """Say when a restore last succeeded, or ask somebody for it with what to do."""
        jobs = await _jobs(kit, RESTORE, params.jobs)
        standings = [row for one in jobs for row in rows_of(one)]
        broken = failed(jobs)
        if broken is not None and not standings:
            return unseen(broken)
        if not standings and not params.jobs:
            steps = tuple(Said(message=f"check-restore-step{number}") for number in (1, 2, 3))
            return Outcome(ItemState.PERSON, "check-restore-person", details=steps)
        limit = params.max_age_days * 24.0
        aged = _aged([_job_age(row) for row in standings], limit)
        bad = (*(_gone(params.jobs, standings) if broken is None else ()), *aged, *_failures(standings))
        # The job whose success is the oldest, or that never had one, is what the whole is worth.
        ages = [_job_age(row) for row in standings]
        what, oldest = max(
            ages, key=lambda one: float("inf") if one[1] is None else one[1], default=("", None)
        )
        args: dict[str, Json] = {
            "what": what,
            "age": None if oldest is None else {"seconds": oldest * _HOUR},
        }
        if bad:
            return Outcome(ItemState.ATTENTION, "check-restore-bad", args, bad)
        if broken is not None:
            part = Said(message="check-part-unseen", args={"why": broken.error or ""})
            return Outcome(ItemState.UNKNOWN, "check-restore-ok", args, (part,))
        return Outcome(ItemState.OK, "check-restore-ok", args)

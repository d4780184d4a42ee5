"""Tomorrow's planned work: freezes, maintenance, announced releases, who goes on call, and what people have to do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.checklist import ItemState, Said
from agent.domain.deployment import PlannedRelease, PlanState
from agent.domain.noun import Json
from agent.domain.recovery import Freeze
from agent.domain.task import Task, TaskState
from agent.operations.checks.engine import CheckKit, Outcome
from agent.policy.check_params import NoParams
from agent.policy.rota import hand_overs, on_shift

_STEP = timedelta(minutes=30)


class PlannedCheck:
    """What stands in the calendars of the policies and in the store for the next day of the checklist's zone."""

    name = "planned_work"

    async def run(self, kit: CheckKit, params: NoParams) -> Outcome:
        """List what is planned; nothing of it is wrong in itself."""
        start, end = _tomorrow(kit)
        async with kit.store.read() as tx:
            freezes = await tx.brakes.freezes(start)
            releases = await tx.planned_releases.in_states([PlanState.PLANNED.value], 500, since=start)
            tasks = await tx.tasks.in_states([TaskState.OPEN.value], 500)
        lines = (
            *_windows(kit, start, end),
            *(_freeze(one) for one in freezes if one.environment in (None, "", kit.environment)),
            *_maintenance(kit, start, end),
            *(_release(one) for one in releases if one.at < end and one.environment == kit.environment),
            *_handovers(kit, start, end),
            *(_task(one) for one in tasks if one.due_at is not None and start <= one.due_at < end),
        )
        day: Json = start.astimezone(ZoneInfo(kit.zone)).date().isoformat()
        if not lines:
            return Outcome(ItemState.OK, "check-planned-none", {"day": day})
        return Outcome(ItemState.OK, "check-planned", {"day": day, "count": len(lines)}, lines)


def _tomorrow(kit: CheckKit) -> tuple[datetime, datetime]:
    """Return the bounds of the next day on the wall clock of the checklist's zone."""
    zone = ZoneInfo(kit.zone)
    day = kit.due_at.astimezone(zone).date() + timedelta(days=1)
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return start.astimezone(UTC), datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)


def _windows(kit: CheckKit, start: datetime, end: datetime) -> Iterator[Said]:
    """Yield the freeze windows that hold at some time of the day, looked at each half-hour."""
    freezes, at = kit.policies.freezes, start
    names: dict[str, None] = {}
    while at < end:
        names |= dict.fromkeys(freezes.active(at, kit.environment, None))
        at += _STEP
    yield from (Said(message="check-planned-window", args={"name": name}) for name in names)


def _freeze(one: Freeze) -> Said:
    until: Json = {"at": one.until.isoformat()}
    args: dict[str, Json] = {"who": {"person": one.by}, "until": until, "reason": one.reason}
    return Said(message="check-planned-freeze", args=args)


def _maintenance(kit: CheckKit, start: datetime, end: datetime) -> Iterator[Said]:
    for one in kit.policies.slos.windows(start, end):
        everything: Json = {"message": "check-planned-everything"}
        args: dict[str, Json] = {
            "name": one.name,
            "start": {"at": one.start.isoformat()},
            "end": {"at": one.end.isoformat()},
            "services": list[Json](one.services) if one.services else everything,
        }
        yield Said(message="check-planned-maintenance", args=args)


def _handovers(kit: CheckKit, start: datetime, end: datetime) -> Iterator[Said]:
    oncall = kit.policies.oncall
    for schedule in oncall.schedules:
        for at in hand_overs(schedule, start, end, oncall.zone):
            duty = on_shift(schedule, at, oncall.zone)
            person = oncall.person(duty.person) if duty is not None else None
            if person is not None:
                args: dict[str, Json] = {
                    "schedule": schedule.id,
                    "who": person.name,
                    "at": {"at": at.isoformat()},
                }
                yield Said(message="check-planned-handover", args=args)


def _release(one: PlannedRelease) -> Said:
    at: Json = {"at": one.at.isoformat()}
    args: dict[str, Json] = {
        "service": one.service,
        "release": one.release,
        "at": at,
        "who": one.actor or "–",
    }
    return Said(message="check-planned-release", args=args)


def _task(one: Task) -> Said:
    return Said(message="check-planned-task", args={"task": one.name, "text": one.text})

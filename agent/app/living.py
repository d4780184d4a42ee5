"""The clock of incidents' lives as the composition root builds it: who is called, by which ways, and its checks."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

from agent.app.carriers import open_schedules
from agent.app.ground import Ground, Wing
from agent.domain.page import Way
from agent.domain.probe import Probe
from agent.lifecycle.aftermath import Aftermath
from agent.lifecycle.clock import LifeClock
from agent.lifecycle.clock_others import Others
from agent.lifecycle.clock_step import LifeStep
from agent.lifecycle.oncall import Roster, table
from agent.lifecycle.paging_deeds import Deeds
from agent.lifecycle.paging_pages import Means
from agent.policy.oncall import OnCallPolicy
from agent.ports.handoffs import Handoffs
from agent.settings import Settings

LIFE = "life clock"
_LATE = timedelta(seconds=30)


def means_of(settings: Settings) -> Means:
    """Return by which ways people can be called with these settings."""
    able = {
        Way.PAGERDUTY: settings.pagerduty_routing_key is not None,
        Way.SLACK: settings.slack_bot_token is not None,
        Way.SMS: bool(settings.twilio_account_sid or settings.sns_region),
        Way.EMAIL: settings.smtp_host is not None,
    }
    return Means(
        ways=frozenset(way for way, there in able.items() if there),
        requests=settings.pagerduty_api_key is not None and settings.pagerduty_from is not None,
        language=settings.language,
    )


def open_living(
    stack: AsyncExitStack,
    ground: Ground,
    handoffs: Handoffs | None,
    wake: Callable[[], None],
    after: Aftermath,
) -> tuple[Roster, Wing]:
    """Build the clock, which runs on one replica at a time; `wake` has what it wants sent leave at once."""
    schedules = open_schedules(stack, ground.settings)
    roster = Roster(ground.book, ground.clock, schedules)
    means = means_of(ground.settings)
    step = LifeStep(
        ground.store,
        ground.clock,
        ground.book,
        roster,
        Deeds(roster, means),
        Others(roster, means, handoffs, after),
        wake=wake,
    )
    clock = LifeClock(ground.store, ground.clock, step)

    async def probes() -> Sequence[Probe]:
        await roster.refresh()
        return [_people(ground.book.current.oncall, means), *_schedules(roster), await _lag(ground)]

    loops = {LIFE: clock.run} | ({"on call": roster.run} if schedules is not None else {})
    return roster, Wing(loops=loops, in_turn=frozenset({LIFE}), probes=probes, wake=clock.wake)


def _people(oncall: OnCallPolicy, means: Means) -> Probe:
    """Say who would be called; with nobody, calls are left to the pager, whose own escalation policy goes on."""
    name = "On call"
    if not oncall.people:
        pager = Way.PAGERDUTY in means.ways
        left = "calls go to the PagerDuty service and its escalation policy" if pager else "nobody is called"
        detail = f"oncall.yaml names nobody: {left}"
        return Probe(name=name, ok=pager, detail=detail, fix="Name people in policies/oncall.yaml.")
    empty = [role for role, members in oncall.roles.items() if not members]
    if empty:
        detail = f"nobody stands for {', '.join(empty)}, so that escalations to them reach nobody"
        return Probe(name=name, ok=False, detail=detail, fix="Name people for them in policies/oncall.yaml.")
    count = f"{len(oncall.people)} people, {len(oncall.schedules)} schedules"
    fix = None if oncall.schedules else "Name schedules in policies/oncall.yaml: nobody has a turn."
    return Probe(name=name, ok=fix is None, detail=count, fix=fix)


def _schedules(roster: Roster) -> list[Probe]:
    oncall, now = roster.rules.current.oncall, roster.clock.now()
    found = []
    for schedule, callees in table(oncall, now, roster.known):
        if oncall.schedule(schedule) is None:
            continue
        people = ", ".join(one.person.name for one in callees if one.person is not None)
        trouble = roster.trouble.get(schedule)
        sources = ", ".join(dict.fromkeys(one.source for one in callees))
        detail = f"{people or 'nobody, so the PagerDuty service'} ({sources})"
        if trouble is not None:
            detail = f"{detail}; PagerDuty does not answer: {trouble}"
        fix = None if people and trouble is None else "Mend the schedule, or PagerDuty's key."
        found.append(Probe(name=f"Schedule {schedule}", ok=fix is None, detail=detail, fix=fix))
    return found


async def _lag(ground: Ground) -> Probe:
    now = ground.clock.now()
    async with ground.store.read() as tx:
        late = await tx.life.due(now - _LATE, 100)
    fix = "Look into the log of the running bot." if late else None
    detail = f"{len(late)} incidents wait for longer than {_LATE.seconds} s" if late else "nothing is late"
    return Probe(name="Life clock", ok=not late, detail=detail, fix=fix)

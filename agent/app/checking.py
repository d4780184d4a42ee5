"""Checklists and durable cron as the composition root builds them: one loop for everything that recurs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from zoneinfo import ZoneInfo

from agent.app.ground import Ground, Wing
from agent.domain.probe import Probe
from agent.operations.checks.all import CHECKS
from agent.operations.checks.beginning import CHECKLIST_REMIND, CHECKLIST_RUN, CheckDesk, entries
from agent.operations.checks.deeds import Reminders
from agent.operations.checks.running import Looking, Runner
from agent.operations.cron import Cron, CronEntry
from agent.ports.objectives import Objectives

LOOP = "cron"

Entries = Callable[[], Sequence[CronEntry]]
"""What recurs by the rules in force; asked for at each look, since rules change."""


@dataclass(frozen=True, slots=True)
class Checking:
    """What other parts of the house use: the desk for people's deeds, the runner for a dry run, and the clockwork."""

    desk: CheckDesk
    runner: Runner
    cron: Cron


def _unmeasured() -> Objectives | None:
    return None


def open_checking(
    ground: Ground, *, objectives: Callable[[], Objectives | None] = _unmeasured, more: Sequence[Entries] = ()
) -> tuple[Checking, Wing]:
    """Build the wing; `more` are the other parts whose work recurs.

    The loop runs on every replica and not in turn: which of them starts an occurrence is decided by the transaction that
    stores it, so there is no turn to wait for when one dies, and the others lose no more than one small read.
    """
    desk = CheckDesk(jobs=ground.jobs, book=ground.book, clock=ground.clock, metrics=ground.metrics)
    looking = Looking(
        store=ground.store,
        reads=ground.toolbelt,
        checks={check.name: check for check in CHECKS},
        environment=ground.settings.environment,
        redactor=ground.redactor,
        objectives=objectives,
    )
    runner = Runner(desk, looking)
    sources: tuple[Entries, ...] = (partial(entries, desk), *more)
    cron = Cron(ground.store, ground.clock, lambda: list(chain.from_iterable(one() for one in sources)))
    handlers = {CHECKLIST_RUN: runner.run, CHECKLIST_REMIND: Reminders(ground.store, desk).remind}
    wing = Wing(handlers=handlers, loops={LOOP: cron.run}, probes=partial(_probes, ground, cron))
    return Checking(desk, runner, cron), wing


async def _probes(ground: Ground, cron: Cron) -> Sequence[Probe]:
    """Say what recurs and when it is due next, and what nobody was there for."""
    now, said, missed = ground.clock.now(), [], []
    async with ground.store.read() as tx:
        for entry in cron.entries():
            mark, due = await tx.cron.get(entry.name), entry.times.next(now)
            if due is not None:
                said.append(f"{entry.name} {due.astimezone(ZoneInfo(entry.zone)):%a %Y-%m-%d %H:%M %Z}")
            if (
                mark is not None
                and mark.missed_at
                and (not mark.started_at or mark.missed_at > mark.started_at)
            ):
                missed.append(f"{entry.name} of {mark.missed_at:%Y-%m-%d %H:%M} UTC was missed")
    detail = "; ".join((*missed, f"next: {', '.join(said)}" if said else "nothing recurs"))
    return [Probe(name="Schedules", ok=True, detail=detail, configured=bool(said))]

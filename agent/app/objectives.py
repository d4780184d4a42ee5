"""Objectives as the composition root builds them: measured over a line of their own, and kept in the bot's metrics."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from prometheus_client import Gauge

from agent.analysis.slo import Span
from agent.app.ground import Ground, Wing
from agent.app.rounds import go_round
from agent.brain.toolbelt import meter_of
from agent.domain.evidence import Window
from agent.domain.incident import Incident
from agent.domain.slo import Slo
from agent.operations.objectives_measured import MeasuredObjectives
from agent.policy.routing import route_incident
from agent.telemetry.logs import get_log
from tools.connections import Addresses, connect
from tools.sla_tracker.judge import Judge

LOOP = "objectives"
EVERY_SECONDS = 60.0
# A first look reads a month of every service, which takes a store longer than an investigation may wait for.
TIMEOUT_SECONDS = 20.0
_log = get_log("app")


def open_objectives(stack: AsyncExitStack, ground: Ground) -> tuple[MeasuredObjectives, Wing]:
    """Build what measures objectives and the loop that keeps them in the metrics; nothing is contacted yet."""
    promises = ground.toolbelt.promises
    promises.objectives = lambda: ground.book.current.slos.objectives
    promises.maintenance = lambda slo, window: _planned(ground, slo, window)
    objectives = MeasuredObjectives(
        slos=promises.objectives,
        judge=_judge(stack, ground),
        store=ground.store,
        clock=ground.clock,
        within=lambda incident: _within(ground, incident),
    )
    gauges = BudgetGauges(ground, objectives)
    return objectives, Wing(loops={LOOP: gauges.run}, in_turn=frozenset({LOOP}))


def _judge(stack: AsyncExitStack, ground: Ground) -> Judge | None:
    settings, known = ground.settings, ground.toolbelt
    if known.meter is None:
        return None
    password = settings.influxdb_password
    addresses = Addresses(
        prometheus_url=settings.prometheus_url,
        influxdb_url=settings.influxdb_url,
        influxdb_database=settings.influxdb_database,
        influxdb_user=settings.influxdb_user,
        influxdb_password=password.get_secret_value() if password else None,
    )
    line = connect(addresses, timeout_seconds=TIMEOUT_SECONDS)
    stack.push_async_callback(line.close)
    # What the loop has read, the short reads of an investigation need not read again.
    meter = meter_of(line, known.meter.ledger)
    return Judge(meter, known.promises) if meter else None


def _planned(ground: Ground, slo: Slo, window: Window) -> Sequence[Span]:
    return ground.book.current.slos.maintenance(slo.service, window.start, window.end)


def _within(ground: Ground, incident: Incident) -> float | None:
    return route_incident(ground.book.current, incident).resolve_within_seconds


@dataclass(frozen=True, slots=True)
class BudgetGauges:
    """Keeps the gauges of budgets and burn rates; an objective without data has none."""

    ground: Ground
    objectives: MeasuredObjectives

    async def run(self) -> None:
        """Measure every minute, for ever."""
        try:
            await go_round(self.look, task=LOOP, every_seconds=EVERY_SECONDS, log=_log)
        finally:
            # Another replica measures from now on; what this one knew would stand beside it for ever.
            self._forget()

    async def look(self) -> None:
        """Measure every objective and set its gauges."""
        found = await self.objectives.states()
        left, burn = self._forget()
        for one in found:
            if one.left is not None:
                left.labels(slo=one.slo, service=one.service).set(one.left)
            for rate in one.burn:
                if rate.rate is not None:
                    window = f"{rate.seconds}s"
                    burn.labels(slo=one.slo, service=one.service, window=window).set(rate.rate)

    def _forget(self) -> tuple[Gauge, Gauge]:
        gauges = self.ground.metrics.slo_budget_left, self.ground.metrics.slo_burn_rate
        for gauge in gauges:
            gauge.clear()
        return gauges

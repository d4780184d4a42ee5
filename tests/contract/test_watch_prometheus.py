"""The watch against a real Prometheus: a past that is read anew, and errors that began in its last minutes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.diagnosis.watch_rules import WATCHED
from agent.domain.alert import AlertGroup
from agent.domain.evidence import Window
from agent.operations.watch import Watch
from tests.support.alerts import Desk
from tests.support.backends import prometheus_with_past
from tests.support.store import StillClock, store_at
from tools.connectors.prometheus import PrometheusMetrics
from tools.metrics_collector.survey import Surveyor

pytestmark = pytest.mark.backend
STEP = 15
# The minute that the look is about, some time ago, so that the store holds all of it.
NOW = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)
BAD = 5


def past(services: int = 3) -> str:
    """Return three hours of counters; the last minutes of the first service fail for the most part."""
    lines = ["# TYPE http_requests counter"]
    times = range(int(NOW.timestamp()) - 3 * 3600, int(NOW.timestamp()) + 120, STEP)
    for number in range(services):
        good, failed = [], []
        fine = broken = 0
        for at in times:
            bad = number == 0 and at > NOW.timestamp() - 60 * BAD
            fine, broken = fine + (60 if bad else 150 + at % 7), broken + (90 if bad else 0)
            good.append(f'http_requests_total{{service="s{number}",status="200"}} {fine} {at}')
            failed.append(f'http_requests_total{{service="s{number}",status="500"}} {broken} {at}')
        lines += [*good, *failed]
    lines.append("# TYPE up gauge")
    lines += [f'up{{job="s{n}",service="s{n}"}} 1 {at}' for n in range(services) for at in times]
    return "\n".join([*lines, "# EOF", ""])


async def test_a_past_is_read_and_the_service_that_fails_is_named(tmp_path: Path) -> None:
    server = await prometheus_with_past(tmp_path / "prometheus", past())
    async with server, store_at(tmp_path) as store:
        metrics = PrometheusMetrics(server.url, timeout_seconds=30)
        clock = StillClock(NOW + timedelta(seconds=5))
        desk = Desk(store, clock)
        sent: list[AlertGroup] = []
        surveyor = Surveyor(metrics)

        async def deliver(group: AlertGroup) -> None:
            sent.append(group)

        watch = Watch(store, desk.jobs, surveyor, clock, mode="alert", deliver=deliver)
        await watch.look({})
        window = Window(start=NOW - timedelta(minutes=2), end=NOW)
        found = {rule.signal: await surveyor.survey(rule.signal, window, clock.now()) for rule in WATCHED}
        await metrics.close()

    (group,) = sent
    assert [(a.labels["service"], a.labels["signal"]) for a in group.alerts] == [("s0", "server_error_ratio")]
    assert abs((group.alerts[0].starts_at - NOW).total_seconds() + 60 * BAD) <= 60
    assert sorted(s.labels["service"] for s in found["request_rate"][1]) == ["s0", "s1", "s2"]
    assert [len(s.points) for s in found["up"][1]] == [3, 3, 3]

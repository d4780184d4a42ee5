"""Objectives measured on a real InfluxDB 1, beside the truth that its points were made of."""

import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agent.analysis.influxql import rendered, selection
from agent.analysis.influxql_tokens import tokens
from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.slo import Budgeting, RollingWindow, Slo
from agent.errors import BadAnswer, Refused, Unavailable
from tests.support.metric_stores import InfluxServer
from tests.support.slo_history import availability
from tools.connectors.influxdb import InfluxDatabase
from tools.sla_tracker.influx_counts import InfluxCounts
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.measure import Meter
from tools.sla_tracker.promises import Promises

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
HOURS = 50
WHERE = "WHERE <time> AND service = 'checkout'"
SLICES = "GROUP BY time(<window>)"
GOOD = f'SELECT sum("count") FROM "requests" {WHERE} AND status !~ /^5/ {SLICES}'
TOTAL = f'SELECT sum("count") FROM "requests" {WHERE} {SLICES}'
SEEN = (
    "SELECT sum(fresh) FROM (SELECT non_negative_difference(seen) AS fresh FROM requests "
    "WHERE service = 'checkout'{more} GROUP BY *) WHERE <time> GROUP BY time(<window>) fill(none)"
)


@dataclass(frozen=True, slots=True)
class Stand:
    """The database, and how many requests were good and bad in the minute before each moment."""

    server: InfluxServer
    database: InfluxDatabase
    minutes: dict[int, tuple[int, int]]
    now: datetime

    def judge(self, database: InfluxDatabase | None = None) -> Judge:
        return Judge(Meter(None, others={"influxdb": InfluxCounts(database or self.database)}), Promises())

    def truth(self, start: float, end: float) -> tuple[int, int]:
        """Return the bad and all requests whose points lie from a start on and before an end."""
        inside = [pair for at, pair in self.minutes.items() if start <= at < end]
        return sum(bad for _, bad in inside), sum(good + bad for good, bad in inside)


def _history(now: int) -> tuple[dict[int, tuple[int, int]], list[str]]:
    rng = random.Random(7)
    minutes: dict[int, tuple[int, int]] = {}
    lines: list[str] = []
    seen = {"200": 0, "503": 0}
    for at in range(now - HOURS * 3600, now, 60):
        if now - 20 * 3600 <= at < now - 18 * 3600:
            continue
        trouble = now - 7 * 3600 <= at < now - 7 * 3600 + 1800
        good, bad = rng.randint(50, 90), rng.randint(20, 40) if trouble else rng.random() < 0.02
        minutes[at] = (good, int(bad))
        if at == now - 30 * 3600:
            seen = {"200": 0, "503": 0}
        for status, count in (("200", good), ("503", int(bad))):
            seen[status] += count
            named = f"requests,service=checkout,status={status}"
            lines.append(f"{named} count={count}i,seen={seen[status]}i,took={0.4 if trouble else 0.1} {at}")
    return minutes, lines


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    now = int(time.time()) // 60 * 60
    minutes, lines = _history(now)
    async with InfluxServer(tmp_path_factory.mktemp("influx")) as server:
        await server.fill(lines)
        database = _database(server)
        yield Stand(server, database, minutes, datetime.fromtimestamp(now, UTC))
        await database.close()


def _database(server: InfluxServer, name: str = "ops") -> InfluxDatabase:
    return InfluxDatabase(server.url, name, user=None, password=None, timeout_seconds=20)


def _slo(**more: Any) -> Slo:
    sides = {
        "good": GOOD,
        "total": TOTAL,
        "source": "influxdb",
        "window": RollingWindow(length=timedelta(days=1)),
    }
    return availability("checkout").model_copy(update=sides | more)


async def test_events_are_counted_exactly(stand: Stand) -> None:
    state = await stand.judge().state(_slo(), stand.now, stand.now)
    bad, total = stand.truth(stand.now.timestamp() - 86_400, stand.now.timestamp() - 60)

    assert (bad, total) == (state.bad, state.total)
    assert state.covered == pytest.approx(1 - 2 / 24, abs=0.01)
    burns = {one.seconds: one.rate for one in state.burn}
    end = stand.now.timestamp() - 60
    for seconds in (300, 3600, 21_600):
        bad, total = stand.truth(end - seconds, end)
        assert burns[seconds] == pytest.approx(bad / total / 0.001, abs=1e-9)


async def test_counters_are_told_by_their_differences_over_a_restart(stand: Stand) -> None:
    sides = {"good": SEEN.format(more=" AND status !~ /^5/"), "total": SEEN.format(more="")}
    slo = _slo(window=RollingWindow(length=timedelta(hours=49)), **sides)
    state = await stand.judge().state(slo, stand.now, stand.now)
    bad, total = stand.truth(stand.now.timestamp() - 49 * 3600, stand.now.timestamp() - 60)

    assert state.sli == pytest.approx(1 - bad / total, abs=1e-4)
    # The minute in which the counters began anew is all that is not seen.
    restart = sum(stand.minutes[int(stand.now.timestamp()) - 30 * 3600])
    assert total - restart == state.total


async def test_slices_of_time_are_judged_by_their_ratio_or_by_their_value(stand: Stand) -> None:
    by_ratio = _slo(budgeting=Budgeting.TIMESLICES, slice_seconds=300, slice_target=0.95)
    measured = f"SELECT mean(took) FROM requests {WHERE} {SLICES}"
    by_value = _slo(
        budgeting=Budgeting.TIMESLICES,
        slice_seconds=300,
        good="",
        total="",
        measured=measured,
        op="lte",
        limit=0.25,
    )
    judge = stand.judge()
    ratio = await judge.state(by_ratio, stand.now, stand.now)
    value = await judge.state(by_value, stand.now, stand.now)

    for state in (ratio, value):
        assert state.bad in (5, 6, 7)
        assert state.total == pytest.approx(22 * 12, abs=2)


@pytest.mark.parametrize(
    ("good", "total"),
    [
        (GOOD.replace("checkout", "nobody"), TOTAL.replace("checkout", "nobody")),
        (GOOD.replace('"count"', "cuont"), TOTAL),
        # A tag that is nowhere matches every pattern of what it is not.
        (GOOD.replace("status", "statsu"), TOTAL),
        (GOOD, TOTAL.replace("service", "servcie")),
        (GOOD.replace('"requests"', "request"), TOTAL),
    ],
)
async def test_what_does_not_exist_is_no_data(stand: Stand, good: str, total: str) -> None:
    state = await stand.judge().state(_slo(good=good, total=total), stand.now, stand.now)

    assert (EvidenceStatus.NO_DATA, None, None) == (state.status, state.sli, state.left)


async def test_nothing_good_of_what_exists_is_an_outage(stand: Stand) -> None:
    state = await stand.judge().state(
        _slo(good=GOOD.replace("status !~ /^5/", "status = '299'")), stand.now, stand.now
    )

    assert 0.0 == state.sli


async def test_a_gap_is_no_data(stand: Stand) -> None:
    inside = Window(start=stand.now - timedelta(hours=19.9), end=stand.now - timedelta(hours=18.1))
    gap = await stand.judge().over(_slo(), inside, stand.now)

    assert (EvidenceStatus.NO_DATA, None, 0.0) == (gap.status, gap.sli, gap.covered)


async def test_what_the_server_refuses_is_told_in_its_words(stand: Stand) -> None:
    elsewhere = _database(stand.server, "nowhere")
    with pytest.raises(Refused, match="database not found: nowhere"):
        await stand.judge(elsewhere).state(_slo(), stand.now, stand.now)
    with pytest.raises(Refused, match="undefined function"):
        await stand.database.select(["SELECT summ(seen) FROM requests"])
    assert "" == await stand.database.version()
    await elsewhere.close()


async def test_a_server_that_is_away_is_unavailable(stand: Stand, tmp_path: Path) -> None:
    away = _database(InfluxServer(tmp_path))
    with pytest.raises(Unavailable):
        await away.select([TOTAL])
    await away.close()


async def test_something_else_at_the_address_is_told(stand: Stand) -> None:
    wrong = InfluxDatabase(f"{stand.server.url}/nothing", "ops", user=None, password=None, timeout_seconds=5)
    with pytest.raises((Refused, BadAnswer)):
        await wrong.version()
    await wrong.close()


SOUND: Sequence[str] = (
    GOOD,
    SEEN.format(more=" AND (status = '200' OR status = '204')"),
    f'SELECT sum("count") - sum(bad) FROM autogen.requests, other {WHERE} {SLICES}, service fill(null)',
    f"SELECT percentile(took, 95) AS p FROM /^req/ {WHERE} AND took > 0.5 {SLICES}",
    "SELECT mean(d) FROM (SELECT max(seen) - min(seen) AS d FROM requests GROUP BY time(<window>), status) "
    "WHERE <time> GROUP BY time(<window>)",
)


async def test_what_is_taken_here_is_taken_there(stand: Stand) -> None:
    rng = random.Random(20261123)
    taken = [text for text in (_mistyped(rng.choice(SOUND), rng) for _ in range(600)) if _taken(text)]
    assert all(_taken(text) for text in SOUND)
    assert len(taken) > 10
    end = stand.now.timestamp()
    for text in (*SOUND, *taken):
        said = await _said(stand.database, rendered(text, 300, end - 600, end))
        # What only the database can know: which retention policies there are, and what is text in it.
        assert not said or any(known in said for known in _DATA), f"{text}: {said}"


_DATA = ("policy not found", "type error", "unsupported")


def _taken(text: str) -> bool:
    try:
        selection(text)
    except ValueError:
        return False
    return True


async def _said(database: InfluxDatabase, query: str) -> str:
    try:
        await database.select([query])
    except Refused as error:
        return error.user_message
    return ""


def _mistyped(text: str, rng: random.Random) -> str:
    """Drop, repeat or swap a token, or take one from elsewhere."""
    found = tokens(text)
    # Each with the space behind it, because a function is told from a name by it.
    parts = [text[one.start : after.start] for one, after in pairwise(found)]
    at = rng.randrange(len(parts))
    match rng.randrange(4):
        case 0:
            del parts[at]
        case 1:
            parts.insert(at, parts[at])
        case 2:
            other = rng.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        case _:
            parts[at] = rng.choice(
                ["(", ")", ",", "sum", "user", "'a'", "7", "5m", "OR", "x", '"y"', "<time>", "*", "time"]
            )
    return "".join(parts)

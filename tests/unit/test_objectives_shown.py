"""Where services stand in words: what spent a budget, the worst first, and nothing that Slack would refuse."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.answer import Answer
from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.incident import Incident, IncidentStatus
from agent.domain.results import PictureResult
from agent.domain.slo import EVERY_SERVICE, Burn, Slo, SloState
from agent.errors import NotFound
from agent.lifecycle import changes
from agent.operations.objectives import CHART, ObjectiveDesk
from agent.operations.objectives_recovery import counted, recoveries
from agent.operations.objectives_spent import incidents_of
from agent.operations.objectives_words import BAR, bar, brief, how_words, line, table
from agent.store.engine import SqlStore
from agent.transport.slack.answers import render_answer
from agent.transport.slack.home_standing import standing_part
from tests.support.alerts import shipped_policies
from tests.support.blockkit import wrong_with
from tests.support.counted import Counts, steady
from tests.support.hostile import stored
from tests.support.objectives import NOW, House, hours_ago, objective
from tests.support.reads import ScriptedReads
from tests.support.reporting import incident as put_in
from tests.support.store import store_at
from tests.support.views import sample_incident

RESOLVED = IncidentStatus.RESOLVED
MONTH_OF_MINUTES = 43.2


def incident(number: int, hours: float, minutes: float, **more: Any) -> Incident:
    """Return an incident that began so many hours ago and lasted so many minutes."""
    began = NOW - timedelta(hours=hours)
    base = sample_incident(status=more.pop("status", RESOLVED), number=number, title=f"trouble {number}")
    ended = began + timedelta(minutes=minutes) if base.status is RESOLVED else None
    times = base.times.model_copy(
        update={"started_at": began, "opened_at": began + timedelta(minutes=1), "resolved_at": ended}
    )
    return base.model_copy(update={"id": f"inc_{number}", "times": times, **more})


def troubled(*troubles: tuple[float, float, float]) -> Counts:
    """Return a service in which, from so many hours ago on for so many minutes, a share failed."""
    return steady(
        troubles=[
            (hours_ago(hours), hours_ago(hours) + minutes * 60, share) for hours, minutes, share in troubles
        ]
    )


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


async def desk(store: SqlStore, house: House, *incidents: Incident) -> tuple[ObjectiveDesk, ScriptedReads]:
    async with store.write() as tx:
        for one in incidents:
            await tx.incidents.create(one)
    picture = PictureResult(blob="b" * 64, alt="alt", title="title")
    reads = ScriptedReads(NOW)
    reads.on(CHART, Reading(status=EvidenceStatus.SUCCESS, query="sum(x)", summary="s", result=picture))
    return ObjectiveDesk(house.objectives, reads, store), reads


async def test_nothing_measured_lately_is_no_promise_that_a_budget_lasts() -> None:
    silent_since = hours_ago(8)

    def counts(start: float, end: float) -> tuple[float | None, float | None]:
        return steady()(start, end) if end <= silent_since else (None, None)

    house = House(counts)
    slo, state = house.slos[0], await house.objectives.state("payment-availability")
    row = table([(slo, state)], "en").rows[0]

    assert (state.left, state.exhausted_at) == (1.0, None)
    for shown in (line(slo, state, "en"), brief(slo, state, "en"), row[-1]):
        assert "lasts" not in shown
        assert "no forecast" in shown


async def test_a_table_tells_how_far_a_budget_is_overspent() -> None:
    house = House(troubled((48, 24 * 60, 1.0)))
    state = await house.objectives.state("payment-availability")

    assert state.left == pytest.approx(1 - 1000 / 30, rel=1e-2)
    assert "-32×" in table([(house.slos[0], state)], "en").rows[0][3]


# What spent a budget.


async def test_incidents_are_told_with_what_each_spent_most_first(store: SqlStore) -> None:
    house = House(troubled((200, 10, 0.5), (50, 20, 0.9), (20, 5, 1.0)), store=store)
    known = (incident(3, 200, 10), incident(7, 50, 20), incident(8, 400, 30))
    asked, reads = await desk(store, house, *known)

    answer = await asked.answer("payment", "en")

    lines = answer.text.splitlines()
    spent = [one for one in lines if one.startswith("- ")]
    assert [f"- INC-7 · {18 / MONTH_OF_MINUTES * 100:.1f}% · trouble 7"] == spent[:1]
    assert spent[1].startswith(f"- INC-3 · {5 / MONTH_OF_MINUTES * 100:.1f}%")
    assert f"- {5 / MONTH_OF_MINUTES * 100:.1f}% while no known incident lasted" == spent[2]
    assert 3 == len(spent)
    markers = reads.asked_for(CHART)[0].params["markers"]
    assert isinstance(markers, list)
    assert ["INC-7", "INC-3"] == [one["label"] for one in markers if isinstance(one, dict)]


async def test_only_incidents_that_reach_into_the_window_are_looked_at(store: SqlStore) -> None:
    await desk(
        store, House(steady(), store=store), incident(1, 50, 20), incident(2, 20, 30), incident(3, 4, 20)
    )
    slo = objective()
    window = Window(start=NOW - timedelta(hours=19, minutes=45), end=NOW - timedelta(hours=5))

    assert [2] == [one.number for one in await incidents_of(store, slo, window)]


async def test_an_incident_that_runs_spent_no_more_than_was_counted(store: SqlStore) -> None:
    house = House(troubled((1 / 30, 10, 1.0)), store=store)
    asked, _ = await desk(store, house, incident(1, 1 / 30, 0, status=IncidentStatus.ACTIVE))

    answer = await asked.answer("payment", "en")

    assert f"- INC-1 · {1 / MONTH_OF_MINUTES * 100:.1f}%" in answer.text.replace("2.31", "2.3")
    assert "no known incident" not in answer.text


async def test_an_incident_of_another_service_is_not_blamed(store: SqlStore) -> None:
    house = House(troubled((50, 20, 0.9)), store=store)
    asked, _ = await desk(store, house, incident(7, 50, 20, service="tutor"))

    assert "INC-7" not in (await asked.answer("payment", "en")).text


# Which service.


@pytest.mark.parametrize("words", ["payment", " Payment ", "paymnt", "payment-availability", "`payment`"])
async def test_a_service_is_found_in_spite_of_small_mistakes(store: SqlStore, words: str) -> None:
    asked, _ = await desk(store, House(steady(), store=store))

    assert "**Objectives of payment**" in (await asked.answer(words, "en")).text


async def test_an_unknown_service_is_told_with_the_nearest(store: SqlStore) -> None:
    asked, _ = await desk(store, House(steady(), store=store))

    with pytest.raises(NotFound, match="payment"):
        await asked.answer("pavement-thing", "en")


@pytest.mark.parametrize(("language", "word"), [("en", "without data"), ("ko", "데이터가 없는")])
async def test_all_objectives_stand_in_a_table_the_least_budget_first(
    store: SqlStore, language: str, word: str
) -> None:
    slos = (
        objective(),
        objective(name="rate", title="Rate", target=0.99),
        objective(name="x", good="gone[<window>]"),
    )
    asked, _ = await desk(store, House(troubled((50, 60, 1.0)), *slos, store=store))

    answer = await asked.answer("", language)

    assert answer.table is not None
    assert ["payment: Availability", "payment: Rate", "payment: Availability"] == [
        r[0] for r in answer.table.rows
    ]
    assert word in answer.text


async def test_without_objectives_the_folder_is_named(store: SqlStore) -> None:
    house = House(steady(), store=store)
    house.slos = ()
    asked, _ = await desk(store, house)

    assert "policies/slo" in (await asked.answer("", "en")).text
    assert () == await asked.worst("en")


async def test_home_tells_the_worst_of_each_service(store: SqlStore) -> None:
    slos = (
        objective(),
        objective(name="rate", title="Rate", target=0.99),
        objective(name="tutor", service="tutor", target=0.99),
    )
    asked, _ = await desk(store, House(troubled((50, 60, 1.0)), *slos, store=store))

    lines = await asked.worst("en")

    assert 2 == len(lines)
    assert lines[0].startswith(
        f"{'▱' * BAR} payment: Availability – budget used up, and 38.9% of it overspent"
    )
    assert "tutor" in lines[1]


async def test_home_says_once_why_nothing_is_known(store: SqlStore) -> None:
    slos = (objective(), objective(name="other"))
    asked, _ = await desk(store, House(lambda a, b: (None, None), *slos, store=store))

    assert ("·" * BAR + " payment: Availability – no data",) == await asked.worst("en")


# Words.


@given(st.none() | st.floats(-50, 1))
def test_a_bar_has_ten_blocks_and_is_full_or_empty_only_at_the_ends(left: float | None) -> None:
    shown = bar(left)

    assert BAR == len(shown)
    if left is not None:
        assert (shown == "▱" * BAR) == (left <= 0)
        assert (shown == "▰" * BAR) == (left >= 1)


ratios = st.none() | st.floats(0, 1)


@st.composite
def states(draw: st.DrawFn) -> SloState:
    spent = draw(st.none() | st.floats(0, 1e6))
    known = spent is not None
    return SloState(
        slo="payment-availability",
        service="payment",
        target=0.999,
        status=EvidenceStatus.SUCCESS if known else draw(st.sampled_from(list(EvidenceStatus))),
        window=Window(start=NOW - timedelta(days=30), end=NOW),
        at=NOW,
        unit=draw(st.sampled_from(["events", "slices"])),
        total=1e6 if known else None,
        bad=draw(st.floats(0, 1e6)) if known else None,
        sli=draw(st.floats(0, 1)) if known else None,
        budget=1000.0 if known else None,
        spent=spent,
        burn=tuple(Burn(seconds=n, rate=draw(st.none() | st.floats(0, 1000))) for n in (300, 3600, 21_600)),
        exhausted_at=draw(st.none() | st.datetimes(datetime(2026, 11, 23), datetime(2030, 1, 1)).map(_utc)),
        excluded_seconds=draw(st.floats(0, 1e6)),
        covered=draw(st.floats(0, 1)),
        error=draw(st.none() | stored),
    )


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=NOW.tzinfo)


@given(states(), stored, st.sampled_from(["en", "ko"]))
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
def test_whatever_was_measured_fits_into_slack(state: SloState, title: str, language: str) -> None:
    slo = objective(title=title)
    found = [(slo, state)] * 40
    lines = [line(one, seen, language) for one, seen in found] + [how_words(slo, state, language)]
    shown = render_answer(Answer(text="\n".join(lines), table=table(found, language)), None, language)
    home = standing_part([brief(slo, state, language)] * 9, language)

    assert [] == wrong_with(shown.blocks)
    assert [] == wrong_with(home.blocks)


@given(states())
@settings(deadline=None, max_examples=60)
def test_what_was_not_measured_is_never_shown_as_good(state: SloState) -> None:
    words = line(objective(), state, "en")

    assert ("budget" in words) == (state.spent is not None)
    assert ("no data" in words or "cannot be measured" in words) == (state.spent is None)


# Recovery within the target.


def recovered(*incidents: Incident, within: float | None = 3600) -> tuple[float, float]:
    slo: Slo = objective(service=EVERY_SERVICE, source="incidents")
    window = Window(start=NOW - timedelta(days=30), end=NOW)
    counts = counted(incidents, slo, window, NOW, lambda one: within)
    assert all(a.end == b.start for a, b in pairwise(counts))
    assert (window.start, NOW) == (counts[0].start, counts[-1].end)
    return sum(one.bad or 0 for one in counts), sum(one.total or 0 for one in counts)


def test_an_incident_counts_when_it_ends_and_is_bad_beyond_its_time() -> None:
    assert (1, 2) == recovered(incident(1, 100, 59), incident(2, 50, 61))


async def test_what_was_joined_to_another_incident_was_not_resolved(store: SqlStore) -> None:
    ids = [await put_in(store, NOW - timedelta(hours=hours), minutes=None) for hours in (40, 30, 20)]
    async with store.write() as tx:
        for one, into in zip(ids, (ids[2], "", ""), strict=True):
            at = NOW - timedelta(hours=19, minutes=30)
            await changes.resolve(tx, shipped_policies(), one, by="U1", at=at, merged_into=into)
    slo: Slo = objective(service=EVERY_SERVICE, source="incidents")
    window = Window(start=NOW - timedelta(days=30), end=NOW)
    counts = await recoveries(store, slo, window, NOW, lambda one: 3600)

    assert (1, 2) == (sum(one.bad or 0 for one in counts), sum(one.total or 0 for one in counts))


def test_an_open_incident_counts_once_its_time_is_over() -> None:
    fresh = incident(1, 0.5, 0, status=IncidentStatus.ACTIVE)
    late = incident(2, 1.5, 0, status=IncidentStatus.ACTIVE)

    assert (1, 1) == recovered(fresh, late)


def test_an_incident_without_a_promised_time_does_not_count() -> None:
    assert (0, 0) == recovered(incident(1, 100, 59), within=None)


def test_incidents_before_the_window_do_not_count() -> None:
    assert (0, 0) == recovered(incident(1, 24 * 40, 59))


async def test_recovery_is_measured_from_the_record(store: SqlStore) -> None:
    slo = objective(name="recovery-time", service=EVERY_SERVICE, source="incidents", target=0.99)
    house = House(steady(), slo, store=store)
    house.objectives.within = lambda one: 3600.0
    async with store.write() as tx:
        await tx.incidents.create(incident(1, 100, 59))
        await tx.incidents.create(incident(2, 50, 61))

    state = await house.objectives.state("recovery-time")

    assert (0.5, 2.0, 1.0) == (state.sli, state.total, state.bad)
    assert [] == house.metrics.ranges + house.metrics.instants

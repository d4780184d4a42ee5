"""The figures: medians and percentiles of what incidents reached, updates that were due, and calls per person and week."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from agent.app.learning import Counting
from agent.domain.incident import Incident, IncidentStatus, Priority, Times
from agent.domain.page import Way
from agent.domain.update import Delivered, Destination, UpdateState
from agent.errors import BadInput
from agent.lifecycle.aftermath import Counted
from agent.locale.messages import LANGUAGES
from agent.operations.figures import Spread, calls_per_week, figures, load_figures, spans_of, spread
from agent.operations.figures_words import figure_lines, figures_answer, figures_table, span_of
from agent.policy.book import PolicyBook
from agent.settings import ROOT
from agent.telemetry.metrics import build_metrics
from tests.support.people import sample_page, sample_update
from tests.support.store import NOON, StillClock, store_at
from tests.support.views import sample_incident

MONTH, DAY, MINUTE = timedelta(days=30), timedelta(days=1), timedelta(minutes=1)


def lived(
    number: int, priority: Priority = Priority.P1, *, minutes: float = 10, service: str = "payment"
) -> Incident:
    """Return an incident that was opened a day ago and took so long."""
    opened = NOON - DAY
    times = Times(
        started_at=opened - MINUTE,
        opened_at=opened,
        acknowledged_at=opened + 2 * MINUTE,
        mitigated_at=opened + (minutes - 1) * MINUTE,
        resolved_at=opened + minutes * MINUTE,
    )
    change = {"id": f"inc_{number}", "times": times, "service": service}
    return sample_incident(status=IncidentStatus.RESOLVED, priority=priority, number=number).model_copy(
        update=change
    )


def test_spans_are_counted_by_priority_and_by_services_that_the_policies_name() -> None:
    registry = CollectorRegistry()
    count = Counting(build_metrics(registry), PolicyBook(ROOT / "policies"))
    for service, span in (("payment", "resolved"), ("whoever-wrote-the-label", "acknowledged")):
        count(Counted(lived(1, service=service), span=span, seconds=90.0))

    asked = registry.get_sample_value
    resolved = asked("ops_monitor_incident_resolve_seconds_sum", {"priority": "P1", "service": "payment"})
    taken_up = asked("ops_monitor_incident_acknowledge_seconds_sum", {"priority": "P1", "service": "other"})
    assert (90.0, 90.0) == (resolved, taken_up)


def test_each_span_has_its_two_marks() -> None:
    assert {"detect": 60.0, "acknowledge": 120.0, "mitigate": 600.0, "resolve": 660.0} == spans_of(lived(1))


def test_of_one_that_came_back_the_last_opening_counts_and_detection_does_not() -> None:
    first = lived(1)
    again = NOON - timedelta(hours=1)
    times = first.times.model_copy(
        update={
            "reopened_at": again,
            "acknowledged_at": again + MINUTE,
            "mitigated_at": None,
            "resolved_at": again + 5 * MINUTE,
        }
    )
    back = first.model_copy(update={"opening": 2, "times": times})

    assert {"acknowledge": 60.0, "resolve": 300.0} == spans_of(back)


def test_a_clock_that_was_set_back_makes_no_negative_span() -> None:
    one = lived(1)
    odd = one.times.model_copy(update={"acknowledged_at": one.times.opened_at - MINUTE})

    assert 0.0 == spans_of(one.model_copy(update={"times": odd}))["acknowledge"]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_spread_lies_within_its_values(values: list[float]) -> None:
    found = spread(values)

    assert len(values) == found.count
    assert min(values) <= found.median <= max(values)
    assert found.p90 in values
    assert sum(value <= found.p90 for value in values) >= 0.9 * len(values)


def test_groups_are_by_priority_and_by_the_busiest_services() -> None:
    ones = [
        lived(1, Priority.P1),
        lived(2, Priority.P0, minutes=30),
        lived(3, Priority.P1, minutes=20, service="cart"),
    ]
    found = figures(ones, (), (), NOON - MONTH, NOON)

    assert [("P0", 1), ("P1", 2)] == [(group.name, group.count) for group in found.priorities]
    assert [("payment", 2), ("cart", 1)] == [(group.name, group.count) for group in found.services]
    assert Spread(2, 960.0, 1260.0) == found.priorities[1].spans["resolve"]


def test_updates_are_late_when_they_arrive_late_or_not_at_all() -> None:
    page = Destination(way="statuspage", address="")
    sent = sample_update(UpdateState.SENT, at=NOON - DAY)
    quick = sent.model_copy(
        update={"delivered": (Delivered(destination=page, reference="1", at=NOON - DAY + MINUTE),)}
    )
    slow = sent.model_copy(
        update={"delivered": (Delivered(destination=page, reference="1", at=NOON - DAY + 9 * MINUTE),)}
    )
    waiting = sample_update(UpdateState.WAITING, at=NOON - DAY)
    fresh = sample_update(UpdateState.WAITING, at=NOON - MINUTE)
    nowhere = sample_update(UpdateState.WRITTEN, at=NOON - DAY)
    told = figures((), (), (quick, slow, waiting, fresh, nowhere), NOON - MONTH, NOON).updates

    assert (4, 2, 2) == (told.due, told.sent, told.late)


def test_a_call_by_several_ways_is_one_and_a_back_up_none() -> None:
    both = [sample_page(n, "ada", id=f"inc:1:call:ada:{way.value}", way=way) for n, way in enumerate(Way)]
    more = sample_page(9, "ada", id="inc:1:back:ada:sms", reason="back_up")
    other = sample_page(10, "bob", id="inc:1:call:bob:slack")

    assert {"ada": 0.5, "bob": 0.5} == calls_per_week([*both, more, other], timedelta(days=14))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_answer_has_a_table_and_says_what_it_counts(tmp_path: Path, lang: str) -> None:
    clock = StillClock()
    async with store_at(tmp_path) as store:
        none = await figures_answer(store, clock, "", lang)
        async with store.write() as tx:
            await tx.incidents.create(lived(1))
            await tx.pages.create(sample_page(1, "ada", at=NOON - DAY))
        answer = await figures_answer(store, clock, "7d", lang, named=str.title)
        short = await load_figures(store, clock, timedelta(hours=2))

    assert None is none.table
    assert answer.table is not None
    assert ["P1", "payment"] == [row[0] for row in answer.table.rows]
    assert "Ada 1" in answer.text
    assert 0 == short.count
    assert len(figures_table(short, lang).columns) == 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_for_the_home_tab_are_short_and_plain(lang: str) -> None:
    found = figures([lived(1), lived(2, Priority.P0)], [sample_page(1, "ada")], (), NOON - MONTH, NOON)
    lines = figure_lines(found, lang)

    assert 3 == len(lines)
    assert lines[0].startswith("P0")
    assert all("*" not in line and len(line) <= 200 for line in lines)


@pytest.mark.parametrize(
    ("words", "span"), [("", MONTH), ("7d", 7 * DAY), ("2 weeks", 14 * DAY), ("30일", MONTH)]
)
def test_spans_are_read(words: str, span: timedelta) -> None:
    assert span == span_of(words, "en")


@pytest.mark.parametrize("words", ["soon", "9999d", "7d 8d"])
def test_spans_that_nobody_can_read_are_an_error(words: str) -> None:
    with pytest.raises(BadInput) as caught:
        span_of(words, "ko")

    assert "1년" in caught.value.user_message

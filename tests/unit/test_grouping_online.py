"""On-line grouping of alerts: bursts become incidents, strays stay alone, nothing looks further ahead than a minute."""

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.diagnosis.cases.model import AlertEvent
from agent.diagnosis.grouping.grouper import LOOK_AHEAD, Assigned, Grouper
from tests.support.storms import burst


def run(alerts: list[AlertEvent]) -> dict[str, Assigned]:
    grouper = Grouper()
    found: list[Assigned] = []
    for alert in alerts:
        found += grouper.add(alert)
    return {one.alert_id: one for one in [*found, *grouper.flush(math.inf)]}


def groups(alerts: list[AlertEvent]) -> dict[str, str]:
    return {name: one.group_id for name, one in run(alerts).items()}


def test_a_burst_is_one_incident_and_lone_alerts_stay_alone() -> None:
    lone = [AlertEvent(f"n{i}", "user", f"odd-{i}", 600.0 * i, {}) for i in range(5)]
    found = groups([*lone, *burst(4000, 40, "a")])

    assert 1 == len({found[f"a{i}"] for i in range(40)})
    assert 5 == len({found[f"n{i}"] for i in range(5)})
    assert not {found[f"n{i}"] for i in range(5)} & {found["a0"]}


def test_the_same_alerts_again_are_a_second_incident_though_the_first_still_lives() -> None:
    past = [a for n in range(4) for a in burst(5000.0 * n, 40, f"p{n}-")]
    both = sorted([*burst(40000, 40, "a"), *burst(40250, 40, "b")], key=lambda a: a.at or 0)
    found = groups([*past, *both])
    of_b = [found[f"b{i}"] for i in range(40)]

    assert found["a0"] != max(set(of_b), key=of_b.count)
    assert 1 == len({found[f"a{i}"] for i in range(40)})
    assert of_b.count(max(set(of_b), key=of_b.count)) >= 36


def test_each_decision_says_why() -> None:
    found = run([*burst(0, 40, "a"), AlertEvent("n", "user", "odd", 9000, {})])

    assert "an incident begins" in found["a0"].reasons[0]
    assert "after the start of an incident" in found["a30"].reasons[0]
    assert "stays alone" in found["n"].reasons[0]


def test_decisions_come_within_a_minute_of_stream_time() -> None:
    grouper = Grouper()
    alerts = burst(0, 30, "a")
    waiting: dict[str, float] = {}
    for alert in alerts:
        for one in grouper.add(alert):
            waiting.pop(one.alert_id)
        waiting[alert.id] = alert.at or 0.0

        assert all((alert.at or 0.0) - at <= LOOK_AHEAD + 1e-6 for at in waiting.values())


@settings(max_examples=60, deadline=None)
@given(
    times=st.lists(st.floats(0, 3000), min_size=1, max_size=40),
    names=st.lists(st.integers(0, 6), min_size=40, max_size=40),
    cut=st.floats(0, 3000),
)
def test_what_comes_later_changes_no_earlier_decision(
    times: list[float], names: list[int], cut: float
) -> None:
    alerts = [
        AlertEvent(f"a{i}", f"e{names[i] % 3}", f"n{names[i]}", at, {}) for i, at in enumerate(sorted(times))
    ]
    other = [a if (a.at or 0) <= cut else replace(a, entity="else", name=f"x{a.id}") for a in alerts]
    whole, changed = groups(alerts), groups(other)
    due = [a.id for a in alerts if (a.at or 0) + LOOK_AHEAD <= cut]

    assert set(whole) == {a.id for a in alerts}
    assert [whole[i] for i in due] == [changed[i] for i in due]


def test_names_are_of_no_account() -> None:
    alerts = sorted([*burst(0, 40, "a"), *burst(150, 40, "b")], key=lambda a: a.at or 0)
    renamed = [replace(a, entity=a.entity[::-1], name=f"z{a.name}", at=(a.at or 0) + 86400) for a in alerts]

    assert groups(alerts) == groups(renamed)

"""What the watch calls abnormal: far, lasting and big enough to matter, and when it is over."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.diagnosis import watch as w
from agent.diagnosis.watch import CALM, GONE, LEAST_SEEN, Episode, Key, Watcher
from agent.diagnosis.watch_rules import BY_SIGNAL, WATCHED

ERRORS = Key("server_error_ratio", "checkout")
RATE = Key("request_rate", "checkout")
P95 = Key("latency_p95", "checkout")


class Story:
    """A watcher and its clock; each call is a minute."""

    def __init__(self, seed: int = 1) -> None:
        self.watcher = Watcher()
        self.rng = np.random.default_rng(seed)
        self.at = 1_000_000_020.0
        self.found: list[Episode] = []

    def minutes(self, count: int, rate: float = 20.0, **values: float) -> None:
        for _ in range(count):
            measured = {Key(name, "checkout"): float(value) for name, value in values.items()}
            noise = self.rng.normal(1, 0.02)
            measured = {key: value * noise for key, value in measured.items()} | {RATE: rate * noise}
            self.at += 60
            self.found += self.watcher.take(self.at, measured)


def calm(**values: float) -> Story:
    story = Story()
    story.minutes(120, **values)
    assert story.found == []
    return story


def test_errors_are_sustained_at_the_second_look() -> None:
    story = calm(server_error_ratio=0.002)
    begin = story.at + 60
    story.minutes(1, server_error_ratio=0.3)
    assert story.found == []

    story.minutes(1, server_error_ratio=0.3)

    assert [(e.key, e.since, e.sustained) for e in story.found] == [(ERRORS, begin, True)]
    assert story.found[0].normal == pytest.approx(0.002, rel=0.1)


def test_one_bad_minute_is_none() -> None:
    story = calm(server_error_ratio=0.002)

    story.minutes(1, server_error_ratio=0.3)
    story.minutes(10, server_error_ratio=0.002)

    assert (story.found, story.watcher.open, story.watcher.ended) == ([], (), ())


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        ({"server_error_ratio": 0.003}, 20.0),
        ({"server_error_ratio": 0.4}, 0.05),
        ({"latency_p95": 0.15}, 20.0),
    ],
)
def test_what_is_far_but_small_wakes_nobody(values: dict[str, float], rate: float) -> None:
    story = Story()
    story.minutes(120, rate=rate, **{name: 0.001 if "error" in name else 0.1 for name in values})

    story.minutes(10, rate=rate, **values)

    assert story.found == []


def test_it_ends_after_calm_looks_and_is_remembered() -> None:
    story = calm(server_error_ratio=0.002)
    story.minutes(5, server_error_ratio=0.3)

    story.minutes(CALM - 1, server_error_ratio=0.002)
    assert [e.key for e in story.watcher.open] == [ERRORS]
    story.minutes(1, server_error_ratio=0.002)

    assert story.watcher.open == ()
    assert [(e.key, e.ended) for e in story.watcher.ended] == [(ERRORS, story.at)]


def test_a_long_abnormality_does_not_become_normal_by_itself() -> None:
    story = calm(server_error_ratio=0.002)

    story.minutes(180, server_error_ratio=0.3)

    assert [e.key for e in story.watcher.open] == [ERRORS]
    assert len(story.found) == 1


def test_a_day_long_one_is_how_things_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(w, "NEW_NORMAL", 100)
    story = calm(server_error_ratio=0.002)

    story.minutes(200, server_error_ratio=0.3)

    assert story.watcher.open == ()
    assert len(story.found) == 1


def test_a_series_that_vanishes_ends_what_it_said() -> None:
    story = calm(server_error_ratio=0.002)
    story.minutes(5, server_error_ratio=0.3)

    story.minutes(GONE)

    assert story.watcher.open == ()


def test_a_signal_that_was_not_asked_for_says_nothing() -> None:
    story = calm(server_error_ratio=0.002)
    story.minutes(5, server_error_ratio=0.3)

    for _ in range(3 * GONE):
        story.at += 60
        story.watcher.take(story.at, {RATE: 20.0}, {"request_rate"})

    assert [e.key for e in story.watcher.open] == [ERRORS]


def test_what_happens_every_hour_surprises_nobody() -> None:
    story = Story()
    for _ in range(4):
        story.minutes(56, latency_p95=0.1)
        story.minutes(4, latency_p95=0.4)
    known = len(story.found)

    story.minutes(56, latency_p95=0.1)
    story.minutes(4, latency_p95=0.4)

    assert (known, len(story.found)) == (2, 2)


def test_a_young_series_is_not_judged() -> None:
    story = Story()
    story.minutes(LEAST_SEEN - 5, server_error_ratio=0.002)

    story.minutes(4, server_error_ratio=0.5)

    assert story.found == []


def test_an_instance_that_is_down_and_traffic_that_stays_away() -> None:
    story = calm(up=1.0)

    story.minutes(3, rate=2.0, up=0.0)

    assert {e.key.signal for e in story.found} == {"up", "request_rate"}


def test_more_traffic_is_no_alarm() -> None:
    story = calm()

    story.minutes(10, rate=400.0)

    assert story.found == []


def test_memory_that_will_be_full_within_half_an_hour() -> None:
    story = calm(container_memory_ratio=0.5)

    for minute in range(40):
        story.minutes(1, container_memory_ratio=0.5 + 0.012 * minute)

    (found,) = story.found
    assert found.key.signal == "container_memory_ratio"
    assert found.value < 0.8


def test_memory_that_grows_and_will_not_be_full() -> None:
    story = calm(container_memory_ratio=0.3)

    for minute in range(120):
        story.minutes(1, container_memory_ratio=0.3 + 0.001 * minute)

    assert story.found == []


def test_memory_is_bounded() -> None:
    watcher = Watcher()

    for turn in range(3):
        values = {Key("up", f"service-{turn}-{i}"): 1.0 for i in range(2000)}
        watcher.take(60.0 * turn, values)

    assert watcher.series == w.MOST_SERIES


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([ERRORS, RATE, P95, Key("unheard_of", "x")]),
            st.floats(allow_nan=True, allow_infinity=True),
            max_size=3,
        ),
        max_size=40,
    )
)
def test_whatever_is_measured_is_taken(minutes: list[dict[Key, float]]) -> None:
    watcher = Watcher()

    for number, values in enumerate(minutes):
        for episode in watcher.take(60.0 * number, values):
            assert math.isfinite(episode.value)
    assert watcher.series <= 3


def test_every_watched_signal_can_get_worse() -> None:
    assert len(BY_SIGNAL) == len(WATCHED)
    assert all(rule.rises or rule.falls for rule in WATCHED)

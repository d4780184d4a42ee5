"""The benchmark of the watch counts what it says: early, missed, false, and the same for the same seed."""

from itertools import pairwise

import numpy as np

from agent.diagnosis.watch import Key
from bench.detection import LATE, Alarm, judged
from bench.detection_faults import Fault, Load
from bench.detection_rules import first_rule
from bench.detection_world import BEGIN, MINUTES, PAST, World

FAULT = Fault("bad-deployment", "a", PAST + 100.5, 20, 1.0, 0.0)


def world() -> World:
    signals = ("request_rate", "latency_p95", "pool_utilization", "container_memory_ratio", "cpu_utilization")
    series = {Key(name, "a"): np.full(MINUTES, 0.1) for name in signals}
    series |= {Key(name, "a"): np.ones(MINUTES) for name in ("up", "cache_hit_ratio")}
    errors = np.zeros(MINUTES)
    errors[PAST + 101 : PAST + 121] = 0.5
    series[Key("server_error_ratio", "a")] = errors
    at = np.arange(BEGIN, BEGIN + 60.0 * MINUTES, 60.0)
    return World(at, series, (FAULT,))


def alarm(minute: int, service: str = "a") -> Alarm:
    return Alarm(PAST + minute, PAST + minute, "server_error_ratio", service)


def test_the_rule_fires_after_its_hold() -> None:
    assert first_rule(world(), FAULT) == PAST + 103


def test_before_the_rule_is_early_and_with_it_is_not() -> None:
    early, draw = judged(world(), [alarm(102)]), judged(world(), [alarm(103)])

    assert (early.early, draw.early) == (1, 0)
    assert early.seconds == {"bad-deployment": [90 + LATE]}


def test_what_no_fault_explains_is_false_and_what_is_not_seen_is_missed() -> None:
    tally = judged(world(), [alarm(50), alarm(102, "b"), alarm(140)])

    assert (len(tally.false), tally.early, tally.seconds) == (3, 0, {"bad-deployment": [None]})


def test_the_first_minute_of_a_fault_shows_what_is_left_of_it() -> None:
    load = Load(MINUTES)

    FAULT.happen(load, np.random.default_rng(1))

    first = PAST + 101
    assert load.errors[first - 1] == 0
    assert 0 < load.errors[first] < load.errors[first + 1]


def test_minutes_are_minutes() -> None:
    numbers = [at for _, at, _ in world().minutes()]

    assert {round(b - a) for a, b in pairwise(numbers)} == {60}

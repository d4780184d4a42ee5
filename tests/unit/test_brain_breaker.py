"""The breaker of a backend: what opens it, what does not, and how it closes again."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.brain.breaker import FAILURES, PAUSE, Breaker
from agent.errors import BadAnswer, BadInput, Refused, TimedOut, Unavailable

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATE = TimedOut("Prometheus did not answer in time.", backend="prometheus")


def _fail(breaker: Breaker, times: int, now: datetime = NOON) -> None:
    for _ in range(times):
        breaker.note(LATE, now, breaker.enter(now))


def _open(breaker: Breaker, now: datetime) -> bool:
    try:
        breaker.enter(now)
    except Unavailable:
        return True
    return False


def test_failures_one_after_another_open_it_and_a_success_closes_it_after_the_pause() -> None:
    breaker = Breaker("Prometheus", "prometheus")
    _fail(breaker, FAILURES)
    assert _open(breaker, NOON)
    after = NOON + PAUSE
    entered = breaker.enter(after)
    assert _open(breaker, after), "only one read may try"
    breaker.note(None, after, entered)
    assert not _open(breaker, after)


def test_a_failed_try_after_the_pause_opens_it_again() -> None:
    breaker = Breaker("Prometheus", "prometheus")
    _fail(breaker, FAILURES)
    after = NOON + PAUSE
    breaker.note(LATE, after + timedelta(seconds=4), breaker.enter(after))
    assert _open(breaker, after + timedelta(seconds=8))


@pytest.mark.parametrize("reads", [FAILURES, 20])
def test_reads_that_fail_side_by_side_count_once(reads: int) -> None:
    breaker = Breaker("Prometheus", "prometheus")
    entered = [breaker.enter(NOON) for _ in range(reads)]
    for one in entered:
        breaker.note(LATE, NOON, one)
    assert not _open(breaker, NOON)
    _fail(breaker, FAILURES - 1)
    assert _open(breaker, NOON)


def test_a_failure_that_began_before_a_success_is_old_news() -> None:
    breaker = Breaker("Prometheus", "prometheus")
    early = breaker.enter(NOON)
    _fail(breaker, FAILURES - 1)
    breaker.note(None, NOON, breaker.enter(NOON))
    breaker.note(LATE, NOON, early)
    _fail(breaker, FAILURES - 1)
    assert not _open(breaker, NOON)


def test_an_answer_resets_it_and_a_mistake_of_the_caller_does_not() -> None:
    breaker = Breaker("Prometheus", "prometheus")
    _fail(breaker, FAILURES - 1)
    breaker.note(BadInput("no such signal"), NOON, breaker.enter(NOON))
    _fail(breaker, 1)
    assert _open(breaker, NOON)
    answered = Breaker("Prometheus", "prometheus")
    _fail(answered, FAILURES - 1)
    answered.note(Refused("no", backend="prometheus"), NOON, answered.enter(NOON))
    _fail(answered, FAILURES - 1)
    assert not _open(answered, NOON)


def test_another_backends_failure_is_not_its_own() -> None:
    breaker = Breaker("Prometheus", "prometheus")
    for _ in range(FAILURES):
        breaker.note(BadAnswer("?", backend="charts"), NOON, breaker.enter(NOON))
    assert not _open(breaker, NOON)

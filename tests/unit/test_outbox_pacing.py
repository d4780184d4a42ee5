"""Buckets: the rate holds over any stretch of time, and a 429 slows only what it was about."""

from hypothesis import given
from hypothesis import strategies as st

from agent.transport.outbox_pacing import Bucket, OutboxLimits, Pacing


@given(st.lists(st.floats(0, 3), max_size=80), st.floats(0.1, 10), st.floats(1, 20))
def test_no_stretch_of_time_sees_more_than_burst_and_rate(
    pauses: list[float], rate: float, burst: float
) -> None:
    bucket = Bucket(burst, rate, burst, 0.0)
    now, taken = 0.0, 0
    for pause in pauses:
        now += pause
        if bucket.wait(now) <= 0:
            bucket.take(now)
            taken += 1

    assert taken <= burst + now * rate + 1e-6


@given(st.floats(0.1, 10), st.floats(1, 20), st.integers(1, 40))
def test_waiting_as_told_is_enough(rate: float, burst: float, count: int) -> None:
    bucket = Bucket(burst, rate, burst, 0.0)
    now = 0.0
    for _ in range(count):
        now += bucket.wait(now) + 1e-6
        assert bucket.wait(now) <= 1e-6
        bucket.take(now)


def test_a_refusal_closes_and_slows_then_speeds_up_again() -> None:
    bucket = Bucket(3.0, 1.0, 3.0, 0.0)
    bucket.refused(10.0, 7.0)
    closed = bucket.wait(10.0)
    slowed = bucket.rate
    for _ in range(50):
        bucket.accepted()

    assert closed == 7.0
    assert slowed == 0.7
    assert bucket.rate == 1.0


def test_one_refusal_is_soon_forgotten_and_a_row_of_them_is_not() -> None:
    once, often = Bucket(3.0, 1.0, 3.0, 0.0), Bucket(3.0, 1.0, 3.0, 0.0)
    once.refused(10.0, 1.0)
    for _ in range(10):
        often.refused(10.0, 1.0)
    for bucket in (once, often):
        bucket.accepted()
        bucket.accepted()

    assert once.rate == 1.0
    assert often.rate < 0.2


def test_a_reserve_never_locks_the_bucket() -> None:
    bucket = Bucket(3.0, 1.0, 3.0, 0.0)

    assert bucket.wait(0.0, reserve=5.0) == 0.0


def test_edits_share_a_bucket_and_posts_do_not() -> None:
    pacing = Pacing(OutboxLimits(post_burst=1, edit_burst=1, urgent_reserve=0))
    pacing.take("#a", edit=False, now=0)
    pacing.take("#a", edit=True, now=0)

    assert pacing.wait("#a", edit=False, urgent=True, now=0) > 0
    assert pacing.wait("#b", edit=False, urgent=True, now=0) == 0
    assert pacing.wait("#b", edit=True, urgent=True, now=0) > 0


@given(st.floats(1, 1e6), st.floats(0.1, 10), st.floats(1, 20))
def test_a_clock_that_is_set_back_delays_nothing(back: float, rate: float, burst: float) -> None:
    bucket = Bucket(burst, rate, burst, 0.0)
    start = 2e6
    bucket.refused(start, 7.0)
    bucket.take(start)
    waits = bucket.wait(start)

    assert bucket.wait(start - back) <= waits + 1e-6
    assert bucket.wait(start - back + waits + 1e-6) <= 1e-6

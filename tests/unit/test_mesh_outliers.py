"""The arithmetic of outlier detection: who is ejected, for how long, and that some always stay."""

from hypothesis import given
from hypothesis import strategies as st

from demo.mesh.outliers import OutlierRule, Outliers

RULE = OutlierRule(consecutive_errors=3, interval_seconds=10, ejection_seconds=30, max_ejection_percent=50)
PAIR = ["a", "b"]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(outliers: Outliers, name: str, times: int, members: list[str]) -> bool:
    """Let an endpoint fail and say whether the last failure ejected it."""
    return [outliers.answered(RULE, name, 500, members) for _ in range(times)][-1]


def test_an_endpoint_is_ejected_by_the_errors_in_a_row_that_the_rule_names() -> None:
    outliers = Outliers(Clock())
    assert not fail(outliers, "a", 2, PAIR)
    assert fail(outliers, "a", 1, PAIR)
    assert outliers.usable(RULE, PAIR) == ["b"]
    assert outliers.ejections == 1


def test_a_good_answer_and_a_refusal_of_the_callers_fault_begin_the_count_anew() -> None:
    for status in (200, 402, 404, 499):
        outliers = Outliers(Clock())
        fail(outliers, "a", 2, PAIR)
        outliers.answered(RULE, "a", status, PAIR)
        assert not fail(outliers, "a", 2, PAIR)
        assert outliers.usable(RULE, PAIR) == PAIR


def test_it_comes_back_at_the_first_look_after_its_time_and_stays_out_longer_the_next_time() -> None:
    clock = Clock()
    outliers = Outliers(clock)
    fail(outliers, "a", 3, PAIR)
    clock.now += 29
    assert outliers.usable(RULE, PAIR) == ["b"]
    clock.now += 10
    assert outliers.usable(RULE, PAIR) == PAIR
    fail(outliers, "a", 3, PAIR)
    clock.now += 39
    assert outliers.usable(RULE, PAIR) == ["b"]
    clock.now += 31
    assert outliers.usable(RULE, PAIR) == PAIR


def test_after_quiet_intervals_an_old_offence_is_forgotten() -> None:
    clock = Clock()
    outliers = Outliers(clock)
    fail(outliers, "a", 3, PAIR)
    for _ in range(8):
        clock.now += 10
        outliers.usable(RULE, PAIR)
    fail(outliers, "a", 3, PAIR)
    clock.now += 31
    assert outliers.usable(RULE, PAIR) == PAIR


def test_a_rule_of_which_no_whole_endpoint_is_the_share_ejects_nobody() -> None:
    outliers = Outliers(Clock())
    assert not fail(outliers, "only", 9, ["only"])
    assert outliers.usable(RULE, ["only"]) == ["only"]


def test_what_is_no_member_any_more_takes_no_place() -> None:
    outliers = Outliers(Clock())
    fail(outliers, "a", 3, PAIR)
    outliers.usable(RULE, ["b", "c"])
    assert outliers.ejected == frozenset()
    assert fail(outliers, "b", 3, ["b", "c"])


def test_without_its_rule_nobody_rests() -> None:
    outliers = Outliers(Clock())
    fail(outliers, "a", 3, PAIR)
    outliers.forget()
    assert outliers.usable(RULE, PAIR) == PAIR


@given(
    size=st.integers(1, 12),
    percent=st.integers(0, 100),
    answers=st.lists(st.tuples(st.integers(0, 11), st.sampled_from([200, 500])), max_size=200),
)
def test_never_more_are_ejected_than_the_rule_allows(
    size: int, percent: int, answers: list[tuple[int, int]]
) -> None:
    rule = OutlierRule(1, 10, 30, percent)
    clock = Clock()
    outliers, members = Outliers(clock), [f"p{number}" for number in range(size)]
    for number, status in answers:
        clock.now += 1
        outliers.answered(rule, members[number % size], status, members)
        usable = outliers.usable(rule, members)
        assert (size - len(usable)) * 100 <= percent * size

"""How far stated confidence is deserved: what counts, what is one judgement, and how wide the interval is."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.feedback import Feedback
from agent.locale.messages import LANGUAGES
from agent.operations.calibration import (
    BOUNDS,
    ENOUGH_VOTES,
    calibration,
    calibration_answer,
    sentence,
    table,
    wilson,
)
from agent.operations.status import status_answer
from agent.transport.slack.home import home_blocks
from tests.support.blockkit import wrong_with
from tests.support.reads import ScriptedReads
from tests.support.store import NOON, StillClock, store_at
from tests.unit.test_slack_home import services


def vote(
    confidence: float | None = 0.9,
    *,
    right: bool = True,
    incident: int = 1,
    person: str = "U1",
    run: int = 1,
    minute: int = 0,
    rule: str = "bad-deployment",
) -> Feedback:
    return Feedback(
        incident_id=f"i{incident}",
        run=run,
        person=person,
        right=right,
        at=NOON + timedelta(minutes=minute),
        confidence=confidence,
        rule=rule,
        service="payment",
        brain="playbook",
    )


@pytest.mark.parametrize(
    ("right", "count", "expected"),
    [
        # Where the share lies 1.96 standard errors from p, with p solved for by bisection.
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (5, 10, (0.2366, 0.7634)),
        (9, 12, (0.4677, 0.9111)),
        (1, 1, (0.2065, 1.0)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_the_interval_is_wilsons(right: int, count: int, expected: tuple[float, float]) -> None:
    assert expected == pytest.approx(wilson(right, count), abs=5e-5)


@given(st.integers(1, 5_000), st.data())
def test_the_interval_holds_the_share_and_shrinks_with_more(count: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, count))
    low, high = wilson(right, count)
    narrow = wilson(right * 4, count * 4)

    assert 0 <= low <= right / count <= high <= 1
    assert narrow[1] - narrow[0] < high - low


def test_it_covers_what_is_true_about_as_often_as_it_says() -> None:
    draw = random.Random(7)
    held = 0
    for _ in range(4_000):
        right = sum(draw.random() < 0.8 for _ in range(20))
        low, high = wilson(right, 20)
        held += low <= 0.8 <= high

    assert 0.93 <= held / 4_000 <= 0.98


def test_votes_are_weighed_by_how_sure_the_diagnosis_was() -> None:
    votes = [vote(0.95, incident=n) for n in range(1, 5)]
    votes += [vote(0.6, incident=5), vote(0.6, incident=6, right=False), vote(1.0, incident=7)]
    found = calibration(votes)

    assert [(0.5, 1, 2), (0.9, 5, 5)] == [(b.above, b.right, b.count) for b in found.buckets]
    assert found.whole is not None
    assert (6, 7) == (found.whole.right, found.whole.count)
    assert found.enough


def test_several_people_on_one_diagnosis_are_one_judgement() -> None:
    votes = [vote(person=f"U{n}", right=n > 1) for n in range(5)]
    found = calibration(votes)

    assert found.whole is not None
    assert (1, 1, 5) == (found.whole.right, found.whole.count, found.votes)


def test_an_even_split_counts_against_the_diagnosis() -> None:
    found = calibration([vote(person="U1"), vote(person="U2", right=False)])

    assert found.whole is not None
    assert (0, 1) == (found.whole.right, found.whole.count)


def test_the_same_cause_found_again_is_no_second_success() -> None:
    found = calibration([vote(0.7, run=1), vote(0.9, run=2, minute=5)])
    other = calibration([vote(0.7, run=1, right=False), vote(0.9, run=2, rule="no-memory", minute=5)])

    assert found.whole is not None
    assert other.whole is not None
    assert (1, 0.9) == (found.whole.count, found.whole.stated)
    assert (1, 2) == (other.whole.right, other.whole.count)


def test_what_named_no_cause_is_not_counted() -> None:
    found = calibration([vote(None, incident=n, right=False) for n in range(9)])

    assert (0, (), None, False) == (found.votes, found.buckets, found.whole, found.enough)


@given(
    st.lists(
        st.builds(
            vote,
            st.none() | st.floats(0, 1),
            right=st.booleans(),
            incident=st.integers(1, 6),
            person=st.sampled_from(["U1", "U2", "U3"]),
            run=st.integers(0, 3),
            minute=st.integers(0, 50),
        ),
        max_size=40,
    ),
    st.sampled_from(LANGUAGES),
)
def test_every_judgement_falls_into_one_bucket_and_everything_can_be_drawn(
    votes: list[Feedback], lang: str
) -> None:
    found = calibration(votes)
    count = sum(bucket.count for bucket in found.buckets)

    assert (found.whole.count if found.whole else 0) == count
    assert all(b.above <= b.stated <= b.upto and b.low <= b.share <= b.high for b in found.buckets)
    assert len(found.buckets) == len(table(found, lang).rows)
    assert bool(sentence(found, lang)) == (count > 0)
    assert [] == wrong_with(home_blocks(services(language=lang), [], None, [], calibration=found), most=100)


def test_the_order_of_votes_at_different_times_does_not_matter() -> None:
    votes = [vote(person=f"U{n % 3}", right=n % 2 == 0, incident=n % 4, minute=n) for n in range(24)]
    expected = calibration(votes)
    random.Random(3).shuffle(votes)

    assert expected == calibration(votes)


@pytest.mark.parametrize(
    ("good", "words"),
    [(9, "about as sure as I may be"), (2, "trust me less"), (10, "about as sure")],
)
def test_it_says_whether_the_confidence_is_deserved(good: int, words: str) -> None:
    votes = [vote(0.86, incident=n, right=n < good) for n in range(10)]

    assert words in sentence(calibration(votes), "en")


def test_too_careful_is_said_as_well() -> None:
    found = calibration([vote(0.3, incident=n) for n in range(10)])

    assert "more careful than I need to be" in sentence(found, "en")


async def test_the_answer_waits_for_enough_votes(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        for number in range(ENOUGH_VOTES - 1):
            async with store.write() as tx:
                await tx.feedback.vote(vote(incident=number))
        few = await calibration_answer(store, "en")
        async with store.write() as tx:
            await tx.feedback.vote(vote(incident=99, right=False))
        enough = await calibration_answer(store, "ko")

    assert few.table is None
    assert "4 of 5 votes" in few.text
    assert enough.table is not None
    assert (("90%–100%", "4/5", "80%", "38%–96%"),) == enough.table.rows
    assert "평가된 진단 5건" in enough.text


@pytest.mark.parametrize(("votes", "told"), [(ENOUGH_VOTES - 1, False), (ENOUGH_VOTES, True)])
async def test_status_says_it_once_there_are_enough(tmp_path: Path, votes: int, told: bool) -> None:
    async with store_at(tmp_path) as store:
        async with store.write() as tx:
            for number in range(votes):
                await tx.feedback.vote(vote(incident=number))
        answer = await status_answer(store, ScriptedReads(now=NOON), None, None, StillClock(), "en")

    assert told is ("judged diagnoses" in answer.text)


def test_home_is_silent_before_that() -> None:
    found = calibration([vote(incident=n) for n in range(ENOUGH_VOTES - 1)])
    before = str(home_blocks(services(), [], None, [], calibration=found))
    after = str(
        home_blocks(services(), [], None, [], calibration=calibration([vote(incident=n) for n in range(5)]))
    )

    assert "How sure, how right" not in before
    assert "How sure, how right" in after
    assert len(BOUNDS) == 5

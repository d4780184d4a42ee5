"""What every store must keep of people's words on diagnoses."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.feedback import Feedback
from agent.domain.memory import Recollection
from agent.store.engine import SqlStore
from tests.contract.test_store_memory import past
from tests.support.store import NOON, opened


def vote(
    person: str = "U1", *, right: bool = True, run: int = 1, incident: str = "i1", minute: int = 0
) -> Feedback:
    return Feedback(
        incident_id=incident,
        run=run,
        person=person,
        right=right,
        at=NOON + timedelta(minutes=minute),
        confidence=0.9,
        rule="bad-deployment",
        service="payment",
        brain="playbook",
    )


async def test_the_last_vote_of_a_person_on_a_diagnosis_replaces_the_earlier(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.feedback.vote(vote())
        await tx.feedback.vote(vote("U2", minute=1))
        await tx.feedback.vote(vote(right=False, minute=2))
        await tx.feedback.vote(vote(run=2, minute=3))
    async with store.read() as tx:
        kept = await tx.feedback.of_incident("i1")

    assert [("U2", 1, True), ("U1", 1, False), ("U1", 2, True)] == [(v.person, v.run, v.right) for v in kept]


async def test_the_newest_votes_come_first_and_no_more_than_wanted(store: SqlStore) -> None:
    async with store.write() as tx:
        for minute in range(4):
            await tx.feedback.vote(vote(incident=f"i{minute}", minute=minute))
        assert ["i3", "i2"] == [v.incident_id for v in await tx.feedback.newest(2)]
        assert [] == await tx.feedback.of_incident("another")


async def test_a_vote_of_a_transaction_that_fails_is_not_kept(store: SqlStore) -> None:
    try:
        async with store.write() as tx:
            await tx.feedback.vote(vote())
            raise RuntimeError
    except RuntimeError:
        pass
    async with store.read() as tx:
        assert [] == await tx.feedback.newest(9)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(person=st.text(min_size=1), truth=st.text(), rule=st.text(), run=st.integers(0, 2**31 - 1))
async def test_whatever_people_write_comes_back(
    database: str, person: str, truth: str, rule: str, run: int
) -> None:
    said = vote(person).model_copy(update={"truth": truth, "rule": rule, "run": run, "incident_id": "any"})
    async with opened(database) as store, store.write() as tx:
        await tx.feedback.vote(said)
        assert said in await tx.feedback.of_incident("any")


async def test_a_memory_keeps_what_the_incident_was_about(store: SqlStore) -> None:
    about = Recollection(
        started_at=NOON - timedelta(minutes=9),
        services=("payment",),
        alerts=("HighErrorRate",),
        rule="bad-deployment",
        blamed="payment",
        message={"id": "x", "args": {"a": 1}},
        note="rolled back",
        truth="캐시",
    )
    async with store.write() as tx:
        await tx.memory.remember(past(1, "payment: A"), "c", "w", about)
        found, recalled = (
            (await tx.memory.similar("payment", exclude=None, limit=1))[0],
            await tx.memory.recall("i1"),
        )

        assert about == found.about
        assert recalled is not None
        assert (about, 0.0) == (recalled.about, recalled.score)
        assert 540.0 == found.took_seconds
        assert await tx.memory.recall("i2") is None


async def test_korean_words_are_found_whatever_their_endings(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.memory.remember(past(1, "결제서비스가 느립니다"), None, "")
        await tx.memory.remember(past(2, "로그인이 안 됩니다"), None, "")
        found = await tx.memory.similar("결제서비스 지연", exclude=None, limit=5)

        assert [1] == [one.number for one in found]

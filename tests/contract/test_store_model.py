"""What every store must remember of a model's work."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.ports.model import Spent
from agent.store.engine import SqlStore
from tests.support.store import NOON

TODAY = date(2026, 11, 22)


async def test_use_is_summed_by_day_and_by_incident(store: SqlStore) -> None:
    one = Spent(calls=1, input_tokens=100, output_tokens=10, micro_usd=7, unpriced=0)
    async with store.write() as tx:
        await tx.model.add(TODAY, "inc_1", "a", one)
        await tx.model.add(TODAY, "inc_1", "a", one)
        await tx.model.add(TODAY, "inc_1", "b", one)
        await tx.model.add(TODAY, "", "a", one)
        await tx.model.add(TODAY + timedelta(days=1), "inc_1", "a", one)

    async with store.read() as tx:
        assert (await tx.model.of_day(TODAY)).calls == 4
        assert (await tx.model.of_incident("inc_1")).tokens == 440
        assert (await tx.model.of_incident("inc_1")).usd == 0.000028
        assert await tx.model.of_incident("inc_2") == await tx.model.of_day(date(2020, 1, 1)) == Spent()


async def test_a_talk_is_kept_replaced_and_dropped(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.model.keep("k", {"messages": [{"text": "a\u0000b 결제 \ud83d\ude80"}]}, NOON)
        await tx.model.keep("k", {"messages": [], "iteration": 2}, NOON)
        await tx.model.keep("other", {}, NOON)
        await tx.model.drop("other")

    async with store.read() as tx:
        assert await tx.model.talk("k") == {"messages": [], "iteration": 2}
        assert await tx.model.talk("other") is None


async def test_a_talk_comes_back_as_it_was(store: SqlStore) -> None:
    talk = {"messages": [{"text": 'a\u0000b "결제" \\ \n'}], "done": False, "n": 1.5, "x": None}
    async with store.write() as tx:
        await tx.model.keep("k", talk, NOON)

    async with store.read() as tx:
        assert await tx.model.talk("k") == talk


async def test_an_old_talk_is_forgotten_and_what_was_used_is_not(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.model.keep("old", {}, NOON - timedelta(days=100))
        await tx.model.keep("new", {}, NOON)
        await tx.model.add(TODAY, "inc_1", "a", Spent(calls=1))
        await tx.retention.forget(NOON - timedelta(days=90))

    async with store.read() as tx:
        assert await tx.model.talk("old") is None
        assert await tx.model.talk("new") == {}
        assert (await tx.model.of_day(TODAY)).calls == 1


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_tokens_are_what_was_read_and_written(read: int, written: int) -> None:
    assert Spent(input_tokens=read, output_tokens=written).tokens == read + written

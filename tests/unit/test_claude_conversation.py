"""A conversation asks again what may pass by itself, in its time and within its budget, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brain.claude.budget import BYTES_PER_TOKEN, Budget, Ceilings, estimated_tokens
from agent.brain.claude.conversation import MOST_TRIES, Conversation, Limits
from agent.brain.claude.turns import Call, Turn, Usage
from agent.brain.prices import PRICES, micro_usd, price_of
from agent.errors import (
    BackendError,
    BadAnswer,
    OpsError,
    OverBudget,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from agent.ports.model import Spent
from agent.store.engine import SqlStore
from tests.support.store import StillClock, store_at

MODEL = "claude-sonnet-5-5"
CALL = Call(model=MODEL, system="s" * 350, messages=[], max_tokens=100)
DONE = Turn(blocks=({"type": "text", "text": "ok"},), stop_reason="end_turn", usage=Usage(input=50, output=9))


class Line:
    """A wire that answers by a list."""

    def __init__(self, *answers: Turn | BackendError) -> None:
        self.answers = list(answers)
        self.within: list[float] = []

    async def send(self, call: Call, within_seconds: float, note) -> Turn:  # type: ignore[no-untyped-def]  # the port's
        self.within.append(within_seconds)
        found = self.answers[min(len(self.within), len(self.answers)) - 1]
        if isinstance(found, BackendError):
            raise found
        note(found.usage)
        return found

    async def close(self) -> None:
        return None


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


class OpenPurse:
    def __init__(self) -> None:
        self.spent: list[Usage] = []

    async def demand(self, call: Call) -> None:
        return None

    async def spend(self, model: str, usage: Usage) -> None:
        self.spent.append(usage)


def talk(line: Line, time: Time, purse: object = None, **limits: float) -> Conversation:
    given: Limits = Limits(**limits)  # type: ignore[arg-type]  # only the numbers that a test names
    held = purse or OpenPurse()
    return Conversation(line, given, held, sleep=time.sleep, monotonic=time.monotonic)  # type: ignore[arg-type]  # doubles


def away(seconds: float | None = None) -> Unavailable:
    return Unavailable("away", backend="claude", retry_after_seconds=seconds)


async def test_what_may_pass_is_asked_again_with_growing_pauses() -> None:
    line, time = Line(away(), Overloaded("full", backend="claude"), away(), DONE), Time()

    assert await talk(line, time).ask(CALL) == DONE
    assert time.slept == [1, 2, 4]


async def test_the_far_side_decides_how_long_to_wait() -> None:
    line, time = Line(away(7), DONE), Time()

    await talk(line, time).ask(CALL)

    assert time.slept == [7]


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    line, time = Line(away(30), DONE), Time()

    with pytest.raises(Unavailable):
        await talk(line, time, seconds=20).ask(CALL)
    assert time.slept == []


async def test_it_gives_up_in_the_end() -> None:
    line, time = Line(away()), Time()

    with pytest.raises(Unavailable):
        await talk(line, time).ask(CALL)
    assert len(line.within) == MOST_TRIES


async def test_a_refusal_of_any_kind_is_asked_for_once() -> None:
    declined = Turn(blocks=(), stop_reason="refusal")
    for answer in (Refused("no", backend="claude"), declined):
        line = Line(answer)
        with pytest.raises(Refused):
            await talk(line, Time()).ask(CALL)
        assert len(line.within) == 1


async def test_what_cannot_be_read_is_asked_for_once_more() -> None:
    line = Line(BadAnswer("?", backend="claude"))

    with pytest.raises(BadAnswer):
        await talk(line, Time()).ask(CALL)
    assert len(line.within) == 2


async def test_each_call_gets_what_is_left_and_no_more_than_its_share() -> None:
    line, time = Line(DONE), Time()
    conversation = talk(line, time, seconds=10, call_seconds=6)

    await conversation.ask(CALL)
    time.now = 7
    await conversation.ask(CALL)
    time.now = 11
    with pytest.raises(TimedOut):
        await conversation.ask(CALL)

    assert line.within == [6, 3]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


def budget(
    store: SqlStore, incident: str = "inc_1", clock: StillClock | None = None, **most: float
) -> Budget:
    return Budget(store, clock or StillClock(), Ceilings(**most), incident)  # type: ignore[arg-type]  # as above


async def test_what_was_used_is_counted_in_the_store_and_survives(store: SqlStore) -> None:
    usage = Usage(input=1000, output=100, cache_read=10_000, cache_write=0)
    await budget(store).spend(MODEL, usage)
    await budget(store).spend(MODEL, usage)

    async with store.read() as tx:
        own = await tx.model.of_incident("inc_1")
        day = await tx.model.of_day(StillClock().now().date())
    # 1000 x 2 + 10000 x 0.10 + 100 x 10 micro-dollars, twice.
    assert own == day == Spent(calls=2, input_tokens=22_000, output_tokens=200, micro_usd=8000)


async def test_a_budget_that_would_not_hold_the_call_refuses_it(store: SqlStore) -> None:
    worst = estimated_tokens(CALL) + CALL.max_tokens
    await budget(store, incident_tokens=worst).demand(CALL)

    with pytest.raises(OverBudget):
        await budget(store, incident_tokens=worst - 1).demand(CALL)
    with pytest.raises(OverBudget):
        await budget(store, day_tokens=worst - 1).demand(CALL)
    with pytest.raises(OverBudget):
        await budget(store, incident_usd=0.000001).demand(CALL)


async def test_one_incident_does_not_use_up_anothers_budget_but_the_days(store: SqlStore) -> None:
    await budget(store).spend(MODEL, Usage(input=5000))
    other = budget(store, "inc_2", incident_tokens=5000, day_tokens=9000)

    await other.demand(CALL)
    await other.spend(MODEL, Usage(input=3990))

    with pytest.raises(OverBudget, match="the day"):
        await other.demand(CALL)


async def test_a_new_day_has_a_new_budget(store: SqlStore) -> None:
    clock = StillClock()
    await budget(store, clock=clock).spend(MODEL, Usage(input=9000))
    with pytest.raises(OverBudget):
        await budget(store, "inc_2", clock, day_tokens=9000).demand(CALL)
    clock.advance(86_400)

    await budget(store, "inc_2", clock, day_tokens=9000).demand(CALL)


async def test_an_unknown_price_is_no_price_of_nothing(store: SqlStore) -> None:
    call = Call(model="claude-next-9", system="", messages=[], max_tokens=10)
    await budget(store, incident_usd=0).demand(call)
    await budget(store).spend("claude-next-9", Usage(input=10))

    async with store.read() as tx:
        assert (await tx.model.of_incident("inc_1")).unpriced == 1
    with pytest.raises(OverBudget):
        await budget(store, incident_tokens=0).demand(call)


def test_prices() -> None:
    assert micro_usd(MODEL, plain=1_000_000, output=0) == 2_000_000
    assert micro_usd(f"{MODEL}-20261001", plain=0, output=1_000_000) == 10_000_000
    assert micro_usd("claude-haiku-5-5", plain=100_001, output=0) == 50_001
    assert micro_usd("claude-haiku-5-5", plain=10, output=0) == 1
    assert micro_usd("gpt", plain=1, output=1) is None
    assert price_of("claude-sonnet-5-5-preview") is None


@settings(max_examples=100)
@given(st.sampled_from(sorted(PRICES)), st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_tokens_never_cost_less(model: str, plain: int, output: int, more: int) -> None:
    less = micro_usd(model, plain=plain, output=output)
    grown = micro_usd(model, plain=plain + more, output=output + more)

    assert less is not None
    assert grown is not None
    assert grown >= less


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_the_estimate_is_never_below_the_bytes(words: str) -> None:
    call = Call(model="m", system=words, messages=[], max_tokens=1)

    assert estimated_tokens(call) >= len(words.encode(errors="ignore")) / BYTES_PER_TOKEN


def test_a_spent_budget_is_no_error_of_a_backend() -> None:
    assert issubclass(OverBudget, OpsError)
    assert not OverBudget.retryable

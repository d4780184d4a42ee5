"""What every store must remember across incidents, whatever words it is asked with."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.alert import Reason
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.store.engine import SqlStore
from tests.support.store import NOON, opened


def past(number: int, title: str) -> Incident:
    return Incident(
        id=f"i{number}",
        number=number,
        title=title,
        status=IncidentStatus.RESOLVED,
        priority=Priority.P2,
        priority_reason=Reason(rule="r", sentence="s"),
        service=title.split(":", maxsplit=1)[0],
        environment="production",
        namespace="shop",
        times=Times(started_at=NOON, opened_at=NOON, resolved_at=NOON),
        conversation=Conversation(channel="C1"),
    )


async def test_the_incident_that_shares_most_words_comes_first(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.memory.remember(past(1, "payment: HighErrorRate"), "a bad deployment", "payment checkout")
        await tx.memory.remember(past(2, "catalog: HighLatency"), None, "catalog redis slow")
        await tx.memory.remember(past(3, "payment: ServiceDown"), "no memory left", "payment OOMKilled")
        found = await tx.memory.similar("payment HighErrorRate checkout", exclude=None, limit=5)

        assert [p.number for p in found] == [1, 3]
        assert found[0].cause == "a bad deployment"
        assert found[0].resolved_at == NOON
        assert found[0].score >= found[1].score
        assert [p.number for p in await tx.memory.similar("payment", exclude="i1", limit=5)] == [3]
        assert await tx.memory.similar("payment", exclude=None, limit=0) == []


async def test_what_is_remembered_anew_replaces_the_old(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.memory.remember(past(1, "payment: A"), None, "blue")
        await tx.memory.remember(past(1, "payment: A"), "found later", "green")

        assert await tx.memory.similar("blue", exclude=None, limit=5) == []
        (found,) = await tx.memory.similar("green", exclude=None, limit=5)

        assert found.cause == "found later"


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "'; DROP TABLE memory; --",
        "NEAR(a b)",
        "a AND NOT b",
        "words:x",
        "*",
        "(",
        "^a",
        "-a",
        "\x00",
        "결제 오류",
        "a" * 50_000,
    ],
)
async def test_hostile_words_never_break_the_search(store: SqlStore, words: str) -> None:
    async with store.write() as tx:
        await tx.memory.remember(past(1, "payment: A"), words, words)
        found = await tx.memory.similar(words + " payment", exclude=None, limit=3)

        assert [p.number for p in found] == [1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=200))
async def test_any_words_may_be_remembered_and_asked_for(database: str, words: str) -> None:
    async with opened(database) as store, store.write() as tx:
        await tx.memory.remember(past(7, "tutor: Slow"), None, words)
        found = await tx.memory.similar(words, exclude="nobody", limit=3)

        assert {p.number for p in found} <= {7}

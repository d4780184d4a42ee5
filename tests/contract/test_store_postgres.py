"""What only PostgreSQL can do to a store: go away, hold a lock, be reached by several, give a transaction up."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.alert import Reason
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.errors import Conflict, Misconfigured, Unavailable
from agent.store import engine, postgresql
from agent.store.engine import SqlStore, open_store
from agent.store.turns import in_turn
from demo.backends.postgres import PostgresServer
from tests.support.backends import eventually
from tests.support.store import NOON, SharedPostgres, opened, store_at

pytestmark = pytest.mark.backend


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[PostgresServer]:
    async with PostgresServer(tmp_path, fsync=False) as running:
        yield running


def past(number: int, title: str) -> Incident:
    return Incident(
        id=f"i{number}",
        number=number,
        title=title,
        status=IncidentStatus.RESOLVED,
        priority=Priority.P2,
        priority_reason=Reason(rule="r", sentence="s"),
        service="payment",
        environment="production",
        namespace="shop",
        times=Times(started_at=NOON, opened_at=NOON, resolved_at=NOON),
        conversation=Conversation(channel="C1"),
    )


async def test_a_store_works_again_when_its_server_comes_back(server: PostgresServer) -> None:
    async with opened(server.url) as store:
        async with store.write() as tx:
            await tx.seen.first_time("kept", NOON)
        await server.stop()
        with pytest.raises(Unavailable):
            async with store.write():
                pass
        with pytest.raises(Unavailable):
            await store.ready()

        await server.start()

        assert await store.ready() is None
        async with store.write() as tx:
            assert not await tx.seen.first_time("kept", NOON)


async def test_a_server_that_restarts_between_two_transactions_is_not_noticed(server: PostgresServer) -> None:
    async with opened(server.url) as store:
        async with store.read() as tx:
            await tx.inbox.waiting()
        await server.stop()
        await server.start()

        async with store.write() as tx:
            assert await tx.seen.first_time("new", NOON)
        for _ in range(4):
            async with store.read() as tx:
                assert 0 == await tx.inbox.waiting()


async def test_a_transaction_that_loses_its_server_stores_nothing_though_it_goes_on(
    server: PostgresServer,
) -> None:
    async def stubborn(store: SqlStore) -> None:
        async with store.write() as tx:
            await tx.seen.first_time("before", NOON)
            await server.stop()
            await server.start()
            with pytest.raises(Unavailable):
                await tx.seen.first_time("between", NOON)
            with pytest.raises(Unavailable):
                await tx.seen.first_time("after", NOON)

    async with opened(server.url) as store:
        with pytest.raises(Unavailable):
            await stubborn(store)
        async with store.write() as tx:
            assert [True] * 3 == [await tx.seen.first_time(k, NOON) for k in ("before", "between", "after")]


async def test_what_the_server_gave_up_is_not_taken_for_stored(postgres_database: str) -> None:
    async def careless(store: SqlStore) -> None:
        async with store.write() as tx:
            await tx.seen.first_time("lost", NOON)
            with pytest.raises(Unavailable):
                await tx.connection.exec_driver_sql("SELECT nonsense")

    async with opened(postgres_database) as store:
        with pytest.raises(Unavailable, match="gave a transaction up"):
            await careless(store)
        async with store.write() as tx:
            assert await tx.seen.first_time("lost", NOON)


async def test_a_lock_that_is_never_given_back_is_not_waited_for_for_ever(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql._SESSION, "lock_timeout", "200ms")
    async with opened(postgres_database) as store:
        with psycopg.connect(postgres_database) as stranger:
            stranger.execute(f"SELECT pg_advisory_xact_lock({postgresql.WRITERS_LOCK})")
            with pytest.raises(Unavailable):
                async with store.write():
                    pass
        async with store.write() as tx:
            assert await tx.seen.first_time("k", NOON)


async def test_a_writer_that_stops_in_the_middle_is_ended_by_the_server(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql._SESSION, "idle_in_transaction_session_timeout", "200ms")
    async with opened(postgres_database) as sleepy, opened(postgres_database) as other:

        async def sleep() -> None:
            async with sleepy.write() as tx:
                await tx.seen.first_time("asleep", NOON)
                await asyncio.sleep(0.6)

        asleep = asyncio.create_task(sleep())
        await asyncio.sleep(0.1)
        async with other.write() as tx:
            assert await tx.seen.first_time("asleep", NOON)
        with pytest.raises(Unavailable):
            await asleep


async def test_numbers_and_rows_of_several_processes_do_not_collide(postgres_database: str) -> None:
    async with opened(postgres_database) as one, opened(postgres_database) as two:

        async def open_incident(store: SqlStore) -> int:
            async with store.write() as tx:
                number = await tx.incidents.next_number()
                await asyncio.sleep(0.001)
                await tx.incidents.create(past(number, "x"))
                return number

        numbers = await asyncio.gather(*(open_incident((one, two)[n % 2]) for n in range(20)))

    assert list(range(1, 21)) == sorted(numbers)


async def test_replicas_that_start_together_make_the_schema_once(postgres_server: SharedPostgres) -> None:
    url = postgres_server.empty()
    stores = await asyncio.gather(*(open_store(url) for _ in range(3)))
    for store in stores:
        async with store.read() as tx:
            (row,) = await tx.connection.exec_driver_sql("SELECT count(*) FROM alembic_version")
            assert 1 == row[0]
        await store.close()


async def test_a_refused_insert_leaves_the_rest_of_its_transaction(postgres_database: str) -> None:
    async with opened(postgres_database) as store:
        async with store.write() as tx:
            await tx.incidents.create(past(1, "x"))
            with pytest.raises(Conflict):
                await tx.incidents.create(past(1, "x"))
        async with store.read() as tx:
            assert await tx.incidents.get("i1") is not None


async def test_an_error_with_a_nul_in_its_text_can_be_kept(postgres_database: str) -> None:
    async with opened(postgres_database) as store, store.write() as tx:
        assert await tx.seen.first_time("a\0b", NOON)
        assert not await tx.seen.first_time("a\0b", NOON)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgresql://ops:p%40ss@db/ops", {"p@ss", "p%40ss"}),
        ("postgresql://ops@db/ops", set()),
        ("sqlite:///ops.db", set()),
    ],
)
def test_a_password_is_known_in_both_of_its_forms(url: str, secrets: set[str]) -> None:
    assert secrets == set(engine.secrets_in(url))


@pytest.mark.parametrize(
    ("database", "password", "said"),
    [("nowhere", None, "does not exist"), ("postgres", "wrong-secret", "authentication failed")],
)
async def test_a_database_that_cannot_be_used_says_why_and_never_the_password(
    postgres_server: SharedPostgres, database: str, password: str | None, said: str
) -> None:
    server = postgres_server.server
    with pytest.raises(Misconfigured, match=said) as caught:
        await open_store(server.url_of(database, password=password))

    assert "OPS_DATABASE_URL" in caught.value.user_message
    assert (password or server.password) not in caught.value.user_message


async def test_a_server_that_is_not_there_says_so(tmp_path: Path) -> None:
    absent = PostgresServer(tmp_path)
    with pytest.raises(Misconfigured, match="refused"):
        await open_store(absent.url)


async def test_a_password_may_lie_in_a_file(postgres_server: SharedPostgres, tmp_path: Path) -> None:
    server = postgres_server.server
    passfile = tmp_path / "pgpass"
    passfile.touch(0o600)
    passfile.write_text(f"127.0.0.1:{server.port}:*:ops:{server.password}\n")
    plain = postgres_server.fresh().replace(f":{server.password}@", "@")
    async with opened(f"{plain}?passfile={passfile}") as store:
        assert await store.ready() is None


async def test_a_machine_whose_clock_is_wrong_is_told(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = time.time() + 40
    monkeypatch.setattr(engine.time, "time", lambda: ahead)
    with pytest.raises(Misconfigured, match="apart"):
        await open_store(postgres_database)


WORDS = st.lists(
    st.sampled_from(["payment", "redis", "오류", "결제", "Café", "slow", "ÉTÉ", "rollout"]), max_size=8
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(WORDS, min_size=1, max_size=4), asked=WORDS)
async def test_memory_ranks_alike_on_both_engines(
    tmp_path: Path, postgres_server: SharedPostgres, texts: list[list[str]], asked: list[str]
) -> None:
    found = []
    url = postgres_server.fresh()
    async with store_at(tmp_path, f"{time.monotonic_ns()}.db") as small, opened(url) as large:
        for store in (small, large):
            async with store.write() as tx:
                for number, words in enumerate(texts, start=1):
                    await tx.memory.remember(past(number, "incident"), None, " ".join(words))
                similar = await tx.memory.similar(" ".join(asked), exclude=None, limit=9)
                found.append({p.number: pytest.approx(p.score, abs=1e-5) for p in similar})
    postgres_server.drop(url)

    assert found[0] == {number: score.expected for number, score in found[1].items()}


async def test_one_of_two_works_and_the_other_takes_over_when_it_ends(postgres_database: str) -> None:
    events: list[str] = []
    go = asyncio.Event()

    async def first() -> None:
        events.append("first begins")
        await go.wait()
        events.append("first ends")

    async def second() -> None:
        events.append("second")

    quick = {"look_seconds": 0.02, "settle_seconds": 0.0}
    one = asyncio.create_task(in_turn(postgres_database, "outbox", first, **quick))
    await eventually(lambda: events == ["first begins"], every=0.01)
    two = asyncio.create_task(in_turn(postgres_database, "outbox", second, **quick))
    await in_turn(postgres_database, "something else", second, **quick)
    await asyncio.sleep(0.1)
    assert ["first begins", "second"] == events
    go.set()
    await asyncio.gather(one, two)

    assert ["first begins", "second", "first ends", "second"] == events


async def test_who_loses_the_database_stops_and_begins_again_later(server: PostgresServer) -> None:
    begun = 0
    cancelled = asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        try:
            await asyncio.sleep(0.05 if begun > 1 else 60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    turn = asyncio.create_task(in_turn(server.url, "outbox", work, look_seconds=0.02, settle_seconds=0.0))
    while not begun:
        await asyncio.sleep(0.01)
    await server.stop()
    async with asyncio.timeout(120):
        await cancelled.wait()
    await server.start()
    async with asyncio.timeout(120):
        await turn

    assert 2 == begun


async def test_on_a_file_the_work_simply_runs(tmp_path: Path) -> None:
    ran: list[int] = []

    async def work() -> None:
        ran.append(1)

    await in_turn(f"sqlite:///{tmp_path / 'ops.db'}", "outbox", work)

    assert [1] == ran

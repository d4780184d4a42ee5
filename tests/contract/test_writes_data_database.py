"""Ending sessions and raising a limit on a real PostgreSQL: exactly those that were seen, and nobody else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio

from agent.errors import BadInput, Conflict, NotFound, Refused, Unavailable
from demo.backends.postgres import PostgresServer
from tests.support.backends import eventually
from tests.support.cut_wire import cut_wire
from tools.base import CheckState, Happened
from tools.connectors.postgres_sessions import PostgresSessions
from tools.incident_responder.writes.database import (
    Application,
    EndQueries,
    LongQueries,
    RaiseConnectionLimit,
    RestartDatabaseConnections,
    RoleLimit,
)

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
LONG = LongQueries(longer_than_seconds=1)
CLIENTS = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
END_ALL = f"SELECT pg_terminate_backend(pid) {CLIENTS}"
Session = psycopg.AsyncConnection[Any]
Open = Callable[..., Awaitable[Session]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PostgresServer]:
    async with PostgresServer(tmp_path_factory.mktemp("pg"), fsync=False) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def database(server: PostgresServer) -> PostgresSessions:
    return PostgresSessions(server.url, timeout_seconds=30)


@pytest_asyncio.fixture(loop_scope="module")
async def opened(server: PostgresServer) -> AsyncIterator[Open]:
    connections: list[Session] = []
    tasks: list[asyncio.Task[Any]] = []

    async def opens(application: str, statement: str = "", *, role: str = "") -> Session:
        account = {"user": role, "password": "pw"} if role else {}
        connection = await psycopg.AsyncConnection.connect(
            server.url, application_name=application, autocommit=True, **account
        )
        connections.append(connection)
        if statement:
            tasks.append(asyncio.create_task(_run(connection, statement)))
        return connection

    yield opens
    await server.execute(END_ALL)
    for connection in connections:
        await connection.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    await eventually(lambda: _empty(server))


async def _empty(server: PostgresServer) -> bool:
    async with await psycopg.AsyncConnection.connect(server.url) as connection:
        row = await (await connection.execute(f"SELECT count(*) {CLIENTS}".encode())).fetchone()
    return row == (0,)


async def _run(connection: Session, statement: str) -> str:
    try:
        await connection.execute(statement.encode())
    except psycopg.Error as error:
        return type(error).__name__
    return "finished"


async def _long(database: PostgresSessions, count: int) -> None:
    async def there() -> bool:
        every = await database.sessions()
        return sum(s.state == "active" and s.seconds > 1 for s in every) == count

    await eventually(there)


async def _alive(connection: Session) -> bool:
    try:
        await connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


async def test_exactly_the_listed_queries_are_ended(database: PostgresSessions, opened: Open) -> None:
    secret = "SELECT pg_sleep(600), 'sesame-open', 4111111111111111"
    first, second = await opened("reconciliation", secret), await opened("batch-report", secret)
    idle = await opened("payment")
    await _long(database, 2)
    write = EndQueries(database)
    plan = await write.plan(LONG, NOW)
    late = await opened("late", "SELECT pg_sleep(600)")
    await _long(database, 3)

    before = await write.happened(LONG, plan, "a-1")
    applied = await write.apply(LONG, plan, "a-1")
    await eventually(lambda: first.closed or first.broken)
    done = await write.check(LONG, plan, "a-1")

    lines = [f"{line.path}: {line.before}" for line in plan.changes]
    assert (2, "queries", None) == (plan.radius.count, plan.radius.unit, plan.radius.share)
    assert any("reconciliation, ops@postgres" in line for line in lines)
    assert not [line for line in lines if "sesame" in line or "4111" in line]
    assert {"reconciliation", "batch-report"} == {line.split("(")[1].split(",")[0] for line in lines}
    assert 2 == applied.facts["ended"]
    assert Happened.NO is before
    assert Happened.YES is await write.happened(LONG, plan, "a-1")
    assert (CheckState.DONE, (2, 2)) == (done.state, done.progress)
    assert second.broken or second.closed
    assert await _alive(idle)
    assert not late.broken
    assert plan.target.version != (await write.plan(LONG, NOW)).target.version


async def test_the_list_is_the_version_and_does_not_change_by_itself(
    database: PostgresSessions, opened: Open
) -> None:
    await opened("a", "SELECT pg_sleep(600)")
    await _long(database, 1)
    write = EndQueries(database)
    assert (await write.plan(LONG, NOW)).target == (await write.plan(LONG, NOW)).target


async def test_an_application_can_be_chosen_and_none_of_it_is_not_found(
    database: PostgresSessions, opened: Open
) -> None:
    await opened("reconciliation", "SELECT pg_sleep(600)")
    await _long(database, 1)
    plan = await EndQueries(database).plan(LONG.model_copy(update={"application": "reconciliation"}), NOW)
    assert 1 == plan.radius.count
    with pytest.raises(NotFound, match="No query of payment runs longer than 1 s"):
        await EndQueries(database).plan(LONG.model_copy(update={"application": "payment"}), NOW)


async def test_a_process_id_that_was_given_to_somebody_else_is_not_touched(
    database: PostgresSessions, opened: Open
) -> None:
    innocent = await opened("innocent")
    pid = innocent.info.backend_pid
    [seen] = [s for s in await database.sessions() if s.pid == pid]

    ended = await database.end([(pid, seen.backend_start - timedelta(microseconds=1))])
    nobody = await database.end([])

    assert (0, 0) == (ended, nobody)
    assert await _alive(innocent)


async def test_a_session_that_went_on_to_other_work_is_left_alone(
    database: PostgresSessions, opened: Open
) -> None:
    worker = await opened("worker", "SELECT pg_sleep(2)")
    await _long(database, 1)
    write = EndQueries(database)
    plan = await write.plan(LONG, NOW)
    await _long(database, 0)

    applied = await write.apply(LONG, plan, "a-2")

    assert 0 == applied.facts["ended"]
    assert Happened.YES is await write.happened(LONG, plan, "a-2")
    assert await _alive(worker)


async def test_a_transaction_that_is_left_open_counts_as_long(
    database: PostgresSessions, opened: Open
) -> None:
    forgotten = await opened("forgotten", "BEGIN")

    async def there() -> bool:
        return any(s.state == "idle in transaction" and s.seconds > 1 for s in await database.sessions())

    await eventually(there)
    plan = await EndQueries(database).plan(LONG, NOW)
    await EndQueries(database).apply(LONG, plan, "a-3")

    assert "idle in transaction" in (plan.changes[0].before or "")
    assert not await _alive(forgotten)


async def test_the_lost_answer_of_an_end_is_found_out(
    server: PostgresServer, database: PostgresSessions, opened: Open
) -> None:
    victim = await opened("victim", "SELECT pg_sleep(600)")
    await _long(database, 1)
    plan = await EndQueries(database).plan(LONG, NOW)
    async with cut_wire(server.port, b"pg_terminate_backend") as wire:
        with pytest.raises(Unavailable):
            await EndQueries(_through(server, wire.port)).apply(LONG, plan, "a-4")
    await eventually(lambda: victim.broken)

    assert Happened.YES is await EndQueries(database).happened(LONG, plan, "a-4")
    again = await EndQueries(database).apply(LONG, plan, "a-4")
    assert 0 == again.facts["ended"]


def _through(server: PostgresServer, port: int) -> PostgresSessions:
    password = urlsplit(server.url).password
    return PostgresSessions(f"postgresql://ops:{password}@127.0.0.1:{port}/postgres", timeout_seconds=30)


async def test_only_the_resting_connections_of_an_application_are_restarted(
    database: PostgresSessions, opened: Open
) -> None:
    resting = [await opened("payment") for _ in range(3)]
    busy = await opened("payment", "SELECT pg_sleep(600)")
    other = await opened("catalog")
    write, params = RestartDatabaseConnections(database), Application(application="payment")

    plan = await write.plan(params, NOW)
    before = await write.happened(params, plan, "a-5")
    applied = await write.apply(params, plan, "a-5")

    assert (4, {"count": "4", "application": "payment"}) == (plan.radius.count, plan.args)
    assert {"ended": 3, "busy": 1} == applied.facts
    assert Happened.NO is before
    assert [False] * 3 == [await _alive(one) for one in resting]
    assert Happened.YES is await write.happened(params, plan, "a-5")
    assert (CheckState.DONE, (3, 4)) == (
        (found := await write.check(params, plan, "a-5")).state,
        found.progress,
    )
    assert not busy.broken
    assert await _alive(other)
    with pytest.raises(BadInput, match="cannot be taken back"):
        await write.undo(params, plan, "undo:a-5")


async def test_new_connections_of_the_pool_are_not_ended_by_an_old_plan(
    database: PostgresSessions, opened: Open
) -> None:
    write, params = RestartDatabaseConnections(database), Application(application="payment")
    old = await opened("payment")
    plan = await write.plan(params, NOW)
    await old.close()
    new = await opened("payment")

    async def gone() -> bool:
        return len([s for s in await database.sessions() if s.application == "payment"]) == 1

    await eventually(gone)
    with pytest.raises(Conflict, match="None of the connections of payment"):
        await write.apply(params, plan, "a-6")
    assert await _alive(new)
    with pytest.raises(NotFound, match="nobody has no connection"):
        await write.plan(Application(application="nobody"), NOW)


@pytest_asyncio.fixture(loop_scope="module")
async def role(server: PostgresServer) -> AsyncIterator[str]:
    name = 'pay"ment; DROP ROLE ops --'
    quoted = name.replace('"', '""')
    await server.execute(f"CREATE ROLE \"{quoted}\" LOGIN PASSWORD 'pw' CONNECTION LIMIT 2")
    yield name
    await server.execute(f'DROP ROLE "{quoted}"')


async def test_a_limit_is_raised_and_restored(database: PostgresSessions, opened: Open, role: str) -> None:
    write, params = RaiseConnectionLimit(database), RoleLimit(role=role, limit=4)
    plan = await write.plan(params, NOW)
    before = await write.happened(params, plan, "a-7")
    await write.apply(params, plan, "a-7")
    sessions = [await opened("payment", role=role) for _ in range(3)]

    assert (("2", "4"), 2) == ((plan.changes[0].before, plan.changes[0].after), plan.radius.count)
    assert (Happened.NO, True) == (before, await _alive(sessions[2]))
    assert Happened.YES is await write.happened(params, plan, "a-7")
    assert CheckState.DONE is (await write.check(params, plan, "a-7")).state
    assert Happened.NO is await write.undone(params, plan, "undo:a-7")
    with pytest.raises(Conflict, match="in between"):
        await write.apply(params, plan, "a-7")

    await write.undo(params, plan, "undo:a-7")

    assert 2 == await database.connection_limit(role)
    assert Happened.YES is await write.undone(params, plan, "undo:a-7")
    assert CheckState.DONE is (await write.undo_check(params, plan, "undo:a-7")).state


async def test_a_limit_that_somebody_else_set_is_left_alone(database: PostgresSessions, role: str) -> None:
    write, params = RaiseConnectionLimit(database), RoleLimit(role=role, limit=4)
    plan = await write.plan(params, NOW)
    await write.apply(params, plan, "a-8")
    await database.set_connection_limit(role, 7, only_if=4)

    with pytest.raises(Conflict):
        await write.undo(params, plan, "undo:a-8")

    assert 7 == await database.connection_limit(role)
    assert Happened.UNKNOWN is await write.happened(params, plan, "a-8")


async def test_of_two_at_once_only_one_raises(database: PostgresSessions, role: str) -> None:
    raised = await asyncio.gather(
        *(database.set_connection_limit(role, limit, only_if=2) for limit in (3, 4, 5, 6))
    )
    assert 1 == raised.count(True)


async def test_the_lost_answer_of_a_commit_is_found_out(
    server: PostgresServer, database: PostgresSessions, role: str
) -> None:
    params = RoleLimit(role=role, limit=4)
    plan = await RaiseConnectionLimit(database).plan(params, NOW)
    async with cut_wire(server.port, b"COMMIT") as wire:
        with pytest.raises(Unavailable):
            await RaiseConnectionLimit(_through(server, wire.port)).apply(params, plan, "a-9")
    assert Happened.YES is await RaiseConnectionLimit(database).happened(params, plan, "a-9")


@pytest.mark.parametrize(("limit", "words"), [(2, "not more than the 2"), (1, "not more"), (9, "at most 8")])
async def test_a_limit_is_never_lowered_nor_raised_without_bound(
    database: PostgresSessions, role: str, limit: int, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        await RaiseConnectionLimit(database).plan(RoleLimit(role=role, limit=limit), NOW)


async def test_a_role_without_a_limit_or_that_is_not_there_is_refused(database: PostgresSessions) -> None:
    with pytest.raises(BadInput, match="no connection limit"):
        await RaiseConnectionLimit(database).plan(RoleLimit(role="ops", limit=5), NOW)
    with pytest.raises(NotFound, match="no role “o'ps"):
        await RaiseConnectionLimit(database).plan(RoleLimit(role="o'ps", limit=5), NOW)


async def test_a_role_with_few_rights_is_refused_in_words(
    server: PostgresServer, database: PostgresSessions, opened: Open, role: str
) -> None:
    await server.execute("CREATE ROLE weak LOGIN PASSWORD 'pw'")
    weak = PostgresSessions(server.url_of("postgres", user="weak", password="pw"), timeout_seconds=30)
    owner = await opened("owner", "SELECT pg_sleep(600)")
    await _long(database, 1)
    plan = await EndQueries(database).plan(LONG, NOW)
    [seen] = [s for s in await database.sessions() if s.application == "owner"]
    with pytest.raises(Refused, match="pg_read_all_stats"):
        await EndQueries(weak).plan(LONG, NOW)
    await server.execute("GRANT pg_read_all_stats TO weak")
    with pytest.raises(Refused, match="does not let our role"):
        await weak.end([(seen.pid, seen.backend_start)])
    with pytest.raises(Refused, match="does not let our role"):
        await weak.set_connection_limit(role, 4, only_if=2)
    assert (1, False) == (plan.radius.count, owner.broken)


async def test_the_bots_own_sessions_are_never_in_the_list(database: PostgresSessions, opened: Open) -> None:
    await opened("ops-monitor", "SELECT pg_sleep(600)")
    mine = await opened("somebody")
    assert ["somebody"] == [s.application for s in await database.sessions()]
    assert await _alive(mine)


async def test_a_server_that_is_away_or_refuses_us_is_our_own_error(server: PostgresServer) -> None:
    wrong = server.url_of("postgres", password="sesame-open")
    with pytest.raises(Refused, match="credentials") as refused:
        await PostgresSessions(wrong, timeout_seconds=30).version()
    with pytest.raises(Unavailable, match="cannot be reached"):
        await PostgresSessions("postgresql://a:b@127.0.0.1:9/x", timeout_seconds=30).version()
    driver = server.url.replace("postgresql://", "postgresql+psycopg://")
    assert (await PostgresSessions(driver, timeout_seconds=30).version())[0].isdigit()
    assert "sesame" not in refused.value.user_message

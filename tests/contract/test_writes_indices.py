"""Deleting log indices against two log stores, and lifecycles against a double of Elasticsearch's documented API."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pydantic import ValidationError

from agent.domain.action import Plan
from agent.errors import BackendError, BadInput, Conflict, NotFound, Unavailable
from tests.support.backends import NoidaStore, OsmemStore
from tests.support.lifecycles import LifecycleStore, lifecycle_store
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.base import CheckState, Happened
from tools.connectors.elasticsearch_indices import ElasticsearchIndices
from tools.log_analyzer.index_reads import IndexRetentionParams, IndexRetentionRead
from tools.log_analyzer.writes.deletion import DeleteIndices, DeleteIndicesParams
from tools.log_analyzer.writes.lifecycle import IndexLifecycleParams, SetIndexLifecycle

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
PATTERN = "ai-textbook-logs-%Y.%m.%d"
# An index is a day older from noon on, wherever its days were cut; the hour of the run must not matter.
NOW = datetime.now(UTC).replace(hour=18, minute=0)
KEY = "act_1"


def named(days: int) -> str:
    return f"ai-textbook-logs-{NOW.date() - timedelta(days=days):%Y.%m.%d}"


async def put(url: str, path: str, body: Any = None) -> None:
    async with aiohttp.ClientSession() as http, http.put(url + path, json=body) as answer:
        assert answer.status < 300, await answer.text()


async def drop(url: str, name: str) -> None:
    async with aiohttp.ClientSession() as http, http.delete(f"{url}/{name}") as answer:
        assert answer.status == 200, await answer.text()


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[OsmemStore, NoidaStore], ids=["osmem", "noida"]
)
async def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    async with request.param(tmp_path_factory.mktemp("logs")) as running:
        yield running.url


@pytest_asyncio.fixture(loop_scope="module")
async def indices(server: str) -> AsyncIterator[ElasticsearchIndices]:
    connector = ElasticsearchIndices(server, timeout_seconds=30)
    for left in await connector.indices("ai-textbook-logs-*"):
        await connector.delete_index(left.name)
    for days in (0, 5, 40, 41, 42):
        await put(server, f"/{named(days)}/_doc/1?refresh=true", {"message": "a line"})
    await put(server, "/ai-textbook-logs-2020.01.01-copy/_doc/1?refresh=true", {"message": "kept by hand"})
    yield connector
    await connector.close()


@pytest_asyncio.fixture(loop_scope="module")
async def double() -> AsyncIterator[LifecycleStore]:
    async with lifecycle_store() as store:
        yield store


@pytest_asyncio.fixture(loop_scope="module")
async def managed(double: LifecycleStore) -> AsyncIterator[ElasticsearchIndices]:
    connector = ElasticsearchIndices(double.url, timeout_seconds=30)
    yield connector
    await connector.close()


def wanted(*names: str, keep_days: int = 30) -> DeleteIndicesParams:
    return DeleteIndicesParams(indices=names, pattern=PATTERN, keep_days=keep_days)


async def test_exactly_what_is_listed_and_old_enough_is_deleted(indices: ElasticsearchIndices) -> None:
    read = await IndexRetentionRead(indices).run(
        IndexRetentionParams(name_pattern=PATTERN, keep_days=30), NOW
    )
    assert read.value is not None
    write, params = DeleteIndices(indices), wanted(named(42), named(41))
    plan = await write.plan(params, NOW)
    before = await write.happened(params, plan, KEY)

    assert 3 == read.value.value
    assert (2, 41) == (plan.radius.count, plan.facts["youngest_days"])
    assert [f"index {named(42)}", f"index {named(41)}"] == [change.path for change in plan.changes]
    assert "1 documents" in str(plan.changes[0].before)
    assert not plan.reversible
    assert any("gone" in warning for warning in plan.warnings)
    assert any("restored or written anew" in warning for warning in plan.warnings)

    applied = await write.apply(params, plan, KEY)
    left = {index.name for index in await indices.indices("ai-textbook-logs-*")}

    assert (Happened.NO, Happened.YES) == (before, await write.happened(params, plan, KEY))
    assert "2 indices deleted" == applied.detail
    assert {named(0), named(5), named(40), "ai-textbook-logs-2020.01.01-copy"} == left
    assert CheckState.DONE is (await write.check(params, plan, KEY)).state
    with pytest.raises(BadInput, match="snapshot"):
        await write.undo(params, plan, f"undo:{KEY}")
    assert Happened.NO is await write.undone(params, plan, f"undo:{KEY}")
    assert CheckState.FAILED is (await write.undo_check(params, plan, f"undo:{KEY}")).state


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (named(5), "5 days old and 30 days are kept"),
        ("ai-textbook-logs-2020.01.01-copy", "not exactly of the pattern"),
    ],
)
async def test_what_must_stay_stays(indices: ElasticsearchIndices, name: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        await DeleteIndices(indices).plan(wanted(named(42), name), NOW)


async def test_an_alias_is_no_index_and_what_it_writes_to_stays(
    indices: ElasticsearchIndices, server: str
) -> None:
    body = {"actions": [{"add": {"index": named(42), "alias": "now-logs", "is_write_index": True}}]}
    async with aiohttp.ClientSession() as http, http.post(f"{server}/_aliases", json=body) as answer:
        assert answer.status == 200

    with pytest.raises(NotFound, match="an alias or a data stream is none"):
        await indices.index("now-logs")
    with pytest.raises(BadInput, match="written to now"):
        await DeleteIndices(indices).plan(wanted(named(42)), NOW)


async def test_another_index_of_the_same_name_ends_it(indices: ElasticsearchIndices, server: str) -> None:
    write, params = DeleteIndices(indices), wanted(named(42), named(41), named(40))
    plan = await write.plan(params, NOW)
    await drop(server, named(41))
    await put(server, f"/{named(41)}/_doc/1?refresh=true", {"message": "another one"})

    applied = await write.apply(params, plan, KEY)
    check = await write.check(params, plan, KEY)

    assert applied.detail.startswith("1 of 3 indices deleted, then stopped")
    assert [named(42)] == applied.facts["deleted"]
    # The other one of that name is none that was planned, so two of the three are gone.
    assert (CheckState.FAILED, (2, 3)) == (check.state, check.progress)
    assert Happened.UNKNOWN is await write.happened(params, plan, KEY)
    assert named(41) in {index.name for index in await indices.indices("ai-textbook-logs-*")}


async def test_a_first_surprise_deletes_nothing(indices: ElasticsearchIndices, server: str) -> None:
    write, params = DeleteIndices(indices), wanted(named(42), named(41))
    plan = await write.plan(params, NOW)
    await drop(server, named(42))

    with pytest.raises(Conflict, match="Nothing was deleted"):
        await write.apply(params, plan, KEY)
    assert named(41) in {index.name for index in await indices.indices("ai-textbook-logs-*")}


HOSTILE = [
    "ai-textbook-logs-*",
    "_all",
    "*",
    "a,b",
    "-logs",
    "<logs-{now/d}>",
    "..",
    ".kibana_1",
    "A",
    "",
    "x/../y",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_that_could_mean_more_is_refused_twice(managed: ElasticsearchIndices, name: str) -> None:
    with pytest.raises(ValidationError):
        wanted(name)
    if name != ".kibana_1":
        with pytest.raises(BadInput):
            await managed.delete_index(name)


async def test_a_streams_indices_and_those_of_a_lifecycle_are_the_stores(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    for days, stream, policy in (
        (60, "logs", None),
        (59, "logs", None),
        (58, None, "weeks"),
        (57, None, None),
    ):
        double.add(named(days), NOW - timedelta(days=days), stream=stream, policy=policy)
    whys = {60: "belongs to the data stream logs", 59: "written to now", 58: "own lifecycle manages it"}

    for days, why in whys.items():
        with pytest.raises(BadInput, match=why):
            await DeleteIndices(managed).plan(wanted(named(days)), NOW)
    double.repositories = ("nightly",)
    plan = await DeleteIndices(managed).plan(wanted(named(57)), NOW)
    assert "take a snapshot into nightly" in plan.warnings[0]


def lifecycle(*names: str, policy: str = "weeks", after: int | None = None) -> IndexLifecycleParams:
    return IndexLifecycleParams(indices=names, policy=policy, create_after_days=after)


async def test_a_lifecycle_takes_indices_and_gives_them_back(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    double.policy("weeks", "30d")
    double.policy("old", "90d")
    double.add(named(3), NOW - timedelta(days=3), policy="old")
    double.add(named(2), NOW - timedelta(days=2))
    write, params = SetIndexLifecycle(managed), lifecycle(named(3), named(2))
    plan = await write.plan(params, NOW)

    assert ("old", "weeks") == (plan.changes[0].before, plan.changes[0].after)
    assert {"count": "2", "policy": "weeks", "ends": "deletes after 30 days"} == plan.args
    assert Happened.NO is await write.happened(params, plan, KEY)
    await write.apply(params, plan, KEY)
    assert Happened.YES is await write.happened(params, plan, KEY)
    assert (CheckState.DONE, (2, 2)) == (
        (check := await write.check(params, plan, KEY)).state,
        check.progress,
    )

    await write.undo(params, plan, f"undo:{KEY}")

    assert ["old", None] == [double.indices[named(days)].policy for days in (3, 2)]
    assert Happened.YES is await write.undone(params, plan, f"undo:{KEY}")
    assert CheckState.DONE is (await write.undo_check(params, plan, f"undo:{KEY}")).state


async def test_a_new_policy_is_made_marked_and_taken_away_again(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    double.policy("weeks", "30d")
    double.add(named(3), NOW - timedelta(days=3))
    write, params = SetIndexLifecycle(managed), lifecycle(named(3), policy="kept-45", after=45)
    plan = await write.plan(params, NOW)
    await write.apply(params, plan, KEY)
    made = {policy.name: policy.delete_after_days for policy in await managed.policies() or ()}

    assert 45 == made["kept-45"]
    assert KEY == await managed.policy_mark("kept-45")
    await write.undo(params, plan, f"undo:{KEY}")
    assert {"weeks"} == set(double.policies)
    with pytest.raises(BadInput, match="not overwritten"):
        await write.plan(lifecycle(named(3), after=10), NOW)


async def test_what_would_be_deleted_at_once_or_was_changed_meanwhile_is_refused(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    double.policy("weeks", "30d")
    double.policy("old", None)
    double.add(named(40), NOW - timedelta(days=40))
    double.add(named(3), NOW - timedelta(days=3))
    write = SetIndexLifecycle(managed)
    with pytest.raises(BadInput, match="would be deleted at once"):
        await write.plan(lifecycle(named(40)), NOW)
    with pytest.raises(NotFound, match="no lifecycle policy"):
        await write.plan(lifecycle(named(3), policy="nowhere"), NOW)
    params = lifecycle(named(3))
    plan = await write.plan(params, NOW)
    double.indices[named(3)].policy = "old"

    with pytest.raises(Conflict, match="in between"):
        await write.apply(params, plan, KEY)
    assert [] == double.sent
    double.indices[named(3)].policy = "weeks"
    assert Happened.YES is await write.happened(params, plan, KEY)
    double.indices[named(3)].policy = "old"
    with pytest.raises(Conflict, match="another policy since"):
        await write.undo(params, plan, f"undo:{KEY}")


async def test_a_policy_that_deletes_sooner_than_was_agreed_is_not_attached(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    double.policy("weeks", "30d")
    double.add(named(3), NOW - timedelta(days=3))
    write, params = SetIndexLifecycle(managed), lifecycle(named(3))
    plan = await write.plan(params, NOW)
    double.policy("weeks", "1d")

    with pytest.raises(Conflict, match="deletes after 1 days by now"):
        await write.apply(params, plan, KEY)
    assert double.indices[named(3)].policy is None


async def test_a_store_without_lifecycles_and_rights_says_so(indices: ElasticsearchIndices) -> None:
    assert () == await indices.lacks()
    assert await indices.policies() is None
    with pytest.raises(BadInput, match="no index lifecycle management"):
        await SetIndexLifecycle(indices).plan(lifecycle(named(0)), NOW)


async def test_the_age_of_what_is_kept_shows_where_a_lifecycle_is_stuck(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    double.policy("weeks", "30d")
    double.add(named(50), NOW - timedelta(days=50), policy="weeks", step="ERROR", reason="no room left")
    params = IndexRetentionParams(name_pattern=PATTERN, keep_days=30)
    reading = await IndexRetentionRead(managed).run(params, NOW)
    assert reading.result is not None
    assert reading.result.kind == "table"
    row = dict(zip(reading.result.columns, reading.result.rows[0], strict=True))

    assert ("managed", "weeks", "no room left", "30") == (
        row["judgement"],
        row["lifecycle"],
        row["trouble"],
        row["deleted after days"],
    )
    assert date.fromisoformat(row["last day"]) == NOW.date() - timedelta(days=50)


@pytest.mark.parametrize("name", sorted(GARBAGE))
async def test_nonsense_ends_in_our_errors_and_never_in_an_index(name: str) -> None:
    async with scripted(GARBAGE[name]) as script:
        connector = ElasticsearchIndices(script.url, timeout_seconds=30)
        ended_in = await ended(connector.indices("logs-*"))
        await connector.close()

    assert isinstance(ended_in, BackendError) or ended_in == ()


async def test_a_delete_whose_answer_is_lost_is_told_apart(
    double: LifecycleStore, managed: ElasticsearchIndices
) -> None:
    double.add(named(60), NOW - timedelta(days=60))
    write, params = DeleteIndices(managed), wanted(named(60))
    plan: Plan = await write.plan(params, NOW)
    double.refuse = {f"/{named(60)}": 503}
    with pytest.raises(Unavailable):
        await write.apply(params, plan, KEY)
    double.refuse = {}

    assert Happened.NO is await write.happened(params, plan, KEY)
    async with scripted(Script(status=503, body=b"{}")) as down:
        away = ElasticsearchIndices(down.url, timeout_seconds=30)
        with pytest.raises(Unavailable):
            await DeleteIndices(away).happened(params, plan, KEY)
        await away.close()

"""User groups on the real wire: who is in them, kept for a moment, and nobody whenever Slack does not tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.errors import BackendError, NotFound, OpsError
from agent.transport.slack.groups import KEEPS, SlackGroups
from demo.workspace.seed import UsergroupSeed
from demo.workspace.server import WorkspaceServer
from tests.support.slackbot import bot_seed
from tests.support.store import StillClock
from tests.support.workspace import ALEX, JUN, MINA, client_of, running

DANA = "U0DANA0004"


@asynccontextmanager
async def groups() -> AsyncIterator[tuple[WorkspaceServer, SlackGroups, StillClock]]:
    async with running(bot_seed()) as server:
        clock = StillClock()
        yield server, SlackGroups(client_of(server), clock), clock


def calls(server: WorkspaceServer) -> int:
    return len(server.workspace.recorder.calls("usergroups.users.list"))


async def test_the_people_of_a_group_by_its_handle() -> None:
    async with groups() as (_, book, _clock):
        assert {MINA, JUN, ALEX} == await book.members("sre-oncall")
        assert {DANA, MINA} == await book.members("@DBA")
        assert "<!subteam^S0DBA00002>" == await book.mention("dba")


async def test_answers_are_kept_for_a_moment_and_asked_once_for_all_who_wait() -> None:
    async with groups() as (server, book, clock):
        await asyncio.gather(*(book.members("dba") for _ in range(5)))
        together = calls(server)
        clock.advance(KEEPS.total_seconds() - 1)
        await book.members("dba")
        kept = calls(server)
        clock.advance(2)
        await book.members("dba")

        assert (1, 1, 2) == (together, kept, calls(server))


async def test_somebody_who_left_is_out_when_the_moment_is_over() -> None:
    async with groups() as (server, book, clock):
        await book.members("dba")
        known = server.workspace.state.usergroups
        known["S0DBA00002"] = known["S0DBA00002"].model_copy(update={"users": (MINA,)})
        clock.advance(KEEPS.total_seconds())

        assert {MINA} == await book.members("dba")


async def test_a_group_that_is_nowhere_has_nobody() -> None:
    async with groups() as (_, book, _clock):
        with pytest.raises(NotFound, match="@nobody"):
            await book.members("nobody")


async def test_a_group_that_is_gone_is_not_kept_alive_by_its_id() -> None:
    async with groups() as (server, book, clock):
        await book.members("dba")
        del server.workspace.state.usergroups["S0DBA00002"]
        clock.advance(KEEPS.total_seconds())

        with pytest.raises(OpsError):
            await book.members("dba")


async def test_a_failure_is_neither_hidden_nor_kept() -> None:
    async with groups() as (server, book, clock):
        await book.members("dba")
        clock.advance(KEEPS.total_seconds())
        known = dict(server.workspace.state.usergroups)
        server.workspace.state.usergroups.clear()
        with pytest.raises(OpsError):
            await book.members("dba")
        server.workspace.state.usergroups.update(known)

        assert {DANA, MINA} == await book.members("dba")


async def test_with_slack_down_nobody_is_in_any_group() -> None:
    async with groups() as (server, book, clock):
        await book.members("dba")
        clock.advance(KEEPS.total_seconds())
        await server.__aexit__(None, None, None)

        with pytest.raises(BackendError):
            await book.members("dba")


async def test_a_missing_scope_names_its_fix() -> None:
    seed = bot_seed()
    manifest = dict(seed.apps[0].manifest)
    manifest["oauth_config"] = {"scopes": {"bot": ["chat:write"]}}
    app = seed.apps[0].model_copy(update={"manifest": manifest})
    async with running(seed.model_copy(update={"apps": (app,)})) as server:
        book = SlackGroups(client_of(server), StillClock())

        with pytest.raises(BackendError, match="usergroups:read"):
            await book.members("dba")


async def test_an_empty_group_has_nobody() -> None:
    async with groups() as (server, book, _clock):
        server.workspace.state.usergroups["S0EMPTY001"] = UsergroupSeed(
            id="S0EMPTY001", handle="ghosts", name="Ghosts"
        )

        assert frozenset() == await book.members("ghosts")

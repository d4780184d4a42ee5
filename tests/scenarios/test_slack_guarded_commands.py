"""`/ops` around guarded recovery: what waits and was done, the brakes, undoing, and the audit record."""

from pathlib import Path
from typing import Any

import pytest

from agent.domain.action import ActionState
from agent.domain.audit import AuditKind
from agent.domain.noun import Json
from agent.store.tables import metadata
from tests.support.blockkit import texts_of, wrong_with
from tests.support.slackbot import Bot, running_bot
from tests.support.workspace import ALEX, JUN, MINA

CHANNEL = "#general"
SAM = "U0SAM00005"


def said(message: dict[str, Any]) -> str:
    return "\n".join([message.get("text", ""), *(text for _, text in texts_of(message.get("blocks") or []))])


async def ops(bot: Bot, words: str, user: str = MINA) -> str:
    """Type a command and return what only its author reads."""
    ws = bot.server.workspace
    before = len(ws.whispers(user, CHANNEL))
    await ws.slash(user, CHANNEL, f"/ops {words}")
    await ws.wait_for(lambda w: len(w.whispers(user, CHANNEL)) > before)
    message = ws.whispers(user, CHANNEL)[-1]
    assert wrong_with(message.get("blocks") or []) == []
    return said(message)


async def test_a_freeze_needs_a_time_and_a_reason_and_shows_until_it_is_lifted(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        nothing = await ops(bot, "freeze")
        no_reason = await ops(bot, "freeze 2h")
        no_time = await ops(bot, "freeze because")
        too_long = await ops(bot, "freeze 20d a long winter")
        frozen = await ops(bot, "freeze 2h release of checkout & pay")
        shown = await ops(bot, "freeze", SAM)
        lifted = await ops(bot, "thaw")
        after = await ops(bot, "freeze")
        [asked] = bot.recovery.asked("freeze")

    assert "Nothing holds actions back" in nothing
    assert "Say why" in no_reason
    assert "Say for how long" in no_time
    assert "at most 14 days" in too_long
    assert "frozen for 2 h" in frozen
    assert "release of checkout & pay" in shown
    assert "1 freeze is lifted" in lifted
    assert "Nothing holds actions back" in after
    assert (MINA, "release of checkout & pay") == (asked["by"].user, asked["reason"])
    assert asked["key"].startswith("slash:")


async def test_people_outside_the_groups_are_refused_with_the_groups_named(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        answers = [
            await ops(bot, words, SAM) for words in ("freeze 1h x", "stop x", "resume", "undo A-1", "thaw")
        ]

    assert [] == bot.recovery.calls
    assert all("@" in answer for answer in answers)


async def test_the_stop_switch_is_thrown_and_released(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        why = await ops(bot, "stop")
        stopped = await ops(bot, "stop the cluster behaves oddly")
        shown = await ops(bot, "freeze")
        await bot.server.workspace.open_home(SAM)
        await bot.server.workspace.wait_for(lambda w: "behaves oddly" in str(w.home_of(SAM)))
        resumed = await ops(bot, "resume", JUN)

    assert "Say why" in why
    assert "Everything is stopped" in stopped
    assert "the cluster behaves oddly" in shown
    assert "may run again" in resumed


async def test_actions_and_approvals_are_listed(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        none = await ops(bot, "actions")
        incident = await bot.card(await bot.declare())
        await bot.recovery.waiting(incident.id)
        await bot.recovery.waiting(incident.id, state=ActionState.SUCCEEDED, outcome="recovered")
        everything = await ops(bot, "actions")
        of_one = await ops(bot, f"actions {incident.name}")
        waiting = await ops(bot, "approvals")
        wrong = await ops(bot, "actions INC-99")

    assert "No action has been proposed yet" in none
    assert "A-1" in everything
    assert "A-2" in of_one
    assert "0 of 1, waiting for @sre-oncall" in waiting
    assert "A-2" not in waiting
    assert "no incident INC-99" in wrong


async def test_undo_names_an_action(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        incident = await bot.card(await bot.declare())
        action = await bot.recovery.waiting(incident.id, state=ActionState.SUCCEEDED, outcome="recovered")
        which = await ops(bot, "undo")
        unknown = await ops(bot, "undo A-99")
        done = await ops(bot, "undo a1", ALEX)
        [asked] = bot.recovery.asked("undo")

    assert "Say which action" in which
    assert "no action A-99" in unknown
    assert "A-1 is asked to be taken back" in done
    assert (action.id, ALEX) == (asked["action_id"], asked["by"].user)


@pytest.mark.parametrize("tampered", [False, True])
async def test_the_audit_record_says_whether_its_chain_is_whole(tmp_path: Path, tampered: bool) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        incident = await bot.card(await bot.declare())
        action = await bot.recovery.waiting(incident.id)
        now = bot.services.clock.now()
        story: tuple[tuple[AuditKind, str, dict[str, Json]], ...] = (
            (AuditKind.REQUESTED, "ops-monitor", {"reason": "payment v2 broke charging"}),
            (AuditKind.VOTED, MINA, {"choice": "approve", "reason": ""}),
            (AuditKind.VOTE_REFUSED, SAM, {"choice": "approve", "why": "Only @sre-oncall may."}),
        )
        async with bot.store.write() as tx:
            for kind, actor, data in story:
                await tx.audit.append(kind, actor, now, data, incident_id=incident.id, action_id=action.id)
            if tampered:
                table = metadata.tables["audit"]
                await tx.connection.execute(table.update().where(table.c.seq == 2).values(actor=SAM))
        shown = await ops(bot, f"audit {incident.name}")
        outsider = await ops(bot, f"audit {incident.name}", SAM)

    assert "voted A-1 · in favour" in shown
    assert "payment v2 broke charging" in shown
    assert ("The audit chain is broken" in shown) is tampered
    assert "is whole" not in outsider


async def test_where_nothing_can_be_changed_the_commands_say_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        answers = [await ops(bot, words) for words in ("freeze 1h x", "approvals", "stop x", "undo A-1")]

    assert all("guarded recovery is not switched on" in answer for answer in answers)


async def test_every_new_command_has_its_help(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        shown = [await ops(bot, f"{name} help") for name in ("freeze", "undo", "audit", "stop")]

    assert ["/ops freeze 2h", "/ops undo A-7", "/ops audit INC-3", "/ops stop something"] == [
        next(
            word
            for word in ("/ops freeze 2h", "/ops undo A-7", "/ops audit INC-3", "/ops stop something")
            if word in one
        )
        for one in shown
    ]

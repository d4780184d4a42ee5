"""Cards and their buttons on the real wire: one root message per incident, edited in place."""

from pathlib import Path

from agent.domain.alert import Reason
from agent.domain.incident import Incident, IncidentStatus, Priority
from agent.lifecycle.announce import announce
from agent.lifecycle.changes import set_priority
from demo.workspace.faults import Fault
from tests.support.slackbot import PIXEL, Bot, running_bot, started_bot
from tests.support.views import BLOB, payment_evidence
from tests.support.workspace import MINA


async def test_an_incident_becomes_one_card_with_a_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        place = incident.conversation
        await bot.server.workspace.wait_for(lambda ws: ws.replies(place.channel, place.ts or ""))

        root = bot.message(place.channel, place.ts or "")
        [details] = bot.server.workspace.replies(place.channel, place.ts or "")

    assert root["blocks"][0]["text"]["text"] == "🔴 P1 · payment — high error rate"
    assert details["blocks"][0]["text"]["text"] == f"*Details of {incident.name}*"


async def test_acknowledge_and_resolve_edit_the_same_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""

        clicked = await bot.server.workspace.click(MINA, channel, ts, "incident.acknowledge")
        await bot.server.workspace.wait_for(lambda _: "is on it" in str(bot.message(channel, ts)["blocks"]))
        await bot.server.workspace.click(MINA, channel, ts, "incident.resolve")
        await bot.server.workspace.wait_for(lambda _: "🟢" in str(bot.message(channel, ts)["blocks"]))
        async with bot.store.read() as tx:
            after = await tx.incidents.get(incident.id)
        roots = [m for m in bot.server.workspace.history(channel) if m.get("thread_ts", m["ts"]) == m["ts"]]

    assert clicked.ok
    assert after is not None
    assert (after.status, after.acknowledged_by) == (IncidentStatus.RESOLVED, MINA)
    assert len(roots) == 1


async def test_a_p0_notifies_once_and_its_edits_do_not(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare(priority=Priority.P0))
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        await bot.server.workspace.click(MINA, channel, ts, "incident.acknowledge")
        await bot.server.workspace.wait_for(lambda _: "is on it" in str(bot.message(channel, ts)["blocks"]))
        [first, *_] = [call for call in bot.calls("chat.postMessage") if not call.get("thread_ts")]
        after = bot.message(channel, ts)

    assert str(first["blocks"]).count("<!here>") == 1
    assert "<!here>" not in str(after["blocks"])


async def test_a_minor_incident_notifies_nobody(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare(priority=Priority.P3))
        message = bot.message(incident.conversation.channel, incident.conversation.ts or "")

    assert "<!" not in str(message["blocks"]).replace("<!date", "")


async def test_a_chart_is_uploaded_once_and_stays_through_edits(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.pictures[BLOB] = PIXEL
        incident = await bot.declare()
        async with bot.store.write() as tx:
            for one in payment_evidence():
                await tx.evidence.add(one.model_copy(update={"incident_id": incident.id}))
            await announce(tx, incident, bot.services.policies, bot.services.clock.now())
        bot.outbox.wake()
        incident = await bot.card(incident)
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        await bot.server.workspace.wait_for(lambda _: "slack_file" in str(bot.message(channel, ts)["blocks"]))
        await bot.server.workspace.click(MINA, channel, ts, "incident.acknowledge")
        await bot.server.workspace.wait_for(lambda _: "is on it" in str(bot.message(channel, ts)["blocks"]))
        after = bot.message(channel, ts)
        uploads = bot.calls("files.completeUploadExternal")

    assert "slack_file" in str(after["blocks"])
    assert len(uploads) == 1


async def test_a_card_comes_without_its_chart_when_uploads_fail(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.server.workspace.faults.add(Fault("refuse", "files.*", error="missing_scope"))
        bot.pictures[BLOB] = PIXEL
        incident = await bot.declare()
        async with bot.store.write() as tx:
            for one in payment_evidence():
                await tx.evidence.add(one.model_copy(update={"incident_id": incident.id}))
            await announce(tx, incident, bot.services.policies, bot.services.clock.now())
        bot.outbox.wake()
        incident = await bot.card(incident)
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        await bot.server.workspace.wait_for(lambda _: "captureV2" in str(bot.message(channel, ts)["blocks"]))
        message = bot.message(channel, ts)

    assert "slack_file" not in str(message["blocks"])


async def test_korean_cards_are_korean(tmp_path: Path) -> None:
    async with running_bot(tmp_path, language="ko") as bot:
        incident = await bot.card(await bot.declare())
        message = bot.message(incident.conversation.channel, incident.conversation.ts or "")

    assert "원인을 찾는 중" in str(message["blocks"])


async def test_a_priority_raised_after_the_post_notifies_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare(priority=Priority.P1))
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        reason = Reason(rule="critical-services-failing", sentence="three services fail together")
        for priority in (Priority.P0, Priority.P1, Priority.P0):
            async with bot.store.write() as tx:
                now, policies = bot.services.clock.now(), bot.services.policies
                await set_priority(
                    tx, policies, incident.id, priority=priority, reason=reason, by="ops-monitor", at=now
                )
            bot.outbox.wake()
            await bot.server.workspace.wait_for(
                lambda _, shown=priority.value: shown in str(bot.message(channel, ts)["blocks"][0])
            )
        await bot.server.workspace.wait_for(lambda ws: "is now P0" in str(ws.replies(channel, ts)))
        loud = [m for m in bot.server.workspace.history(channel) if "<!here>" in str(m)]

    assert len(loud) == 1
    assert loud[0]["thread_ts"] == ts


async def raised(bot: Bot, incident: Incident, priority: Priority) -> Incident:
    """Raise an incident out of its channel and return it once its card stands in the other one."""
    async with bot.store.write() as tx:
        await set_priority(
            tx,
            bot.services.policies,
            incident.id,
            priority=priority,
            reason=Reason(rule="r", sentence="it spreads"),
            by="ops-monitor",
            at=bot.services.clock.now(),
        )
    bot.outbox.wake()
    return await bot.card(incident, other_than=incident.conversation.ts or "")


async def test_a_card_that_became_louder_moves_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare(priority=Priority.P2))
        old = incident.conversation
        await bot.server.workspace.wait_for(lambda ws: ws.replies(old.channel, old.ts or ""))
        moved = await raised(bot, incident, Priority.P1)
        await bot.server.workspace.wait_for(lambda ws: not ws.history(old.channel))

    assert old.channel != moved.conversation.channel


async def test_a_thread_with_a_persons_words_stays_and_says_where_it_goes_on(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare(priority=Priority.P2))
        old = incident.conversation
        await bot.server.workspace.say(MINA, old.channel, "I am looking at it", thread_ts=old.ts or "")
        moved = await raised(bot, incident, Priority.P1)
        pointer = f"{incident.name} is P1 now and goes on in <#{moved.conversation.channel}>."
        await bot.server.workspace.wait_for(
            lambda _: bot.message(old.channel, old.ts or "")["text"] == pointer
        )


async def test_a_card_posted_after_the_raise_notifies_by_itself(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        await bot.outbox.stop()
        incident = await bot.declare(priority=Priority.P1)
        reason = Reason(rule="critical-services-failing", sentence="three services fail together")
        async with bot.store.write() as tx:
            now, policies = bot.services.clock.now(), bot.services.policies
            await set_priority(
                tx, policies, incident.id, priority=Priority.P0, reason=reason, by="bot", at=now
            )
        async with started_bot(bot.server, bot.store) as again:
            incident = await again.card(incident)
            await bot.server.workspace.wait_for(
                lambda ws: ws.replies(incident.conversation.channel, incident.conversation.ts or "")
            )
            await again.outbox.deliver_due()
        history = bot.server.workspace.history(incident.conversation.channel)

    assert len([m for m in history if "<!here>" in str(m)]) == 1

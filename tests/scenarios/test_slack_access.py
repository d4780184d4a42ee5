"""Access rules hold at every door: questions by mention and message, sent dialogs, and clicks inside of dialogs."""

from pathlib import Path

from agent.policy.access import AccessPolicy, AccessRule
from tests.support.slackbot import Bot, running_bot
from tests.support.views import payment_evidence
from tests.support.workspace import ALEX, MINA

CHANNEL = "#general"
RILEY = "U0RILEY006"
ONLY_ON_CALL = AccessPolicy(
    rules=(AccessRule(id="on-call", commands=("ask", "declare"), groups=("sre-oncall",)),)
)


async def test_a_question_by_mention_or_message_goes_by_the_rule_of_ask(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True, access=ONLY_ON_CALL) as bot:
        ws = bot.server.workspace
        direct = ws.open_dm(RILEY, ws.state.app.seed.bot_user_id)
        asked = await ws.say(RILEY, CHANNEL, "@ops-monitor why is payment failing?")
        await ws.wait_for(lambda w: "@sre-oncall" in str(w.replies(CHANNEL, asked["ts"])))
        asked = await ws.say(RILEY, direct.id, "why is payment failing?")
        await ws.wait_for(lambda w: "@sre-oncall" in str(w.replies(direct.id, asked["ts"])))
        refused = list(bot.desk.asked)
        await ws.say(MINA, CHANNEL, "@ops-monitor why is payment failing?")
        await ws.wait_for(lambda _: bot.desk.asked)

    assert [] == refused
    assert [MINA] == [question.asker for question in bot.desk.asked]


async def test_a_dialog_that_is_sent_is_judged_anew(tmp_path: Path) -> None:
    open_to_all = AccessPolicy(everyone=("ask", "declare"))
    async with running_bot(tmp_path, guarded=True, access=open_to_all) as bot:
        ws = bot.server.workspace
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        await ws.slash(RILEY, CHANNEL, "/ops declare")
        await ws.wait_for(lambda w: w.modals_of(RILEY))
        with_rules(bot, ONLY_ON_CALL)
        await ws.submit(RILEY, {"title": "all is down", "service": "checkout", "priority": "P0"})
        await ws.wait_for(lambda w: "@sre-oncall" in str(w.whispers(RILEY, CHANNEL)))
        with_rules(bot, open_to_all)
        await ws.click(RILEY, channel, ts, "incident.ask")
        await ws.wait_for(lambda w: w.modals_of(RILEY))
        with_rules(bot, ONLY_ON_CALL)
        await ws.submit(RILEY, {"question": "what changed?"})
        await ws.wait_for(lambda w: "@sre-oncall" in str(w.whispers(RILEY, channel)))
        async with bot.store.read() as tx:
            incidents = await tx.incidents.open()

    assert [incident.id] == [one.id for one in incidents]
    assert [] == bot.desk.asked


async def test_what_is_clicked_in_a_dialog_belongs_to_the_channel_of_its_opening(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        ws = bot.server.workspace
        name = f"#{ws.state.channel(channel).name}"
        rule = AccessRule(id="where", commands=("show",), channels=(name,))
        with_rules(bot, AccessPolicy(rules=(rule,)))
        async with bot.store.write() as tx:
            for round_ in range(2):
                for one in payment_evidence():
                    key = f"{one.id}_{round_}"
                    await tx.evidence.add(one.model_copy(update={"id": key, "incident_id": incident.id}))
        await ws.click(ALEX, channel, ts, "incident.evidence")
        await ws.wait_for(lambda w: w.modals_of(ALEX))
        first = ws.modals_of(ALEX)[-1]
        await ws.click_view(ALEX, first["id"], "evidence.page.1")
        await ws.wait_for(lambda w: "Page 2 of 2" in str(w.modals_of(ALEX)[-1]))
        with_rules(bot, AccessPolicy(rules=(rule.model_copy(update={"channels": ("#elsewhere",)}),)))
        await ws.click_view(ALEX, first["id"], "evidence.page.-1")
        await ws.wait_for(lambda w: "#elsewhere" in str([*w.whispers(ALEX, channel), w.transcript(channel)]))
        last = ws.modals_of(ALEX)[-1]

    assert "Page 2 of 2" in str(last)


def with_rules(bot: Bot, access: AccessPolicy) -> None:
    """Change the rules under the running bot."""
    object.__setattr__(bot.services, "access", access)

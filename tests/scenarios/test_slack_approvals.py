"""Guarded recovery by clicks on the real wire: votes, refusals, dialogs; only the engine behind the port is a double."""

from pathlib import Path
from typing import Any

from agent.domain.action import ActionState, Risk
from agent.errors import BadInput, Unavailable
from demo.workspace.seed import TeamSeed
from tests.support.blockkit import texts_of, wrong_with, wrong_with_view
from tests.support.deeds import ONE_ON_CALL
from tests.support.slackbot import Bot, bot_seed, running_bot
from tests.support.workspace import ALEX, JUN, MINA

SAM, RILEY = "U0SAM00005", "U0RILEY006"


class Scene:
    """One incident with a posted card, and what people do to the action on it."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.ws = bot.server.workspace
        self.channel = ""
        self.ts = ""
        self.incident_id = ""

    async def begin(self) -> "Scene":
        incident = await self.bot.card(await self.bot.declare())
        self.channel = incident.conversation.channel
        self.ts = incident.conversation.ts or ""
        self.incident_id = incident.id
        return self

    async def waiting(self, **changes: Any) -> str:
        action = await self.bot.recovery.waiting(self.incident_id, **changes)
        self.bot.outbox.wake()
        await self.shows(f"{action.handle}:")
        return action.id

    def card(self) -> str:
        return "\n".join(text for _, text in texts_of(self.bot.message(self.channel, self.ts)["blocks"]))

    async def shows(self, words: str) -> None:
        await self.ws.wait_for(lambda _: words in self.card())

    def told(self, user: str) -> str:
        return str(self.ws.whispers(user, self.channel))

    async def click(self, user: str, button: str) -> Any:
        return await self.ws.click(user, self.channel, self.ts, button)

    async def state(self, action_id: str) -> ActionState:
        async with self.bot.store.read() as tx:
            action = await tx.actions.get(action_id)
        assert action is not None
        return action.state


async def test_a_vote_from_the_card_is_counted_and_shown(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        two = ONE_ON_CALL.model_copy(update={"count": 2})
        action_id = await scene.waiting(requirements=(two,))
        first = scene.card()
        await scene.click(MINA, "action.approve")
        await scene.shows("1 of 2, waiting for @sre-oncall")
        await scene.click(JUN, "action.approve")
        await scene.shows("checked again")
        votes = bot.recovery.asked("vote")
        blocks = bot.message(scene.channel, scene.ts)["blocks"]

    assert "Waits for your approval, A-1" in first
    assert "`payment:v2` → `payment:v1`" in first
    assert "0 of 2, waiting for @sre-oncall" in first
    assert [MINA, JUN] == [vote["by"].user for vote in votes]
    assert {"T0DEMO0001"} == {vote["by"].team for vote in votes}
    assert {action_id} == {vote["action_id"] for vote in votes}
    assert wrong_with(blocks) == []


async def test_people_are_asked_once_in_the_thread_by_their_groups(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting()
        await scene.ws.wait_for(lambda w: "S0SREONC01" in str(w.replies(scene.channel, scene.ts)))
        await scene.click(MINA, "action.reject")
        await scene.shows("Rejected, A-1")
        replies = [str(one) for one in scene.ws.replies(scene.channel, scene.ts)]

    asked = [one for one in replies if "<!subteam^S0SREONC01>" in one]
    assert 1 == len(asked)


async def test_a_refusal_goes_to_the_clicker_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        action_id = await scene.waiting()
        bot.recovery.refusal = "Only people of @sre-oncall may vote on this."
        await scene.click(SAM, "action.approve")
        await scene.ws.wait_for(lambda _: "Only people of @sre-oncall" in scene.told(SAM))
        [refused] = scene.ws.whispers(SAM, scene.channel)
        others = scene.told(MINA) + scene.told(ALEX)
        state = await scene.state(action_id)

    # The card is the root of a thread, but who clicks on it looks at the channel.
    assert "thread_ts" not in refused
    assert "Only people" not in others
    assert "Only people" not in scene.card()
    assert ActionState.WAITING is state


async def test_an_error_of_the_engine_is_told_politely(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting()
        bot.recovery.trouble = Unavailable("The <cluster> does not answer.", backend="kubernetes")
        await scene.click(MINA, "action.approve")
        await scene.ws.wait_for(lambda _: "does not answer" in scene.told(MINA))

    assert "&lt;cluster&gt;" in scene.told(MINA)


async def test_access_rules_refuse_before_the_engine_is_asked(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting()
        async with bot.store.write() as tx:
            [action] = await tx.actions.of_incident(scene.incident_id)
            await tx.actions.save(action.model_copy(update={"state": ActionState.SUGGESTED}))
        await bot.recovery.waiting(scene.incident_id, state=ActionState.VERIFYING, requirements=())
        bot.outbox.wake()
        await scene.shows("Verifying, A-2")
        await scene.click(RILEY, "action.cancel")
        await scene.ws.wait_for(lambda _: "sre-oncall" in scene.told(RILEY))
        refused = list(bot.recovery.calls)
        await scene.click(MINA, "action.cancel")
        await scene.shows("Suggested, A-1")

    assert [] == refused
    assert 1 == len(bot.recovery.asked("cancel"))


async def test_nobody_is_in_a_group_that_cannot_be_read(tmp_path: Path) -> None:
    seed = bot_seed()
    manifest = dict(seed.apps[0].manifest)
    scopes = [one for one in manifest["oauth_config"]["scopes"]["bot"] if one != "usergroups:read"]
    manifest["oauth_config"] = {"scopes": {"bot": scopes}}
    app = seed.apps[0].model_copy(update={"manifest": manifest})
    async with running_bot(tmp_path, guarded=True, chosen=seed.model_copy(update={"apps": (app,)})) as bot:
        scene = await Scene(bot).begin()
        await bot.recovery.waiting(scene.incident_id, state=ActionState.VERIFYING, requirements=())
        bot.outbox.wake()
        await scene.shows("Verifying")
        await scene.click(MINA, "action.cancel")
        await scene.ws.wait_for(lambda _: "usergroups:read" in scene.told(MINA))

    assert [] == bot.recovery.calls


async def test_a_person_of_another_workspace_is_turned_away(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting()
        # The click reaches the bot as one from a shared channel does: signed, but by somebody of elsewhere.
        state = scene.ws.state
        original = state.team
        await scene.click(MINA, "action.reject")
        await scene.shows("Rejected, A-1")
        await scene.waiting()
        state.team = TeamSeed(id="T0ELSEWHERE", name="Elsewhere", domain="elsewhere")
        await scene.click(ALEX, "action.approve")
        await scene.ws.wait_for(lambda _: "Only people of this workspace" in scene.told(ALEX))
        state.team = original

    assert [MINA] == [vote["by"].user for vote in bot.recovery.asked("vote")]


async def test_two_clicks_are_two_deliveries_and_each_carries_its_key(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting(requirements=(ONE_ON_CALL.model_copy(update={"count": 2}),))
        await scene.click(MINA, "action.approve")
        await scene.click(MINA, "action.approve")
        await scene.ws.wait_for(lambda _: len(bot.recovery.asked("vote")) == 2)
        keys = {vote["key"] for vote in bot.recovery.asked("vote")}

    assert 2 == len(keys)
    assert all(key.startswith("click:") for key in keys)


async def test_why_opens_the_tree_the_changes_and_the_votes(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting()
        await scene.click(RILEY, "action.why")
        await scene.ws.wait_for(lambda w: "payment:v1" in str(w.modals_of(RILEY)))
        view = scene.ws.modals_of(RILEY)[-1]

    words = str(view["blocks"])
    assert "*needs* one on-call engineer" in words
    assert "3 pieces of evidence" in words
    assert wrong_with_view(_sent(view)) == []


async def test_why_says_when_the_reasons_cannot_be_told(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting()
        bot.recovery.trouble = Unavailable("Prometheus does not answer.", backend="prometheus")
        await scene.click(MINA, "action.why")
        await scene.ws.wait_for(lambda w: "Prometheus does not answer" in str(w.modals_of(MINA)))


async def test_change_shows_the_parameters_and_proposes_anew(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        params = {"kind": "Deployment", "namespace": "shop", "name": "payment", "replicas": 6}
        await scene.waiting(name="scale_workload", params=params)
        await scene.click(ALEX, "action.change")
        await scene.ws.wait_for(lambda w: w.modals_of(ALEX))
        view = scene.ws.modals_of(ALEX)[-1]
        bot.recovery.trouble = BadInput("At most 8 replicas fit.", field="params.replicas")
        wrong = await scene.ws.submit(ALEX, {"p:replicas": "9"})
        bot.recovery.trouble = None
        right = await scene.ws.submit(ALEX, {"p:replicas": "8"})
        await scene.shows("A-2:")
        changed = bot.recovery.asked("change")

    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert ["p:replicas"] == [block["block_id"] for block in inputs]
    assert "6" == inputs[0]["element"]["initial_value"]
    assert "`shop`" in str(view["blocks"])
    assert {"p:replicas": "At most 8 replicas fit."} == wrong.errors
    assert right.ok
    assert {"kind": "Deployment", "namespace": "shop", "name": "payment", "replicas": 8} == changed[-1][
        "params"
    ]
    assert ALEX == changed[-1]["by"].user
    assert wrong_with_view(_sent(view)) == []


async def test_acting_by_hand_goes_from_the_catalogue_to_a_proposal(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.click(SAM, "incident.act")
        await scene.ws.wait_for(lambda w: w.modals_of(SAM))
        first = scene.ws.modals_of(SAM)[-1]
        await scene.ws.submit(SAM, {"action": "scale_workload"})
        await scene.ws.wait_for(lambda w: "p:replicas" in str(w.modals_of(SAM)))
        second = scene.ws.modals_of(SAM)[-1]
        empty = await scene.ws.submit(
            SAM, {"p:namespace": "shop", "p:name": "payment", "p:replicas": "6", "reason": " "}
        )
        await scene.ws.submit(
            SAM, {"p:namespace": "shop", "p:name": "payment", "p:replicas": "6", "reason": "more room"}
        )
        await scene.shows("Waits for your approval")
        [asked] = bot.recovery.asked("propose")

    options = [option["value"] for option in first["blocks"][0]["element"]["options"]]
    assert ["roll_back_workload", "scale_workload"] == options
    assert "payment" == second["blocks"][4]["element"]["initial_value"]
    assert ["reason"] == list(empty.errors)
    request = asked["request"]
    assert (SAM, "person", "more room", scene.incident_id) == (
        request.by,
        request.origin,
        request.reason,
        request.incident_id,
    )
    assert {"kind": "Deployment", "namespace": "shop", "name": "payment", "replicas": 6} == request.params
    assert wrong_with_view(_sent(first)) == wrong_with_view(_sent(second)) == []


async def test_a_high_risk_is_confirmed_before_the_vote(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        await scene.waiting(risk=Risk.HIGH)
        blocks = bot.message(scene.channel, scene.ts)["blocks"]

    [approve] = [
        element
        for block in blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "action.approve"
    ]
    assert "high-risk" in approve["confirm"]["text"]["text"]


async def test_home_shows_what_waits_for_its_viewer_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path, guarded=True) as bot:
        scene = await Scene(bot).begin()
        for who in (MINA, SAM):
            await scene.ws.open_home(who)
        await scene.ws.wait_for(lambda w: w.home_of(MINA) and w.home_of(SAM))
        await scene.waiting()
        await scene.ws.wait_for(lambda w: "waits for your approval" in str(w.home_of(MINA)))
        others = str(scene.ws.home_of(SAM))
        home = scene.ws.home_of(MINA) or {}
        await scene.ws.click_view(MINA, home["id"], "action.approve")
        await scene.shows("checked again")
        await scene.ws.wait_for(lambda w: "waits for your approval" not in str(w.home_of(MINA)))

    assert "waits for your approval" not in others
    assert wrong_with_view({"type": "home", "blocks": home["blocks"]}) == []


async def test_without_guarded_recovery_nothing_offers_to_act(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        scene = await Scene(bot).begin()
        offered = "Act…" in scene.card()

    assert not offered


def _sent(view: dict[str, Any]) -> dict[str, Any]:
    names = ("type", "callback_id", "title", "submit", "close", "blocks", "private_metadata")
    return {name: view[name] for name in names if view.get(name)}

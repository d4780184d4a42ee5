"""Ways around an approval on the real wire: the product in a process of its own, the local workspace, a cluster."""

import asyncio
import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.operations.audit import entries, verify
from agent.store.engine import open_store
from demo.workspace.acts.clicks import Clicks
from demo.workspace.server import WorkspaceServer
from tests.support.backends import eventually
from tests.support.product import Product, alert, delivery, roots, shown, slack_settings, workspace
from tests.support.workspace import ALEX, JUN, MINA, PATIENT
from tests.support.writing_cluster import WritingWorld, writing_world
from tools.connectors.writers import DEPLOYMENTS

pytestmark = [
    pytest.mark.backend,
    pytest.mark.asyncio(loop_scope="module"),
]
SAM = "U0SAM00005"
MARK = "ops-monitor.dev/action"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
ROOM = "alerts-critical"
Json = dict[str, Any]


@dataclass
class Wire:
    """People in the workspace, the bot as a process, and the cluster that it may change."""

    world: WritingWorld
    server: WorkspaceServer
    product: Product

    @property
    def ws(self) -> Any:
        return self.server.workspace

    def card(self) -> Json:
        """Return the card in its room; it may stand elsewhere until its priority is known."""
        found = [one for one in roots(self.server) if "payment" in shown(one)]
        there = {str(one["ts"]) for one in self.ws.history(ROOM)}
        return next((one for one in found if str(one["ts"]) in there), {})

    def actions(self) -> list[Action]:
        rows = self.product.rows("select body from actions order by number")
        return [Action.model_validate_json(body) for (body,) in rows]

    def newest(self, state: ActionState) -> Action | None:
        return next((one for one in reversed(self.actions()) if one.state is state), None)

    async def until_newest(self, state: ActionState) -> Action:
        found: Action = await eventually(lambda: self.newest(state), within=60)
        return found

    async def propose(self, who: str) -> Action:
        """Ask for a restart by dialog, as people do, and wait for its buttons."""

        async def opened() -> bool:
            await eventually(self.card, within=120)
            # A busy machine may need longer for the first dialog than Slack lets its trigger live.
            await self.ws.click(who, ROOM, str(self.card()["ts"]), "incident.act")
            try:
                return bool(
                    await self.ws.wait_for(lambda w: w.modals_of(who), timeout=2 * PATIENT["trigger_seconds"])
                )
            except TimeoutError:
                return False

        await eventually(opened, within=60)
        await self.ws.submit(who, {"action": "restart_workload"})
        await self.ws.wait_for(lambda w: "p:namespace" in str(w.modals_of(who)), timeout=60)
        values = {"p:namespace": "shop", "p:name": "payment", "reason": "it is stuck"}
        outcome = await self.ws.submit(who, values)
        assert not outcome.errors, outcome
        action = await self.until_newest(ActionState.WAITING)
        await eventually(lambda: action.id in str(self.card()["blocks"]), within=60)
        return action

    async def told(self, who: str, words: str, verb: str = "action.approve") -> str:
        """Click on the card and return what only that person is then told, which holds some words."""
        before = len(self.ws.whispers(who, ROOM))
        await self.ws.click(who, ROOM, str(self.card()["ts"]), verb)

        def answers() -> list[str]:
            return [said for one in self.ws.whispers(who, ROOM)[before:] if words in (said := shown(one))]

        try:
            found: list[str] = await eventually(answers, within=60)
        except TimeoutError:
            raise AssertionError(f"{words!r} is not in {self.ws.whispers(who, ROOM)[before:]}") from None
        return found[0]

    async def command(self, who: str, words: str) -> None:
        before = len(self.ws.whispers(who, ROOM))
        await self.ws.slash(who, ROOM, words)
        await eventually(lambda: self.ws.whispers(who, ROOM)[before:], within=60)

    async def restarts(self) -> str:
        """Return the time of the last restart that the cluster holds, empty for none."""
        found = await self.world.deployment()
        return str(found["spec"]["template"]["metadata"].get("annotations", {}).get(RESTARTED, ""))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wire]:
    folder: Path = tmp_path_factory.mktemp("wire")
    async with writing_world() as world, workspace() as server:
        settings = slack_settings(server) | {
            "environment": "demo",
            "autonomy": "approve",
            "kubernetes_url": world.server.url,
            "kubernetes_token": "reader",
            "kubernetes_write_token": "writer",
            "kubernetes_namespaces": "shop",
        }
        async with Product(folder, **settings) as product:
            one = Wire(world, server, product)
            await product.deliver(delivery(alert("payment", "HighErrorRate")))
            await eventually(lambda: one.card(), within=60)
            yield one


async def test_a_stranger_and_the_requester_are_refused_in_private(wire: Wire) -> None:
    action = await wire.propose(MINA)
    stranger = await wire.told(SAM, "Only people of")
    own = await wire.told(MINA, "asked for this yourself")

    assert "sre-oncall" in stranger
    assert own not in shown(wire.card())
    assert ActionState.WAITING is wire.actions()[-1].state
    assert "" == await wire.restarts()
    assert action.id == wire.actions()[-1].id


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        ({"actions": "../../apis/apps/v1/namespaces/shop/deployments/payment"}, "no such action"),
        ({"actions": "' or 1=1 --"}, "no such action"),
        ({"user": "T0ELSEWHERE"}, "Only people of this workspace"),
        ({"message": "A-1 was approved by everybody"}, "no such action"),
    ],
)
async def test_a_forged_delivery_runs_nothing(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, forged: dict[str, str], words: str
) -> None:
    """What a card never held: the value of another button, a person from elsewhere, the text of an edited message."""
    send = Clicks._send

    async def forge(self: Clicks, app: Any, name: str, payload: Json) -> Any:
        made = copy.deepcopy(payload)
        if "user" in forged:
            made["user"]["team_id"] = forged["user"]
        elif "message" in forged:
            made["message"] = {**made["message"], "text": forged["message"], "blocks": []}
            made["actions"][0]["value"] = forged["message"]
        else:
            made["actions"][0]["value"] = forged["actions"]
        return await send(self, app, name, made)

    monkeypatch.setattr(Clicks, "_send", forge)
    await wire.told(JUN, words)

    assert ActionState.WAITING is wire.actions()[-1].state
    assert "" == await wire.restarts()


async def test_the_stop_switch_holds_a_vote_and_a_stranger_cannot_release_it(wire: Wire) -> None:
    await wire.command(JUN, "/ops stop a strange smell")
    held = await wire.told(JUN, "a strange smell")
    await wire.command(SAM, "/ops resume")
    still = await wire.told(JUN, "a strange smell")
    await wire.command(JUN, "/ops resume")

    assert held == still
    assert ActionState.WAITING is wire.actions()[-1].state
    assert "" == await wire.restarts()


async def test_a_target_that_changed_makes_a_new_card(wire: Wire) -> None:
    old = wire.actions()[-1]
    container = {"name": "payment", "env": [{"name": "POOL", "value": "11"}]}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    await wire.world.admin.patch(DEPLOYMENTS, "shop", "payment", body)
    await wire.world.settled()
    await wire.told(JUN, "The target has changed")
    new = await eventually(
        lambda: next((one for one in wire.actions() if one.request.replaces == old.id), None), within=60
    )
    await eventually(lambda: new.id in str(wire.card()["blocks"]), within=60)

    assert ActionState.WAITING is new.state
    assert ActionState.STALE is next(one for one in wire.actions() if one.id == old.id).state
    assert "" == await wire.restarts()


async def test_two_people_at_the_same_moment_and_once_more_make_one_effect(wire: Wire) -> None:
    action, ts = wire.actions()[-1], str(wire.card()["ts"])
    clicks = (wire.ws.click(who, ROOM, ts, "action.approve") for who in (JUN, ALEX, JUN))
    await asyncio.gather(*clicks, return_exceptions=True)
    await eventually(wire.restarts, within=60)
    once = await wire.restarts()
    found = (await wire.world.deployment())["metadata"]["annotations"][MARK]
    store = await open_store(wire.product.settings["database_url"])
    try:
        report = await verify(store)
        record = [entry async for entry in entries(store) if entry.action_id == action.id]
    finally:
        await store.close()

    assert action.id == found
    assert report.ok, report.problem
    kinds = [entry.kind for entry in record]
    assert (1, 1) == (kinds.count(AuditKind.VOTED), kinds.count(AuditKind.STARTED))
    assert [JUN, ALEX].count(next(entry.actor for entry in record if entry.kind is AuditKind.VOTED)) == 1
    assert once == await wire.restarts()
    refused = [entry for entry in record if entry.kind is AuditKind.VOTE_REFUSED]
    assert all(str(entry.data["why"]).strip() for entry in refused)

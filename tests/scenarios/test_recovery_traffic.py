"""Guarded recovery where calls go wrong: a bad instance, a standby, two people, a slow database.

Everything is done by clicks and commands of people in one running demo; what became of it is asked of the world.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import demo.show
import demo.world
from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import Approval
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import RecoveryState, StepState
from demo.backends.rules import demo_rules
from demo.bot import bot_settings
from demo.settings import DemoSettings
from demo.show import Show
from demo.workspace.server import WorkspaceServer
from demo.world import World
from tests.support.backends import eventually
from tests.support.clicks import JUN, MINA, SAM, Clicker
from tests.support.product import posts, shown
from tests.support.without_speed import without_speed
from tests.support.workspace import ALEX
from tools.incident_responder.writes.membership import OUT

pytestmark = [
    pytest.mark.backend,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
Json = dict[str, Any]
CUSTOM = "/apis/{group}/namespaces/shop/{kind}"
ROUTE = CUSTOM.format(group="gateway.networking.k8s.io/v1", kind="httproutes/checkout")
EJECTIONS = 'sum(envoy_cluster_outlier_detection_ejections_enforced_total{cluster_name=~".*checkout.shop.*"})'
POLICIES = Path(demo.world.__file__).parents[1] / "policies"
SLOW = "slow-dependency"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the shipped policies but for those recoveries that begin when answers are slow."""
    folder = tmp_path_factory.mktemp("rules") / "policies"
    slow = shutil.ignore_patterns(f"{SLOW}.yaml", "performance-degradation.yaml", "tests")
    return Path(shutil.copytree(POLICIES, folder, ignore=slow))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory, policies: Path) -> AsyncIterator[Clicker]:
    def settings(world: World, workspace: WorkspaceServer) -> dict[str, str]:
        return bot_settings(world, workspace) | {"OPS_POLICIES_DIR": str(policies)}

    home = DemoSettings(home=tmp_path_factory.mktemp("show")).with_free_ports()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.world, "demo_rules", without_speed)
        patch.setattr(demo.show, "bot_settings", settings)
        async with Show(home, say=lambda _: None) as show:
            await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=60)
            yield Clicker(show)


def breaks_circuits(people: Clicker) -> bool:
    """Say whether instances of checkout that fail in a row are left out."""
    return people.show.world.mesh.outlier("shop", "checkout") is not None


def serving(people: Clicker) -> set[str]:
    """Return the instances of checkout that take calls."""
    return {pod for _, _, pod in people.show.world.cluster.endpoints("shop", "checkout")}


async def weights(people: Clicker) -> dict[str, int]:
    """Return how the calls to checkout are split."""
    route = await people.show.world.kube.call("GET", ROUTE)
    return {ref["name"]: ref["weight"] for ref in route["spec"]["rules"][0]["backendRefs"]}


def proved(action: Action | None) -> bool:
    return action is not None and (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)


async def whispered(people: Clicker, user: str, command: str) -> str:
    """Type a command and return what only its author then reads."""
    ws = people.workspace
    before = len(ws.whispers(user, "#general"))
    assert (await ws.slash(user, "#general", f"/ops {command}")).ok
    said = await people.until(lambda: ws.whispers(user, "#general")[before:], f"an answer to {command}", 30)
    return shown(said[-1])


async def test_a_bad_instance_gets_no_calls_any_more(people: Clicker) -> None:
    await people.show.world.panel.turn("bad-instance", True)
    breaker = await people.button_of("enable_circuit_breaker")

    assert "sre-oncall" in await people.refused(SAM, breaker)
    assert not breaks_circuits(people)
    await people.press(MINA, breaker)
    instance = await people.button_of("take_out_of_service")
    assert breaks_circuits(people)
    await people.until(lambda: ejected(people), "an ejection by the callers' proxies")
    await people.press(MINA, instance)
    await people.until(lambda: proved(people.action("take_out_of_service")), "the instance out of service")
    async with people.approving():
        run = await people.ended("high-error-rate")

    assert RecoveryState.SUCCEEDED is run.state, people.story()
    assert not await people.fault("bad-instance")
    assert taken_out(people) not in serving(people)
    samples = next(step for step in run.steps if step.name == "error-samples")
    assert (StepState.DONE, True) == (samples.state, "too many open files" in samples.why)
    assert not breaks_circuits(people), "the breaker was for a time only"
    incident = await people.resolved(run.incident_id)
    assert [people.card(incident)] == people.cards()
    assert "@sre-oncall to be paged" in "".join(message["text"] for message in posts(people.show.workspace))


async def ejected(people: Clicker) -> bool:
    found = await people.show.world.prometheus.query(EJECTIONS)
    return bool(found) and float(found[0]["value"][1]) > 0


def taken_out(people: Clicker) -> str:
    action = people.action("take_out_of_service")
    assert action is not None
    return str(action.request.params["pod"])


async def test_what_was_mended_comes_back_by_a_command(people: Clicker) -> None:
    action = people.action("take_out_of_service")
    assert action is not None
    await people.show.world.panel.turn("bad-instance", False)
    refused = await whispered(people, SAM, f"undo {action.handle}")
    await whispered(people, MINA, f"undo {action.handle}")
    async with people.approving():
        await people.until(lambda: undone(people, action), "the instance back in service")

    assert "sre-oncall" in refused
    pods = await people.show.world.kube.pods("shop")
    assert OUT not in {value for pod in pods for value in pod["metadata"]["labels"].values()}


def undone(people: Clicker, action: Action) -> bool:
    return next(one for one in people.actions() if one.id == action.id).state is ActionState.UNDONE


async def test_when_every_instance_fails_the_standby_takes_over_and_traffic_returns_step_by_step(
    people: Clicker,
) -> None:
    world = people.show.world
    await people.at_ease()
    for pod in await world.kube.pods("shop"):
        if pod["metadata"]["name"] in serving(people):
            world.runtime.trouble(pod["metadata"]["uid"]).no_files_left = True
    seen: list[int] = []
    async with people.approving():
        await people.until(lambda: proved(people.action("shift_traffic")), "the standby's turn", 240)
        assert {"checkout": 0, "checkout-standby": 100} == await weights(people)
        await world.panel.turn("bad-instance", False)

        async def returned() -> bool:
            share = (await weights(people))["checkout"]
            seen.extend([share] if seen[-1:] != [share] else [])
            return share == 100

        await people.until(returned, "the traffic's return", 240)
        run = await people.ended("high-error-rate", 240)

    assert [0, 25, 50, 100] == seen
    assert RecoveryState.SUCCEEDED is run.state, people.story()
    assert not breaks_circuits(people)
    await people.resolved(run.incident_id)


async def declared(people: Clicker) -> str:
    """Declare an incident as Mina and return its id."""
    ws, known = people.workspace, {one.id for one in people.incidents()}
    await ws.slash(MINA, "#general", "/ops declare")
    await ws.wait_for(lambda w: w.modals_of(MINA), timeout=30)
    fields = {"title": "pages look odd", "service": "textbook", "priority": "P2"}
    assert (await ws.submit(MINA, fields)).ok
    found = await people.until(
        lambda: [i for i in people.incidents() if i.id not in known and i.conversation.ts], "its card", 60
    )
    return str(found[0].id)


async def click_card(people: Clicker, incident_id: str, verb: str) -> None:
    """Click a button of an incident's card as Mina."""
    ts = str(people.card(people.incident(incident_id))["ts"])
    assert (await people.workspace.click(MINA, people.channel(ts), ts, verb)).ok


async def propose_more(people: Clicker, incident_id: str) -> tuple[str, str]:
    """Propose a third instance of textbook as Mina, by the card's button, and return the button to approve it."""
    ws = people.workspace
    await click_card(people, incident_id, "incident.act")
    await ws.wait_for(lambda w: w.modals_of(MINA), timeout=30)
    await ws.submit(MINA, {"action": "scale_workload"})
    await ws.wait_for(lambda w: "p:replicas" in str(w.modals_of(MINA)), timeout=30)
    form = {"p:namespace": "shop", "p:name": "textbook", "p:replicas": "3", "reason": "more room"}
    assert (await ws.submit(MINA, form)).ok
    return await people.button_of("scale_workload")


async def test_a_freeze_asks_two_people_and_the_stop_switch_holds_everything(people: Clicker) -> None:
    await people.at_ease()
    frozen = await whispered(people, JUN, "freeze 2h the books are closed")
    incident_id = await declared(people)
    button = await propose_more(people, incident_id)

    assert "frozen" in frozen
    assert "two different people agreed during the freeze" in shown(people.card(people.incident(incident_id)))
    own = await people.refused(MINA, button)
    await people.press(JUN, button)
    await people.until(lambda: votes(people, button[1]) == [JUN], "Jun's word")
    again = await people.refused(JUN, button)
    await whispered(people, MINA, "stop look first")
    stopped = await people.refused(ALEX, button)
    action = next(one for one in people.actions() if one.id == button[1])
    assert ActionState.WAITING is action.state, "one of two is not enough"
    await whispered(people, JUN, "resume")
    await people.press(ALEX, button)
    await people.until(lambda: done(people, action.id), "a third instance")

    assert "You asked for this yourself" in own
    assert "It counts once; somebody else is needed" in again
    assert "thrown the stop switch (look first)" in stopped
    assert 3 == await replicas(people)
    await whispered(people, MINA, f"undo {action.handle}")
    async with people.approving(ALEX):
        await people.until(lambda: undone(people, action), "two instances again")
    assert 2 == await replicas(people)
    assert "1 freeze is lifted" in await whispered(people, JUN, "thaw")
    await click_card(people, incident_id, "incident.resolve")
    await people.until(
        lambda: people.incident(incident_id).status is IncidentStatus.RESOLVED, "the end of the story", 60
    )


def votes(people: Clicker, action_id: str) -> list[str]:
    [(body,)] = people.rows("select body from approvals where action_id = ?", action_id)
    return [vote.by for vote in Approval.model_validate_json(body).votes]


def done(people: Clicker, action_id: str) -> bool:
    return next(one for one in people.actions() if one.id == action_id).state is ActionState.SUCCEEDED


async def replicas(people: Clicker) -> int:
    return int((await people.show.world.kube.deployment("shop", "textbook"))["spec"]["replicas"])


async def test_a_slow_database_is_started_afresh_by_consent(people: Clicker, policies: Path) -> None:
    shutil.copy(POLICIES / "recovery" / f"{SLOW}.yaml", policies / "recovery")
    prometheus = people.show.world.prometheus
    prometheus.rules = {**demo_rules()}
    prometheus.write_files()
    await prometheus.reload()
    await people.show.world.panel.turn(SLOW, True)
    async with people.approving():
        run = await people.ended(SLOW, 240)

    restart = people.action("restart_workload", run.incident_id)
    assert restart is not None
    assert "ledger-db" == restart.request.params["name"]
    assert not await people.fault(SLOW)
    assert proved(restart), people.story()


async def test_every_word_is_on_record_and_nothing_was_refused(people: Clicker) -> None:
    kinds = {event.kind for event in await people.audit()}
    assert {AuditKind.VOTE_REFUSED, AuditKind.FROZEN, AuditKind.STOPPED, AuditKind.RESUMED} <= kinds
    assert len(people.cards()) == len(people.incidents())
    await people.nothing_refused()

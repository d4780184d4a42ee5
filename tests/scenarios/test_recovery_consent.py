"""Guarded recovery that people may hold or must agree to: a freeze, the stop switch, a slow database.

Everything is done by clicks and commands of people in one running demo; what became of it is asked of the world.
"""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import Approval
from agent.domain.incident import IncidentStatus
from tests.support.clicks import JUN, MINA, Clicker
from tests.support.product import shown
from tests.support.traffic import POLICIES, SLOW, proved, traffic_show, undone, whispered
from tests.support.without_speed import patient_rules
from tests.support.workspace import ALEX

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(80),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    async with traffic_show(tmp_path_factory.mktemp("demo")) as clicker:
        yield clicker


async def declared(people: Clicker) -> str:
    """Declare an incident as Mina and return its id."""
    ws, known = people.workspace, {one.id for one in people.incidents()}
    await ws.slash(MINA, "#general", "/ops declare")
    await ws.wait_for(lambda w: w.modals_of(MINA), timeout=60)
    fields = {"title": "pages look odd", "service": "textbook", "priority": "P2"}
    assert (await ws.submit(MINA, fields)).ok
    found = await people.until(
        lambda: [i for i in people.incidents() if i.id not in known and i.conversation.ts], "its card"
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
    await ws.wait_for(lambda w: w.modals_of(MINA), timeout=60)
    await ws.submit(MINA, {"action": "scale_workload"})
    await ws.wait_for(lambda w: "p:replicas" in str(w.modals_of(MINA)), timeout=60)
    form = {"p:namespace": "shop", "p:name": "textbook", "p:replicas": "3", "reason": "more room"}
    assert (await ws.submit(MINA, form)).ok
    return await people.button_of("scale_workload")


async def test_a_freeze_asks_two_people_and_the_stop_switch_holds_everything(people: Clicker) -> None:
    frozen = await whispered(people, JUN, "freeze 2h the books are closed")
    incident_id = await declared(people)
    button, incident = await propose_more(people, incident_id), people.incident(incident_id)

    assert "frozen" in frozen
    await people.until(
        lambda: "two different people agreed during the freeze" in shown(people.card(incident)),
        "what the freeze asks",
    )
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
        lambda: people.incident(incident_id).status is IncidentStatus.RESOLVED, "the end of the story"
    )


def votes(people: Clicker, action_id: str) -> list[str]:
    [(body,)] = people.rows("select body from approvals where action_id = ?", action_id)
    return [vote.by for vote in Approval.model_validate_json(body).votes]


def done(people: Clicker, action_id: str) -> bool:
    return next(one for one in people.actions() if one.id == action_id).state is ActionState.SUCCEEDED


async def replicas(people: Clicker) -> int:
    return int((await people.show.world.kube.deployment("shop", "textbook"))["spec"]["replicas"])


async def test_a_slow_database_is_started_afresh_by_consent(people: Clicker) -> None:
    policies = people.show.settings.home.parent / "policies"
    shutil.copy(POLICIES / "recovery" / f"{SLOW}.yaml", policies / "recovery")
    prometheus = people.show.world.prometheus
    prometheus.rules = {**patient_rules()}
    prometheus.write_files()
    await prometheus.reload()
    await people.show.world.panel.turn(SLOW, True)
    async with people.approving():
        run = await people.ended(SLOW, 240)

    restart = people.action("restart_workload", run.incident_id)
    assert restart is not None
    assert "ledger-db" == restart.request.params["name"]
    await people.over(SLOW)
    assert proved(restart), people.story()


async def test_every_word_is_on_record_and_nothing_was_refused(people: Clicker) -> None:
    kinds = {event.kind for event in await people.audit()}
    assert {AuditKind.VOTE_REFUSED, AuditKind.FROZEN, AuditKind.STOPPED, AuditKind.RESUMED} <= kinds
    await people.one_card_each()
    await people.nothing_refused()

"""Guarded recovery where one instance fails: callers leave it out, it goes out of service, and comes back by a command.

Everything is done by clicks and commands of people in one running demo; what became of it is asked of the world.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.audit import AuditKind
from agent.domain.recovery import RecoveryState, StepState
from tests.support.clicks import MINA, SAM, Clicker
from tests.support.product import posts
from tests.support.traffic import breaks_circuits, proved, serving, traffic_show, undone, whispered
from tools.incident_responder.writes.membership import OUT

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(95),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
EJECTIONS = 'sum(envoy_cluster_outlier_detection_ejections_enforced_total{cluster_name=~".*checkout.shop.*"})'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    async with traffic_show(tmp_path_factory.mktemp("demo")) as clicker:
        yield clicker


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
    await people.over("bad-instance")
    assert taken_out(people) not in serving(people)
    samples = next(step for step in run.steps if step.name == "error-samples")
    assert (StepState.DONE, True) == (samples.state, "too many open files" in samples.why)
    assert not breaks_circuits(people), "the breaker was for a time only"
    incident = await people.resolved(run.incident_id)
    await people.until(lambda: [people.card(incident)] == people.cards(), "one card")
    await people.until(
        lambda: "@sre-oncall to be paged" in "".join(one["text"] for one in posts(people.show.workspace)),
        "a word to those on call",
    )


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


async def test_every_refusal_is_on_record_and_every_incident_has_one_card(people: Clicker) -> None:
    assert AuditKind.VOTE_REFUSED in {event.kind for event in await people.audit()}
    await people.one_card_each()
    await people.nothing_refused()

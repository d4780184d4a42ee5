"""What each step of a recovery does: its order, its conditions, its reads, and what has it left out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import ActionRequest, ActionState
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import RecoveryState
from agent.errors import BadInput, Conflict, Unavailable
from tests.support import readings
from tests.support.recoveries import INCIDENT, Bench, alert, caused, recovery
from tests.support.recovery_runs import TWO, one_bench, use
from tests.support.store import NOON

POD = "payment-7c9b4f6d8-x2x4z"

PATIENT = recovery(
    """
trigger: [{cause: [change.bad-deployment]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
  wait: 1m
- id: grow
  action: scale_workload
  params: {name: payment, replicas: 6}
""",
    "patient",
)


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with one_bench(tmp_path) as found:
        yield found


async def test_steps_are_done_in_order_one_action_at_a_time(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.turn()
    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]

    await bench.finish(ActionState.FAILED, "it changed nothing")
    assert ["restart_workload", "scale_workload"] == [r.name for r in bench.desk.proposed]
    await bench.finish(ActionState.UNDONE)

    assert (await bench.told())["restart"] == "failed A-1 did not work. it changed nothing"
    assert (await bench.told())["grow"].startswith("failed A-2 was undone.")
    assert (await bench.told())["tell"] == "done"
    assert (
        RecoveryState.FAILED,
        "all of its steps are over and the trouble is still there",
    ) == await bench.over()
    assert any("Please take over." in words and "to be paged" in words for words in await bench.said())


async def test_nothing_is_proposed_beside_an_action_that_waits_for_votes(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    own = await bench.desk.put(ActionRequest(name="delete_pod", by="ada", incident_id=INCIDENT))
    bench.clock.advance(5)
    await bench.turn()
    assert [] == bench.desk.proposed

    await bench.desk.end(own, ActionState.REJECTED)
    await bench.pass_time(16)
    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]


@pytest.mark.parametrize(
    ("trouble", "state", "why"),
    [
        (BadInput("An autoscaler owns it."), "skipped", "An autoscaler owns it."),
        (Conflict("It has changed."), "skipped", "It has changed."),
    ],
)
async def test_a_step_that_the_world_does_not_allow_is_left_out(
    bench: Bench, trouble: Exception, state: str, why: str
) -> None:
    bench.desk.trouble["restart_workload"] = [trouble]
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert {"restart": f"{state} {why}"} == await bench.told()
    assert (RecoveryState.STOPPED, "nothing of it could be done here") == await bench.over()


async def test_a_step_with_nothing_to_do_yet_is_looked_at_again_for_its_time(bench: Bench) -> None:
    use(bench, PATIENT)
    bench.desk.trouble["restart_workload"] = [Conflict("No query runs so long.")] * 2
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    told = await bench.told()
    await bench.pass_time(40)

    assert {"restart": "pending not yet: No query runs so long.", "grow": "pending"} == told
    assert ["restart_workload"] * 3 == [r.name for r in bench.desk.proposed]
    assert "acting" == (await bench.told())["restart"].partition(" ")[0]


async def test_a_step_that_never_has_anything_to_do_is_left_out_after_its_time(bench: Bench) -> None:
    use(bench, PATIENT)
    bench.desk.trouble["restart_workload"] = [Conflict("No query runs so long.")] * 99
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(59)
    waiting = await bench.told()
    await bench.pass_time(17)

    assert waiting["restart"].startswith("pending")
    assert "skipped No query runs so long." == (await bench.told())["restart"]
    assert "scale_workload" == bench.desk.proposed[-1].name
    async with bench.store.read() as tx:
        audit = [e for e in await tx.audit.of_incident(INCIDENT) if e.data.get("step") == "restart"]
    told = [e.data["step_state"] for e in audit if e.data["step_state"] in ("pending", "skipped")]
    assert ["pending", "skipped"] == told, "that it waits is on record once"


async def test_waiting_ends_with_the_trouble(bench: Bench) -> None:
    use(bench, PATIENT)
    bench.desk.trouble["restart_workload"] = [Conflict("No query runs so long.")] * 99
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED)
    await bench.pass_time(16)

    assert (RecoveryState.SUCCEEDED, "recovered") == await bench.over()


async def test_a_backend_that_is_away_for_a_moment_is_asked_again(bench: Bench) -> None:
    bench.desk.trouble["restart_workload"] = [Unavailable("away", backend="kubernetes")] * 2
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(15)

    assert {"restart": "acting"} == await bench.told()
    assert 3 == len(bench.desk.proposed)


async def test_a_backend_that_stays_away_fails_the_step(bench: Bench) -> None:
    bench.desk.trouble["restart_workload"] = [Unavailable("away", backend="kubernetes")] * 9
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(60)

    assert {"restart": "failed away"} == await bench.told()


async def test_a_failed_step_that_must_not_fail_ends_the_recovery(bench: Bench) -> None:
    strict = TWO.model_copy(
        update={"steps": (TWO.steps[0].model_copy(update={"on_failure": "stop"}), *TWO.steps[1:])}
    )
    use(bench, strict)
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.finish(ActionState.REJECTED)

    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]
    assert RecoveryState.FAILED is (await bench.run()).state
    assert "was rejected" in (await bench.told())["restart"]


async def test_where_actions_are_only_suggested_every_step_is_shown(bench: Bench) -> None:
    bench.desk.state = ActionState.SUGGESTED
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.pass_time(40)

    assert ["restart_workload", "scale_workload"] == [r.name for r in bench.desk.proposed]
    assert all("Only suggested" in why for name, why in (await bench.told()).items() if name != "tell")


async def test_a_reference_behind_which_nothing_was_seen_leaves_the_step_out_with_the_reason(
    bench: Bench,
) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{cause: [change.*]}]
steps:
- id: restart
  action: restart_workload
  params: {namespace: $service.namespace, name: $service.workload}
"""
        ),
    )
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [] == bench.desk.proposed
    said = "skipped Left out: $service.namespace is not known, because no pods of payment were seen."
    assert {"restart": said} == await bench.told()


async def test_a_read_is_kept_as_evidence_and_cited_by_later_actions(bench: Bench) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{cause: [change.*]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
- id: samples
  read: log_analyzer.patterns
  params: {service: $service.name, level: error}
  at_once: true
"""
        ),
    )
    bench.reads.on("log_analyzer.patterns", readings.patterns(readings.pattern("payment", "boom")))
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [{"service": "payment", "level": "error"}] == [r.params for r in bench.reads.asked]
    async with bench.store.read() as tx:
        kept = [evidence.id for evidence in await tx.evidence.of_incident(INCIDENT)]
    assert kept == list(bench.desk.proposed[0].evidence_ids[1:])
    assert (await bench.told())["samples"] == "done found"


async def test_conditions_choose_the_steps(bench: Bench) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{cause: [change.*]}]
steps:
- id: small
  action: scale_workload
  params: {name: payment, replicas: {of: $service.replicas, times: 2, at_most: 3}}
  unless: {replicas_over: 4}
- id: big
  action: delete_pod
  params: {name: $service.unready_pod}
  when: {replicas_over: 4}
- id: cause
  action: restart_workload
  when: {cause: [memory.*]}
"""
        ),
    )
    ready = (readings.pod(POD, "payment"), readings.pod("payment-7c9b4f6d8-aaaaa", "payment"))
    bench.reads.on("incident_responder.pods", readings.pods(*ready))
    bench.desk.state = ActionState.SUGGESTED
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(40)

    assert [("scale_workload", 3)] == [(r.name, r.params["replicas"]) for r in bench.desk.proposed]
    assert (await bench.told())["big"] == "skipped Not needed here."


async def test_people_are_told_as_text_and_nothing_else(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(service="<!here> & co", since=NOON), service="<!here> & co")
    await bench.turn()
    await bench.finish(ActionState.FAILED)
    await bench.finish(ActionState.FAILED)

    told = (await bench.said())[0]
    assert "&lt;!here&gt; &amp; co" in told
    assert "<" not in told

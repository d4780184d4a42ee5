"""A measured number may raise a priority, by the rule that names it; it never lowers one and never speaks for a neighbour."""

from pathlib import Path

from agent.brain.playbook import PlaybookBrain
from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.graph.run import Investigator
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at

POLICIES = shipped_policies()


async def _after_a_look(folder: Path, reads: ScriptedReads, service: str, priority: Priority) -> Incident:
    async with store_at(folder) as store:
        view = t.view(service, [t.alert("HighErrorRate", service)])
        async with store.write() as tx:
            await tx.incidents.create(view.incident.model_copy(update={"priority": priority}))
            await tx.alerts.upsert(view.alerts)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
        clock = StillClock(t.NOW)
        await Investigator(store, reads, PlaybookBrain(reads, store, clock), POLICIES, clock).investigate(
            "inc_1"
        )
        async with store.read() as tx:
            found = await tx.incidents.get("inc_1")
    assert found is not None
    return found


async def test_nearly_every_request_failing_is_an_outage(tmp_path: Path) -> None:
    reads = t.healthy()
    t.failing(reads, "payment", 0.97)
    incident = await _after_a_look(tmp_path, reads, "payment", Priority.P1)

    assert (Priority.P0, "all-requests-fail") == (incident.priority, incident.priority_reason.rule)


async def test_a_few_failing_requests_change_nothing(tmp_path: Path) -> None:
    reads = t.healthy()
    t.failing(reads, "payment", 0.3)
    incident = await _after_a_look(tmp_path, reads, "payment", Priority.P1)

    assert (Priority.P1, "p1-error-rate") == (incident.priority, incident.priority_reason.rule)


async def test_a_priority_is_never_lowered(tmp_path: Path) -> None:
    incident = await _after_a_look(tmp_path, t.healthy(), "payment", Priority.P0)

    assert incident.priority is Priority.P0


async def test_a_service_that_the_business_does_not_rest_on_is_no_outage(tmp_path: Path) -> None:
    reads = t.healthy()
    t.failing(reads, "catalog", 0.97)
    incident = await _after_a_look(tmp_path, reads, "catalog", Priority.P2)

    assert Priority.P1 is incident.priority

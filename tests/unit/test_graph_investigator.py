"""An investigation reads, diagnoses and announces; within its time, once, and honestly when something is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.brain.playbook import PlaybookBrain
from agent.domain.evidence import FindingKind
from agent.domain.incident import IncidentStatus
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.view import IncidentView
from agent.graph.checkpoints import Checkpoints
from agent.graph.run import Investigator
from agent.lifecycle.view import load_view
from agent.policy.load import Policies
from agent.store.engine import SqlStore
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at

POLICIES = shipped_policies()


class Bench:
    """An investigator on a real store, with scripted reads."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store = store
        self.clock = StillClock(t.NOW)
        self.checkpoints = Checkpoints(folder / "runs.db")
        self.reads, self.view = t.bad_deployment()

    def investigator(
        self, *, timeout: float = 20.0, iterations: int = 5, policies: Policies = POLICIES
    ) -> Investigator:
        brain = PlaybookBrain(self.reads, self.store, self.clock)
        return Investigator(
            self.store,
            self.reads,
            brain,
            policies,
            self.clock,
            checkpoints=self.checkpoints,
            max_iterations=iterations,
            timeout_seconds=timeout,
        )

    async def open(self) -> None:
        async with self.store.write() as tx:
            await tx.incidents.create(self.view.incident)
            await tx.alerts.upsert(self.view.alerts)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})

    async def seen(self) -> IncidentView:
        async with self.store.read() as tx:
            found = await load_view(tx, "inc_1", POLICIES, t.NOW)
        assert found is not None
        return found

    async def events(self, kind: TimelineKind) -> list[TimelineEvent]:
        return [event for event in (await self.seen()).timeline if event.kind is kind]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with store_at(tmp_path) as store:
        made = Bench(store, tmp_path)
        await made.open()
        yield made
        await made.checkpoints.close()


async def test_the_cause_is_stored_with_its_marks(bench: Bench) -> None:
    await bench.investigator().investigate("inc_1")

    view = await bench.seen()
    assert view.diagnosis is not None
    assert view.diagnosis.cause is not None
    assert view.diagnosis.cause.rule == "change.bad-deployment"
    assert [e.kind for e in view.timeline][1:] == [
        TimelineKind.TRIAGED,
        TimelineKind.INVESTIGATED,
        TimelineKind.DIAGNOSED,
    ]
    assert not view.investigating


async def test_every_stored_finding_cites_stored_evidence(bench: Bench) -> None:
    await bench.investigator().investigate("inc_1")

    view = await bench.seen()
    stored = {e.id for e in view.evidence}
    assert view.diagnosis is not None
    assert all(set(f.evidence_ids) <= stored for f in view.diagnosis.findings)


async def test_asking_again_without_news_reads_nothing_more(bench: Bench) -> None:
    investigator = bench.investigator()
    await investigator.investigate("inc_1")
    asked = len(bench.reads.asked)

    await investigator.investigate("inc_1")

    assert len(bench.reads.asked) == asked
    assert len(await bench.events(TimelineKind.DIAGNOSED)) == 1


async def test_a_new_alert_brings_a_new_look_with_evidence_of_its_own(bench: Bench) -> None:
    investigator = bench.investigator()
    await investigator.investigate("inc_1")
    before = {e.id for e in (await bench.seen()).evidence}
    async with bench.store.write() as tx:
        await tx.timeline.append("inc_1", TimelineKind.ALERT_ADDED, "intake", t.NOW, {"alert": "ServiceDown"})

    await investigator.investigate("inc_1")

    after = {e.id for e in (await bench.seen()).evidence}
    assert before < after
    assert [e.data["run"] for e in await bench.events(TimelineKind.DIAGNOSED)] == [1, 2]


async def test_a_person_may_ask_for_another_look(bench: Bench) -> None:
    investigator = bench.investigator()
    await investigator.investigate("inc_1")

    await investigator.investigate("inc_1", again=True)

    assert len(await bench.events(TimelineKind.DIAGNOSED)) == 2


async def test_the_card_is_announced_after_the_first_reads_and_again_at_the_end(bench: Bench) -> None:
    wanted: list[tuple[int, int]] = []
    brain = PlaybookBrain(bench.reads, bench.store, bench.clock)
    investigator = bench.investigator()
    plan = brain.plan

    class Watching(PlaybookBrain):
        async def plan(self, view, evidence, iteration):  # type: ignore[no-untyped-def]  # the port's own types
            async with bench.store.read() as tx:
                slot = await tx.outbox.get("card:inc_1")
            wanted.append((iteration, slot.wanted if slot else 0))
            return await plan(view, evidence, iteration)

    investigator._brain = Watching(bench.reads, bench.store, bench.clock)
    await investigator.investigate("inc_1")

    async with bench.store.read() as tx:
        card = await tx.outbox.get("card:inc_1")
    assert dict(wanted)[2] == dict(wanted)[1] + 1
    assert card is not None
    assert card.wanted == dict(wanted)[2] + 1


async def test_reads_of_one_iteration_run_at_once(bench: Bench) -> None:
    running, most = 0, 0
    inner = bench.reads.run

    async def counted(request, *, incident_id=None):  # type: ignore[no-untyped-def]  # the port's own types
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        try:
            await asyncio.sleep(0.01)
            return await inner(request, incident_id=incident_id)
        finally:
            running -= 1

    bench.reads.run = counted  # type: ignore[method-assign]  # the double is watched, not replaced
    await bench.investigator().investigate("inc_1")

    assert 8 <= most <= 10


async def test_a_slow_backend_is_cut_off_and_named(bench: Bench) -> None:
    bench.reads.on("incident_responder.rollouts", t.r.changes(), delay=30.0)

    await asyncio.wait_for(bench.investigator(timeout=2.0).investigate("inc_1"), 120)

    view = await bench.seen()
    assert view.diagnosis is not None
    assert "No answer in time: unknown are deployments and configuration changes" in view.diagnosis.missing
    assert any(f.kind is FindingKind.SYMPTOM for f in view.diagnosis.findings)
    assert (await bench.events(TimelineKind.INVESTIGATED))[0].data["unfinished"] == 1


@pytest.mark.parametrize("away", ["prometheus", "elasticsearch", "kubernetes"])
async def test_one_backend_away_leaves_a_diagnosis_that_says_so(bench: Bench, away: str) -> None:
    bench.reads.down = {away: f"{away} did not answer."}

    await bench.investigator().investigate("inc_1")

    view = await bench.seen()
    assert view.diagnosis is not None
    assert any(line.startswith(f"{away} did not answer: unknown are ") for line in view.diagnosis.missing)


async def test_no_more_than_the_allowed_iterations(bench: Bench) -> None:
    await bench.investigator(iterations=2).investigate("inc_1")

    assert (await bench.events(TimelineKind.INVESTIGATED))[0].data["iterations"] == 2


async def test_a_read_that_this_installation_lacks_is_passed_over(bench: Bench) -> None:
    bench.reads.unknown = {"metrics_collector.compare"}

    await bench.investigator().investigate("inc_1")

    view = await bench.seen()
    assert view.diagnosis is not None
    assert view.diagnosis.cause is not None


async def test_pictures_outlive_the_tool_that_drew_them(bench: Bench) -> None:
    await bench.investigator().investigate("inc_1")

    async with bench.store.read() as tx:
        assert await tx.evidence.blob("c" * 64) == b"\x89PNG"


async def test_a_brain_that_invents_numbers_is_corrected(bench: Bench) -> None:
    class Inventive(PlaybookBrain):
        async def diagnose(self, view, evidence):  # type: ignore[no-untyped-def]  # the port's own types
            honest = await super().diagnose(view, evidence)
            assert honest.cause is not None
            lie = honest.cause.model_copy(update={"claim": "payment fails 77.7% of the time"})
            return honest.model_copy(update={"findings": (lie, *honest.findings[1:]), "cause": lie})

    investigator = bench.investigator()
    investigator._brain = Inventive(bench.reads, bench.store, bench.clock)
    await investigator.investigate("inc_1")

    view = await bench.seen()
    assert view.diagnosis is not None
    assert view.diagnosis.inconclusive
    assert not any("77.7" in f.claim for f in view.diagnosis.findings)


async def test_an_unknown_incident_is_nobodys_business(bench: Bench) -> None:
    await bench.investigator().investigate("inc_unknown")

    assert bench.reads.asked == []


async def test_an_incident_that_ended_meanwhile_is_remembered_with_its_cause(bench: Bench) -> None:
    async with bench.store.write() as tx:
        incident = await tx.incidents.get("inc_1")
        assert incident is not None
        times = incident.times.model_copy(update={"resolved_at": t.NOW})
        await tx.incidents.save(
            incident.model_copy(update={"status": IncidentStatus.RESOLVED, "times": times})
        )

    await bench.investigator().investigate("inc_1")

    async with bench.store.read() as tx:
        past = await tx.memory.similar("payment HighErrorRate", exclude=None, limit=3)
    assert ["payment fails since its deployment v1 → v2"] == [p.cause for p in past]


def test_the_scripted_double_is_what_the_troubles_use() -> None:
    assert isinstance(t.bad_deployment()[0], ScriptedReads)

"""The watch over a release: regressions called early, all-clears at the end, and honest words for what cannot be told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.deployment import DeploymentState
from agent.errors import Unavailable
from agent.operations.releases_look import Looker
from agent.operations.releases_watch import Watch
from tests.support.alerts import Desk
from tests.support.deploying import Rig, rig_at, signal
from tests.support.guarded import FragileStore
from tests.support.store import NOON
from tests.support.writes import Crash

AWAY = Unavailable("Prometheus did not answer.", backend="prometheus")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig_at(tmp_path) as rig:
        yield rig


async def test_a_good_release_ends_with_the_all_clear_in_the_same_message(rig: Rig) -> None:
    told = await rig.tell(signal())
    assert told is not None
    assert (DeploymentState.WATCHING, NOON + timedelta(minutes=15)) == (told.state, told.watch_until)
    first = await rig.slot(told)

    await rig.minutes(16)
    ended = await rig.only()
    slot = await rig.slot(told)

    assert DeploymentState.ALL_CLEAR is ended.state
    by_signal = {one.signal: one for one in ended.contrasts}
    errors = by_signal["server_error_ratio"]
    assert errors.worse is False
    assert errors.before == pytest.approx(errors.after, rel=0.5)
    assert all(one.evidence_ids for one in ended.contrasts if one.worse is not None)
    assert ("#alerts", None, None) == (slot.channel, slot.thread_of, slot.incident_id)
    assert (first.key, {"release": told.id}) == (slot.key, slot.payload)
    # Out, little error budget left, and the verdict: one message each time edited.
    assert 3 == slot.wanted
    assert [] == await rig.incidents()
    assert 1 == rig.counted(source="generic", verdict="all_clear")


async def test_every_number_rests_on_stored_evidence(rig: Rig) -> None:
    await rig.tell(signal())
    await rig.minutes(16)
    ended = await rig.only()

    async with rig.store.read() as tx:
        for one in ended.contrasts:
            for evidence_id in one.evidence_ids:
                assert await tx.evidence.get(evidence_id) is not None


async def test_a_regression_is_called_before_the_watch_is_over_and_opens_an_incident(rig: Rig) -> None:
    rig.world.course("checkout", "server_error_ratio", 0.002, 0.2, NOON)
    told = await rig.tell(signal())
    assert told is not None

    await rig.minutes(6)
    ended = await rig.only()
    (incident,) = await rig.incidents()

    assert DeploymentState.REGRESSION is ended.state
    assert ended.ended_at is not None
    assert ended.ended_at < NOON + timedelta(minutes=6)
    assert incident.id == ended.incident_id
    assert [(told.id, incident.id)] == rig.response.planned
    assert "deployment_judged" in await rig.kinds(incident)
    worst = next(one for one in ended.contrasts if one.worse)
    async with rig.store.read() as tx:
        cited = [await tx.evidence.get(i) for i in worst.evidence_ids]
    assert {incident.id} == {one.incident_id for one in cited if one is not None}
    assert ended.chart is not None
    async with rig.store.read() as tx:
        assert b"\x89PNG dots" == await tx.evidence.blob(ended.chart.blob)
    await rig.minutes(20)
    assert 1 == len(await rig.incidents())


async def test_a_regression_joins_the_open_incident_of_its_service(rig: Rig) -> None:
    incident = await rig.incident()
    rig.world.course("checkout", "latency_p95", 0.12, 2.0, NOON)
    told = await rig.tell(signal())
    assert told is not None
    slot = await rig.slot(told)
    assert (f"card:{incident.id}", incident.id) == (slot.thread_of, slot.incident_id)
    assert "deployment_seen" in await rig.kinds(incident)

    await rig.minutes(6)

    assert [(told.id, incident.id)] == rig.response.planned
    assert [incident.id] == [one.id for one in await rig.incidents()]
    assert DeploymentState.REGRESSION is (await rig.only()).state


async def test_a_regression_joins_the_incident_that_its_services_alerts_are_in(rig: Rig) -> None:
    desk = Desk(rig.store, clock=rig.clock)
    await desk.fire("HighErrorRate", service="storefront")
    await desk.fire("HighErrorRate", service="checkout")
    (incident,) = await rig.incidents()
    rig.world.course("checkout", "server_error_ratio", 0.002, 0.2, NOON)
    await rig.tell(signal())

    await rig.minutes(6)

    assert "storefront" == incident.service
    assert [incident.id] == [one.id for one in await rig.incidents()]
    assert [incident.id] == [about for _, about in rig.response.planned]


async def test_what_a_watch_saw_is_forgotten_in_time_and_the_release_is_not(rig: Rig) -> None:
    await rig.tell(signal())
    await rig.minutes(16)
    ended = await rig.only()
    cited = ended.contrasts[0].evidence_ids[0]

    async with rig.store.write() as tx:
        await tx.retention.forget(NOON - timedelta(days=1))
        kept = await tx.evidence.get(cited)
        await tx.retention.forget(NOON + timedelta(days=1))
        gone = await tx.evidence.get(cited)

    assert (True, False) == (kept is not None, gone is not None)
    assert ended == await rig.only()


async def test_an_incident_that_comes_after_a_release_hears_of_it(rig: Rig) -> None:
    told = await rig.tell(signal())
    await rig.minutes(3)
    incident = await rig.incident()
    assert told is not None

    await rig.minutes(13)

    kinds = await rig.kinds(incident)
    assert ["deployment_seen", "deployment_judged"] == [one for one in kinds if one.startswith("deployment")]
    assert (incident.id, None) == ((await rig.only()).incident_id, (await rig.slot(told)).thread_of)


async def test_too_little_traffic_is_no_all_clear(rig: Rig) -> None:
    rig.world.course("checkout", "request_rate", 0.01)
    await rig.tell(signal())

    await rig.minutes(16)
    ended = await rig.only()

    assert (DeploymentState.INCONCLUSIVE, "too_little_traffic") == (ended.state, ended.because)


async def test_no_metrics_at_all_is_no_all_clear(rig: Rig) -> None:
    await rig.tell(signal(service="unknown-thing"))

    await rig.minutes(16)
    ended = await rig.only()

    assert (DeploymentState.INCONCLUSIVE, "no_data") == (ended.state, ended.because)


async def test_a_metrics_store_that_is_away_is_waited_for_and_then_said_to_be(rig: Rig) -> None:
    rig.world.broken["prometheus"] = AWAY
    await rig.tell(signal())

    await rig.minutes(16)
    assert DeploymentState.WATCHING is (await rig.only()).state
    await rig.minutes(8)
    ended = await rig.only()

    assert (DeploymentState.INCONCLUSIVE, "away") == (ended.state, ended.because)


async def test_a_metrics_store_that_comes_back_gives_a_verdict_all_the_same(rig: Rig) -> None:
    rig.world.broken["prometheus"] = AWAY
    await rig.tell(signal())
    await rig.minutes(16)

    rig.world.broken.clear()
    await rig.minutes(3)

    assert DeploymentState.ALL_CLEAR is (await rig.only()).state


async def test_what_was_bad_before_is_not_the_releases_fault(rig: Rig) -> None:
    rig.world.course("checkout", "server_error_ratio", 0.2)
    await rig.tell(signal())

    await rig.minutes(16)
    ended = await rig.only()

    assert DeploymentState.ALL_CLEAR is ended.state
    assert "bad_before" == next(c for c in ended.contrasts if c.signal == "server_error_ratio").because
    assert [] == rig.response.planned


async def test_the_next_release_ends_the_watch_over_this_one(rig: Rig) -> None:
    first = await rig.tell(signal())
    rig.clock.advance(240)
    later = rig.clock.now()
    second = await rig.tell(
        signal(key="d-2", release="1.8.3", started_at=later, finished_at=later, told_at=later)
    )
    assert first is not None
    assert second is not None

    async with rig.store.read() as tx:
        replaced = await tx.deployments.get(first.id)
    assert replaced is not None
    assert (DeploymentState.INCONCLUSIVE, "superseded") == (replaced.state, replaced.because)
    assert ("1.8.2", DeploymentState.WATCHING) == (second.was_release, second.state)


async def test_a_repeated_look_and_a_look_after_the_end_change_nothing(rig: Rig) -> None:
    told = await rig.tell(signal())
    assert told is not None
    await rig.minutes(16)
    ended = await rig.only()

    await rig.watch.look({"id": told.id})
    await rig.watch.look({"id": "generic:nobody"})

    assert ended == await rig.only()


async def test_the_bots_own_roll_back_ends_the_watch_with_what_was_seen(rig: Rig) -> None:
    rig.world.course("checkout", "server_error_ratio", 0.002, 0.2, NOON)
    told = await rig.tell(signal())
    await rig.minutes(2)
    assert told is not None

    await rig.tell(signal("kubernetes", "shop/checkout#8", release="1.8.1"), own=True)
    async with rig.store.read() as tx:
        replaced = await tx.deployments.get(told.id)

    assert replaced is not None
    assert (DeploymentState.REGRESSION, "replaced") == (replaced.state, replaced.because)
    assert [] == rig.response.planned


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_death_at_the_verdict_neither_loses_nor_doubles_it(rig: Rig, when: str) -> None:
    rig.world.course("checkout", "server_error_ratio", 0.002, 0.2, NOON)
    told = await rig.tell(signal())
    assert told is not None
    await rig.minutes(2)
    rig.clock.advance(60)
    job = rig.jobs.take()
    assert job is not None

    dying = Watch(FragileStore(rig.store, 1, when), rig.kit, Looker(rig.reads), rig.response)
    with pytest.raises(Crash):
        await dying.look(job.payload)
    await rig.watch.look(job.payload)

    (incident,) = await rig.incidents()
    ended = await rig.only()
    assert (DeploymentState.REGRESSION, incident.id) == (ended.state, ended.incident_id)
    assert 1 == (await rig.kinds(incident)).count("deployment_judged")

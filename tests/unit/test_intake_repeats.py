"""Repeats, ends, re-fires, late messages, truncated groups, mutes and flapping."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.incident import IncidentStatus, Priority
from agent.intake.pipeline import Pipeline
from agent.intake.receive import receive
from agent.intake.sighting import Outcome
from agent.ports.store import Mute
from tests.support.alerts import Desk, alert, group
from tests.support.store import NOON, store_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        yield Desk(store)


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


def firing(since: float = 0, **labels: str) -> dict[str, Any]:
    return alert("HighErrorRate", starts=NOON + timedelta(seconds=since), service="payment", **labels)


def ended(until: float, since: float = 0, **labels: str) -> dict[str, Any]:
    return firing(since, **labels) | {"status": "resolved", "endsAt": at(until)}


async def send_at(desk: Desk, seconds: float, *alerts: dict[str, Any], **options: Any) -> list[Outcome]:
    desk.clock.advance((NOON - desk.clock.now()).total_seconds() + seconds)
    return [d.outcome for d in (await desk.send(*alerts, **options)).decisions]


async def end_now(desk: Desk, name: str, **labels: str) -> None:
    now = desk.clock.now()
    await desk.send(alert(name, starts=now, **labels) | {"status": "resolved", "endsAt": now.isoformat()})


async def cards_wanted(desk: Desk) -> int:
    async with desk.store.read() as tx:
        return sum(slot.wanted for slot in await tx.outbox.due(desk.clock.now(), 100) if slot.kind == "card")


async def test_repeats_are_free(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    before = await cards_wanted(desk)
    outcomes = [await send_at(desk, 60 * n, firing()) for n in range(1, 6)]
    (incident,) = await desk.incidents()

    assert outcomes == [[Outcome.REPEAT]] * 5
    assert await cards_wanted(desk) == before
    assert await desk.kinds(incident.id) == ["opened"]
    assert len(await desk.queued("incident.investigate")) == 1


async def test_one_alert_twice_in_one_delivery_counts_once(desk: Desk) -> None:
    assert await send_at(desk, 0, firing(), firing()) == [Outcome.NEW]


async def test_an_incident_ends_with_its_last_alert_and_is_remembered(desk: Desk) -> None:
    await send_at(desk, 0, firing(), firing(pod="b"))
    await send_at(desk, 60, ended(50))
    (incident,) = await desk.incidents()
    assert incident.status.open

    await send_at(desk, 90, ended(80, pod="b"))
    (incident,) = await desk.incidents()

    assert incident.status is IncidentStatus.RESOLVED
    assert incident.times.resolved_at == NOON + timedelta(seconds=90)
    assert await desk.kinds(incident.id) == ["opened", "alert_resolved", "alert_resolved", "resolved"]
    async with desk.store.read() as tx:
        assert [p.incident_id for p in await tx.memory.similar("HighErrorRate", exclude=None, limit=3)] == [
            incident.id
        ]


async def test_an_end_without_a_start_opens_nothing(desk: Desk) -> None:
    assert await send_at(desk, 0, ended(-10, since=-60)) == [Outcome.UNKNOWN_RESOLVED]
    assert await desk.incidents() == []


async def test_a_start_that_arrives_after_its_end_is_late(desk: Desk) -> None:
    await send_at(desk, 10, ended(5))

    assert await send_at(desk, 11, firing()) == [Outcome.STALE]
    assert await desk.incidents() == []


async def test_an_end_older_than_the_present_firing_is_late(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await send_at(desk, 30, ended(20))
    await send_at(desk, 60, firing(since=50))

    assert await send_at(desk, 70, ended(20)) == [Outcome.STALE]
    (incident,) = await desk.incidents()
    assert incident.status.open


async def test_a_firing_older_than_the_last_end_is_late_but_believed_when_it_persists(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await send_at(desk, 30, ended(20))

    assert await send_at(desk, 40, firing()) == [Outcome.STALE]
    assert await send_at(desk, 30 + 301, firing()) == [Outcome.REFIRED]
    (incident,) = await desk.incidents()
    assert incident.status.open


async def test_a_refire_soon_after_the_end_reopens_the_same_incident(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await send_at(desk, 60, ended(50))
    await send_at(desk, 120, firing(since=110))
    (incident,) = await desk.incidents()

    assert incident.status is IncidentStatus.ACTIVE
    assert incident.times.resolved_at is None
    assert (await desk.kinds(incident.id))[-1] == "reopened"
    assert len(await desk.queued("incident.investigate")) == 1


async def test_the_same_alert_of_a_new_pod_soon_after_the_end_reopens_too(desk: Desk) -> None:
    await send_at(desk, 0, firing(pod="a"))
    await send_at(desk, 60, ended(50, pod="a"))
    await send_at(desk, 120, firing(since=110, pod="b"))

    assert [i.status for i in await desk.incidents()] == [IncidentStatus.ACTIVE]


async def test_another_alert_of_the_service_soon_after_the_end_is_the_same_story(desk: Desk) -> None:
    await desk.fire("ContainerMemoryNearLimit", service="catalog", severity="warning")
    (near,) = await desk.incidents()
    await end_now(desk, "ContainerMemoryNearLimit", service="catalog", severity="warning")
    desk.clock.advance(30)
    result = await desk.fire("ContainerOOMKilled", service="catalog")
    (incident,) = await desk.incidents()

    assert (near.id, IncidentStatus.ACTIVE, Priority.P1) == (incident.id, incident.status, incident.priority)
    assert "same-service-again" == result.decisions[0].reason.rule
    assert "which ended 30 s ago" in result.decisions[0].reason.sentence


async def test_what_fires_again_joins_the_trouble_of_now_before_it_wakes_an_old_one(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="checkout")
    await end_now(desk, "HighErrorRate", service="checkout")
    desk.clock.advance(601)
    await desk.fire("PodCrashLooping", service="payment")
    desk.clock.advance(10)
    result = await desk.fire("HighErrorRate", service="checkout")

    assert "topology-neighbour" == result.decisions[0].reason.rule
    assert [IncidentStatus.RESOLVED, IncidentStatus.TRIAGE] == [i.status for i in await desk.incidents()]


async def test_a_refire_long_after_the_end_is_a_new_incident(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await send_at(desk, 60, ended(50))
    await send_at(desk, 60 + 601, firing(since=650))

    assert [i.status for i in await desk.incidents()] == [IncidentStatus.RESOLVED, IncidentStatus.TRIAGE]


async def test_an_alert_that_fires_again_in_an_open_incident_is_told_there(desk: Desk) -> None:
    await send_at(desk, 0, firing(pod="a"), firing(pod="b"))
    await send_at(desk, 60, ended(50, pod="a"))
    await send_at(desk, 120, firing(since=110, pod="a"))
    (incident,) = await desk.incidents()

    assert await desk.kinds(incident.id) == ["opened", "alert_resolved", "alert_refired"]


async def test_flapping_keeps_the_incident_open_until_it_is_quiet(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await send_at(desk, 60, ended(50))
    await send_at(desk, 120, firing(since=110))
    await send_at(desk, 180, ended(170))
    await send_at(desk, 240, firing(since=230))
    (incident,) = await desk.incidents()
    so_far = await desk.kinds(incident.id)

    assert so_far.count("flapping") == 1
    for n in range(2):
        await send_at(desk, 300 + 120 * n, ended(290 + 120 * n, since=230 + 120 * n))
        if n == 0:
            await send_at(desk, 360, firing(since=350))
    (incident,) = await desk.incidents()

    assert incident.status.open
    assert await desk.kinds(incident.id) == so_far
    await desk.processor.settle({"incident_id": incident.id})
    (incident,) = await desk.incidents()
    assert incident.status.open

    desk.clock.advance(60)
    await desk.processor.settle({"incident_id": incident.id})
    (incident,) = await desk.incidents()

    assert incident.status is IncidentStatus.RESOLVED
    assert "quiet" in str((await desk.timeline(incident.id))[-1].data["text"])
    async with desk.store.read() as tx:
        assert [r.flapping for r in await tx.alerts.of_incident(incident.id)] == [False]


async def test_slow_changes_are_not_flapping(desk: Desk) -> None:
    for n in range(6):
        await send_at(desk, 1200 * n, firing(since=1200 * n - 5))
        await send_at(desk, 1200 * n + 500, ended(1200 * n + 490, since=1200 * n - 5))
    async with desk.store.read() as tx:
        records = [r for i in await tx.incidents.recent(20) for r in await tx.alerts.of_incident(i.id)]

    assert not any(record.flapping for record in records)


async def test_left_out_alerts_are_told_and_end_with_their_group(desk: Desk) -> None:
    await send_at(desk, 0, firing(pod="a"), firing(pod="b"), truncated=12, group_key="g")
    (incident,) = await desk.incidents()
    opened = (await desk.timeline(incident.id))[0]
    assert opened.data["notes"] == ["12 alerts left out by the sender"]

    outcomes = await send_at(desk, 60, ended(50, pod="a"), truncated=13, group_key="g")
    (incident,) = await desk.incidents()

    assert outcomes == [Outcome.RESOLVED, Outcome.RESOLVED]
    assert incident.status is IncidentStatus.RESOLVED


async def test_a_muted_alert_is_silent_until_its_mute_is_over(desk: Desk) -> None:
    async with desk.store.write() as tx:
        until = NOON + timedelta(minutes=5)
        await tx.mutes.add(
            Mute(id="m", labels={"service": "payment"}, until=until, by="ada", reason="deploy")
        )

    assert await send_at(desk, 0, firing()) == [Outcome.MUTED]
    assert await desk.incidents() == []
    assert await send_at(desk, 301, firing()) == [Outcome.NEW]
    assert len(await desk.incidents()) == 1


async def test_an_alert_that_fires_again_under_a_mute_is_told_when_the_mute_is_over(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await send_at(desk, 60, ended(50))
    async with desk.store.write() as tx:
        until = NOON + timedelta(hours=1)
        await tx.mutes.add(
            Mute(id="m", labels={"service": "payment"}, until=until, by="ada", reason="deploy")
        )

    assert await send_at(desk, 1800, firing(since=1790)) == [Outcome.MUTED]
    assert await send_at(desk, 3601, firing(since=1790)) == [Outcome.REFIRED]
    assert [i.status for i in await desk.incidents()] == [IncidentStatus.RESOLVED, IncidentStatus.TRIAGE]


async def test_a_mute_hides_no_end(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    async with desk.store.write() as tx:
        until = NOON + timedelta(hours=1)
        await tx.mutes.add(Mute(id="m", labels={"service": "payment"}, until=until, by="ada", reason="noise"))

    assert await send_at(desk, 60, firing()) == [Outcome.MUTED]
    assert await send_at(desk, 90, ended(80)) == [Outcome.RESOLVED]
    assert [i.status for i in await desk.incidents()] == [IncidentStatus.RESOLVED]


async def test_an_odd_clock_is_kept_and_said(desk: Desk) -> None:
    outcomes = await send_at(desk, 0, firing(since=3600 * 3))
    (incident,) = await desk.incidents()
    note = (await desk.timeline(incident.id))[0].data["notes"]

    assert outcomes == [Outcome.NEW]
    assert incident.times.started_at == NOON
    assert "in the future" in str(note)
    assert await send_at(desk, 60, ended(50, since=3600 * 3)) == [Outcome.RESOLVED]


async def test_a_delivery_is_processed_once_however_often_its_job_runs(desk: Desk) -> None:
    await send_at(desk, 0, firing())
    await desk.processor.process({"inbox_id": 1})
    await desk.processor.process({"inbox_id": 99})
    (incident,) = await desk.incidents()

    assert await desk.kinds(incident.id) == ["opened"]


async def test_a_delivery_that_breaks_the_stages_holds_up_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tutor", "payment", "catalog"):
        await receive(
            desk.store, desk.jobs, group(alert("HighErrorRate", starts=NOON, service=name), at=NOON)
        )
    real = Pipeline.process

    async def picky(self: Pipeline, tx: Any, item: Any) -> Any:
        if broken and item.id == 2:
            raise ZeroDivisionError
        return await real(self, tx, item)

    broken = True
    monkeypatch.setattr(Pipeline, "process", picky)
    assert len(await desk.queued("intake.process")) == 1
    with pytest.raises(ZeroDivisionError):
        await desk.processor.process({"inbox_id": 1})
    await desk.processor.process({"inbox_id": 1})
    assert {"tutor", "catalog"} == {i.service for i in await desk.incidents()}

    (alone,) = [job for job in await desk.queued("intake.process") if job.dedupe_key == "intake:2"]
    with pytest.raises(ZeroDivisionError):
        await desk.processor.process(json.loads(alone.payload))
    broken = False
    await desk.processor.process(json.loads(alone.payload))

    assert {"tutor", "catalog", "payment"} == {i.service for i in await desk.incidents()}

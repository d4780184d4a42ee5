"""What people do to incidents: each change has its event and a fresh card, and doing it twice does nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.alert import Reason
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.incident import Incident, IncidentStatus, Priority
from agent.errors import BadInput, NotFound
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.ports.store import Tx
from agent.store.timeline import verify_chain
from tests.support.alerts import Desk, alert
from tests.support.store import NOON, store_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment", namespace="shop")
        yield desk


async def the_incident(desk: Desk) -> Incident:
    return (await desk.incidents())[-1]


async def do(desk: Desk, change: Callable[[Tx, str], Awaitable[Incident]]) -> Incident:
    incident = await the_incident(desk)
    desk.clock.advance(10)
    async with desk.store.write() as tx:
        return await change(tx, incident.id)


async def wanted(desk: Desk, incident_id: str) -> int:
    async with desk.store.read() as tx:
        slot = await tx.outbox.get(f"card:{incident_id}")
        assert slot is not None
        return slot.wanted


async def test_the_first_acknowledgement_stays(desk: Desk) -> None:
    for by in ("ada", "bob"):
        await do(
            desk, lambda tx, i, by=by: changes.acknowledge(tx, desk.policies, i, by=by, at=desk.clock.now())
        )
    incident = await the_incident(desk)

    assert (incident.acknowledged_by, incident.status) == ("ada", IncidentStatus.ACTIVE)
    assert incident.times.acknowledged_at == NOON + timedelta(seconds=10)
    assert await desk.kinds(incident.id) == ["opened", "acknowledged"]
    assert await wanted(desk, incident.id) == 2


async def test_a_person_resolves_and_reopens(desk: Desk) -> None:
    async def resolve(tx: Tx, i: str) -> Incident:
        return await changes.resolve(tx, desk.policies, i, by="ada", at=desk.clock.now(), why="rolled back")

    async def reopen(tx: Tx, i: str) -> Incident:
        return await changes.reopen(tx, desk.policies, i, by="bob", at=desk.clock.now())

    await do(desk, resolve)
    resolved = await do(desk, resolve)
    assert (resolved.status, resolved.times.resolved_at) == (
        IncidentStatus.RESOLVED,
        NOON + timedelta(seconds=10),
    )

    await do(desk, reopen)
    reopened = await do(desk, reopen)

    assert (reopened.status, reopened.times.resolved_at) == (IncidentStatus.ACTIVE, None)
    events = await desk.timeline(reopened.id)
    assert [(e.kind.value, e.actor) for e in events[1:]] == [("resolved", "ada"), ("reopened", "bob")]
    assert events[1].data["text"] == "rolled back"
    assert verify_chain(events) is None


async def test_a_resolved_incident_is_remembered_with_its_cause(desk: Desk) -> None:
    incident = await the_incident(desk)
    cause = Finding(
        kind=FindingKind.CAUSE, claim="a bad deployment", confidence=0.9, evidence_ids=("e",), rule="r"
    )
    async with desk.store.write() as tx:
        await tx.evidence.put_diagnosis(incident.id, Diagnosis(findings=(cause,), cause=cause), NOON)
        await changes.resolve(tx, desk.policies, incident.id, by="ada", at=NOON)
        (past,) = await tx.memory.similar("payment HighErrorRate", exclude=None, limit=3)

    assert (past.incident_id, past.cause) == (incident.id, "a bad deployment")


async def test_a_priority_change_says_which_rule(desk: Desk) -> None:
    reason = Reason(rule="by-hand", sentence="customers call")
    for _ in range(2):
        await do(
            desk,
            lambda tx, i: changes.set_priority(
                tx, desk.policies, i, priority=Priority.P0, reason=reason, by="ada", at=desk.clock.now()
            ),
        )
    incident = await the_incident(desk)
    changed = (await desk.timeline(incident.id))[-1]

    assert (incident.priority, incident.priority_reason) == (Priority.P0, reason)
    assert await desk.kinds(incident.id) == ["opened", "priority_changed"]
    assert (changed.data["before"], changed.data["after"], changed.data["rule"]) == ("P1", "P0", "by-hand")


async def test_notes_are_kept_and_empty_ones_refused(desk: Desk) -> None:
    async def note(tx: Tx, i: str, text: str) -> Incident:
        return await changes.note(tx, desk.policies, i, text=text, by="ada", at=desk.clock.now())

    await do(desk, lambda tx, i: note(tx, i, "  <!channel> look at the logs  "))
    with pytest.raises(BadInput):
        await do(desk, lambda tx, i: note(tx, i, "   "))
    incident = await the_incident(desk)

    assert (await desk.timeline(incident.id))[-1].data["text"] == "<!channel> look at the logs"
    assert await desk.kinds(incident.id) == ["opened", "note"]


async def test_a_declared_incident_needs_a_title_and_goes_where_its_priority_says(desk: Desk) -> None:
    async def declare(title: str) -> Incident:
        async with desk.store.write() as tx:
            return await changes.declare(
                tx,
                desk.policies,
                title=title,
                service="tutor",
                priority=Priority.P2,
                by="ada",
                at=desk.clock.now(),
                environment="production",
            )

    incident = await declare("Lessons look odd")
    with pytest.raises(BadInput):
        await declare(" ")

    assert (incident.number, incident.conversation.channel) == (2, "#alerts-warning")
    assert await desk.kinds(incident.id) == ["declared"]
    assert await wanted(desk, incident.id) == 1


async def test_a_mute_silences_alerts_like_these_and_no_others(desk: Desk) -> None:
    until = NOON + timedelta(hours=1)

    async def mute(tx: Tx, i: str) -> Incident:
        return await changes.mute(
            tx, desk.policies, i, until=until, reason="known", by="ada", at=desk.clock.now()
        )

    await do(desk, mute)
    desk.clock.advance(700)
    same = await desk.fire("HighErrorRate", service="payment", pod="new")
    other_name = await desk.fire("ServiceDown", service="payment")
    other_service = await desk.fire("HighErrorRate", service="tutor")

    assert [r.decisions[0].outcome for r in (same, other_name, other_service)] == ["muted", "new", "new"]


async def test_a_mute_needs_a_future_end_and_alerts(desk: Desk) -> None:
    async def mute(tx: Tx, i: str) -> Incident:
        return await changes.mute(tx, desk.policies, i, until=NOON, reason="x", by="ada", at=desk.clock.now())

    with pytest.raises(BadInput, match="future"):
        await do(desk, mute)


async def test_an_alert_without_a_name_is_muted_by_all_its_labels(desk: Desk) -> None:
    desk.clock.advance(700)
    nameless = alert("x", starts=desk.clock.now(), cluster="demo", team="a")
    del nameless["labels"]["alertname"]
    await desk.send(nameless)
    until = desk.clock.now() + timedelta(hours=1)
    await do(
        desk,
        lambda tx, i: changes.mute(
            tx, desk.policies, i, until=until, reason="x", by="ada", at=desk.clock.now()
        ),
    )
    async with desk.store.read() as tx:
        (mute,) = await tx.mutes.active(desk.clock.now())

    assert mute.labels == {"severity": "critical", "cluster": "demo", "team": "a"}


async def test_unknown_incidents_are_named_as_such(desk: Desk) -> None:
    async with desk.store.write() as tx:
        with pytest.raises(NotFound):
            await changes.acknowledge(tx, desk.policies, "nobody", by="ada", at=NOON)
        assert await load_view(tx, "nobody", desk.policies, NOON) is None


async def test_the_view_gathers_the_whole_incident(desk: Desk) -> None:
    first = await the_incident(desk)
    async with desk.store.write() as tx:
        await changes.resolve(tx, desk.policies, first.id, by="ada", at=NOON)
    desk.clock.advance(3600)
    await desk.fire("HighErrorRate", service="payment", pod="b")
    incident = await the_incident(desk)
    async with desk.store.write() as tx:
        view = await load_view(tx, incident.id, desk.policies, desk.clock.now())
        await tx.evidence.put_diagnosis(incident.id, Diagnosis(), NOON)
        later = await load_view(tx, incident.id, desk.policies, desk.clock.now())

    assert view is not None
    assert later is not None
    assert (view.incident, view.route.channel, view.services) == (incident, "#alerts-critical", ("payment",))
    assert [r.alert.name for r in view.firing] == ["HighErrorRate"]
    assert [p.incident_id for p in view.similar] == [first.id]
    assert [e.kind.value for e in view.timeline] == ["opened"]
    assert (view.investigating, later.investigating) == (True, False)

"""Incidents split and merged by hand, and the rules that correlation obeys from then on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.domain.correlation import CorrelationRule, side_of
from agent.domain.incident import IncidentStatus
from agent.errors import BadInput, NotFound
from agent.lifecycle import changes, regroup
from agent.lifecycle.memory import remember
from tests.support.alerts import Desk, alert
from tests.support.store import store_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        yield Desk(store)


async def split(desk: Desk, name: str, service: str = "") -> CorrelationRule:
    incident = (await desk.incidents())[0]
    async with desk.store.write() as tx:
        _, rule = await regroup.split(
            tx, desk.policies, incident.id, alert=name, service=service, by="ada", at=desk.clock.now()
        )
    return rule


async def merge(desk: Desk, source: int, target: int) -> CorrelationRule | None:
    incidents = await desk.incidents()
    async with desk.store.write() as tx:
        _, rule = await regroup.merge(
            tx,
            desk.policies,
            incidents[source].id,
            incidents[target].id,
            by="ada",
            at=desk.clock.now(),
        )
    return rule


async def alerts_of(desk: Desk) -> list[list[str]]:
    async with desk.store.read() as tx:
        return [
            [record.alert.name for record in await tx.alerts.of_incident(incident.id)]
            for incident in await desk.incidents()
        ]


async def test_a_split_moves_the_alert_and_later_ones_follow_it(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighLatency", service="payment")
    rule = await split(desk, "highlatency")
    later = await desk.fire("HighLatency", service="payment", pod="b")
    other = await desk.fire("HighErrorRate", service="payment", pod="b")

    assert [["HighErrorRate", "HighErrorRate"], ["HighLatency", "HighLatency"]] == await alerts_of(desk)
    assert (rule.name, rule.together) == ("R-1", False)
    assert [later.opened, other.opened] == [(), ()]


async def test_what_a_rule_keeps_apart_says_so(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighLatency", service="payment")
    await split(desk, "HighLatency")
    for index in (0, 1):
        incident = (await desk.incidents())[index]
        async with desk.store.write() as tx:
            await changes.resolve(tx, desk.policies, incident.id, by="ada", at=desk.clock.now())
    desk.clock.advance(3600)
    await desk.fire("HighErrorRate", service="payment", pod="c")
    apart = await desk.fire("HighLatency", service="payment", pod="c")

    assert len(apart.opened) == 1
    assert "kept-apart-by-rule" == apart.decisions[0].reason.rule
    assert "R-1" in apart.decisions[0].reason.sentence
    assert "R-1" in str((await desk.timeline(apart.opened[0]))[0].data["alone"])


async def test_one_delivery_is_taken_apart_by_a_rule(desk: Desk) -> None:
    rule = CorrelationRule(
        number=1,
        together=False,
        one=side_of([("HighErrorRate", "payment")]),
        other=side_of([("HighLatency", "payment")]),
        by="ada",
        at=desk.clock.now(),
        why="INC-2 ≠ INC-1",
    )
    async with desk.store.write() as tx:
        await tx.correlation.add(rule)
    now = desk.clock.now()
    result = await desk.send(
        alert("HighErrorRate", starts=now, service="payment"),
        alert("HighLatency", starts=now, service="payment"),
        alert("QueueFull", starts=now, service="payment"),
    )

    assert 2 == len(result.opened)
    assert [["HighErrorRate", "QueueFull"], ["HighLatency"]] == [sorted(a) for a in await alerts_of(desk)]


async def test_a_merge_moves_all_alerts_ends_the_first_and_joins_later_ones(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("Fever", service="tutor")
    rule = await merge(desk, 1, 0)
    desk.clock.advance(3600)
    later = await desk.fire("Fever", service="tutor", pod="b")
    kept, ended = await desk.incidents()

    assert rule is not None
    assert rule.together
    assert [["Fever", "Fever", "HighErrorRate"], []] == [sorted(a) for a in await alerts_of(desk)]
    assert IncidentStatus.RESOLVED is ended.status
    assert kept.status.open
    assert () == later.opened
    assert "resolved" == (await desk.kinds(ended.id))[-1]


async def test_a_rule_puts_new_incidents_together_and_can_be_ended(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("Fever", service="tutor")
    await merge(desk, 1, 0)
    async with desk.store.write() as tx:
        first = (await desk.incidents())[0]
        await changes.resolve(tx, desk.policies, first.id, by="ada", at=desk.clock.now())
    desk.clock.advance(7200)
    await desk.fire("Fever", service="tutor", pod="c")
    joined = await desk.fire("HighErrorRate", service="payment", pod="c")
    async with desk.store.write() as tx:
        await regroup.unrule(tx, 1)

    assert "put-together-by-rule" == joined.decisions[0].reason.rule
    assert "R-1 (INC-2 = INC-1)" in joined.decisions[0].reason.sentence
    async with desk.store.write() as tx:
        assert [] == await tx.correlation.standing()
        assert 2 == await tx.correlation.next_number()
        with pytest.raises(NotFound, match="R-1"):
            await regroup.unrule(tx, 1)


async def test_a_merge_lifts_the_split_before_it(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighLatency", service="payment")
    await split(desk, "HighLatency")
    await merge(desk, 1, 0)
    async with desk.store.read() as tx:
        (standing,) = await tx.correlation.standing()

    assert ("R-2", True) == (standing.name, standing.together)


async def test_a_split_that_leaves_nothing_that_fires_ends_what_is_left(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighLatency", service="payment")
    await desk.send(alert("HighErrorRate", firing=False, starts=desk.clock.now(), service="payment"))
    await split(desk, "HighLatency")
    left, new = await desk.incidents()
    back = await desk.fire("HighErrorRate", service="payment")

    assert IncidentStatus.RESOLVED is left.status
    assert new.status.open
    assert (left.id,) == back.touched
    assert (await desk.incidents())[0].status.open


async def test_a_merge_makes_the_other_as_urgent_as_the_first_was(desk: Desk) -> None:
    await desk.fire("Slow", service="tutor", severity="low")
    await desk.fire("HighErrorRate", service="payment", severity="critical")
    before = [one.priority for one in await desk.incidents()]
    await merge(desk, 1, 0)
    target, source = await desk.incidents()

    assert before[1].rank < before[0].rank
    assert before[1] is target.priority is source.priority
    assert "merged-by-hand" == target.priority_reason.rule


async def test_what_was_merged_away_is_no_cure_to_remember(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("Fever", service="tutor")
    await merge(desk, 1, 0)
    async with desk.store.write() as tx:
        kept, ended = await desk.incidents()
        assert [] == await tx.memory.similar("Fever tutor", exclude=kept.id, limit=3)
        # A vote on its diagnosis has it remembered after all.
        await remember(tx, ended)
        [past] = await tx.memory.similar("Fever tutor", exclude=kept.id, limit=3)

    assert "" == past.about.note


async def test_people_are_answered_in_their_language(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    [incident] = await desk.incidents()
    given: dict[str, Any] = {"by": "ada", "at": desk.clock.now(), "language": "ko"}
    async with desk.store.write() as tx:
        with pytest.raises(NotFound, match="없습니다"):
            await regroup.split(tx, desk.policies, incident.id, alert="Nothing", service="", **given)
        with pytest.raises(BadInput, match="자기 자신"):
            await regroup.merge(tx, desk.policies, incident.id, incident.id, **given)
        with pytest.raises(NotFound, match="규칙 R-7"):
            await regroup.unrule(tx, 7, "ko")


async def test_what_cannot_be_split_or_merged_is_said(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")

    with pytest.raises(BadInput, match="nothing to split"):
        await split(desk, "HighErrorRate")
    with pytest.raises(NotFound, match="no alert Nothing"):
        await split(desk, "Nothing")
    with pytest.raises(BadInput, match="with itself"):
        await merge(desk, 0, 0)


async def test_a_split_by_service_leaves_the_same_alert_elsewhere(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighErrorRate", service="checkout")
    rule = await split(desk, "HighErrorRate", "checkout")
    again = await desk.fire("HighErrorRate", service="payment", pod="b")

    assert [["HighErrorRate", "HighErrorRate"], ["HighErrorRate"]] == await alerts_of(desk)
    assert not rule.concerns([("HighErrorRate", "payment")], [("HighErrorRate", "payment")])
    assert () == again.opened

"""What every store must do with actions, approvals, the ledger of effects, recoveries, brakes and the audit chain."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.action import Action, ActionRequest, ActionState, ActionTimes, Plan, Risk, Target
from agent.domain.audit import AuditEvent, AuditKind
from agent.domain.decision import Approval, ApprovalState, Decision, Limit, Verdict
from agent.domain.recovery import Freeze, RecoveryRun, RecoveryState, StepRun, StopSwitch
from agent.domain.timeline import GENESIS
from agent.errors import Conflict, NotPermitted
from agent.ports.actions import LedgerEntry, LedgerState
from agent.store.audit import digest_of
from agent.store.engine import SqlStore
from tests.support.store import NOON, opened

HOUR = timedelta(hours=1)


def action(number: int = 1, **changes: object) -> Action:
    base = Action(
        id=f"a{number}",
        number=number,
        request=ActionRequest(name="restart_workload", by="U0MINA0001", incident_id="i1"),
        plan=Plan(target=Target(kind="Deployment", namespace="shop", name="payment"), reversible=True),
        risk=Risk.LOW,
        environment="demo",
        digest="d",
        decision=Decision(verdict=Verdict.ASK, policy_digest="p"),
        state=ActionState.WAITING,
        times=ActionTimes(requested_at=NOON),
    )
    return base.model_copy(update=changes)


def approval(number: int = 1, *, minutes: int = 15) -> Approval:
    return Approval(
        id=f"p{number}",
        action_id=f"a{number}",
        action_digest="d",
        target_version="v",
        policy_digest="p",
        requester="U0MINA0001",
        requirements=(),
        expires_at=NOON + timedelta(minutes=minutes),
    )


def entry(number: int = 1, **changes: object) -> LedgerEntry:
    base = LedgerEntry(
        key=f"apply:i1:{number}",
        action_id=f"a{number}",
        action="restart_workload",
        incident_id="i1",
        target=f"Deployment/shop/service-{number}",
        state=LedgerState.EXECUTING,
        owner="one",
        lease_until=NOON + timedelta(seconds=30),
        reserved_at=NOON,
    )
    return base.model_copy(update=changes)


def run(name: str = "high-memory", **changes: object) -> RecoveryRun:
    base = RecoveryRun(
        id=f"r-{name}",
        recovery=name,
        incident_id="i1",
        policy_digest="p",
        steps=(StepRun(name="scale"),),
        started_at=NOON,
    )
    return base.model_copy(update=changes)


async def test_actions_are_found_by_id_number_incident_and_state(store: SqlStore) -> None:
    other = action(2, state=ActionState.QUEUED, request=ActionRequest(name="scale_workload", by="U1"))
    async with store.write() as tx:
        await tx.actions.create(action(1))
        await tx.actions.create(other)
    async with store.read() as tx:
        assert 3 == await tx.actions.next_number()
        assert action(1) == await tx.actions.get("a1")
        assert other == await tx.actions.by_number(2)
        assert (None, None) == (await tx.actions.get("a9"), await tx.actions.by_number(9))
        assert ["a1"] == [a.id for a in await tx.actions.of_incident("i1")]
        states = (ActionState.WAITING, ActionState.QUEUED)
        assert ["a1", "a2"] == [a.id for a in await tx.actions.in_states(states)]
        assert [] == await tx.actions.in_states([ActionState.FAILED])
        assert ["a2"] == [a.id for a in await tx.actions.recent(1)]


async def test_an_outdated_action_approval_or_recovery_cannot_be_saved(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.actions.create(action())
        await tx.approvals.create(approval())
        await tx.recoveries.create(run())
        assert 2 == (await tx.actions.save(action(state=ActionState.QUEUED))).version
        assert 2 == (await tx.approvals.save(approval())).version
        assert 2 == (await tx.recoveries.save(run())).version
        for save in (tx.actions.save(action()), tx.approvals.save(approval()), tx.recoveries.save(run())):
            with pytest.raises(Conflict):
                await save
    async with store.read() as tx:
        kept = await tx.actions.get("a1")
        assert kept is not None
        assert (ActionState.QUEUED, 2) == (kept.state, kept.version)


async def test_what_is_created_twice_conflicts_and_the_transaction_goes_on(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.actions.create(action())
        await tx.approvals.create(approval())
        await tx.recoveries.create(run())
        for twice in (
            tx.actions.create(action()),
            tx.actions.create(action(id="another", number=1)),
            tx.approvals.create(approval()),
            tx.recoveries.create(run(id="another")),
        ):
            with pytest.raises(Conflict):
                await twice
        await tx.actions.create(action(2))
    async with store.read() as tx:
        assert ["a1", "a2"] == [a.id for a in await tx.actions.in_states([ActionState.WAITING])]


async def test_one_of_two_votes_at_the_same_moment_must_look_again(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.approvals.create(approval())
    async with store.read() as tx:
        seen = await tx.approvals.get("p1")
    assert seen is not None

    async def grant() -> None:
        async with store.write() as tx:
            await tx.approvals.save(seen.model_copy(update={"state": ApprovalState.GRANTED}))

    results = await asyncio.gather(*(grant() for _ in range(5)), return_exceptions=True)

    assert 4 == sum(isinstance(result, Conflict) for result in results)
    async with store.read() as tx:
        assert [] == await tx.approvals.waiting()


async def test_open_approvals_come_in_the_order_in_which_they_expire(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.approvals.create(approval(1, minutes=30))
        await tx.approvals.create(approval(2, minutes=5))
        await tx.approvals.create(approval(3).model_copy(update={"state": ApprovalState.USED}))

        assert ["p2", "p1"] == [a.id for a in await tx.approvals.waiting()]


async def test_a_key_is_reserved_once_and_says_for_ever_how_it_ended(store: SqlStore) -> None:
    async with store.write() as tx:
        assert "one" == (await tx.ledger.reserve(entry(), [])).owner
        assert await tx.ledger.finish("apply:i1:1", "one", LedgerState.DONE, NOON, "restarted")
    async with store.write() as tx:
        again = await tx.ledger.reserve(entry(owner="two"), [Limit(rule="r", scope="hour", most=0)])

        assert (LedgerState.DONE, "one", "restarted") == (again.state, again.owner, again.result)
        assert not await tx.ledger.finish("apply:i1:1", "one", LedgerState.FAILED, NOON, "")
        assert await tx.ledger.take_over("apply:i1:1", "two", NOON + HOUR, NOON + 2 * HOUR) is None


async def test_a_lease_is_taken_over_when_it_ends_and_then_lost_to_its_former_owner(store: SqlStore) -> None:
    key, later = "apply:i1:1", NOON + timedelta(seconds=31)
    async with store.write() as tx:
        await tx.ledger.reserve(entry(), [])
        assert await tx.ledger.take_over(key, "two", NOON, NOON + HOUR) is None
        assert await tx.ledger.extend(key, "one", NOON + timedelta(seconds=60))
        assert await tx.ledger.take_over(key, "two", later, later + HOUR) is None
        taken = await tx.ledger.take_over(key, "two", NOON + timedelta(seconds=61), NOON + HOUR)

        assert taken is not None
        assert ("two", 2) == (taken.owner, taken.attempt)
        assert not await tx.ledger.extend(key, "one", NOON + HOUR)
        assert not await tx.ledger.finish(key, "one", LedgerState.DONE, NOON, "too late")
        ours = await tx.ledger.take_over(key, "two", NOON, NOON + HOUR)
        assert ours is not None
        assert 3 == ours.attempt


async def test_a_person_settles_what_is_unknown_and_nothing_else(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.ledger.reserve(entry(), [])
        assert not await tx.ledger.settle("apply:i1:1", LedgerState.DONE, NOON, "it happened")
        await tx.ledger.finish("apply:i1:1", "one", LedgerState.UNKNOWN, NOON, "no answer")
        assert await tx.ledger.settle("apply:i1:1", LedgerState.DONE, NOON, "it happened")
        assert not await tx.ledger.settle("apply:i1:1", LedgerState.FAILED, NOON, "it did not")


@pytest.mark.parametrize("held", [LedgerState.EXECUTING, LedgerState.UNKNOWN])
async def test_a_target_is_held_until_its_effect_is_known(store: SqlStore, held: LedgerState) -> None:
    async with store.write() as tx:
        await tx.ledger.reserve(entry(state=held), [])
        second = entry(2, target=entry().target)
        with pytest.raises(Conflict, match="has hold of"):
            await tx.ledger.reserve(second, [])
        await tx.ledger.settle("apply:i1:1", LedgerState.DONE, NOON, "")
        await tx.ledger.finish("apply:i1:1", "one", LedgerState.DONE, NOON, "")
        assert second == await tx.ledger.reserve(second, [])


@pytest.mark.parametrize(
    ("scope", "counted", "not_counted"),
    [
        ("incident", {}, {"incident_id": "i2"}),
        ("target", {"target": "T"}, {}),
        ("hour", {}, {"reserved_at": NOON - HOUR}),
        ("day", {}, {"reserved_at": NOON - 24 * HOUR}),
        ("hour", {}, {"state": LedgerState.FAILED}),
        ("hour", {}, {"action": "scale_workload"}),
    ],
)
async def test_limits_count_what_is_in_their_scope(
    store: SqlStore, scope: str, counted: dict[str, object], not_counted: dict[str, object]
) -> None:
    limit = Limit.model_validate({"rule": "r", "scope": scope, "most": 1})
    done = {"state": LedgerState.DONE}
    async with store.write() as tx:
        await tx.ledger.reserve(entry(1, **done | not_counted), [])
        await tx.ledger.reserve(entry(2, **done | counted), [limit])
        with pytest.raises(NotPermitted, match="may run 1 times"):
            await tx.ledger.reserve(entry(3, **counted), [limit])


async def test_a_limit_holds_for_writers_at_the_same_moment(database: str) -> None:
    limit = Limit(rule="r", scope="hour", most=3)
    async with opened(database) as one, opened(database) as two:

        async def reserve(store: SqlStore, number: int) -> bool:
            async with store.write() as tx:
                try:
                    await tx.ledger.reserve(entry(number), [limit])
                except NotPermitted:
                    return False
                return True

        won = await asyncio.gather(*(reserve((one, two)[n % 2], n) for n in range(12)))

    assert 3 == sum(won)


async def test_a_recovery_begins_once_per_incident_and_is_found_while_it_runs(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.recoveries.create(run())
        await tx.recoveries.create(run("service-down"))
        await tx.recoveries.save(run("service-down", state=RecoveryState.STOPPED))

        assert ["r-high-memory"] == [r.id for r in await tx.recoveries.running()]
        assert ["r-high-memory", "r-service-down"] == [r.id for r in await tx.recoveries.of_incident("i1")]
        assert run() == await tx.recoveries.get("r-high-memory")


async def test_freezes_hold_between_their_times_until_they_are_lifted(store: SqlStore) -> None:
    freeze = Freeze(id="f", since=NOON, until=NOON + HOUR, by="U1", reason="release")
    async with store.write() as tx:
        await tx.brakes.freeze(freeze)
        for at, holds in ((NOON - HOUR, False), (NOON, True), (NOON + HOUR, False)):
            assert ([freeze] if holds else []) == await tx.brakes.freezes(at)
        await tx.brakes.freeze(freeze.model_copy(update={"lifted_at": NOON, "lifted_by": "U2"}))
        assert [] == await tx.brakes.freezes(NOON)


async def test_the_stop_switch_is_off_until_somebody_throws_it(store: SqlStore) -> None:
    thrown = StopSwitch(stopped=True, by="U1", reason="it does harm", at=NOON)
    async with store.write() as tx:
        assert StopSwitch() == await tx.brakes.switch()
        await tx.brakes.throw(thrown)
    async with store.read() as tx:
        assert thrown == await tx.brakes.switch()


def sound(events: list[AuditEvent]) -> bool:
    previous = GENESIS
    for number, event in enumerate(events, start=1):
        if (number, previous, digest_of(event)) != (event.seq, event.previous, event.digest):
            return False
        previous = event.digest
    return True


async def test_the_audit_stays_one_chain_when_two_processes_write_it(database: str) -> None:
    async with opened(database) as one, opened(database) as two:

        async def note(store: SqlStore, number: int) -> None:
            async with store.write() as tx:
                await tx.audit.append(AuditKind.VOTED, "U1", NOON, {"n": number}, incident_id="i1")

        await asyncio.gather(*(note((one, two)[n % 2], n) for n in range(20)))
        async with one.read() as tx:
            events = await tx.audit.page(0, 100)
            assert (20, events[-1].digest) == await tx.audit.head()
            assert events == await tx.audit.of_incident("i1")
            assert events[5:8] == await tx.audit.page(5, 3)

    assert sound(events)
    assert set(range(20)) == {event.data["n"] for event in events}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actor=st.text(), words=st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False), max_size=3))
async def test_whatever_is_audited_comes_back_and_the_chain_holds(
    store: SqlStore, actor: str, words: dict[str, object]
) -> None:
    async with store.write() as tx:
        said = await tx.audit.append(AuditKind.DECIDED, actor, NOON, words)  # type: ignore[arg-type]
    async with store.read() as tx:
        assert [said] == await tx.audit.page(said.seq - 1, 10)
        assert sound(await tx.audit.page(0, 1000))

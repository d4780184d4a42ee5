"""The risk of an action makes its decision stricter when it is proposed and again just before it runs."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.analysis.redaction import Redactor
from agent.domain.action import Action, ActionState
from agent.domain.decision import Autonomy, Verdict
from agent.domain.handoff import ActionAssessed, AssessAction, Handoff, HandoffState
from agent.domain.risk import RiskLevel
from agent.domain.view import IncidentView
from agent.handoffs.desk import HandoffDesk
from agent.handoffs.needs import nobody
from agent.handoffs.risk_manager.agent import RiskManager
from agent.handoffs.risk_manager.assessing import Assessing
from agent.handoffs.risk_manager.recurrence import Recurrence
from agent.lifecycle.announce import announce
from agent.lifecycle.view import load_view
from agent.policy.risk import RiskPolicy
from agent.policy.risk_score import History, RiskContext, assess, raised
from tests.support.alerts import SHIPPED
from tests.support.guarded import Guarded, guarded_at, person

RAW = yaml.safe_load((SHIPPED / "risk.yaml").read_text("utf-8"))
MILD = {"levels": {"moderate": 1, "high": 2, "severe": 95}}
ONE = {"count": 1, "groups": ["sre-oncall"]}
TWO = {"count": 2, "groups": ["sre-oncall"]}


def with_risk(guarded: Guarded, **changed: Any) -> None:
    """Put another risk.yaml in force everywhere; levels and demands as a test wants them."""
    policies = guarded.book.current
    new = RAW | changed | {"except_environments": []}
    guarded.book.current = replace(policies, risk=RiskPolicy.model_validate_json(json.dumps(new)))


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as found:
        yield found


def manager(guarded: Guarded) -> HandoffDesk:
    """Return a desk where the risk-manager answers."""

    async def view(incident_id: str) -> IncidentView | None:
        async with guarded.store.read() as tx:
            return await load_view(tx, incident_id, guarded.book.current, guarded.clock.now())

    agent = RiskManager(
        Assessing(guarded.store, guarded.book, None, Redactor()),
        Recurrence(guarded.store, guarded.book, guarded.clock, nobody),
    )
    desk = HandoffDesk(
        guarded.store, guarded.queue, guarded.clock, guarded.book, [agent], view=view, announce=announce
    )
    guarded.desk = guarded.another_desk(handoffs=desk)
    return desk


async def asked(guarded: Guarded, action: Action) -> Handoff | None:
    async with guarded.store.read() as tx:
        return await tx.handoffs.get(f"assess:{action.id}")


async def test_a_decision_says_its_risk_and_stays_as_it_was_when_the_risk_is_low(guarded: Guarded) -> None:
    action = await guarded.propose()

    assert (Verdict.ASK, ActionState.WAITING) == (action.decision.verdict, action.state)
    assert action.decision.risk is not None
    assert "because the test says so" == action.decision.reasons[0]
    assert action.decision.reasons[-1].startswith(f"risk {action.decision.risk.score} of 100, low: ")


async def test_what_the_rules_permit_is_asked_when_the_risk_is_high(guarded: Guarded) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = Verdict.PERMIT, Autonomy.AUTO
    with_risk(guarded, **MILD, demands={"high": {"ask": ONE}})
    action = await guarded.propose()

    assert (Verdict.ASK, ActionState.WAITING) == (action.decision.verdict, action.state)
    assert "the risk is high" in action.decision.reasons[0]
    assert (await guarded.approve(action, "ada")).accepted
    await guarded.run()
    assert ActionState.SUCCEEDED is (await guarded.get(action)).state


async def test_what_is_too_risky_is_forbidden(guarded: Guarded) -> None:
    with_risk(guarded, **MILD, demands={"moderate": {"forbid": True}})

    assert ActionState.FORBIDDEN is (await guarded.propose()).state


async def test_a_risk_that_has_grown_since_people_agreed_asks_again(guarded: Guarded) -> None:
    action = await guarded.propose()
    assert (await guarded.approve(action, "ada")).accepted
    with_risk(guarded, **MILD, demands={"high": {"besides": TWO}})
    await guarded.run(60)
    new = (await guarded.all())[-1]

    assert (ActionState.STALE, "policy-changed") == await guarded.state(action)
    assert (ActionState.WAITING, action.id) == (new.state, new.request.replaces)
    assert 2 == new.decision.requirements[-1].count
    assert {} == guarded.world.effects


async def test_an_assessment_that_fails_forbids(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("dependants")

    monkeypatch.setattr("agent.execution.hazards.assess", broken)
    action = await guarded.propose()

    assert ActionState.FORBIDDEN is action.state
    assert "cannot be assessed (KeyError)" in action.decision.reasons[0]


async def test_the_history_of_the_action_here_counts(guarded: Guarded) -> None:
    guarded.judge.coming = ["worse"]
    guarded.world.sizes["elsewhere"] = 3
    guarded.world.touch("elsewhere")
    incident = await guarded.incident()
    first = await guarded.propose(incident_id=incident.id)
    await guarded.approve(first, "ada")
    await guarded.run()
    assert ActionState.UNDONE is (await guarded.get(first)).state
    again = await guarded.propose(size=6)
    elsewhere = await guarded.propose(size=6, target="elsewhere")

    def named(action: Action) -> set[str]:
        assert action.decision.risk is not None
        return {one.name for one in action.decision.risk.factors}

    assert "untried" in named(first)
    assert {"history"} == named(again) & {"history", "untried"}
    assert {"untried"} == named(elsewhere) & {"history", "untried"}


async def test_the_history_counts_each_end_as_what_it_was(guarded: Guarded) -> None:
    seen: list[History] = []
    real = assess

    def noted(facts: Any, context: RiskContext, *rest: Any, **more: Any) -> Any:
        seen.append(context.history)
        return real(facts, context, *rest, **more)

    ends = (
        (ActionState.SUCCEEDED, "recovered"),
        (ActionState.UNDONE, "undone-timer"),
        (ActionState.FAILED, "failed"),
        (ActionState.FAILED, "worse"),
        (ActionState.UNKNOWN, "unknown"),
        (ActionState.UNDONE, "undone-worse"),
        (ActionState.REJECTED, "rejected"),
        (ActionState.EXPIRED, "expired"),
    )
    for state, outcome in ends:
        await ended_as(guarded, state, outcome)
    await ended_as(guarded, ActionState.FAILED, "failed", target="elsewhere")
    await ended_as(guarded, ActionState.FAILED, "failed", undo_of="another")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("agent.execution.hazards.assess", noted)
        latest = await guarded.propose(size=9)
        await ended_as(guarded, ActionState.FAILED, "failed")
        await guarded.approve(latest, "ada")

    whole = History(succeeded=2, failed=3, undone=1)
    # Looked at again, an action is judged by what was before it.
    assert len(seen) > 1
    assert {whole} == set(seen)


async def test_the_history_forgets_what_is_older_than_the_file_says(guarded: Guarded) -> None:
    await ended_as(guarded, ActionState.FAILED, "failed")
    fresh = await guarded.propose(size=9)
    guarded.clock.advance(guarded.book.current.risk.remembered + 1)
    old = await guarded.propose(size=8)

    assert "history" in factors(fresh)
    assert "untried" in factors(old)


async def ended_as(guarded: Guarded, state: ActionState, outcome: str, **request: Any) -> None:
    """Store an action that ended so, as one of the past."""
    target = request.pop("target", "web")
    if target not in guarded.world.sizes:
        guarded.world.sizes[target] = 3
        guarded.world.touch(target)
    made = await guarded.propose(size=20 + len(await guarded.all()), target=target)
    change = {
        "state": state,
        "outcome": outcome,
        "request": made.request.model_copy(update=request),
        "times": made.times.model_copy(update={"ended_at": guarded.clock.now()}),
    }
    async with guarded.store.write() as tx:
        await tx.actions.save(made.model_copy(update=change))


def factors(action: Action) -> set[str]:
    assert action.decision.risk is not None
    return {one.name for one in action.decision.risk.factors}


async def test_callers_of_the_service_count(guarded: Guarded) -> None:
    guarded.desk = guarded.another_desk(edges=lambda: frozenset({("front", "web"), ("web", "db")}))
    facts = guarded.facts

    async def of_web(*args: Any) -> Any:
        return (await type(facts).facts(facts, *args)).model_copy(update={"service": "web"})

    facts_of: Any = facts
    facts_of.facts = of_web
    action = await guarded.propose()

    assert action.decision.risk is not None
    (factor,) = [one for one in action.decision.risk.factors if one.name == "dependants"]
    assert {"count": "1", "services": "front"} == factor.args


async def test_each_proposed_action_of_an_incident_is_handed_to_the_risk_manager(guarded: Guarded) -> None:
    desk = manager(guarded)
    incident = await guarded.incident()
    action = await guarded.propose(incident_id=incident.id)
    await guarded.propose(size=7)
    handoff = await asked(guarded, action)

    assert handoff is not None
    assert (AssessAction(action_id=action.id), HandoffState.ASKED) == (handoff.question, handoff.state)
    async with guarded.store.read() as tx:
        assert [handoff.id] == [one.id for one in await tx.handoffs.in_states(["asked"])]
    await desk.work(handoff.id)
    done = await asked(guarded, action)
    assert done is not None
    assert (HandoffState.ANSWERED, "deterministic") == (done.state, done.form)
    assert isinstance(done.answer, ActionAssessed)
    assert action.decision.risk == done.answer.assessment


async def test_what_a_model_adds_tightens_the_last_look_and_is_not_forgotten(guarded: Guarded) -> None:
    manager(guarded)
    incident = await guarded.incident()
    with_risk(guarded, levels={"moderate": 30, "high": 35, "severe": 90}, demands={"high": {"besides": TWO}})
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action, "ada")
    await add_reason(guarded, action, to=40)
    await guarded.run(60)
    new = (await guarded.all())[-1]

    assert (ActionState.STALE, "policy-changed") == await guarded.state(action)
    assert new.decision.risk is not None
    assert (RiskLevel.HIGH, "claude") == (new.decision.risk.level, new.decision.risk.form)
    for who in ("ada", "bob"):
        await guarded.approve(new, who)
    await guarded.run()
    assert ActionState.SUCCEEDED is (await guarded.get(new)).state


async def test_a_click_after_a_model_added_its_reason_sees_the_new_card(guarded: Guarded) -> None:
    manager(guarded)
    incident = await guarded.incident()
    with_risk(guarded, levels={"moderate": 30, "high": 35, "severe": 90}, demands={"high": {"besides": TWO}})
    action = await guarded.propose(incident_id=incident.id)
    await add_reason(guarded, action, to=40)
    result = await guarded.approve(action, "ada")

    assert not result.accepted
    assert result.action is not None
    assert action.id == result.action.request.replaces
    assert any("high: a second writer holds the lock" in why for why in result.action.decision.reasons)


async def add_reason(guarded: Guarded, action: Action, *, to: int) -> None:
    """Have the hand-off about an action answered with a reason of a model's."""
    counted = action.decision.risk
    assert counted is not None
    more = raised(counted, guarded.book.current.risk, to, "a second writer holds the lock", ("ev_1",))
    async with guarded.store.write() as tx:
        handoff = await tx.handoffs.get(f"assess:{action.id}")
        assert handoff is not None
        answered = {"state": HandoffState.ANSWERED, "answer": ActionAssessed(assessment=more)}
        await tx.handoffs.save(handoff.model_copy(update=answered))


async def test_taking_back_is_never_held_up(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action, "ada")
    await guarded.run()
    with_risk(guarded, **MILD, demands={"low": {"forbid": True}})
    undo = await guarded.desk.undo((await guarded.get(action)).id, person("ada"), key="u")

    assert (ActionState.WAITING, None) == (undo.state, undo.decision.risk)

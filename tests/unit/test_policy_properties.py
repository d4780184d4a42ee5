"""What holds for any rules and any facts: more rules never loosen, forbid beats all, and nothing fails open."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.action import BlastRadius
from agent.domain.decision import Autonomy, Decision, Verdict, Vote, missing_votes
from agent.errors import Misconfigured
from agent.policy.approvals import ApprovalPolicy
from agent.policy.documents import parse_document
from agent.policy.evaluate import decide
from agent.policy.explain import explain
from agent.policy.facts import ActionFacts
from agent.policy.freezes import FreezePolicy
from agent.policy.load import Policies
from agent.policy.model import SeverityPolicy
from tests.support.rules import WEDNESDAY, approvals, facts, policies, rule

ACTIONS = ("restart_workload", "scale_workload", "delete_pod")
GROUPS = ("sre-oncall", "dba", "incident-commander")
STRICTNESS = {Verdict.PERMIT: 0, Verdict.ASK: 1, Verdict.FORBID: 2}

shares = st.floats(0, 1)
told = st.sampled_from([{}, {"unknown": True}, {"unknown": False}])
optional = {
    "environment": st.lists(st.sampled_from(["production", "demo"]), min_size=1, max_size=2),
    "service": st.lists(st.sampled_from(["payment", "auth"]), min_size=1, max_size=2),
    "tier": st.lists(st.sampled_from(["critical", "standard"]), min_size=1, max_size=2),
    "priority": st.lists(st.sampled_from(["P0", "P1", "P2"]), min_size=1, max_size=2),
    "risk": st.lists(st.sampled_from(["low", "high"]), min_size=1, max_size=2),
    "reversible": st.booleans(),
    "freeze": st.sampled_from(["active", "inactive"]),
    "business_hours": st.sampled_from(["inside", "outside"]),
    "error_budget": st.builds(lambda bound, taken: {"below": bound} | taken, shares, told),
    "radius": st.builds(lambda bound, taken: {"share_over": bound} | taken, shares, told),
    "grows_at_most": st.floats(1, 5),
    "shrinks_to_at_least": st.integers(0, 5),
    "younger_than_days": st.integers(1, 60),
}
demands = st.fixed_dictionaries({}, optional=optional).filter(bool)
actions = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique=True)
conditions = st.builds(
    lambda named, more: {"action": named} | more, actions, st.fixed_dictionaries({}, optional=optional)
)
groups = st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return rules that may waive earlier ones that ask."""
    rules: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        then = draw(st.sampled_from(["permit", "ask", "ask", "forbid"]))
        when = draw(conditions if then == "permit" else conditions | demands)
        asking = [one["name"] for one in rules if one["then"] == "ask"]
        parts: dict[str, Any] = {"when": when, "count": draw(st.integers(1, 3)), "groups": draw(groups)}
        if asking and then != "forbid" and "action" in when:
            parts["waives"] = draw(st.lists(st.sampled_from(asking), max_size=2, unique=True))
        if then == "ask" and draw(st.booleans()):
            parts["requires"] = {k: parts[k] for k in ("count", "groups")} | {"not_requester": False}
        if draw(st.booleans()):
            parts["unless"] = draw(demands)
        if then != "forbid" and draw(st.booleans()):
            parts["limits"] = {
                "per_hour": draw(st.integers(1, 5)),
                "undo_after": f"{draw(st.integers(1, 9))}m",
            }
        rules.append(rule(f"reason {number} holds", then, **parts))
    return rules


sizes = st.integers(0, 9) | st.sampled_from([-1, None, "4", True])
asked = st.builds(
    lambda action, changed, before, after: facts(
        action, **changed, plan={"replicas_before": before, "replicas_after": after}
    ),
    st.sampled_from((*ACTIONS, "run_shell")),
    st.fixed_dictionaries(
        {
            "environment": st.sampled_from(["production", "demo"]),
            "origin": st.sampled_from(["person", "recovery", "undo"]),
            "service": st.sampled_from([None, "payment", "auth"]),
            "tier": st.sampled_from([None, "critical", "standard"]),
            "priority": st.sampled_from([None, "P0", "P1", "P3"]),
            "risk": st.sampled_from(["low", "medium", "high"]),
            "reversible": st.booleans(),
            "freezes": st.sampled_from([(), ("release",)]),
            "error_budget_left": st.none() | st.floats(-1, 1) | st.just(float("nan")),
            "radius": st.builds(BlastRadius, count=st.integers(0, 9), share=st.none() | shares),
            "autonomy": st.sampled_from(list(Autonomy)),
        }
    ),
    sizes,
    sizes,
)
people = st.lists(
    st.builds(
        lambda who, member: Vote(by=who, choice="approve", at=WEDNESDAY, groups=tuple(member)),
        st.sampled_from(["U-1", "U-2", "U-3", "U-ASKS"]),
        st.sets(st.sampled_from(GROUPS)),
    ),
    max_size=6,
)


def enough(decision: Decision, votes: list[Vote]) -> bool:
    """Say whether these votes would let the action run."""
    if decision.verdict is Verdict.FORBID:
        return False
    return all(missing_votes(demand, "U-ASKS", votes) == 0 for demand in decision.requirements)


def with_rule(before: Policies, after: list[dict[str, Any]]) -> Policies:
    return replace(before, approvals=approvals(*after))


@settings(max_examples=80, deadline=None)
@given(rule_sets(), demands, st.integers(1, 3), groups, asked, people, st.integers(0, 6))
def test_one_more_demand_never_loosens(
    rules: list[dict[str, Any]],
    when: dict[str, Any],
    count: int,
    wanted: list[str],
    given_facts: ActionFacts,
    votes: list[Vote],
    place: int,
) -> None:
    before = policies(*rules)
    more = rule("one more agreed", when=when, count=count, groups=wanted)
    after = with_rule(before, [*rules[:place], more, *rules[place:]])
    old, new = decide(before, given_facts), decide(after, given_facts)

    assert STRICTNESS[old.verdict] <= STRICTNESS[new.verdict]
    assert enough(old, votes) or not enough(new, votes)
    assert old.limits == new.limits


@settings(max_examples=80, deadline=None)
@given(rule_sets(), conditions, asked)
def test_one_more_rule_that_asks_never_takes_a_demand_away_from_what_may_run(
    rules: list[dict[str, Any]], when: dict[str, Any], given_facts: ActionFacts
) -> None:
    before = policies(*rules)
    old = decide(before, given_facts)
    new = decide(with_rule(before, [*rules, rule("one more agreed", when=when)]), given_facts)

    if old.verdict is not Verdict.FORBID:
        assert STRICTNESS[old.verdict] <= STRICTNESS[new.verdict]
    elif any(one.error or (one.applies and one.effect is Verdict.FORBID) for one in old.rules):
        assert Verdict.FORBID == new.verdict


@settings(max_examples=80, deadline=None)
@given(rule_sets(), asked, st.integers(0, 6))
def test_forbid_beats_everything(rules: list[dict[str, Any]], given_facts: ActionFacts, place: int) -> None:
    forbid = rule(
        "it is never done",
        "forbid",
        when={"environment": ["production", "demo"], "origin": ["person", "recovery", "undo"]},
    )
    rules = [*rules[:place], forbid, *rules[place:]]

    assert Verdict.FORBID == decide(policies(*rules), given_facts).verdict


@settings(max_examples=80, deadline=None)
@given(rule_sets(), asked)
def test_an_unknown_action_is_never_anything_but_forbidden(
    rules: list[dict[str, Any]], given_facts: ActionFacts
) -> None:
    unknown = given_facts.model_copy(update={"action": "run_shell"})

    assert Verdict.FORBID == decide(policies(*rules), unknown).verdict


@settings(max_examples=80, deadline=None)
@given(rule_sets(), asked)
def test_a_value_that_goes_missing_never_turns_a_forbid_into_a_run_without_being_told_how(
    rules: list[dict[str, Any]], given_facts: ActionFacts
) -> None:
    before = policies(*[_without_unknown(one) for one in rules])
    old = decide(before, given_facts)
    blind = given_facts.model_copy(
        update={
            "service": None,
            "tier": None,
            "priority": None,
            "error_budget_left": None,
            "plan": {},
            "radius": BlastRadius(),
        }
    )
    new = decide(before, blind)

    if any(one.applies and one.effect is Verdict.FORBID for one in old.rules):
        assert Verdict.FORBID == new.verdict


def _without_unknown(one: dict[str, Any]) -> dict[str, Any]:
    """Return the rule without any word on how to take what is not known, and without exceptions."""
    when = {
        name: {k: v for k, v in test.items() if k != "unknown"} if isinstance(test, dict) else test
        for name, test in one["if"].items()
    }
    return {k: v for k, v in one.items() if k != "unless"} | {"if": when}


@settings(max_examples=80, deadline=None)
@given(rule_sets(), asked, st.sampled_from(["en", "ko"]))
def test_every_decision_says_why_in_every_language(
    rules: list[dict[str, Any]], given_facts: ActionFacts, language: str
) -> None:
    decision = decide(policies(*rules), given_facts, language=language)
    tree = explain(decision, language)

    assert decision.reasons[0]
    assert (decision.verdict is Verdict.ASK) == bool(decision.requirements)
    assert (decision.verdict is Verdict.ASK) == (decision.expires_after_seconds is not None)
    assert all(one.rule in tree for one in decision.rules)
    assert "{" not in tree.replace("{'", "")


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(5)), asked)
def test_the_order_of_rules_decides_nothing(order: list[int], given_facts: ActionFacts) -> None:
    rules = [
        rule("an engineer agreed", when={"action": list(ACTIONS)}),
        rule("it is harmless", "permit", when={"action": ["delete_pod"]}, waives=["an engineer agreed"]),
        rule("two agreed", when={"freeze": "active"}, count=2),
        rule("it is never done", "forbid", when={"error_budget": {"below": 0.1, "unknown": False}}),
        rule("a database administrator agreed", when={"risk": ["high"]}, groups=["dba"]),
    ]
    one, other = (
        decide(policies(*rules), given_facts),
        decide(policies(*[rules[i] for i in order]), given_facts),
    )

    assert one.verdict == other.verdict
    assert {(r.rule, r.count) for r in one.requirements} == {(r.rule, r.count) for r in other.requirements}


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_any_text_that_is_no_policy_is_refused_with_a_line(text: str) -> None:
    for model in (ApprovalPolicy, FreezePolicy, SeverityPolicy):
        with pytest.raises(Misconfigured, match=r"^x\.yaml:\d+: "):
            parse_document(text, model, name="x.yaml")


def test_every_strategy_reaches_every_verdict() -> None:
    """Guard against strategies so narrow that the properties above would hold for nothing."""
    seen = set()
    for then, autonomy in product(["permit", "ask", "forbid"], Autonomy):
        seen.add(decide(policies(rule("a reason holds", then)), facts(autonomy=autonomy)).verdict)

    assert set(Verdict) == seen

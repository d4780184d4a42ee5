"""A decision about an action: the strictest rule wins, nothing fails open, and every verdict says why."""

import math
from dataclasses import replace
from typing import Any

import pytest

from agent.domain.action import BlastRadius
from agent.domain.decision import Autonomy, Decision, Verdict, Vote, missing_votes
from agent.policy.action_case import needs_words
from agent.policy.autonomy import AutonomyPolicy
from agent.policy.casebook import run_cases
from agent.policy.evaluate import decide
from agent.policy.facts import ActionFacts
from agent.policy.freezes import FreezePolicy
from tests.support.alerts import SHIPPED, shipped_policies
from tests.support.rules import CALM, facts, policies, rule

ASKED = rule("an engineer agreed")
PERMITTED = rule("it is harmless", then="permit")
FORBIDDEN = rule("it is never done", then="forbid")
GROWS = rule("it only grows", then="permit", when={"action": ["scale_workload"], "grows_at_most": 2.0})


def needs(decision: Decision) -> tuple[str, ...]:
    return needs_words(decision.requirements)


def test_the_cases_about_actions_are_many_and_pass() -> None:
    results = [one for one in run_cases(SHIPPED) if one.file.endswith("approvals.yaml")]

    assert len(results) >= 60
    assert [] == [f"{one.line}: {one.name}: {one.actual}" for one in results if not one.passed]


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], Verdict.FORBID),
        ([PERMITTED], Verdict.PERMIT),
        ([PERMITTED, ASKED], Verdict.ASK),
        ([FORBIDDEN, ASKED, PERMITTED], Verdict.FORBID),
        ([PERMITTED, FORBIDDEN], Verdict.FORBID),
    ],
)
def test_the_strictest_rule_wins(rules: list[dict[str, Any]], verdict: Verdict) -> None:
    other = rule("another action may", then="permit", when={"action": ["delete_pod"]})

    assert verdict == decide(policies(*rules, other), facts()).verdict


@pytest.mark.parametrize(
    "demand", [{"freeze": "active"}, {"environment": ["production"]}, {"risk": ["medium"]}]
)
def test_a_rule_without_an_action_never_lets_an_unknown_action_run(demand: dict[str, Any]) -> None:
    rules = policies(PERMITTED, rule("people agreed", when=demand, count=2))
    decision = decide(rules, facts("delete_namespace", freezes=("release",)))

    assert Verdict.FORBID == decision.verdict
    assert "no rule lets delete_namespace run in production" in decision.reasons[0]


def test_a_demand_is_added_to_what_another_rule_grants() -> None:
    rules = policies(
        ASKED, rule("two agreed in the freeze", when={"freeze": "active"}, count=2, groups=["dba"])
    )

    assert ("1 of sre-oncall",) == needs(decide(rules, facts()))
    assert ("1 of sre-oncall", "2 of dba") == needs(decide(rules, facts(freezes=("release",))))


def test_only_a_named_demand_is_waived() -> None:
    waiver = rule("it is harmless", then="permit", waives=["an engineer agreed"])
    other = rule("somebody agreed as well", groups=["sre-oncall", "dba"])
    decision = decide(policies(ASKED, other, waiver), facts())

    assert ("1 of sre-oncall, dba",) == needs(decision)
    assert ["it is harmless"] == [one.waived_by for one in decision.rules if one.waived_by]


def test_a_rule_that_is_waived_waives_nothing() -> None:
    rules = policies(
        rule("a database administrator agreed", groups=["dba"]),
        rule("an engineer agreed", waives=["a database administrator agreed"]),
        rule("it is harmless", then="permit", waives=["an engineer agreed"]),
    )

    assert ("1 of dba",) == needs(decide(rules, facts()))


def test_a_waiver_that_does_not_apply_waives_nothing() -> None:
    waiver = rule(
        "it is outside working hours",
        then="permit",
        when={"action": ["restart_workload"], "business_hours": "outside"},
        waives=["an engineer agreed"],
    )

    assert Verdict.ASK == decide(policies(ASKED, waiver), facts()).verdict


def test_a_waived_rule_keeps_its_limits() -> None:
    asked = rule("an engineer agreed", limits={"per_hour": 2, "per_day": 9})
    waiver = rule("it is harmless", then="permit", waives=["an engineer agreed"], limits={"per_hour": 5})
    decision = decide(policies(asked, waiver), facts())

    assert Verdict.PERMIT == decision.verdict
    assert {("hour", 2), ("day", 9)} == {(limit.scope, limit.most) for limit in decision.limits}


@pytest.mark.parametrize(
    ("when", "known", "lacks", "why"),
    [
        ({"error_budget": {"below": 0.2}}, {"error_budget_left": 0.1}, {"error_budget_left": None}, "error budget"),
        ({"error_budget": {"below": 0.2}}, {"error_budget_left": 0.1}, {"error_budget_left": math.nan}, "error budget"),
        ({"error_budget": {"above": 0.2}}, {"error_budget_left": 0.3}, {"error_budget_left": math.inf}, "error budget"),
        ({"tier": ["critical"]}, {}, {"tier": None}, "importance"),
        ({"service": ["payment"]}, {}, {"service": None}, "service"),
        ({"priority": ["P1"]}, {}, {"priority": None}, "no incident"),
        ({"radius": {"share_over": 0.1}}, {}, {"radius": BlastRadius(count=1)}, "share"),
        ({"radius": {"share_over": 0.1}}, {}, {"radius": BlastRadius(count=1, share=math.nan)}, "share"),
        ({"grows_at_most": 3}, {"plan": {"replicas_before": 1, "replicas_after": 2}}, {"plan": {}}, "size"),
        ({"shrinks_to_at_least": 1}, {"plan": {"replicas_before": 2, "replicas_after": 1}}, {"plan": {}}, "size"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("then", ["ask", "permit", "forbid"])
def test_what_is_not_known_forbids_whatever_the_rule_would_have_done(
    when: dict[str, Any], known: dict[str, Any], lacks: dict[str, Any], why: str, then: str
) -> None:
    tested = rule("the rule in question holds", then=then, when={"action": ["restart_workload"]} | when)
    rules = policies(PERMITTED, tested)
    sure, unsure = decide(rules, facts(**known)), decide(rules, facts(**lacks))

    assert Verdict(then) == sure.verdict
    assert Verdict.FORBID == unsure.verdict
    assert "the rule in question holds" in unsure.reasons[0]
    assert why in unsure.reasons[0]
    assert [None] == [one.holds for result in unsure.rules for one in result.predicates if one.error]


@pytest.mark.parametrize("size", [-1, 1.5, "8", True, None, [8], {"n": 8}, math.nan], ids=str)
def test_a_size_that_is_no_whole_number_forbids(size: Any) -> None:
    plan = {"replicas_before": 4, "replicas_after": size}
    asked = rule("an engineer agreed", when={"action": ["scale_workload"]})
    decision = decide(policies(asked, GROWS), facts("scale_workload", plan=plan))

    assert Verdict.FORBID == decision.verdict


def test_what_a_rule_says_of_an_unknown_value_is_taken() -> None:
    tested = rule(
        "little is left or nobody knows",
        when={
            "error_budget": {"below": 0.2, "unknown": True},
            "tier": ["critical"],
            "unknown": {"tier": True},
        },
        groups=["dba"],
    )
    rules = policies(ASKED, tested)

    assert ("1 of sre-oncall",) == needs(decide(rules, facts()))
    assert ("1 of sre-oncall", "1 of dba") == needs(decide(rules, facts(error_budget_left=None, tier=None)))
    assert ("1 of sre-oncall",) == needs(decide(rules, facts(error_budget_left=None, tier="standard")))


@pytest.mark.parametrize(
    ("left", "objective", "asked"),
    [
        (0.61, "payment-availability", False),
        (0.05, "payment-availability", True),
        (None, "payment-availability", True),
        (None, "", False),
    ],
)
def test_as_shipped_a_promised_budget_that_cannot_be_told_asks_as_if_it_were_spent(
    left: float | None, objective: str, asked: bool
) -> None:
    told = facts(error_budget_left=left, error_budget_of=objective)

    found = needs(decide(shipped_policies(), told))
    assert asked == any("incident-commander" in one for one in found)


def test_an_error_in_a_rule_that_another_predicate_rules_out_is_none() -> None:
    far = rule("far away", then="forbid", when={"error_budget": {"below": 0.5}, "environment": ["staging"]})

    assert Verdict.PERMIT == decide(policies(PERMITTED, far), facts(error_budget_left=None)).verdict


def test_an_exception_that_cannot_be_told_forbids() -> None:
    excepted = rule("it is never done", then="forbid", unless={"priority": ["P0"]})
    rules = policies(PERMITTED, excepted)

    assert Verdict.PERMIT == decide(rules, facts(priority="P0")).verdict
    assert Verdict.FORBID == decide(rules, facts(priority="P1")).verdict
    assert "cannot be judged" in decide(rules, facts(priority=None)).reasons[0]


@pytest.mark.parametrize(
    ("autonomy", "verdict", "demands"),
    [
        (Autonomy.OFF, Verdict.FORBID, ()),
        (Autonomy.SUGGEST, Verdict.PERMIT, ()),
        (Autonomy.APPROVE, Verdict.ASK, ("1 of sre-oncall",)),
        (Autonomy.AUTO, Verdict.PERMIT, ()),
    ],
)
def test_autonomy_never_gives_more_than_its_level(
    autonomy: Autonomy, verdict: Verdict, demands: tuple[str, ...]
) -> None:
    decision = decide(policies(PERMITTED), facts(autonomy=autonomy))

    assert (verdict, demands) == (decision.verdict, needs(decision))
    assert (600 if autonomy is Autonomy.APPROVE else None) == decision.expires_after_seconds


def test_a_demand_on_the_side_does_not_take_the_place_of_the_look_that_approve_promises() -> None:
    own_word = rule("the requester agreed again", when={"freeze": "inactive"}, groups=["dba"])
    own_word["requires"] |= {"not_requester": False}
    decision = decide(policies(PERMITTED, own_word), facts(autonomy=Autonomy.APPROVE))

    assert ("1 of sre-oncall", "1 of dba or the requester") == needs(decision)


@pytest.mark.parametrize("autonomy", list(Autonomy))
def test_no_level_of_autonomy_softens_a_forbid_or_a_demand(autonomy: Autonomy) -> None:
    forbidden = decide(policies(PERMITTED, FORBIDDEN), facts(autonomy=autonomy))
    asked = decide(policies(PERMITTED, ASKED), facts(autonomy=autonomy))

    assert Verdict.FORBID == forbidden.verdict
    assert (Verdict.FORBID if autonomy is Autonomy.OFF else Verdict.ASK) == asked.verdict


def test_the_file_gives_the_level_of_an_environment_and_a_setting_overrides_it() -> None:
    levels = AutonomyPolicy(default=Autonomy.OFF, environments={"lab": Autonomy.AUTO})
    rules = replace(policies(PERMITTED), autonomy=levels)

    assert Verdict.PERMIT == decide(rules, facts(environment="lab", autonomy=None)).verdict
    assert Verdict.FORBID == decide(rules, facts(environment="elsewhere", autonomy=None)).verdict
    assert Autonomy.AUTO == decide(rules, facts(environment="elsewhere")).autonomy


def test_the_shipped_level_is_suggest_everywhere_but_in_the_demo() -> None:
    levels = shipped_policies().autonomy

    assert (Autonomy.APPROVE, Autonomy.SUGGEST) == (levels.of("demo"), levels.of("production"))
    assert Autonomy.SUGGEST == levels.of("no such environment")


def test_the_shortest_expiry_and_the_earliest_undo_hold() -> None:
    rules = policies(
        rule("an engineer agreed", expires_after="20m", limits={"undo_after": "1h"}),
        rule(
            "a database administrator agreed", groups=["dba"], expires_after="5m", limits={"undo_after": "2h"}
        ),
    )
    decision = decide(rules, facts())

    assert (300, 3600) == (decision.expires_after_seconds, decision.undo_after_seconds)


def test_waiving_a_rule_does_not_waive_when_it_is_undone() -> None:
    rules = policies(
        rule("it is undone soon", limits={"undo_after": "10m"}),
        rule("nobody is asked", then="permit", waives=["it is undone soon"], limits={"undo_after": "2h"}),
    )
    decision = decide(rules, facts())

    assert (Verdict.PERMIT, 600) == (decision.verdict, decision.undo_after_seconds)


@pytest.mark.parametrize(
    ("services", "frozen"),
    [(("payment-standby", "payment"), True), (("svc-payment",), True), (("tutor",), False), ((), False)],
)
def test_a_window_of_any_service_that_is_touched_holds(services: tuple[str, ...], frozen: bool) -> None:
    """A route that is called otherwise than its backends must not move their traffic during their freeze."""
    window = {"name": "payments", "services": ["payment"], "yearly": {"from": "01-01", "to": "12-31"}}
    freezes = FreezePolicy.model_validate(
        CALM.model_dump(by_alias=True) | {"windows": [window]}, strict=False
    )
    asked = rule("nobody acts in a freeze", then="forbid", when={"freeze": "active"})
    rules = policies(rule("it may", then="permit"), asked, freezes=freezes)
    named = rules.services.model_copy(update={"strip_prefixes": ("svc-",)})
    found = facts(service="web-route", radius=BlastRadius(count=1, services=services))

    assert (Verdict.FORBID if frozen else Verdict.PERMIT) is decide(
        replace(rules, services=named), found
    ).verdict


def test_what_must_be_undone_but_cannot_be_is_forbidden() -> None:
    rules = policies(rule("it is undone soon", then="permit", limits={"undo_after": "30m"}))

    assert Verdict.PERMIT == decide(rules, facts()).verdict
    assert "cannot be taken back" in decide(rules, facts(reversible=False)).reasons[0]
    assert None is decide(rules, facts(origin="undo")).undo_after_seconds


def test_the_same_wish_is_shown_once_and_the_stricter_one_stays() -> None:
    rules = policies(
        ASKED,
        rule("one of either team agreed", groups=["dba", "sre-oncall"]),
        rule("three agreed", count=3),
        rule("two agreed", count=2, groups=["sre-oncall", "dba"]),
    )

    assert ("3 of sre-oncall",) == needs(decide(rules, facts()))


def test_a_wish_that_the_requester_may_meet_does_not_stand_in_for_one_that_they_may_not() -> None:
    own_word = rule("anybody on call agreed", count=2)
    own_word["requires"] |= {"not_requester": False}

    assert ("2 of sre-oncall or the requester", "1 of sre-oncall") == needs(
        decide(policies(own_word, ASKED), facts())
    )


def test_one_person_twice_and_the_requester_do_not_meet_a_demand() -> None:
    (demand,) = decide(policies(rule("two agreed", count=2)), facts()).requirements
    votes = [
        Vote(by=who, choice="approve", at=facts().now, groups=("sre-oncall",))
        for who in ("U-1", "U-1", "U-ASKS")
    ]

    assert 1 == missing_votes(demand, "U-ASKS", votes)


def test_reasons_tell_whose_word_is_needed_and_amid_what() -> None:
    decision = decide(policies(ASKED), facts())

    assert (
        "needs one person of @sre-oncall other than the requester (rule “an engineer agreed”)",
        "error budget 61% left",
        "no freeze",
    ) == decision.reasons


def test_reasons_speak_korean() -> None:
    decision = decide(policies(ASKED), facts(freezes=("정기 점검",)), language="ko")

    assert (
        "요청자를 제외한 @sre-oncall 중 한 명의 승인이 필요합니다 (규칙 “an engineer agreed”)"
        == decision.reasons[0]
    )
    assert "변경 동결: 정기 점검" == decision.reasons[-1]


def test_a_decision_can_be_replayed_from_what_it_recorded() -> None:
    rules = policies(ASKED, GROWS)
    decision = decide(rules, facts(freezes=("release",), error_budget_left=None))

    assert decision == decide(rules, ActionFacts.model_validate(decision.facts))
    assert decision == Decision.model_validate_json(decision.model_dump_json())


def test_only_rules_about_the_action_are_told() -> None:
    decision = decide(policies(ASKED, GROWS), facts())

    assert ["an engineer agreed"] == [one.rule for one in decision.rules]

"""What holds for any risk: points only add, levels only demand more, and no decision ever becomes looser."""

import json
from datetime import timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.action import BlastRadius, Risk
from agent.domain.decision import Autonomy, Decision, Requirement, Verdict, Vote, missing_votes
from agent.domain.incident import Priority
from agent.domain.risk import RiskAssessment, RiskLevel
from agent.errors import Misconfigured
from agent.locale.format import percent
from agent.locale.messages import text
from agent.policy.documents import parse_document
from agent.policy.facts import ActionFacts
from agent.policy.risk import RiskPolicy
from agent.policy.risk_score import History, RiskContext, assess, raised
from agent.policy.risk_words import assessment_words
from agent.policy.tighten import tighten
from tests.support.alerts import SHIPPED, shipped_policies
from tests.support.rules import WEDNESDAY, facts

RISK = shipped_policies().risk
GROUPS = ("sre-oncall", "platform-admins", "incident-commander", "dba")
STRICTNESS = {Verdict.PERMIT: 0, Verdict.ASK: 1, Verdict.FORBID: 2}
FILE = (SHIPPED / "risk.yaml").read_text("utf-8")
RAW = yaml.safe_load(FILE)

requires = st.builds(
    lambda rule, count, groups, other: Requirement(
        rule=rule, count=count, groups=tuple(sorted(groups)), not_requester=other
    ),
    st.sampled_from(["one", "two"]),
    st.integers(1, 3),
    st.sets(st.sampled_from(GROUPS), min_size=1),
    st.booleans(),
)
decisions = st.builds(
    lambda verdict, asked, autonomy: Decision(
        verdict=verdict,
        requirements=tuple(asked) if verdict is Verdict.ASK else (),
        autonomy=autonomy,
        reasons=("a rule says so",),
        policy_digest="d",
    ),
    st.sampled_from(list(Verdict)),
    st.lists(requires, min_size=1, max_size=3),
    st.sampled_from(list(Autonomy)),
)
demands = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            lambda count, groups: {"count": count, "groups": sorted(groups)},
            st.integers(1, 3),
            st.sets(st.sampled_from(GROUPS), min_size=1),
        )
        for name in ("ask", "besides")
    },
).filter(bool) | st.just({"forbid": True})
policies = st.builds(
    lambda table: RiskPolicy.model_validate_json(
        json.dumps(RAW | {"demands": table, "except_environments": ["demo"]})
    ),
    st.dictionaries(st.sampled_from(list(RiskLevel)), demands),
)
assessments = st.builds(
    lambda score: RiskAssessment(score=score, level=RISK.levels.level(score)), st.integers(0, 100)
)
votes = st.lists(
    st.builds(
        lambda who, member: Vote(by=who, choice="approve", at=WEDNESDAY, groups=tuple(member)),
        st.sampled_from(["U-1", "U-2", "U-3", "U-ASKS"]),
        st.sets(st.sampled_from(GROUPS)),
    ),
    max_size=6,
)
asked_facts = st.builds(
    lambda changed: facts(**changed),
    st.fixed_dictionaries(
        {
            "priority": st.sampled_from([None, Priority.P0, Priority.P3]),
            "risk": st.sampled_from(list(Risk)),
            "reversible": st.booleans(),
            "freezes": st.sampled_from([(), ("release",)]),
            "service": st.sampled_from([None, "payment"]),
            "error_budget_left": st.none() | st.floats(),
            "radius": st.builds(
                BlastRadius,
                count=st.integers(-1, 10**9),
                share=st.none() | st.floats(),
                services=st.lists(st.text(max_size=5), max_size=8).map(tuple),
            ),
        }
    ),
)
contexts = st.builds(
    RiskContext,
    history=st.builds(History, st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)),
    dependants=st.lists(st.text(min_size=1, max_size=8), max_size=20).map(tuple),
    at_work=st.booleans(),
    windows=st.sampled_from([(), ("the sale",)]),
)


def enough(decision: Decision, given_votes: list[Vote]) -> bool:
    """Say whether these votes would let the action run."""
    if decision.verdict is Verdict.FORBID:
        return False
    return all(missing_votes(one, "U-ASKS", given_votes) == 0 for one in decision.requirements)


def holds(strict: Requirement, mild: Requirement) -> bool:
    """Say whether whoever meets one requirement always meets the other as well."""
    return (
        strict.count >= mild.count
        and set(strict.groups) <= set(mild.groups)
        and (strict.not_requester or not mild.not_requester)
    )


@settings(max_examples=120)
@given(decisions, assessments, policies, st.sampled_from(["production", "demo"]), votes)
def test_a_risk_never_loosens(
    before: Decision, assessment: RiskAssessment, risk: RiskPolicy, environment: str, given_votes: list[Vote]
) -> None:
    after = tighten(before, assessment, risk, environment=environment)

    assert STRICTNESS[after.verdict] >= STRICTNESS[before.verdict]
    assert enough(before, given_votes) or not enough(after, given_votes)
    if after.verdict is Verdict.ASK:
        assert [] == [
            one for one in before.requirements if not any(holds(two, one) for two in after.requirements)
        ]
    assert after.verdict is not Verdict.ASK or after.requirements
    assert assessment == after.risk
    untouched = {"verdict", "requirements", "reasons", "risk"}
    assert before.model_dump(exclude=untouched) == after.model_dump(exclude=untouched)
    if environment == "demo":
        assert (before.verdict, before.requirements) == (after.verdict, after.requirements)


@settings(max_examples=60)
@given(decisions, assessments, assessments, policies)
def test_more_risk_never_demands_less(
    decision: Decision, one: RiskAssessment, other: RiskAssessment, risk: RiskPolicy
) -> None:
    mild, bad = sorted((one, other), key=lambda assessment: assessment.score)
    less, more = (tighten(decision, found, risk, environment="production") for found in (mild, bad))

    assert STRICTNESS[more.verdict] >= STRICTNESS[less.verdict]


@settings(max_examples=60)
@given(asked_facts, contexts)
def test_any_facts_give_a_score_with_reasons(seen: ActionFacts, context: RiskContext) -> None:
    found = assess(seen, context, RISK)

    assert min(100, sum(one.points for one in found.factors)) == found.score
    assert sorted((one.points for one in found.factors), reverse=True) == [
        one.points for one in found.factors
    ]
    for language in ("en", "ko"):
        assert "{$" not in assessment_words(found, language, most=20)


@given(assessments, st.integers(-50, 300))
def test_somebody_elses_reason_only_adds_and_only_so_much(before: RiskAssessment, wanted: int) -> None:
    after = raised(before, RISK, wanted, "the logs tell of a second writer")

    assert before.score <= after.score <= min(100, before.score + RISK.counsel.most)
    assert (after == before) == (wanted <= before.score or before.score == 100)


def test_an_outage_makes_nothing_less_risky() -> None:
    outage = assess(facts(priority=Priority.P0), RiskContext(), RISK)
    calm = assess(facts(priority=None), RiskContext(), RISK)

    assert calm.score == outage.score
    assert ("priority", 0) == (outage.factors[-1].name, outage.factors[-1].points)


def test_each_reason_is_told_and_the_heaviest_first() -> None:
    seen = facts(
        reversible=False,
        risk=Risk.HIGH,
        freezes=("release",),
        error_budget_left=None,
        radius=BlastRadius(count=30, share=1.0, services=("payment", "auth", "cart")),
    )
    context = RiskContext(
        history=History(failed=1, undone=1),
        dependants=("storefront", "checkout"),
        at_work=False,
        windows=("sale",),
    )
    found = assess(seen, context, RISK, digest="d")

    assert {
        "share": 20,
        "freeze": 20,
        "history": 20,
        "irreversible": 15,
        "harm": 15,
        "services": 10,
        "count": 5,
        "budget-unknown": 5,
        "outside-hours": 5,
        "dependants": 4,
        "priority": 0,
    } == {one.name: one.points for one in found.factors}
    assert (100, RiskLevel.SEVERE, "d") == (found.score, found.level, found.policy_digest)
    assert "changes are frozen (release; sale)" in assessment_words(found, "en")


@pytest.mark.parametrize(("left", "points"), [(1.0, 0), (0.8, 3), (0.2, 12), (0.0, 15), (-4.0, 15), (7.0, 0)])
def test_the_more_of_the_budget_is_gone_the_more_it_adds(left: float, points: int) -> None:
    whole = assess(facts(error_budget_left=1.0), RiskContext(), RISK)
    found = assess(facts(error_budget_left=left), RiskContext(), RISK)

    assert points == found.score - whole.score


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("left", [0.0, None])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_each_circumstance_is_told_once(language: str, left: float | None, share: float) -> None:
    frozen = assess(facts(freezes=("release", "sale"), error_budget_left=left), RiskContext(), RISK)
    calm = assess(
        facts(error_budget_left=left, radius=BlastRadius(count=1, share=share)), RiskContext(), RISK
    )
    budget = (
        text(language, "policy-budget-unknown")
        if left is None
        else text(language, "policy-budget", left=percent(left))
    )
    freezes = [text(language, "policy-freeze", reason=one) for one in ("release", "sale")]
    for assessment, around in ((frozen, freezes), (calm, [text(language, "policy-no-freeze")])):
        asked = Decision(verdict=Verdict.FORBID, reasons=("decisive", budget, *around), policy_digest="d")
        told = "; ".join(tighten(asked, assessment, RISK, environment="demo", language=language).reasons)

        assert 1 == told.count("error budget" if language == "en" else "오류 예산")
        assert 1 == told.count("release") or assessment is calm
        assert told.startswith("decisive; ")


def test_a_card_shows_a_risk_unless_it_is_low() -> None:
    asked = Decision(verdict=Verdict.FORBID, reasons=("decisive", "budget", "no freeze"), policy_digest="d")
    low, moderate = (RiskAssessment(score=score, level=RISK.levels.level(score)) for score in (24, 25))

    assert "risk 24 of 100, low" == tighten(asked, low, RISK, environment="production").reasons[-1]
    assert "risk 25 of 100, moderate" == tighten(asked, moderate, RISK, environment="production").reasons[1]


def test_a_permit_becomes_an_ask_and_an_ask_asks_more() -> None:
    permitted = Decision(
        verdict=Verdict.PERMIT, autonomy=Autonomy.AUTO, reasons=("because",), policy_digest="d"
    )
    high, severe = (RiskAssessment(score=score, level=RISK.levels.level(score)) for score in (50, 75))

    once = tighten(permitted, high, RISK, environment="production")
    assert (Verdict.ASK, [1]) == (once.verdict, [one.count for one in once.requirements])
    assert "rule “the risk is high”" in once.reasons[0]
    twice = tighten(permitted, severe, RISK, environment="production")
    assert 2 == max(one.count for one in twice.requirements)
    assert permitted.reasons[0] in twice.reasons


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("moderate: 25, high: 50", "moderate: 50, high: 25", "levels: the lines must rise"),
        ("share: {whole: 20}", "share: {whole: 120}", "points.share.whole"),
        ("share: {whole: 20}", "share: {hole: 20}", "points.share.hole"),
        ("  high:\n    ask", "  huge:\n    ask", "demands.huge"),
        (
            "    besides:",
            "    forbid: true\n    besides:",
            "demands.severe.forbid: what is forbidden asks nobody",
        ),
        ("remembered: 30d", "remembered: long", "remembered: write a duration"),
        ("day: mon", "day: monday", "register.digest.day"),
    ],
)
def test_a_wrong_file_is_told_by_line(before: str, after: str, told: str) -> None:
    assert before in FILE
    with pytest.raises(Misconfigured) as wrong:
        parse_document(FILE.replace(before, after), RiskPolicy, name="risk.yaml")

    assert "risk.yaml:" in wrong.value.user_message
    assert told in wrong.value.user_message.replace("Value error, ", "")


def test_the_history_reaches_back_as_the_file_says() -> None:
    assert timedelta(days=30).total_seconds() == RISK.remembered

"""A live incident is ranked by what ranks recorded ones, beside the rules and never above what was observed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.diagnosis.cases.live import case_of
from agent.diagnosis.cases.logs_counted import counted_clues
from agent.diagnosis.cases.model import CountedPattern
from agent.diagnosis.diagnose import diagnose
from agent.diagnosis.gather import gather
from agent.diagnosis.opinion import opinion_of
from agent.domain.evidence import Diagnosis, EvidenceStatus, Finding, FindingKind, Reading
from agent.domain.results import Quantity, Series, SeriesResult
from agent.domain.view import IncidentView
from agent.transport.slack.verdict import open_verdict
from tests.support import readings as r
from tests.support import troubles as t
from tests.support.reads import ScriptedReads

ROOTS = {
    "bad-deployment": "payment",
    "slow-dependency": "ledger-db",
    "memory-leak": "catalog",
    "crash-loop": "textbook",
    "pool-exhaustion": "payment",
    "cache-stampede": "catalog",
    "expired-certificate": "tutor",
    "noisy-neighbour": None,
    "rush": "storefront",
    "service-down": "tutor",
}
CALLED = ("catalog", "payment")


async def diagnosed(reads: ScriptedReads, view: IncidentView) -> Diagnosis:
    return diagnose(view, await t.investigated(reads, view))


def findings(diagnosis: Diagnosis, kind: FindingKind) -> dict[str, Finding]:
    return {f.rule: f for f in diagnosis.findings if f.kind is kind}


def released(reads: ScriptedReads, services: tuple[str, ...], at: datetime) -> None:
    """All of them deployed, some seconds apart."""
    changes = [
        r.deployment(service, at + timedelta(seconds=5 * place), f"{service}:v1", f"{service}:v2")
        for place, service in enumerate(services)
    ]
    reads.on("incident_responder.rollouts", r.changes(*changes))


def two_releases(ratios: dict[str, float]) -> tuple[ScriptedReads, IncidentView]:
    """Catalog and payment, which do not call each other, were deployed together; these ratios of requests fail."""
    reads = t.healthy()
    reads.on("metrics_collector.topology", r.edges(("storefront", "catalog"), ("storefront", "payment")))
    released(reads, CALLED, t.BEGAN - timedelta(seconds=40))
    for service, ratio in ratios.items():
        t.failing(reads, service, ratio)
        errors = r.pattern(service, f"{service} cannot read its table", first=t.BEGAN)
        reads.on("log_analyzer.patterns", r.patterns(errors), service=service)
    t.failing(reads, "storefront", max(ratios.values()) / 2, t.BEGAN + timedelta(seconds=15))
    return reads, t.view("storefront", [t.alert("HighErrorRate", s) for s in ("storefront", *sorted(ratios))])


@pytest.mark.parametrize("name", ROOTS)
async def test_the_ranking_of_cases_agrees_with_the_rules_on_every_trouble(name: str) -> None:
    reads, view = t.TROUBLES[name]()
    evidence = await t.investigated(reads, view)

    opinion = opinion_of(gather(view, evidence), evidence)

    assert ROOTS[name] == opinion.first
    cause = diagnose(view, evidence).cause
    assert cause is not None
    assert ROOTS[name] == cause.service
    assert "other-stands-out" not in str(cause.details)


@pytest.mark.parametrize("name", ROOTS)
async def test_the_noisy_neighbour_is_never_blamed_for_a_service(name: str) -> None:
    reads, view = t.TROUBLES[name]()
    if name != "noisy-neighbour":
        noisy, _ = t.noisy_neighbour()
        reads.rules.extend(rule for rule in noisy.rules if rule.params == {"signal": "cpu_utilization"})

    blamed = [f for f in (await diagnosed(reads, view)).findings if f.kind is FindingKind.CAUSE]

    assert ROOTS[name] == blamed[0].service
    assert "batch" not in {f.service for f in blamed}


@pytest.mark.parametrize("culprit", CALLED)
async def test_of_two_unrelated_releases_the_one_that_did_more_harm_is_blamed(culprit: str) -> None:
    other = next(service for service in CALLED if service != culprit)

    diagnosis = await diagnosed(*two_releases({culprit: 0.5, other: 0.02}))

    assert diagnosis.cause is not None
    assert ("change.bad-deployment", culprit) == (diagnosis.cause.rule, diagnosis.cause.service)
    assert (diagnosis.next_step or "").startswith(f"Roll back {culprit} to v1")
    assert {culprit} == {f.service for f in diagnosis.findings if f.kind is FindingKind.CAUSE}
    outweighed = findings(diagnosis, FindingKind.RULED_OUT)["ruled-out.outweighed"]
    assert f"{other} looked as suspicious, but {culprit} is further out of line" == outweighed.claim
    sign = diagnosis.cause.details["signs"][-1]  # type: ignore[index]  # JSON of our own making
    assert "worst-since-change" == sign["sign"]  # type: ignore[index,call-overload]  # JSON of our own making
    assert sign["evidence"]  # type: ignore[index,call-overload]  # JSON of our own making


async def test_two_releases_that_did_equal_harm_are_a_draw() -> None:
    diagnosis = await diagnosed(*two_releases({"catalog": 0.3, "payment": 0.3}))

    assert diagnosis.inconclusive
    causes = {f.service for f in diagnosis.findings if f.kind is FindingKind.CAUSE}
    assert set(CALLED) <= causes


async def test_a_release_that_did_no_harm_is_not_blamed_for_another_one() -> None:
    diagnosis = await diagnosed(*two_releases({"payment": 0.5}))

    assert diagnosis.cause is not None
    assert "payment" == diagnosis.cause.service
    assert "catalog" in {f.service for f in diagnosis.findings if f.kind is FindingKind.RULED_OUT}


async def without_a_rule(edges: Reading | None = None) -> tuple[list[str], Diagnosis]:
    """Payment fails without a change, a line in a log or a full pool, and its callers with it."""
    reads = t.healthy()
    t.failing(reads, "payment", 0.4)
    t.failing(reads, "checkout", 0.3, t.BEGAN + timedelta(seconds=15))
    if edges is not None:
        reads.on("metrics_collector.topology", edges)
    view = t.view("checkout", [t.alert("HighErrorRate", s) for s in ("checkout", "payment")])
    evidence = await t.investigated(reads, view)
    asked = {"signal": "server_error_ratio", "service": "payment"}
    own = [e.id for e in evidence if asked.items() <= e.request.params.items()]
    return own, diagnose(view, evidence)


async def test_where_no_rule_fits_the_place_that_stands_out_is_named_with_its_series() -> None:
    own, diagnosis = await without_a_rule()
    cause = diagnosis.cause

    assert cause is not None
    assert ("signals.stands-out", "payment") == (cause.rule, cause.service)
    assert set(own) & set(cause.evidence_ids)
    assert 0.5 <= cause.confidence <= 0.6
    assert "The trouble sits in payment: 40.8% of its answers are errors, normally 0.2%" in cause.claim
    assert "server_error_ratio went to" in str(cause.details["reasons"])


async def test_where_nobody_knows_who_calls_whom_the_place_is_only_a_lead() -> None:
    nothing = Reading(status=EvidenceStatus.NO_DATA, query="q", summary="none")

    _, diagnosis = await without_a_rule(nothing)

    assert diagnosis.inconclusive
    leads = findings(diagnosis, FindingKind.CAUSE)
    assert all(lead.confidence < 0.5 for lead in leads.values())


def contradicted(*, observed: bool) -> tuple[ScriptedReads, IncidentView]:
    """Tutor fails hard for no reason that a rule knows; catalog, just deployed or just killed, fails a little."""
    reads = t.healthy()
    t.failing(reads, "tutor", 0.6)
    t.failing(reads, "catalog", 0.02)
    if observed:
        killed = r.pod("catalog-7d9f-a", "catalog", restarts=3, reason="OOMKilled", last_exit="137 OOMKilled")
        reads.on("incident_responder.pods", r.pods(killed, r.pod("tutor-1-a", "tutor")))
    else:
        released(reads, ("catalog",), t.BEGAN - timedelta(seconds=40))
    return reads, t.view("tutor", [t.alert("HighErrorRate", s) for s in ("tutor", "catalog")])


async def test_where_measurements_contradict_a_rule_it_is_less_sure_and_both_are_shown() -> None:
    diagnosis = await diagnosed(*contradicted(observed=False))
    causes = findings(diagnosis, FindingKind.CAUSE)

    change, place = causes["change.bad-deployment"], causes["signals.stands-out"]
    assert ("catalog", "tutor") == (change.service, place.service)
    assert "other-stands-out" in str(change.details["doubts"])
    assert place.confidence < change.confidence - 0.05
    _, view = contradicted(observed=False)
    card = open_verdict(view.model_copy(update={"diagnosis": diagnosis, "investigating": False}), "en")
    assert "*Also possible* (51% sure): The trouble sits in tutor: " in card


async def test_no_measurement_contradicts_what_was_observed() -> None:
    diagnosis = await diagnosed(*contradicted(observed=True))

    assert diagnosis.cause is not None
    assert "memory.oom" == diagnosis.cause.rule
    assert [] == diagnosis.cause.details["doubts"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.7, 1.3), min_size=60, max_size=60))
async def test_ordinary_ripples_are_nobodys_fault(ripple: list[float]) -> None:
    reads = t.healthy()
    for place, service in enumerate(t.SERVICES):
        turned = [*ripple[place:], *ripple[:place]]
        start = t.NOW.timestamp() - 30 * 60
        points = tuple((start + 30 * i, 0.09 * factor) for i, factor in enumerate(turned))
        result = SeriesResult(signal="latency_p95", unit="seconds", series=(Series(points=points),))
        usual = Quantity(value=0.09, unit="seconds")
        now = Quantity(value=points[-1][1], unit="seconds")
        reads.on(t.SIGNAL, r.found(result, value=now, normal=usual), signal="latency_p95", service=service)
    view = t.view("checkout", [t.alert("TooFewOrders", "checkout")])

    diagnosis = await diagnosed(reads, view)

    assert diagnosis.inconclusive
    assert [] == [f for f in diagnosis.findings if f.kind is FindingKind.CAUSE]


async def test_series_of_pods_stay_apart_and_belong_to_their_service() -> None:
    reads, view = t.memory_leak()
    pods = ("catalog-1-a", "catalog-1-b")
    lines = tuple(
        Series(labels={"pod": name, "service": "catalog"}, points=r.points(t.NOW, 0.4, bad, t.BEGAN))
        for name, bad in zip(pods, (0.4, 0.9), strict=True)
    )
    full = r.found(
        SeriesResult(signal="container_memory_ratio", unit="ratio", series=lines),
        value=Quantity(value=0.9, unit="ratio"),
    )
    reads.on(t.SIGNAL, full, signal="container_memory_ratio", service="catalog")
    reads.on("incident_responder.pods", r.pods(*(r.pod(name, "catalog") for name in pods)))
    evidence = await t.investigated(reads, view)

    case = case_of(gather(view, evidence), evidence)

    assert case is not None
    memory = [one.entity for one in case.metrics if one.metric == "container_memory_ratio"]
    assert list(pods) == sorted(memory)
    assert {"catalog"} == {case.pods[name].service for name in memory}


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0, 1000))
def test_more_lines_are_never_less_surprising(one: int, other: int, expected: float) -> None:
    fewer, more = sorted((one, other))

    weights = [
        sum(clue.weight for clue in counted_clues([CountedPattern("shop", "no shelf", count, expected)]))
        for count in (fewer, more)
    ]

    assert weights == sorted(weights)
    assert all(weight >= 0 for weight in weights)

"""What a recovery may name and what a decision is made by: only what was observed, and None for what is not known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.action import ActionRequest, BlastRadius, Plan, Risk, Target
from agent.domain.decision import Autonomy, Verdict
from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.incident import Incident, Priority
from agent.domain.recovery import Freeze, RecoveryRun, StepRun
from agent.domain.results import Quantity, Series, SeriesResult, TableResult
from agent.domain.slo import CalendarWindow, PeriodUnit
from agent.execution.attributes import BUDGET, GatheredAttributes
from agent.execution.instances import Unresolved
from agent.execution.selectors import Observed
from agent.execution.targets import service_of_target
from agent.policy.predicates import Scene
from agent.policy.reasons import Ruling, reasons
from agent.policy.references import REFERENCES, Amount
from agent.store.engine import SqlStore
from tests.support import readings
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.recoveries import INCIDENT, Book, caused, recovery
from tests.support.store import NOON, StillClock, store_at
from tests.support.views import sample_incident
from tools.connectors.memory import MemoryMetrics, MemoryWorld
from tools.incident_responder.writes.workloads import RestartWorkload
from tools.sla_tracker.burn_rate import burn_rate, share_left
from tools.sla_tracker.reads import BudgetParams, BudgetRead

PODS = (
    readings.pod("payment-7c9b4f6d8-aaaaa", "payment", cpu_cores=0.2, memory_bytes=100.0),
    readings.pod("payment-7c9b4f6d8-bbbbb", "payment", cpu_cores=0.1, memory_bytes=300.0),
    readings.pod(
        "payment-7c9b4f6d8-ccccc", "payment", ready=False, restarts=4, cpu_cores=0.3, memory_bytes=1.0
    ),
    readings.pod("payment-7c9b4f6d8-ddddd", "payment", phase="Terminating"),
)


def shop() -> ScriptedReads:
    reads = ScriptedReads(NOON)
    reads.on("incident_responder.pods", readings.pods(*PODS), service="payment")
    reads.on(
        "incident_responder.pods",
        readings.pods(readings.pod("ledger-db-0", "ledger-db")),
        service="ledger-db",
    )
    where = TableResult(columns=("what", "how"), rows=(("pod", "p"), ("namespace", "shop")))
    reads.on("incident_responder.describe", readings.found(where))
    return reads


def seen(reads: ScriptedReads, **more: Any) -> Observed:
    values: dict[str, Any] = {"service": "payment", "cause": caused()}
    return Observed(reads, sample_incident(), **(values | more))


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("service.name", "payment"),
        ("service.namespace", "shop"),
        ("service.workload", "payment"),
        ("service.kind", "Deployment"),
        ("service.replicas", 3),
        ("service.unready_pod", "payment-7c9b4f6d8-ccccc"),
        ("service.fullest_pod", "payment-7c9b4f6d8-bbbbb"),
        ("service.idlest_pod", "payment-7c9b4f6d8-bbbbb"),
        ("service.cache_prefix", "payment:"),
        ("cause.workload", "payment"),
        ("least_used.name", "payment"),
        ("incident.service", "payment"),
        ("incident.namespace", "shop"),
        ("incident.environment", "production"),
    ],
)
async def test_a_reference_stands_for_what_was_seen(reference: str, expected: object) -> None:
    assert expected == await seen(shop()).value(reference)


async def test_a_stateful_set_is_told_by_its_numbered_pods() -> None:
    observed = seen(shop(), service="ledger-db")

    assert ("ledger-db", "StatefulSet") == (
        await observed.value("service.workload"),
        await observed.value("service.kind"),
    )


@pytest.mark.parametrize("reference", sorted(REFERENCES))
async def test_no_reference_has_a_value_where_nothing_answers(reference: str) -> None:
    reads = ScriptedReads(NOON, down={"kubernetes": "away", "prometheus": "away"})
    observed = Observed(reads, sample_incident().model_copy(update={"service": ""}), service="")
    if reference.startswith("incident.") and reference != "incident.service":
        assert await observed.value(reference)
        return
    with pytest.raises(Unresolved):
        await observed.value(reference)


async def test_a_service_without_pods_has_no_workload() -> None:
    with pytest.raises(Unresolved, match="no-pods"):
        await seen(shop(), service="checkout").value("service.workload")


async def test_a_pod_that_nothing_controls_is_no_workload() -> None:
    reads = ScriptedReads(NOON).on(
        "incident_responder.pods", readings.pods(readings.pod("lonely", "payment"))
    )

    with pytest.raises(Unresolved, match="no-workload"):
        await seen(reads).value("service.workload")


async def test_each_thing_is_looked_at_once() -> None:
    reads = shop()
    observed = seen(reads)
    for reference in ("service.workload", "service.kind", "service.replicas", "service.namespace"):
        await observed.value(reference)

    assert 1 == len(reads.asked_for("incident_responder.pods"))


def ratios(**by_pod: float) -> Reading:
    series = tuple(
        Series(labels={"pod": f"payment-7c9b4f6d8-{pod}"}, points=((1.0, value),))
        for pod, value in by_pod.items()
    )
    return readings.found(SeriesResult(series=series))


@pytest.mark.parametrize("well", [{"aaaaa": 0.01, "ccccc": 0.0}, {"aaaaa": 0.01}], ids=["of three", "of two"])
async def test_the_instance_that_fails_more_than_the_others_is_found(well: dict[str, float]) -> None:
    reads = shop().on("metrics_collector.query", ratios(bbbbb=0.97, **well))

    assert "payment-7c9b4f6d8-bbbbb" == await seen(reads).value("service.failing_pod")


@pytest.mark.parametrize(
    "shares",
    [
        {"aaaaa": 0.5, "bbbbb": 0.48, "ccccc": 0.51},
        {"aaaaa": 0.0, "bbbbb": 0.05, "ccccc": 0.0},
        {"bbbbb": 0.97},
        {"aaaaa": 0.0, "zzzzz": 0.9},
    ],
)
async def test_where_all_fail_alike_no_instance_is_blamed(shares: dict[str, float]) -> None:
    with pytest.raises(Unresolved):
        await seen(shop().on("metrics_collector.query", ratios(**shares))).value("service.failing_pod")


async def test_the_revision_before_the_newest_is_the_one_with_the_former_image() -> None:
    hour = NOON - timedelta(hours=1)
    changes = readings.changes(
        readings.deployment("payment", NOON, "payment:v1", "payment:v2", revision=7),
        readings.deployment("payment", hour, "payment:v0", "payment:v1", revision=5),
        readings.deployment("payment", hour - timedelta(hours=1), "payment:v9", "payment:v0", revision=4),
    )
    reads = shop().on("incident_responder.rollouts", changes)

    assert 5 == await seen(reads).value("cause.previous_revision")


async def test_the_first_revision_has_none_before_it() -> None:
    only = readings.changes(readings.deployment("payment", NOON, "", "payment:v1", revision=1))

    with pytest.raises(Unresolved, match="no-revision"):
        await seen(shop().on("incident_responder.rollouts", only)).value("service.previous_revision")


async def test_the_least_used_of_the_services_in_trouble_is_chosen() -> None:
    rows = (
        ("payment", "100%", "40/s", "", ""),
        ("catalog", "100%", "3.5/s", "", ""),
        ("idle", "1", "0/s", "", ""),
    )
    table = TableResult(columns=("service", "up", "rps", "error_ratio", "p95_seconds"), rows=rows)
    reads = shop().on("metrics_collector.services", readings.found(table))

    assert "catalog" == await seen(reads, services=("payment", "catalog")).value("least_used.name")


@pytest.mark.parametrize(
    ("instance", "name", "host", "port"),
    [
        ("model-gateway", "model-gateway", "model-gateway", 443),
        ("https://shop.example.com:8443/health", "shop", "shop.example.com", 8443),
        ("shop.example.com:443", "shop", "shop.example.com", 443),
    ],
)
async def test_a_certificate_is_named_after_the_host_that_the_alert_names(
    instance: str, name: str, host: str, port: int
) -> None:
    observed = seen(shop(), labels={"instance": instance})

    assert (name, host, port, f"{name}-tls") == tuple(
        [await observed.value(f"certificate.{what}") for what in ("name", "host", "port", "secret")]
    )


async def test_a_probes_target_says_where_a_named_instance_listens() -> None:
    observed = seen(shop(), labels={"instance": "model-gateway", "target": "127.0.0.1:8443"})

    assert ("model-gateway", "127.0.0.1", 8443) == tuple(
        [await observed.value(f"certificate.{what}") for what in ("name", "host", "port")]
    )


async def test_an_address_is_no_certificates_name() -> None:
    with pytest.raises(Unresolved):
        await seen(shop(), labels={"instance": "10.0.0.7:443"}).value("certificate.name")


async def test_amounts_stay_within_their_bounds() -> None:
    observed = seen(shop())
    twice = Amount(of="$service.replicas", times=2, at_most=5)
    text = Amount.model_validate({"of": "$service.replicas", "times": 1.5, "as": "text"})

    assert (5, "5") == (await observed.resolved(twice), await observed.resolved(text))


@given(st.integers(1, 99), st.floats(0.1, 10), st.integers(1, 50))
def test_an_amount_never_leaves_its_bounds(replicas: int, times: float, most: int) -> None:
    from agent.execution.selectors import _amount  # the arithmetic alone, without a loop per example

    found = _amount(Amount(of="$service.replicas", times=times, at_least=1, at_most=most), replicas)

    assert isinstance(found, int)
    assert 1 <= found <= most


async def test_names_of_parts_of_a_parameter_are_resolved_too() -> None:
    given_ = {"weights": {"$service.name": 0, "other": [1, "$service.kind"]}}

    assert {"weights": {"payment": 0, "other": [1, "Deployment"]}} == await seen(shop()).params(given_)


# What a decision is made by.


def plan(kind: str = "Deployment", name: str = "payment", **more: Any) -> Plan:
    return Plan(target=Target(kind=kind, namespace="shop", name=name), reversible=True, **more)


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (plan(), "payment"),
        (plan(name="ai-textbook-checkout"), "checkout"),
        (plan("Pod", "payment-7c9b4f6d8-x2x4z"), "payment"),
        (plan("Pod", "ledger-db-0"), "ledger-db"),
        (plan("StatefulSet", "ledger-db"), "ledger-db"),
        (plan("ConfigMap", "settings", radius=BlastRadius(services=("tutor",))), "tutor"),
        (plan("ConfigMap", "settings", facts={"service": "textbook"}), "textbook"),
        (plan("Node", "node-2"), "payment"),
        (plan("Node", "node-2", radius=BlastRadius(services=("a", "b"))), "payment"),
    ],
)
def test_the_service_of_a_target(planned: Plan, expected: str) -> None:
    assert expected == service_of_target(planned, sample_incident(), shipped_policies().services)


def test_without_an_incident_a_node_belongs_to_no_service() -> None:
    assert None is service_of_target(plan("Node", "node-2"), None)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


STEPS = recovery(
    "trigger: [{alerts: [A]}]\nsteps: [{id: ask, action: x, decision: ask}, {id: free, action: x}]\n"
)


def attributes(store: SqlStore, reads: ScriptedReads, **more: Any) -> GatheredAttributes:
    policies = replace(shipped_policies(), recoveries=(STEPS,))
    return GatheredAttributes(store, reads, Book(policies), StillClock(), "demo", **more)


async def gathered(
    found: GatheredAttributes,
    origin: str = "person",
    incident: Incident | None = None,
    planned: Plan | None = None,
) -> Any:
    request = ActionRequest(name="restart_workload", by="ada", origin=origin)
    return await found.facts(request, RestartWorkload, planned or plan(), incident)


def budget(left: float) -> Reading:
    value = Quantity(value=left, unit="ratio")
    return Reading(status=EvidenceStatus.SUCCESS, query="q", summary="s", value=value)


async def test_everything_that_is_known_is_told(store: SqlStore) -> None:
    freezes = (("f1", ""), ("f2", "demo"), ("f3", "production"))
    async with store.write() as tx:
        for name, environment in freezes:
            until = NOON + timedelta(hours=1)
            await tx.brakes.freeze(
                Freeze(id=name, environment=environment, since=NOON, until=until, by="ada", reason=name)
            )
    facts = await gathered(
        attributes(store, ScriptedReads(NOON).on(BUDGET, budget(0.61))), incident=sample_incident()
    )

    assert ("payment", "critical", Priority.P1, 0.61) == (
        facts.service,
        facts.tier,
        facts.priority,
        facts.error_budget_left,
    )
    assert ("restart_workload", "ada", "person", "demo") == (
        facts.action,
        facts.requester,
        facts.origin,
        facts.environment,
    )
    assert {"f1", "f2"} == set(facts.freezes)
    assert isinstance(facts.risk, Risk)


async def test_what_is_not_known_is_none(store: SqlStore) -> None:
    facts = await gathered(attributes(store, ScriptedReads(NOON)), planned=plan("Node", "node-2"))

    assert (None, None, None, None, None) == (
        facts.service,
        facts.tier,
        facts.priority,
        facts.error_budget_left,
        facts.autonomy,
    )


@pytest.mark.parametrize("trouble", ["error", "unknown", "slow"])
async def test_a_budget_that_cannot_be_read_is_none_and_never_kept(store: SqlStore, trouble: str) -> None:
    reads = ScriptedReads(NOON).on(BUDGET, budget(0.5), delay=5.0 if trouble == "slow" else 0.0)
    if trouble == "error":
        reads.down["prometheus"] = "away"
    if trouble == "unknown":
        reads.unknown.add(BUDGET)
    found = attributes(store, reads, budget_timeout_seconds=0.05)

    assert None is await found.budget_left("payment")
    reads.down.clear()
    reads.unknown.clear()
    reads.rules.clear()
    reads.on(BUDGET, budget(0.4))
    assert 0.4 == await found.budget_left("payment")


async def test_a_budget_is_asked_for_once_a_minute(store: SqlStore) -> None:
    reads = ScriptedReads(NOON).on(BUDGET, budget(0.5))
    found = attributes(store, reads)
    await found.budget_left("payment")
    await found.budget_left("payment")
    await found.budget_left("checkout")

    assert 2 == len(reads.asked)


@pytest.mark.parametrize(
    ("origin", "kind", "autonomy"),
    [
        ("person", "person", Autonomy.AUTO),
        ("undo:act_1", "undo", Autonomy.AUTO),
        ("recovery:run_1#free", "recovery", Autonomy.AUTO),
        ("recovery:run_1#ask", "recovery", Autonomy.APPROVE),
        ("recovery:run_1#gone", "recovery", Autonomy.APPROVE),
        ("recovery:other#free", "recovery", Autonomy.APPROVE),
    ],
)
async def test_a_step_that_asks_is_never_run_without_people(
    store: SqlStore, origin: str, kind: str, autonomy: Autonomy
) -> None:
    run = RecoveryRun(
        id="run_1",
        recovery="trouble",
        incident_id=INCIDENT,
        policy_digest="p",
        steps=(StepRun(name="ask"), StepRun(name="free")),
        started_at=NOON,
    )
    async with store.write() as tx:
        await tx.recoveries.create(run)
    facts = await gathered(attributes(store, ScriptedReads(NOON), autonomy=Autonomy.AUTO), origin)

    assert (kind, autonomy) == (facts.origin, facts.autonomy)


@pytest.mark.parametrize("level", [Autonomy.OFF, Autonomy.SUGGEST, Autonomy.APPROVE])
async def test_asking_never_widens_what_the_bot_may_do(store: SqlStore, level: Autonomy) -> None:
    facts = await gathered(attributes(store, ScriptedReads(NOON), autonomy=level), "recovery:none#ask")

    assert level is facts.autonomy


# The arithmetic of the error budget.


@pytest.mark.parametrize(("ratio", "left"), [(0.0, 1.0), (0.00075, 0.25), (0.001, 0.0), (0.0015, -0.5)])
def test_the_share_of_the_budget_that_is_left(ratio: float, left: float) -> None:
    assert left == pytest.approx(share_left(ratio, 0.999), abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 0.99999))
def test_more_failures_never_leave_more_budget(one: float, other: float, objective: float) -> None:
    assert share_left(max(one, other), objective) <= share_left(min(one, other), objective)


@pytest.mark.parametrize(("ratio", "objective"), [(-0.1, 0.9), (1.1, 0.9), (0.1, 1.0), (0.1, 0.0)])
def test_impossible_numbers_are_refused(ratio: float, objective: float) -> None:
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        burn_rate(ratio, objective)


async def test_the_budget_is_read_from_the_counters_of_requests() -> None:
    world = MemoryWorld()
    world.course("payment", "server_error_ratio", 0.0004)
    reading = await BudgetRead(MemoryMetrics(world)).run(BudgetParams(service="payment"), _utc())

    assert reading.value is not None
    assert 0.6 == pytest.approx(reading.value.value)
    assert "the error budget of payment has 60% left" in reading.summary.replace(" %", "%")
    assert "[2592000s]" in reading.query


async def test_an_overspent_budget_is_nothing_left_and_says_so() -> None:
    world = MemoryWorld()
    world.course("payment", "server_error_ratio", 0.003)
    reading = await BudgetRead(MemoryMetrics(world)).run(BudgetParams(service="payment"), _utc())

    assert reading.value is not None
    assert 0.0 == reading.value.value
    assert isinstance(reading.result, TableResult)
    assert ("overspent", "3.0 times the budget is used") in reading.result.rows


async def test_a_service_that_nobody_counts_has_no_budget() -> None:
    reading = await BudgetRead(MemoryMetrics(MemoryWorld())).run(BudgetParams(service="payment"), _utc())

    assert EvidenceStatus.NO_DATA is reading.status


def _utc() -> datetime:
    return NOON.astimezone(UTC)


# ---------------------------------------------------------------------------------------------------------------------
# Which objective the budget is of.


async def test_a_decision_names_the_objective_and_its_window(store: SqlStore) -> None:
    told = TableResult(columns=("what", "how"), rows=(("name", "payment-availability"),))
    reads = ScriptedReads(NOON).on(BUDGET, budget(0.61).model_copy(update={"result": told}))
    facts = await gathered(attributes(store, reads), incident=sample_incident())

    assert "payment-availability" == facts.error_budget_of
    assert CalendarWindow(unit=PeriodUnit.MONTH, zone="UTC") == facts.error_budget_window
    ruling = Ruling(Verdict.PERMIT, "rule")
    said = reasons(ruling, Scene(facts, (), at_work=True), {})
    assert "error budget 61% left (payment-availability, the month (UTC))" in said


async def test_a_budget_without_an_objective_is_told_without_a_name(store: SqlStore) -> None:
    facts = await gathered(
        attributes(store, ScriptedReads(NOON).on(BUDGET, budget(0.61))), incident=sample_incident()
    )

    assert ("", None) == (facts.error_budget_of, facts.error_budget_window)


async def test_a_budget_that_was_promised_and_cannot_be_told_names_its_objective(store: SqlStore) -> None:
    facts = await gathered(attributes(store, ScriptedReads(NOON)), incident=sample_incident())

    assert (None, "payment-availability") == (facts.error_budget_left, facts.error_budget_of)

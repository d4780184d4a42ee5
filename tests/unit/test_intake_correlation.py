"""Which alerts become one incident and which stay apart, and that each grouping says why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.domain.incident import Priority
from agent.intake.sighting import Outcome
from tests.support.alerts import Desk, alert
from tests.support.store import store_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        yield Desk(store)


async def test_an_alert_opens_an_incident_with_card_details_and_an_investigation(desk: Desk) -> None:
    result = await desk.fire("HighErrorRate", service="payment", namespace="shop", cluster="demo")
    (incident,) = await desk.incidents()

    assert result.opened == (incident.id,)
    assert (incident.title, incident.service, incident.namespace) == (
        "payment: HighErrorRate",
        "payment",
        "shop",
    )
    assert (incident.priority, incident.priority_reason.rule) == (Priority.P1, "error-rate-high")
    assert incident.conversation.channel == "#alerts-critical"
    assert await desk.kinds(incident.id) == ["opened"]
    assert [job.dedupe_key for job in await desk.queued("incident.investigate")] == [
        f"investigate:{incident.id}"
    ]
    async with desk.store.read() as tx:
        slots = [await tx.outbox.get(f"{kind}:{incident.id}") for kind in ("card", "details")]
        (record,) = await tx.alerts.of_incident(incident.id)
        item = await tx.inbox.get(1)

    assert [s and (s.channel, s.priority, s.wanted, s.sent) for s in slots] == [
        ("#alerts-critical", 1, 1, 0)
    ] * 2
    assert record.reason.rule == "nothing-related"
    assert item is not None
    assert item.processed_at == desk.clock.now()


async def test_the_same_alert_of_another_pod_joins(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment", pod="a")
    desk.clock.advance(3600)
    result = await desk.fire("HighErrorRate", service="payment", pod="b")

    assert result.opened == ()
    assert result.decisions[0].reason.rule == "same-alert-name"
    assert 'alertname="HighErrorRate"' in result.decisions[0].reason.sentence
    assert len(await desk.incidents()) == 1


async def test_another_alert_of_the_same_service_joins_while_the_incident_moves(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    desk.clock.advance(599)
    joined = await desk.fire("HighLatency", service="payment")
    desk.clock.advance(601)
    apart = await desk.fire("QueueFull", service="payment")

    assert joined.decisions[0].reason.rule == "same-service"
    assert 'service="payment"' in joined.decisions[0].reason.sentence
    assert len(apart.opened) == 1


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ("payment", "checkout", "topology-neighbour"),
        ("checkout", "payment", "topology-neighbour"),
        ("payment", "storefront", "topology-neighbour"),
        ("payment", "catalog", "nothing-related"),
        ("payment", "tutor", "nothing-related"),
    ],
)
async def test_callers_and_callees_join_within_two_calls(
    desk: Desk, first: str, second: str, rule: str
) -> None:
    await desk.fire("HighErrorRate", service=first)
    desk.clock.advance(30)
    result = await desk.fire("HighErrorRate", service=second)

    assert result.decisions[0].reason.rule == rule
    assert len(await desk.incidents()) == (1 if rule == "topology-neighbour" else 2)


async def test_two_callers_of_one_service_join(desk: Desk) -> None:
    desk.edges = frozenset({("web", "auth"), ("api", "auth")})
    await desk.fire("HighErrorRate", service="web")
    result = await desk.fire("HighErrorRate", service="api")

    assert "both call auth" in result.decisions[0].reason.sentence


async def test_a_neighbour_does_not_join_an_incident_that_stands_still(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    desk.clock.advance(601)

    assert len((await desk.fire("HighErrorRate", service="checkout")).opened) == 1


async def test_a_fault_that_spreads_stays_one_incident_and_rises(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment", severity="warning")
    desk.clock.advance(20)
    await desk.fire("HighErrorRate", service="checkout")
    desk.clock.advance(20)
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighErrorRate", service="storefront")
    (incident,) = await desk.incidents()

    assert (incident.priority, incident.priority_reason.rule) == (Priority.P0, "critical-services-failing")
    assert (await desk.kinds(incident.id)).count("priority_changed") == 2


async def test_a_priority_never_falls_by_itself_while_the_incident_is_open(desk: Desk) -> None:
    down = alert("ServiceDown", starts=desk.clock.now(), service="payment")
    await desk.send(
        down, alert("HighLatency", starts=desk.clock.now(), service="payment", severity="warning")
    )
    desk.clock.advance(60)
    await desk.send(down | {"status": "resolved", "endsAt": desk.clock.now().isoformat()})
    (incident,) = await desk.incidents()

    assert incident.status.open
    assert incident.priority is Priority.P0


async def test_two_machines_with_one_alert_name_stay_apart(desk: Desk) -> None:
    now = desk.clock.now()
    await desk.send(
        alert("HighCPUUsage", starts=now, instance="node-1:9100", severity="warning"),
        alert("HighCPUUsage", starts=now, instance="node-2:9100", severity="warning"),
    )
    incidents = await desk.incidents()

    assert {"node-1:9100: HighCPUUsage", "node-2:9100: HighCPUUsage"} == {i.title for i in incidents}
    assert {Priority.P2} == {i.priority for i in incidents}


async def test_a_noisy_neighbour_on_the_same_machine_stays_apart_and_low(desk: Desk) -> None:
    await desk.fire("HighCPUUsage", instance="node-1", severity="warning")
    result = await desk.fire("HighErrorRate", service="payment", instance="node-1")
    noisy, payment = await desk.incidents()

    assert result.decisions[0].reason.rule == "shared-machine-is-not-enough"
    assert "node-1" in result.decisions[0].reason.sentence
    assert (noisy.priority, payment.priority) == (Priority.P2, Priority.P1)


@pytest.mark.parametrize("label", ["environment", "cluster", "namespace"])
async def test_the_same_service_elsewhere_is_another_incident(desk: Desk, label: str) -> None:
    await desk.fire("HighErrorRate", service="payment", **{label: "eu"})
    await desk.fire("HighErrorRate", service="payment", **{label: "us"})

    assert len(await desk.incidents()) == 2


async def test_the_service_comes_from_the_job_when_no_label_names_it(desk: Desk) -> None:
    await desk.fire("ServiceDown", job="ai-textbook-payment", instance="10.0.0.1:80")
    (incident,) = await desk.incidents()

    assert incident.title == "payment: ServiceDown"
    assert incident.priority_reason.rule == "critical-service-down"


async def test_a_job_of_ours_names_the_emitter_though_a_rule_fixed_the_service(desk: Desk) -> None:
    fixed = {"service": "ecommerce-api", "severity": "warning"}
    await desk.fire("HighLatency", job="ai-textbook-payment", **fixed)
    await desk.fire("HighLatency", job="ai-textbook-checkout", **fixed)
    await desk.fire("HighLatency", job="ai-textbook-", **fixed)

    assert ["payment", "ecommerce-api"] == [incident.service for incident in await desk.incidents()]


async def test_one_delivery_with_many_services_joins_what_hangs_together(desk: Desk) -> None:
    now = desk.clock.now()
    names = ("payment", "checkout", "storefront", "tutor")
    result = await desk.send(*(alert("HighErrorRate", starts=now, service=name) for name in names))

    assert len(result.opened) == 2
    assert {"payment", "tutor"} == {i.service for i in await desk.incidents()}


async def test_a_storm_is_a_handful_of_incidents_and_one_job_each(desk: Desk) -> None:
    now = desk.clock.now()
    desk.edges = frozenset()
    for batch in range(10):
        await desk.send(
            *(alert("HighErrorRate", starts=now, service=f"s{n % 5}", pod=f"{batch}-{n}") for n in range(50))
        )
    incidents = await desk.incidents()

    assert len(incidents) == 5
    assert len(await desk.queued("incident.investigate")) == 5
    for incident in incidents:
        async with desk.store.read() as tx:
            assert len(await tx.alerts.of_incident(incident.id)) == 100
        assert await desk.kinds(incident.id) == ["opened"] + ["alert_added"] * 9


async def test_news_asks_for_another_investigation_and_repeats_do_not(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    async with desk.store.write() as tx:
        await tx.connection.exec_driver_sql("DELETE FROM jobs")
    await desk.fire("HighErrorRate", service="payment", pod="b")
    assert await desk.queued("incident.investigate") == []

    await desk.fire("HighLatency", service="payment")
    assert len(await desk.queued("incident.investigate")) == 1


async def test_an_unknown_severity_counts_as_the_worst(desk: Desk) -> None:
    result = await desk.fire("Odd", service="tutor", severity="banana")
    (incident,) = await desk.incidents()
    async with desk.store.read() as tx:
        (record,) = await tx.alerts.of_incident(incident.id)

    assert result.decisions[0].outcome is Outcome.NEW
    assert record.severity.value == "critical"
    assert incident.priority is Priority.P1

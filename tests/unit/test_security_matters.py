"""Security matters: incidents, people, a channel and an audience of their own, and an end of their own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from agent.domain.incident import IncidentStatus, Priority
from agent.errors import Misconfigured
from agent.intake.falco import FALCO
from agent.lifecycle.oncall import serving
from agent.lifecycle.regroup import merge
from agent.operations.falco_ends import FalcoEnds
from agent.policy.audiences import CommunicationPolicy
from agent.policy.communications import cadence
from agent.policy.documents import parse_document
from agent.policy.load import load_policies
from agent.policy.routing import route_incident
from agent.policy.security import SecurityPolicy
from tests.support.alerts import SHIPPED, Desk, alert, shipped_policies
from tests.support.falco import deliver, event, firing, parse, sample, send
from tests.support.store import store_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        yield Desk(store)


def ends_of(desk: Desk) -> FalcoEnds:
    return FalcoEnds(
        desk.store, desk.clock, lambda: desk.policies.security, partial(deliver, desk), group=FALCO
    )


async def test_a_falco_event_opens_an_incident_in_the_channel_of_the_security_team(desk: Desk) -> None:
    await deliver(desk, parse(sample("unauthorized-api-access.json")))
    (incident,) = await desk.incidents()

    assert (incident.category, incident.service, incident.priority) == ("security", "textbook", Priority.P2)
    assert incident.conversation.channel == "#security-alerts"


async def test_a_breach_is_p0_with_the_security_team_and_a_room(desk: Desk) -> None:
    await deliver(desk, parse(sample("suspicious-database-query.json")))
    (incident,) = await desk.incidents()
    route = route_incident(desk.policies, incident)

    assert (incident.priority, incident.priority_reason.rule) == (Priority.P0, "security-breach")
    assert (route.rule, route.call, route.room) == ("security-p0", ("Security Team",), True)


async def test_one_rule_on_every_host_is_one_incident(desk: Desk) -> None:
    for host in range(40):
        await send(desk, event(hostname=f"node-{host}", output_fields={}))
        desk.clock.advance(10)
    result = await send(desk, event(rule="Ptrace Anti-Debug Attempt", hostname="node-3", output_fields={}))
    (first, other) = await desk.incidents()

    assert first.category == other.category == "security"
    assert result.opened == (other.id,)
    assert await firing(desk) == 41


async def test_a_rule_that_was_quiet_for_long_is_another_matter_elsewhere(desk: Desk) -> None:
    await send(desk, event(hostname="node-1", output_fields={}))
    desk.clock.advance(desk.windows.correlation.total_seconds() + 1)
    await send(desk, event(hostname="node-2", output_fields={}))

    assert len(await desk.incidents()) == 2


async def test_the_same_ordinary_alert_elsewhere_is_another_incident(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment")
    await desk.fire("HighErrorRate", service="identity")

    assert len(await desk.incidents()) == 2


async def test_any_other_critical_one_is_p0_too(desk: Desk) -> None:
    await send(desk, event("Ptrace Anti-Debug Attempt", priority="Emergency"))
    (incident,) = await desk.incidents()

    assert (incident.priority, incident.priority_reason.rule) == (Priority.P0, "security-critical")


async def test_a_security_matter_never_joins_an_ordinary_incident_and_names_it(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment", namespace="shop")
    result = await send(desk, event())
    ordinary, security = await desk.incidents()

    assert (ordinary.category, security.category) == ("", "security")
    assert result.opened == (security.id,)
    reason = result.decisions[0].reason
    assert (reason.rule, reason.args["name"]) == ("another-matter", ordinary.name)


async def test_an_ordinary_alert_never_joins_a_security_matter(desk: Desk) -> None:
    await send(desk, event())
    result = await desk.fire("HighErrorRate", service="payment", namespace="shop")

    assert len(result.opened) == 1
    assert result.decisions[0].reason.rule == "another-matter"


async def test_both_in_one_delivery_are_kept_apart(desk: Desk) -> None:
    now = desk.clock.now()
    result = await desk.send(
        alert("HighErrorRate", starts=now, service="payment"),
        alert("LoginFailuresHigh", starts=now, service="payment", category="security"),
    )
    assert len(result.opened) == 2


async def test_what_a_person_merges_into_an_ordinary_incident_makes_it_a_security_matter(desk: Desk) -> None:
    await desk.fire("HighErrorRate", service="payment", namespace="shop")
    await send(desk, event())
    ordinary, security = await desk.incidents()
    async with desk.store.write() as tx:
        await merge(tx, desk.policies, security.id, ordinary.id, by="U0MINA0001", at=desk.clock.now())

    whole = (await desk.incidents())[0]
    assert (whole.category, route_incident(desk.policies, whole).channel) == ("security", "#security-alerts")


async def test_two_rules_about_one_pod_are_one_security_incident(desk: Desk) -> None:
    await send(desk, event())
    await send(desk, event("Read Sensitive File"))

    assert len(await desk.incidents()) == 1


async def test_an_alert_ends_after_it_was_quiet_for_as_long_as_the_policy_says(desk: Desk) -> None:
    await send(desk, event())
    desk.clock.advance(50 * 60)
    await send(desk, event(time="2026-03-02T12:50:00Z"))
    desk.clock.advance(59 * 60)
    assert await ends_of(desk).once() == 0
    assert await firing(desk) == 1

    desk.clock.advance(60)
    assert await ends_of(desk).once() == 1
    (incident,) = await desk.incidents()
    assert incident.status is IncidentStatus.RESOLVED
    assert await ends_of(desk).once() == 0


async def test_the_same_event_again_brings_the_incident_back(desk: Desk) -> None:
    await send(desk, event())
    desk.clock.advance(3600)
    await ends_of(desk).once()
    desk.clock.advance(120)
    await send(desk, event(time=desk.clock.now().isoformat()))

    (incident,) = await desk.incidents()
    assert incident.status.open


async def test_who_is_called_falls_back_to_the_ordinary_rota_while_the_team_is_empty(desk: Desk) -> None:
    await send(desk, event())
    (incident,) = await desk.incidents()
    policies = shipped_policies()
    oncall = policies.oncall.model_validate(
        {
            "zone": "UTC",
            "people": [{"id": "dana", "name": "Dana"}, {"id": "mina", "name": "Mina"}],
            "roles": {**dict.fromkeys(policies.oncall.roles, ()), "Security Team": ("dana",)},
            "schedules": [],
        },
        strict=False,
    )
    staffed = replace(policies, oncall=oncall)

    assert serving(staffed, incident) == ["Security Team"]
    assert serving(policies, incident) == [s.id for s in policies.oncall.schedules]


def test_nobody_outside_hears_of_security_by_the_clock() -> None:
    policies = shipped_policies()

    assert set(cadence(policies, Priority.P0, "security")) == {"executives", "technical"}
    assert set(cadence(policies, Priority.P0)) > {"customers"}
    unlisted = policies.communications.model_copy(update={"kept_apart": {}})
    heard = cadence(replace(policies, communications=unlisted), Priority.P0, "security")
    assert "customers" not in heard


def test_a_public_audience_cannot_be_told_of_security_by_the_file() -> None:
    text = (SHIPPED / "communications.yaml").read_text("utf-8")
    wrong = text.replace("security: [executives,", "security: [customers,")
    with pytest.raises(Misconfigured, match=r"kept_apart\.security\.0: customers is public"):
        parse_document(wrong, CommunicationPolicy, name="communications.yaml")


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ("values: [security]", "values: []", "values"),
        ("low: 30m", "low: 30", "falco_ends_after.low"),
        ("low: 30m", "low: 5s", "1m at the soonest"),
        (", low: 30m", "", "lacks low"),
    ],
)
def test_a_wrong_security_file_is_refused_with_its_place(was: str, wrong: str, said: str) -> None:
    text = (SHIPPED / "security.yaml").read_text("utf-8")
    with pytest.raises(Misconfigured, match=said):
        parse_document(text.replace(was, wrong), SecurityPolicy, name="security.yaml")


def test_the_shipped_quiet_times() -> None:
    policies = load_policies(SHIPPED)
    assert policies.security.quiet(next(iter(policies.security.falco_ends_after))) == timedelta(hours=4)

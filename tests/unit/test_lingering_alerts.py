"""Alerts that go on after their trouble: they open incidents, hold none open behind others, and are not lost."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.incident import IncidentStatus
from agent.domain.lingering import ANNOTATION
from agent.domain.view import IncidentView
from agent.intake.sighting import Outcome
from agent.policy.routing import route_incident
from agent.transport.slack.cards import render_card
from tests.support.alerts import Desk, alert
from tests.support.store import NOON, store_at

HOUR = 3600.0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        yield Desk(store)


def down(since: float = 0, until: float | None = None) -> dict[str, Any]:
    return _alert("ServiceDown", since, until)


def burn(since: float, until: float | None = None, length: str = "6h") -> dict[str, Any]:
    found = _alert(
        "ErrorBudgetBurn", since, until, severity="warning", slo="payment-availability", window="3d"
    )
    return found | {"annotations": {"summary": "it burns", ANNOTATION: length}}


def _alert(name: str, since: float, until: float | None, **labels: str) -> dict[str, Any]:
    ends = None if until is None else NOON + timedelta(seconds=until)
    starts = NOON + timedelta(seconds=since)
    return alert(name, firing=until is None, starts=starts, ends=ends, service="payment", **labels)


async def send_at(desk: Desk, seconds: float, *alerts: dict[str, Any]) -> list[Outcome]:
    desk.clock.advance((NOON - desk.clock.now()).total_seconds() + seconds)
    return [d.outcome for d in (await desk.send(*alerts)).decisions]


async def statuses(desk: Desk) -> list[IncidentStatus]:
    return [one.status for one in sorted(await desk.incidents(), key=lambda one: one.times.opened_at)]


async def test_an_incident_does_not_wait_for_what_lingers_behind_it(desk: Desk) -> None:
    await send_at(desk, 0, down())
    await send_at(desk, 300, burn(300))
    await send_at(desk, 600, down(0, 590))
    (incident,) = await desk.incidents()
    (resolved,) = [e for e in await desk.timeline(incident.id) if e.kind.value == "resolved"]

    assert IncidentStatus.RESOLVED is incident.status
    assert "linger" in str(resolved.data["text"])


async def test_while_anything_else_fires_it_stays_open(desk: Desk) -> None:
    await send_at(desk, 0, down(), _alert("HighErrorRate", 0, None))
    await send_at(desk, 300, burn(300))
    await send_at(desk, 600, down(0, 590))

    assert [IncidentStatus.TRIAGE] == await statuses(desk)


async def test_alone_it_makes_its_incident_which_stays_until_it_ends(desk: Desk) -> None:
    await send_at(desk, 0, burn(0))
    for hour in (4, 8, 12):
        await send_at(desk, hour * HOUR, burn(0))
    before = await statuses(desk)
    await send_at(desk, 13 * HOUR, burn(0, 12.9 * HOUR))

    assert [IncidentStatus.TRIAGE] == before
    assert [IncidentStatus.RESOLVED] == await statuses(desk)


async def test_what_burned_before_the_others_came_is_waited_for(desk: Desk) -> None:
    await send_at(desk, 0, burn(-HOUR))
    await send_at(desk, 300, down(300))
    await send_at(desk, 500, down(300, 490))

    assert [IncidentStatus.TRIAGE] == await statuses(desk)


async def test_one_that_comes_a_little_late_brings_nothing_back(desk: Desk) -> None:
    await send_at(desk, 0, down())
    await send_at(desk, 200, down(0, 190))
    await send_at(desk, 400, burn(400))
    (incident,) = await desk.incidents()

    assert IncidentStatus.RESOLVED is incident.status
    assert "reopened" not in await desk.kinds(incident.id)
    assert "alert_added" in await desk.kinds(incident.id)


async def test_its_repeats_are_quiet_until_the_trouble_explains_them_no_more(desk: Desk) -> None:
    await send_at(desk, 0, down())
    await send_at(desk, 300, burn(300))
    await send_at(desk, 600, down(0, 590))
    quiet = await send_at(desk, 4 * HOUR, burn(300))
    again = await send_at(desk, 8 * HOUR, burn(300))
    then = await send_at(desk, 12 * HOUR, burn(300))

    assert ([Outcome.REPEAT], [Outcome.REFIRED], [Outcome.REPEAT]) == (quiet, again, then)
    assert [IncidentStatus.RESOLVED, IncidentStatus.TRIAGE] == await statuses(desk)
    await send_at(desk, 13 * HOUR, burn(300, 12.9 * HOUR))
    assert [IncidentStatus.RESOLVED, IncidentStatus.RESOLVED] == await statuses(desk)


async def test_its_end_is_noted_where_it_lingered(desk: Desk) -> None:
    await send_at(desk, 0, down())
    await send_at(desk, 300, burn(300))
    await send_at(desk, 600, down(0, 590))
    (incident,) = await desk.incidents()
    wanted = await _card(desk)
    await send_at(desk, 5 * HOUR, burn(300, 4.9 * HOUR))

    assert 2 == (await desk.kinds(incident.id)).count("alert_resolved")
    assert await _card(desk) > wanted
    assert [IncidentStatus.RESOLVED] == await statuses(desk)


async def _card(desk: Desk) -> int:
    async with desk.store.read() as tx:
        return sum(slot.wanted for slot in await tx.outbox.due(desk.clock.now(), 100) if slot.kind == "card")


@pytest.mark.parametrize("said", ["", "6", "6 hours", "0h", "9999d", "99d", "-1h", "1.5h"])
async def test_what_cannot_be_read_holds_its_incident_open(desk: Desk, said: str) -> None:
    await send_at(desk, 0, down())
    await send_at(desk, 300, burn(300, length=said))
    await send_at(desk, 600, down(0, 590))

    assert [IncidentStatus.TRIAGE] == await statuses(desk)


async def test_many_that_fire_are_not_even_looked_at(desk: Desk) -> None:
    pods = [_alert("PodDown", 0, None, pod=f"p-{number}") for number in range(30)]
    await send_at(desk, 0, down(), *pods)
    await send_at(desk, 300, burn(300))
    await send_at(desk, 600, down(0, 590))
    assert [IncidentStatus.TRIAGE] == await statuses(desk)

    await send_at(desk, 700, *(_alert("PodDown", 0, 690, pod=f"p-{number}") for number in range(30)))
    assert [IncidentStatus.RESOLVED] == await statuses(desk)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "payment still burns over 6 h"), ("ko", "payment의 오류 예산")]
)
async def test_the_card_says_what_still_burns(desk: Desk, lang: str, said: str) -> None:
    await send_at(desk, 0, down())
    await send_at(desk, 300, burn(300))
    await send_at(desk, 600, down(0, 590))
    (incident,) = await desk.incidents()
    async with desk.store.read() as tx:
        alerts = tuple(await tx.alerts.of_incident(incident.id))
    route = route_incident(desk.policies, incident)
    view = IncidentView(incident=incident, alerts=alerts, route=route, as_of=NOON)

    assert said in str(render_card(view, None, lang).blocks)
    calm = view.model_copy(update={"alerts": tuple(one for one in view.alerts if not one.alert.firing)})
    assert said not in str(render_card(calm, None, lang).blocks)

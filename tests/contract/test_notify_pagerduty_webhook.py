"""PagerDuty's webhooks: signed, taken once, and what people do on their phones is known here."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agent.domain.incident import IncidentStatus
from agent.domain.notification import Channel, Notification, PagerEvent, PagerNote
from agent.domain.timeline import TimelineKind
from agent.errors import Unavailable
from agent.lifecycle import changes
from agent.lifecycle.paging_words import dedup_key
from agent.locale.timeline import happened
from demo.vendors.pagerduty_hooks import event_of, signed
from demo.vendors.pagerduty_records import User
from tests.support.alerts import Desk
from tests.support.outgoing import outgoing
from tests.support.pager import JUN, MINA, Pager, serving_pager
from tests.support.pager_house import KEPT_SECRET, SECRET, House, serving
from tests.support.store import opened


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(f"sqlite:///{tmp_path / 'ops.db'}") as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="checkout")
        [incident] = await desk.incidents()
        found = House(desk, incident)
        async with serving(found.door()) as url:
            found.url = url
            yield found


async def test_an_acknowledgement_on_the_phone_acknowledges_here(house: House) -> None:
    house.desk.clock.advance(30)
    status, answer = await house.say("incident.acknowledged", MINA)
    assert (200, {"taken": True}) == (status, answer)
    incident = await house.now()
    assert ("U0MINA", IncidentStatus.ACTIVE) == (incident.acknowledged_by, incident.status)
    assert [1] == house.woken


async def test_somebody_whom_oncall_does_not_know_keeps_their_name(house: House) -> None:
    await house.say("incident.acknowledged", User("PX", "U0MINA", "x@example.test"))
    assert "U0MINA (PagerDuty)" == (await house.now()).acknowledged_by


async def test_the_time_is_pagerdutys_but_neither_before_the_incident_nor_after_now(house: House) -> None:
    house.desk.clock.advance(60)
    now, opened_at = house.desk.clock.now(), house.incident.times.opened_at
    for told, expected in (
        (now - timedelta(seconds=20), now - timedelta(seconds=20)),
        (now + timedelta(hours=1), now),
        (now - timedelta(days=6), opened_at),
    ):
        event = event_of("incident.acknowledged", house.there().described(), MINA)
        event["event"]["occurred_at"] = told.isoformat()
        await house.send(event)
        assert expected == house.answers[-1][1]


async def test_what_was_recorded_long_ago_is_not_played_again(house: House) -> None:
    event = event_of("incident.acknowledged", house.there().described(), MINA)
    event["event"]["occurred_at"] = (house.desk.clock.now() - timedelta(days=8)).isoformat()
    assert (200, False) == _taken(await house.send(event))
    assert None is (await house.now()).acknowledged_by


async def test_the_same_event_is_taken_once(house: House) -> None:
    event = event_of("incident.escalated", house.there().described(), MINA)
    answers = [await house.send(event) for _ in range(3)]
    assert [True, False, False] == [answer["taken"] for _, answer in answers]
    assert 1 == len(await house.told(TimelineKind.PAGER_SAID))


async def test_many_at_once_are_taken_once(house: House) -> None:
    event = event_of("incident.reassigned", house.there().described(), MINA)
    answers = await asyncio.gather(*(house.send(event) for _ in range(8)))
    assert [200] * 8 == [status for status, _ in answers]
    assert 1 == len(await house.told(TimelineKind.PAGER_SAID))


async def test_resolved_over_there_is_told_and_does_not_end_what_still_fires(house: House) -> None:
    assert (200, {"taken": True}) == await house.say("incident.resolved", MINA)
    assert (await house.now()).status.open
    [event] = [e for e in await house.desk.timeline(house.incident.id) if e.kind is TimelineKind.PAGER_SAID]
    for lang, words in (("en", "stays open here"), ("ko", "열려 있음")):
        line = happened(lang, event, person=lambda who: f"<{who}>", foreign=lambda said: said)
        assert words in line
        assert "<U0MINA>" in line


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("incident.escalated", {"assignees": [JUN.reference()]}, "Jun"),
        ("incident.reassigned", {"assignees": [JUN.reference(), MINA.reference()]}, "Jun, Mina"),
        ("incident.priority_updated", {"priority": {"summary": "SEV-1"}}, "SEV-1"),
        ("incident.escalated", {"assignees": "nonsense"}, ""),
    ],
)
async def test_what_else_happens_stands_on_the_timeline(
    house: House, kind: str, data: dict[str, Any], said: str
) -> None:
    await house.say(kind, MINA, **data)
    assert [("U0MINA", said)] == await house.told(TimelineKind.PAGER_SAID)


async def test_a_note_is_its_writers_own_words(house: House) -> None:
    house.key_of = lambda _: _key(dedup_key(house.incident.id, 1))
    async with serving(house.door()) as house.url:
        data = {
            "content": f"DB failover <!channel> done, {KEPT_SECRET}",
            "incident": house.there().described(brief=True),
        }
        status, _ = await house.send(event_of("incident.annotated", data, MINA))
    assert 200 == status
    assert [("U0MINA", "DB failover <!channel> done, [redacted]")] == await house.told(TimelineKind.NOTE)


async def _key(key: str | None) -> str | None:
    return key


async def test_our_own_note_does_not_come_back(house: House) -> None:
    note = outgoing(PagerNote(dedup_key="x", content="Rolled back"), incident_id=house.incident.id)
    async with house.desk.store.write() as tx:
        await tx.notifications.add(note)
    house.key_of = lambda _: _key(dedup_key(house.incident.id, 1))
    async with serving(house.door()) as house.url:
        data = {"content": "Rolled back", "incident": house.there().described(brief=True)}
        assert (200, False) == _taken(await house.send(event_of("incident.annotated", data, None)))
    assert [] == await house.told(TimelineKind.NOTE)


def _taken(answer: tuple[int, dict[str, Any]]) -> tuple[int, bool]:
    return answer[0], answer[1]["taken"]


async def test_a_note_waits_while_pagerduty_cannot_say_whose_it_is(house: House) -> None:
    async def down(_: str) -> str | None:
        raise Unavailable("down", backend="pagerduty")

    house.key_of = down
    async with serving(house.door()) as house.url:
        data = {"content": "x", "incident": house.there().described(brief=True)}
        status, _ = await house.send(event_of("incident.annotated", data, MINA))
    assert 503 == status


async def test_a_program_does_not_answer_for_a_person(house: House) -> None:
    assert (200, False) == _taken(await house.say("incident.acknowledged", None))
    assert None is (await house.now()).acknowledged_by


@pytest.mark.parametrize("key", ["", "somebody-elses", "ops-monitor-unknown", "ops-monitor-"])
async def test_incidents_of_others_are_left_alone(house: House, key: str) -> None:
    assert (200, False) == _taken(await house.say("incident.acknowledged", MINA, incident_key=key))
    assert None is (await house.now()).acknowledged_by


async def test_a_later_opening_is_the_same_incident(house: House) -> None:
    await house.say("incident.acknowledged", MINA, incident_key=dedup_key(house.incident.id, 3))
    assert "U0MINA" == (await house.now()).acknowledged_by


async def test_pagey_and_unknown_kinds_are_welcome(house: House) -> None:
    ping = {"message": "Hello from your friend Pagey!", "type": "ping"}
    assert (200, False) == _taken(await house.send(event_of("pagey.ping", ping, None)))
    assert (200, False) == _taken(await house.say("incident.conference_bridge.updated", MINA))


@pytest.mark.parametrize(
    "header",
    ["", "v1=", "v1=abc", "v2=abc", ",,,", "v1=é", "v0=" + "0" * 64, ",".join(["v1=" + "0" * 64] * 50)],
)
async def test_who_cannot_sign_is_refused_with_a_reason(house: House, header: str) -> None:
    body = json.dumps(event_of("incident.acknowledged", house.there().described(), MINA)).encode()
    status, answer = await house.post(body, **{"X-PagerDuty-Signature": header.encode().decode("latin-1")})
    assert 401 == status
    assert "signature" in answer["error"].lower()
    assert SECRET not in json.dumps(answer)
    assert None is (await house.now()).acknowledged_by


async def test_without_a_signature_or_with_anothers_it_is_refused(house: House) -> None:
    event = event_of("incident.acknowledged", house.there().described(), MINA)
    assert 401 == (await house.post(json.dumps(event).encode()))[0]
    assert 401 == (await house.send(event, "another secret"))[0]
    body = json.dumps(event).encode()
    assert 401 == (await house.post(body + b" ", **{"X-PagerDuty-Signature": signed(body, SECRET)}))[0]


async def test_while_one_secret_replaces_another_either_signature_counts(house: House) -> None:
    event = event_of("incident.acknowledged", house.there().described(), MINA)
    body = json.dumps(event).encode()
    both = f"{signed(body, 'the new one')}, {signed(body, SECRET)}"
    assert 200 == (await house.post(body, **{"X-PagerDuty-Signature": both}))[0]
    async with serving(house.door("old one, the new one")) as house.url:
        assert 200 == (await house.send(event, "the new one"))[0]


async def test_without_a_secret_the_door_is_closed(house: House) -> None:
    for nothing in (None, "", " , "):
        async with serving(house.door(nothing)) as house.url:
            status, answer = await house.say("incident.acknowledged", MINA)
            assert 403 == status
            assert "OPS_PAGERDUTY_WEBHOOK_SECRET" in answer["error"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"event": 3}', b'{"event": {"id": "x"}}', b"\xff\xfe"])
async def test_a_signed_body_that_is_no_event_is_refused(house: House, body: bytes) -> None:
    status, answer = await house.post(body, **{"X-PagerDuty-Signature": signed(body, SECRET)})
    assert 400 == status
    assert answer["error"]


async def test_a_failed_commit_is_no_2xx_and_the_event_is_taken_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = event_of("incident.acknowledged", house.there().described(), MINA)
    real = House.answered

    async def fails(*_: Any) -> None:
        raise Unavailable("the database is away", backend="database")

    monkeypatch.setattr(House, "answered", fails)
    async with serving(house.door()) as house.url:
        assert 503 == (await house.send(event))[0]
    monkeypatch.setattr(House, "answered", real)
    async with serving(house.door()) as house.url:
        assert (200, True) == _taken(await house.send(event))


async def test_the_double_rings_is_answered_and_tells_us(house: House) -> None:
    async with serving_pager() as pager:
        pager.double.hooks.url, pager.double.hooks.secret = house.url, SECRET
        house.key_of = pager.rest.key_of
        event = PagerEvent(
            event_action="trigger",
            dedup_key=dedup_key(house.incident.id, 1),
            summary="P0 checkout is down",
            source="checkout",
        )
        await pager.events.send(
            Notification(
                key="p", channel=Channel.PAGERDUTY, address="", content=event, at=house.desk.clock.now()
            ),
            again=False,
        )
        await _phone(pager, "acknowledge", user=MINA.id)
        await pager.double.hooks.settled()
    assert "U0MINA" == (await house.now()).acknowledged_by
    assert [200, 200] == [sent["status"] for sent in pager.double.hooks.sent]


async def _phone(pager: Pager, act: str, **body: str) -> None:
    url = f"{pager.url}/_phone/{pager.incidents[0].id}/{act}"
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
        assert 200 == answer.status


async def test_whoever_took_up_an_opening_that_is_over_has_not_taken_up_the_next(house: House) -> None:
    desk, policies = house.desk, house.policies
    early = event_of("incident.acknowledged", house.there().described(), MINA)
    for change, wait in ((changes.resolve, 600), (changes.reopen, 3600)):
        desk.clock.advance(wait)
        async with desk.store.write() as tx:
            await change(tx, policies, house.incident.id, by="U0EVE", at=desk.clock.now())

    assert (200, {"taken": False, "why": "an earlier opening"}) == await house.send(early)
    assert (2, None) == ((await house.now()).opening, (await house.now()).acknowledged_by)

    there = dataclasses.replace(house.there(), key=dedup_key(house.incident.id, 2))
    answer = await house.send(event_of("incident.acknowledged", there.described(), MINA))
    assert (200, {"taken": True}) == answer
    assert "U0MINA" == (await house.now()).acknowledged_by

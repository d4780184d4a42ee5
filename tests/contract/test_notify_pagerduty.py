"""PagerDuty: events, notes, requests and schedules against a double that was written from its public documentation."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.notification import (
    Channel,
    Content,
    Mail,
    Notification,
    PagerEvent,
    PagerNote,
    PagerRequest,
    Receipt,
)
from agent.errors import BackendError, Misconfigured, Overloaded, Refused, TimedOut, Unavailable
from demo.vendors.pagerduty_records import Turn
from tests.support.outgoing import outgoing
from tests.support.pager import API_KEY, JUN, MINA, ROUTING_KEY, SCHEDULE, Pager, serving_pager
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.connectors.pagerduty import PagerDutyEvents
from tools.connectors.pagerduty_rest import PagerDutyRest

KEY = "ops-monitor-incident1"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
async def pager() -> AsyncIterator[Pager]:
    async with serving_pager() as found:
        yield found


def trigger(**changes: Any) -> PagerEvent:
    given = {
        "event_action": "trigger",
        "dedup_key": KEY,
        "summary": "P0 checkout is down",
        "source": "checkout",
    }
    return PagerEvent(**{**given, **changes})


async def send(pager: Pager, content: Content, *, again: bool = False) -> Receipt:
    return await pager.events.send(outgoing(content), again=again)


async def test_a_trigger_rings_whoever_is_on_call(pager: Pager) -> None:
    details = {"incident": "INC-7", "why": "40 % of requests fail"}
    receipt = await send(pager, trigger(component="checkout", details=details, link="https://slack.test/c"))
    assert KEY == receipt.reference
    assert Channel.PAGERDUTY is pager.events.channel
    [ring] = pager.double.books.phones
    assert (MINA.id, "P0 checkout is down") == (ring["user"], ring["text"])
    assert details == {k: v for k, v in pager.incidents[0].details.items() if k != "links"}
    [event] = pager.double.books.events
    assert ("ops-monitor", "https://ops.test") == (event["client"], event["client_url"])
    assert [{"href": "https://slack.test/c", "text": "Slack"}] == event["links"]
    assert ("critical", "checkout") == (event["payload"]["severity"], event["payload"]["component"])


async def test_a_lost_answer_and_a_second_try_ring_once(pager: Pager) -> None:
    pager.double.faults.set(lost_answer=True, times=1)
    with pytest.raises(Unavailable):
        await send(pager, trigger())
    await send(pager, trigger(), again=True)
    assert 1 == len(pager.double.books.phones)
    assert 1 == len(pager.incidents)


async def test_acknowledge_and_resolve_go_by_the_same_key(pager: Pager) -> None:
    await send(pager, trigger())
    await send(pager, PagerEvent(event_action="acknowledge", dedup_key=KEY))
    assert "acknowledged" == pager.incidents[0].status
    await send(pager, PagerEvent(event_action="resolve", dedup_key=KEY))
    assert "resolved" == pager.incidents[0].status
    await send(pager, trigger())
    assert ["resolved", "triggered"] == [one.status for one in pager.incidents]


async def test_what_is_too_long_is_cut_and_not_refused(pager: Pager) -> None:
    details = {f"line{n}": "x" * 50_000 for n in range(20)}
    await send(pager, trigger(summary="장애 " * 900, details=details))
    [event] = pager.double.books.events
    assert 1024 >= len(event["payload"]["summary"])
    assert event["payload"]["summary"].endswith("…")
    assert 512_000 > len(json.dumps(event))
    assert "cut" in event["payload"]["custom_details"]


async def test_a_refusal_gives_the_errors_that_pagerduty_lists(pager: Pager) -> None:
    with pytest.raises(Refused, match=r"routing_key.* is invalid"):
        await send(pager, trigger(routing="x" * 32))
    assert [] == pager.incidents


@pytest.mark.parametrize(
    ("fault", "kind", "after"),
    [
        ({"rate_limited": True, "retry_after": 11}, Overloaded, 11.0),
        ({"rate_limited": True, "retry_after": None}, Overloaded, None),
        ({"down": True}, Unavailable, None),
        ({"slow": True, "slow_seconds": 5}, TimedOut, None),
    ],
)
async def test_faults_are_told_apart(
    fault: dict[str, Any], kind: type[Unavailable], after: float | None
) -> None:
    async with serving_pager(0.3 if kind is TimedOut else 30) as pager:
        pager.double.faults.set(**fault)
        with pytest.raises(kind) as caught:
            await send(pager, trigger())
    assert after == caught.value.retry_after_seconds
    assert ROUTING_KEY not in caught.value.user_message


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize(
    "content",
    [
        trigger(),
        PagerNote(dedup_key=KEY, content="x"),
        PagerRequest(dedup_key=KEY, users=("P1",), message="x"),
    ],
)
async def test_garbage_is_an_error_of_the_backend(name: str, content: Content) -> None:
    async with scripted(GARBAGE[name]) as script:
        rest = PagerDutyRest(API_KEY, script.url, timeout_seconds=30, sender="a@example.test")
        events = PagerDutyEvents(ROUTING_KEY, script.url, timeout_seconds=30, rest=rest)
        assert isinstance(await ended(events.send(outgoing(content), again=True)), BackendError)
        assert isinstance(await ended(rest.on_call(SCHEDULE, NOW)), BackendError)
        await events.close()
        await rest.close()


async def test_a_note_stands_once_on_the_newest_incident_of_a_key(pager: Pager) -> None:
    await send(pager, trigger())
    await send(pager, PagerEvent(event_action="resolve", dedup_key=KEY))
    await send(pager, trigger())
    note = PagerNote(dedup_key=KEY, content="Rolled back to 1.4.2")
    pager.double.faults.set(lost_answer=True, times=2)
    # The first request finds the incident, the second writes the note.
    with pytest.raises(Unavailable):
        await send(pager, note)
    pager.double.faults.clear()
    receipt = await send(pager, note, again=True)
    again = await send(pager, note, again=True)
    old, new = pager.incidents
    assert [] == old.notes
    assert ["Rolled back to 1.4.2"] == [one["content"] for one in new.notes]
    assert receipt == again
    assert "Rolled back to 1.4.2" == receipt.read_back
    assert new.described()["html_url"] == receipt.link


async def test_a_person_is_asked_to_join_once(pager: Pager) -> None:
    await send(pager, trigger())
    wish = PagerRequest(dedup_key=KEY, users=(JUN.id,), message="P0 checkout is down, nobody answered")
    await send(pager, wish)
    await send(pager, wish, again=True)
    assert [MINA.id, JUN.id] == [ring["user"] for ring in pager.double.books.phones]
    assert [JUN] == pager.incidents[0].responders


@pytest.mark.parametrize(
    "content",
    [PagerNote(dedup_key=KEY, content="x"), PagerRequest(dedup_key=KEY, users=(JUN.id,), message="x")],
)
async def test_an_incident_that_is_not_there_yet_is_looked_for_again(pager: Pager, content: Content) -> None:
    with pytest.raises(Unavailable, match="so far"):
        await send(pager, content)


async def test_what_is_not_set_up_is_named(pager: Pager) -> None:
    alone = PagerDutyEvents(ROUTING_KEY, pager.url, timeout_seconds=30)
    with pytest.raises(Misconfigured, match="OPS_PAGERDUTY_API_KEY"):
        await alone.send(outgoing(PagerNote(dedup_key=KEY, content="x")), again=False)
    nobody = PagerDutyRest(API_KEY, pager.url, timeout_seconds=30)
    stranger = PagerDutyRest(API_KEY, pager.url, timeout_seconds=30, sender="nobody@example.test")
    await send(pager, trigger())
    with pytest.raises(Misconfigured, match="OPS_PAGERDUTY_FROM"):
        await nobody.note(KEY, "x", again=False)
    with pytest.raises(Misconfigured, match="OPS_PAGERDUTY_FROM"):
        await stranger.join(KEY, [JUN.id], "x", again=False)
    for one in (alone, nobody, stranger):
        await one.close()


async def test_only_pager_contents_are_carried(pager: Pager) -> None:
    mail = Notification(
        key="m", channel=Channel.PAGERDUTY, address="", content=Mail(subject="a", text="b"), at=NOW
    )
    with pytest.raises(Refused):
        await pager.events.send(mail, again=False)


async def test_who_is_on_call_of_a_schedule(pager: Pager) -> None:
    hour = timedelta(hours=1)
    pager.double.books.turns = [
        Turn(SCHEDULE, JUN, start=NOW - 2 * hour, end=NOW),
        Turn(SCHEDULE, MINA, start=NOW, end=NOW + hour),
        Turn(SCHEDULE, MINA, level=2, start=NOW, end=NOW + hour),
        Turn("PSCHED2", JUN),
    ]
    [shift] = await pager.rest.on_call(SCHEDULE, NOW)
    assert (MINA.id, MINA.email, MINA.name, NOW + hour) == (
        shift.person,
        shift.email,
        shift.name,
        shift.until,
    )
    [before] = await pager.rest.on_call(SCHEDULE, NOW - hour)
    assert JUN.id == before.person
    assert () == await pager.rest.on_call("PNOBODY", NOW)


async def test_every_page_of_a_long_list_is_read(pager: Pager) -> None:
    pager.double.books.turns = [Turn(SCHEDULE, MINA, level=n) for n in range(1, 230)] + [Turn(SCHEDULE, JUN)]
    assert {MINA.id, JUN.id} == {shift.person for shift in await pager.rest.on_call(SCHEDULE, NOW)}


async def test_a_list_that_says_more_for_ever_comes_to_an_end() -> None:
    row = {"user": {"id": "P1", "summary": "Mina"}}
    body = json.dumps({"oncalls": [row], "more": True}).encode()
    async with scripted(Script(body=body)) as script:
        rest = PagerDutyRest(API_KEY, script.url, timeout_seconds=30)
        assert 1 == len(await rest.on_call(SCHEDULE, NOW))
        assert len(script.seen) <= 20
        await rest.close()


async def test_doctor_sees_a_key_that_is_none_and_a_rest_key_that_is_wrong(pager: Pager) -> None:
    assert (await pager.events.probe()).ok
    short = PagerDutyEvents("short", pager.url, timeout_seconds=30)
    wrong_rest = PagerDutyRest("wrong", pager.url, timeout_seconds=30)
    wrong = PagerDutyEvents(ROUTING_KEY, pager.url, timeout_seconds=30, rest=wrong_rest)
    for one, setting in ((short, "OPS_PAGERDUTY_ROUTING_KEY"), (wrong, "OPS_PAGERDUTY_API_KEY")):
        found = await one.probe()
        assert not found.ok
        assert setting in (found.fix or "")
        await one.close()
    await wrong_rest.close()
    assert [] == pager.incidents


async def test_the_key_of_an_incident_can_be_asked_for(pager: Pager) -> None:
    await send(pager, trigger())
    assert KEY == await pager.rest.key_of(pager.incidents[0].id)
    assert None is await pager.rest.key_of("QUNKNOWN/../../x")

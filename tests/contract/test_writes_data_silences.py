"""Silences as actions against a real Alertmanager, with lost answers and what somebody else did meanwhile."""

from collections.abc import AsyncIterator
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from agent.errors import BackendError, BadInput, Conflict, NotFound, OpsError, Refused, TimedOut, Unavailable
from tests.support.backends import AlertmanagerServer, alertmanager_to, eventually
from tests.support.cut_wire import cut_wire
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.alert_manager.writes import ExpireSilence, SilenceAlerts, SilenceId, SilenceParams
from tools.base import CheckState, Happened
from tools.connectors.alertmanager_silences import AlertmanagerSilences

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
NOBODY = "11111111-2222-3333-4444-555555555555"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AlertmanagerServer]:
    async with alertmanager_to(tmp_path_factory.mktemp("am"), "http://127.0.0.1:9/webhook") as running:
        start = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
        over = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
        alerts: list[dict[str, Any]] = [
            {"labels": {"alertname": name, "service": service}, "startsAt": start}
            for name, service in (("Slow", "payment"), ("Slow", "checkout"), ("Down", 'pay"ment\\d'))
        ]
        ended_one = {"labels": {"alertname": "Over", "service": "payment"}, "startsAt": start, "endsAt": over}
        await running.post_alerts([*alerts, ended_one])
        await eventually(running.alerts)
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def silences(server: AlertmanagerServer) -> AsyncIterator[AlertmanagerSilences]:
    connector = AlertmanagerSilences(server.url, timeout_seconds=30)
    for left in await connector.silences():
        if left["status"]["state"] != "expired":
            await connector.expire_silence(left["id"])
    yield connector
    await connector.close()


def wanted(*matchers: dict[str, object], minutes: int = 30) -> SilenceParams:
    return SilenceParams.model_validate({"matchers": matchers, "minutes": minutes, "comment": "known"})


PAYMENT = wanted({"name": "service", "value": "payment"})


async def test_a_silence_is_counted_made_marked_and_ended(silences: AlertmanagerSilences) -> None:
    write = SilenceAlerts(silences)
    plan = await write.plan(PAYMENT, NOW)
    before = await write.happened(PAYMENT, plan, "act-1")
    applied = await write.apply(PAYMENT, plan, "act-1")
    made = await silences.silence(str(applied.facts["silence_id"]))

    assert (1, "alerts", 1 / 3) == (plan.radius.count, plan.radius.unit, plan.radius.share)
    assert {"alerts": "1", "matchers": 'service="payment"', "minutes": "30"} == plan.args
    assert ("ops-monitor", "known [ops-monitor act-1]") == (made["createdBy"], made["comment"])
    lasts = datetime.fromisoformat(made["endsAt"]) - datetime.fromisoformat(made["startsAt"])
    assert abs(lasts - timedelta(minutes=30)) < timedelta(seconds=2)
    assert (Happened.NO, Happened.YES) == (before, await write.happened(PAYMENT, plan, "act-1"))
    assert CheckState.DONE is (await write.check(PAYMENT, plan, "act-1")).state
    assert Happened.NO is await write.undone(PAYMENT, plan, "undo:act-1")

    await write.undo(PAYMENT, plan, "undo:act-1")
    await write.undo(PAYMENT, plan, "undo:act-1")

    assert Happened.YES is await write.undone(PAYMENT, plan, "undo:act-1")
    assert CheckState.DONE is (await write.undo_check(PAYMENT, plan, "undo:act-1")).state
    assert "expired" == (await silences.silence(made["id"]))["status"]["state"]


@pytest.mark.parametrize(
    ("matchers", "count"),
    [
        ([{"name": "service", "value": 'pay"ment\\d'}], 1),
        ([{"name": "service", "value": "pay.*", "isRegex": True}], 2),
        (
            [
                {"name": "alertname", "value": "Slow"},
                {"name": "service", "value": "payment", "isEqual": False},
            ],
            1,
        ),
        (
            [
                {"name": "alertname", "value": "Slow|Down", "isRegex": True},
                {"name": "service", "value": "check.*", "isRegex": True, "isEqual": False},
            ],
            2,
        ),
    ],
)
async def test_every_kind_of_matcher_counts_as_alertmanager_does(
    silences: AlertmanagerSilences, matchers: list[dict[str, object]], count: int
) -> None:
    params = wanted(*matchers)
    plan = await SilenceAlerts(silences).plan(params, NOW)
    applied = await SilenceAlerts(silences).apply(params, plan, "act-2")

    async def silenced() -> bool:
        found = await silences._http.fetch("/api/v2/alerts", {"silenced": "true", "active": "false"})
        mine = [a for a in found if str(applied.facts["silence_id"]) in a["status"]["silencedBy"]]
        return len(mine) == count

    assert count == plan.radius.count
    await eventually(silenced)


async def test_nothing_that_fires_means_nothing_to_silence(silences: AlertmanagerSilences) -> None:
    with pytest.raises(NotFound, match="nothing to silence"):
        await SilenceAlerts(silences).plan(wanted({"name": "alertname", "value": "Over"}), NOW)


async def test_a_silence_of_all_that_fires_warns(silences: AlertmanagerSilences) -> None:
    plan = await SilenceAlerts(silences).plan(
        wanted({"name": "alertname", "value": "Slow|Down", "isRegex": True}), NOW
    )
    assert ("These are all of the 3 alerts that fire now.",) == plan.warnings
    assert 1 == plan.radius.share


async def test_a_lost_answer_is_found_out_by_the_mark(
    server: AlertmanagerServer, silences: AlertmanagerSilences
) -> None:
    plan = await SilenceAlerts(silences).plan(PAYMENT, NOW)
    async with cut_wire(server.port, b"POST /api/v2/silences") as wire:
        far = AlertmanagerSilences(f"http://127.0.0.1:{wire.port}", timeout_seconds=30)
        with pytest.raises((Unavailable, BackendError)):
            await SilenceAlerts(far).apply(PAYMENT, plan, "act-3")
        await far.close()
    made = [s for s in await silences.silences() if "act-3" in s["comment"]]

    assert (1, 1) == (wire.cuts, len(made))
    assert Happened.YES is await SilenceAlerts(silences).happened(PAYMENT, plan, "act-3")
    await SilenceAlerts(silences).undo(PAYMENT, plan, "undo:act-3")
    assert Happened.YES is await SilenceAlerts(silences).undone(PAYMENT, plan, "undo:act-3")


async def test_a_mark_that_somebody_else_wrote_does_not_count(silences: AlertmanagerSilences) -> None:
    plan = await SilenceAlerts(silences).plan(PAYMENT, NOW)
    await silences.create_silence(_foreign("Mina", "known [ops-monitor act-4]"))
    assert Happened.NO is await SilenceAlerts(silences).happened(PAYMENT, plan, "act-4")
    assert Happened.UNKNOWN is await SilenceAlerts(silences).undone(PAYMENT, plan, "undo:act-4")
    with pytest.raises(Conflict, match="not there"):
        await SilenceAlerts(silences).undo(PAYMENT, plan, "undo:act-4")


def _foreign(by: str, comment: str, minutes: float = 60) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "matchers": [{"name": "service", "value": "payment", "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(minutes=minutes)).isoformat(),
        "createdBy": by,
        "comment": comment,
    }


async def test_a_silence_is_expired_and_made_again(silences: AlertmanagerSilences) -> None:
    made = await silences.create_silence(_foreign("Mina", "disk is being changed"))
    write, params = ExpireSilence(silences), SilenceId(id=made)
    plan = await write.plan(params, NOW)
    before = await write.happened(params, plan, "act-5")
    await write.apply(params, plan, "act-5")

    assert {"matchers": 'service="payment"', "by": "Mina"} == plan.args
    assert (Happened.NO, Happened.YES) == (before, await write.happened(params, plan, "act-5"))
    assert CheckState.DONE is (await write.check(params, plan, "act-5")).state
    assert Happened.NO is await write.undone(params, plan, "undo:act-5")
    with pytest.raises(Conflict, match="in between"):
        await write.apply(params, plan, "act-5")
    with pytest.raises(BadInput, match="over already"):
        await write.plan(params, NOW)

    again = await write.undo(params, plan, "undo:act-5")

    new = await silences.silence(str(again.facts["silence_id"]))
    old = await silences.silence(made)
    assert Happened.YES is await write.undone(params, plan, "undo:act-5")
    assert CheckState.DONE is (await write.undo_check(params, plan, "undo:act-5")).state
    assert "active" == new["status"]["state"]
    assert (old["matchers"], plan.before["endsAt"]) == (new["matchers"], new["endsAt"])
    assert new["comment"].startswith("disk is being changed")


async def test_a_silence_whose_time_is_over_is_not_made_again(silences: AlertmanagerSilences) -> None:
    made = await silences.create_silence(_foreign("Mina", "short", minutes=1 / 30))
    plan = await ExpireSilence(silences).plan(SilenceId(id=made), NOW)

    async def over() -> bool:
        return bool((await silences.silence(made))["status"]["state"] == "expired")

    await eventually(over)
    with pytest.raises(Conflict, match="ended by itself"):
        await ExpireSilence(silences).undo(SilenceId(id=made), plan, "undo:act-6")


async def test_a_silence_that_is_not_there_is_not_found(silences: AlertmanagerSilences) -> None:
    with pytest.raises(NotFound, match=NOBODY):
        await ExpireSilence(silences).plan(SilenceId(id=NOBODY), NOW)
    assert (await silences.version())[0].isdigit()


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_gives_our_own_error_and_never_a_false_yes(kind: str) -> None:
    async with scripted(copy(GARBAGE[kind])) as server:
        connector = AlertmanagerSilences(server.url, timeout_seconds=30)
        write = SilenceAlerts(connector)
        try:
            for call in (write.plan(PAYMENT, NOW), ExpireSilence(connector).plan(SilenceId(id=NOBODY), NOW)):
                assert isinstance(await ended(call), OpsError)
            found = await ended(connector.silences())
            assert isinstance(found, BackendError | tuple)
        finally:
            await connector.close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script(status=500), Unavailable),
        (Script(status=400, body=b'"bad matcher format"'), Refused),
        (Script(delay=3), TimedOut),
    ],
    ids=["500", "400", "slow"],
)
async def test_each_way_of_failing_has_its_error(script: Script, expected: type[OpsError]) -> None:
    async with scripted(script) as server:
        connector = AlertmanagerSilences(server.url, timeout_seconds=1 if script.delay else 30)
        try:
            with pytest.raises(expected):
                await connector.create_silence(_foreign("ops-monitor", "x"))
        finally:
            await connector.close()

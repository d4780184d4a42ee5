"""The Alertmanager connector against a real Alertmanager, and against servers that answer nonsense."""

from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from agent.domain.evidence import EvidenceStatus
from agent.errors import BackendError, OpsError, Refused, TimedOut, Unavailable
from tests.support.backends import alertmanager_to, eventually
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.alert_manager.reads import FiringParams, FiringRead, NoParams, SilencesRead
from tools.connectors.alertmanager import AlertmanagerAlerts


@pytest.mark.backend
async def test_firing_silenced_and_resolved_alerts_of_a_real_alertmanager(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    past, soon = now - timedelta(minutes=5), now + timedelta(hours=1)
    async with alertmanager_to(tmp_path, "http://127.0.0.1:9/webhook") as server:
        await server.post_alerts(
            [
                {
                    "labels": {"alertname": "HighErrorRate", "service": 'pay"ment'},
                    "annotations": {"summary": "many errors"},
                    "startsAt": past.isoformat(),
                    "generatorURL": "http://prometheus.invalid/graph",
                },
                {"labels": {"alertname": "Slow", "service": "checkout"}, "startsAt": now.isoformat()},
                {
                    "labels": {"alertname": "Over", "service": "checkout"},
                    "startsAt": past.isoformat(),
                    "endsAt": (past + timedelta(minutes=1)).isoformat(),
                },
            ]
        )
        matcher = {"name": "service", "value": 'pay"ment', "isRegex": False, "isEqual": True}
        silence = {
            "matchers": [matcher],
            "startsAt": now.isoformat(),
            "endsAt": soon.isoformat(),
            "createdBy": "Mina",
            "comment": "known",
        }
        async with aiohttp.ClientSession() as http:
            await http.post(f"{server.url}/api/v2/silences", json=silence)
        connector = AlertmanagerAlerts(server.url, timeout_seconds=30)
        try:
            await eventually(connector.silences)
            every = await connector.firing()
            one = await FiringRead(connector).run(FiringParams(service='pay"ment'), now)
            silences = await SilencesRead(connector).run(NoParams(), now)
            version = await connector.version()
        finally:
            await connector.close()

    assert ["Slow", "HighErrorRate"] == [alert.name for alert in every]
    assert abs(every[1].starts_at - past) < timedelta(seconds=1)
    assert '1 alert of pay"ment firing: HighErrorRate' == one.summary
    assert EvidenceStatus.SUCCESS is silences.status
    assert 'service="pay\\"ment"' in silences.summary
    assert version[0].isdigit()


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_gives_our_own_error_or_no_alerts(kind: str) -> None:
    async with scripted(copy(GARBAGE[kind])) as server:
        connector = AlertmanagerAlerts(server.url, timeout_seconds=30)
        try:
            for call in (connector.firing(), connector.silences()):
                end = await ended(call)
                assert (
                    () == end or isinstance(end, BackendError) or all(hasattr(one, "matchers") for one in end)
                )
        finally:
            await connector.close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [(Script(status=500), Unavailable), (Script(status=403), Refused), (Script(delay=3), TimedOut)],
    ids=["500", "403", "slow"],
)
async def test_each_way_of_failing_has_its_error(script: Script, expected: type[OpsError]) -> None:
    async with scripted(script) as server:
        connector = AlertmanagerAlerts(server.url, timeout_seconds=1 if script.delay else 30)
        try:
            with pytest.raises(expected):
                await connector.firing()
        finally:
            await connector.close()

"""`/ops split`, `merge` and `rules` on the real wire, in English and Korean."""

from datetime import datetime
from pathlib import Path
from typing import Any

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from tests.support.blockkit import texts_of
from tests.support.slackbot import Bot, running_bot
from tests.support.workspace import MINA

CHANNEL = "#general"


def said(message: dict[str, Any]) -> str:
    return "\n".join([message.get("text", ""), *(text for _, text in texts_of(message.get("blocks") or []))])


async def ops(bot: Bot, words: str) -> str:
    workspace = bot.server.workspace
    before = len(workspace.whispers(MINA, CHANNEL))
    assert (await workspace.slash(MINA, CHANNEL, f"/ops {words}")).ok
    await workspace.wait_for(lambda ws: len(ws.whispers(MINA, CHANNEL)) > before)
    return said(workspace.whispers(MINA, CHANNEL)[-1])


def record(name: str, incident_id: str, now: datetime) -> AlertRecord:
    labels = {"alertname": name, "service": "payment"}
    alert = Alert(fingerprint=name, status=AlertStatus.FIRING, labels=labels, starts_at=now)
    return AlertRecord(
        alert=alert,
        severity=Severity.HIGH,
        incident_id=incident_id,
        reason=Reason(rule="r", sentence="s"),
        first_seen_at=now,
        last_seen_at=now,
        service="payment",
    )


async def with_alerts(bot: Bot) -> str:
    incident = await bot.card(await bot.declare())
    now = incident.times.opened_at
    async with bot.store.write() as tx:
        await tx.alerts.upsert([record(name, incident.id, now) for name in ("HighLatency", "HighErrorRate")])
    return incident.name


async def test_an_alert_is_split_off_merged_back_and_the_rule_ended(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        none = await ops(bot, "rules")
        name = await with_alerts(bot)
        split = await ops(bot, f"split {name} HighLatency")
        listed = await ops(bot, "rules")
        merged = await ops(bot, f"merge INC-2 {name}")
        again = await ops(bot, "rules")
        ended = await ops(bot, "rules R-2")
        unknown = await ops(bot, "rules R-2")
        async with bot.store.read() as tx:
            first, second = [await tx.incidents.by_number(n) for n in (1, 2)]
            assert first is not None
            assert second is not None
            names = {r.alert.name for r in await tx.alerts.of_incident(first.id)}
            why = [event.data.get("text") for event in await tx.timeline.of(first.id)]

    assert "Nobody has split" in none
    assert "INC-2 was split off from INC-1" in split
    assert "R-1" in split
    assert "never together" in listed
    assert 'alertname="HighLatency"' in listed
    assert "INC-2 was merged into INC-1" in merged
    assert "always together" in again
    assert "never together" not in again
    assert "R-2 has ended" in ended
    assert "no rule R-2" in unknown
    assert (first.status.open, second.status.open) == (True, False)
    assert {"HighLatency", "HighErrorRate"} == names
    assert any("split off into INC-2" in str(text) for text in why)


async def test_what_is_missing_is_asked_for_in_the_readers_language(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        split = await ops(bot, "split INC-1")
        merge = await ops(bot, "merge INC-1")
        rules = await ops(bot, "rules everything")
    async with running_bot(tmp_path / "ko", language="ko") as bot:
        korean = await ops(bot, "split INC-1")

    assert "which alert" in split
    assert "goes into which" in merge
    assert "Say which rule" in rules
    assert "어떤 알림" in korean

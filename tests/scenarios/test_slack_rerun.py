"""Re-run and the word on a diagnosis, on the real wire: old and new side by side, votes that stay one a person."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.evidence import Evidence, EvidenceStatus, Reading, ReadRequest, Window, reading_digest
from agent.domain.incident import Incident
from agent.domain.results import Quantity
from agent.domain.timeline import TimelineKind
from agent.lifecycle.announce import announce
from agent.operations.rerun import EACH_PERSON
from tests.support.blockkit import wrong_with, wrong_with_view
from tests.support.reads import ScriptedReads
from tests.support.slackbot import Bot, running_bot
from tests.support.views import payment_diagnosis
from tests.support.workspace import JUN, MINA

THEN = datetime(2026, 3, 2, 19, 30, 40, tzinfo=UTC)
TOOL = "metrics_collector.signal"
PARAMS = {"signal": "server_error_ratio", "service": "payment", "minutes": 30}


def reading(share: float, end: datetime = THEN) -> Reading:
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query='sum(rate(http_requests_total{status=~"5.."}[5m]))',
        summary=f"payment error ratio is {share:.0%}",
        window=Window(start=end - timedelta(minutes=30), end=end),
        value=Quantity(value=share, unit="ratio"),
    )


def scripted() -> ScriptedReads:
    reads = ScriptedReads(now=THEN + timedelta(minutes=10))
    reads.schemas[TOOL] = {"properties": {"end": {}, "minutes": {}}}
    reads.on(TOOL, reading(0.021, THEN + timedelta(minutes=10)))
    return reads.on(TOOL, reading(0.48), end=THEN.isoformat())


async def diagnosed(bot: Bot) -> Incident:
    """Return an incident whose cause is on its card and whose details are in its thread."""
    incident = await bot.card(await bot.declare())
    async with bot.store.write() as tx:
        for number, tool in ((1, TOOL), (2, "incident_responder.rollouts"), (3, "log_analyzer.patterns")):
            seen = reading(0.48)
            await tx.evidence.add(
                Evidence(
                    id=f"ev_{number}",
                    incident_id=incident.id,
                    request=ReadRequest(tool=tool, params=dict(PARAMS)),
                    reading=seen,
                    observed_at=THEN,
                    digest=reading_digest(seen),
                    backend="prometheus",
                )
            )
        told = payment_diagnosis()
        assert told.cause is not None
        cause = told.cause.model_copy(update={"service": "payment"})
        diagnosis = told.model_copy(update={"cause": cause, "findings": (cause, *told.findings[1:])})
        await tx.evidence.put_diagnosis(incident.id, diagnosis, THEN)
        mark: dict[str, Any] = {
            "run": 1,
            "seen": 1,
            "summary": "x",
            "rule": "bad-deployment",
            "service": "payment",
        }
        await tx.timeline.append(
            incident.id, TimelineKind.DIAGNOSED, "playbook", THEN, {**mark, "confidence": 0.86}
        )
        await announce(tx, incident, bot.services.policies, bot.services.clock.now())
    bot.outbox.wake()
    channel, ts = incident.conversation.channel, incident.conversation.ts or ""
    await bot.server.workspace.wait_for(lambda ws: "feedback." in str(ws.replies(channel, ts)))
    return incident


def details(bot: Bot, incident: Incident) -> dict[str, Any]:
    channel, ts = incident.conversation.channel, incident.conversation.ts or ""
    return bot.server.workspace.replies(channel, ts)[0]


def rerun_blocks(bot: Bot, incident: Incident) -> list[str]:
    """Return the block ids of the Re-run buttons in the thread."""
    return [
        b["block_id"] for b in details(bot, incident)["blocks"] if "evidence.rerun" in str(b.get("accessory"))
    ]


async def click_rerun(bot: Bot, incident: Incident, number: int = 0, who: str = MINA) -> None:
    message = details(bot, incident)
    block = rerun_blocks(bot, incident)[number]
    await bot.server.workspace.click(
        who, incident.conversation.channel, message["ts"], "evidence.rerun", block_id=block
    )


async def shown(bot: Bot, words: str, who: str = MINA) -> dict[str, Any]:
    ws = bot.server.workspace
    await ws.wait_for(lambda w: w.modals_of(who) and words in str(w.modals_of(who)[-1]))
    return ws.modals_of(who)[-1]


@pytest.mark.parametrize(("lang", "then", "now"), [("en", "Then", "Now"), ("ko", "당시", "지금")])
async def test_a_claim_is_read_again_and_shown_beside_what_it_was(
    tmp_path: Path, lang: str, then: str, now: str
) -> None:
    reads = scripted()
    async with running_bot(tmp_path, reads=reads, language=lang) as bot:
        incident = await diagnosed(bot)
        before = len(bot.calls("chat.postMessage"))
        await click_rerun(bot, incident)
        view = await shown(bot, "48% → 2.1%")
        posted = len(bot.calls("chat.postMessage")) - before
        thread = details(bot, incident)

    words = str(view)
    assert 0 == posted
    assert f"*{then}*" in words
    assert f"*{now}*" in words
    assert "Deployment payment v2 broke charging" in words
    assert [] == wrong_with_view({k: view[k] for k in ("type", "title", "close", "blocks", "callback_id")})
    assert [] == wrong_with(thread["blocks"])
    asked = [request.params for request in reads.asked_for(TOOL)]
    assert {**PARAMS} in asked
    assert {**PARAMS, "end": THEN.isoformat()} in asked


async def test_what_cannot_be_read_shows_its_error_and_can_be_tried_again(tmp_path: Path) -> None:
    reads = scripted()
    async with running_bot(tmp_path, reads=reads) as bot:
        incident = await diagnosed(bot)
        reads.down["prometheus"] = "Prometheus could not be reached."
        await click_rerun(bot, incident, 2)
        failed = await shown(bot, "Prometheus could not be reached.")
        reads.down.clear()
        await bot.server.workspace.click_view(MINA, failed["id"], "evidence.again")
        again = await shown(bot, "48% → 2.1%")

    assert "so nothing can be compared" in str(failed)
    assert again["id"] == failed["id"]


async def test_whoever_asks_too_often_is_told_to_wait_and_others_are_not(tmp_path: Path) -> None:
    reads = scripted()
    async with running_bot(tmp_path, reads=reads) as bot:
        incident = await diagnosed(bot)
        for _ in range(EACH_PERSON):
            await bot.services.rerun.again(incident.id, ["ev_1"], MINA)  # type: ignore[union-attr]
        count = len(reads.asked)
        await click_rerun(bot, incident)
        await shown(bot, "read often enough")
        assert count == len(reads.asked)
        await click_rerun(bot, incident, who=JUN)
        await shown(bot, "→", JUN)


async def test_evidence_of_another_incident_is_never_read(tmp_path: Path) -> None:
    reads = scripted()
    async with running_bot(tmp_path, reads=reads) as bot:
        incident, other = await diagnosed(bot), await bot.declare(title="checkout: Slow")
        with pytest.raises(Exception, match="belongs to another incident"):
            await bot.services.rerun.again(other.id, ["ev_1", "'; --", "ev_99"], MINA)  # type: ignore[union-attr]
        count = len(reads.asked)

    assert incident.id != other.id
    assert 0 == count


async def test_a_piece_of_the_evidence_dialog_is_read_again_above_it(tmp_path: Path) -> None:
    reads = scripted()
    async with running_bot(tmp_path, reads=reads) as bot:
        incident = await diagnosed(bot)
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        ws = bot.server.workspace
        await ws.click(MINA, channel, ts, "incident.evidence")
        page = await shown(bot, "Page 1 of 1")
        block = next(b["block_id"] for b in page["blocks"] if "ev_1" in str(b.get("accessory")))
        await ws.click_view(MINA, page["id"], "evidence.rerun", block_id=block)
        await shown(bot, "48% → 2.1%")
        stacked = [view["id"] for view in ws.modals_of(MINA)]

    assert page["id"] == stacked[0]
    assert 2 == len(stacked)


async def test_a_person_has_one_vote_and_the_last_one_counts(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await diagnosed(bot)
        ws, channel = bot.server.workspace, incident.conversation.channel
        ts = details(bot, incident)["ts"]
        await ws.click(MINA, channel, ts, "feedback.right")
        await ws.wait_for(lambda _: "1 × right, 0 × wrong" in str(details(bot, incident)))
        await ws.click(MINA, channel, ts, "feedback.wrong")
        asked = await shown(bot, "What was it?")
        await ws.submit(MINA, {"truth": "the <!channel> *cache* was flushed"})
        await ws.wait_for(lambda _: "0 × right, 1 × wrong" in str(details(bot, incident)))
        thread = details(bot, incident)
        async with bot.store.read() as tx:
            [vote] = await tx.feedback.of_incident(incident.id)
            kinds = [event.kind for event in await tx.timeline.of(incident.id)]

    assert (vote.person, vote.right, vote.run, vote.confidence) == (MINA, False, 1, 0.86)
    assert (vote.rule, vote.service, vote.brain) == ("bad-deployment", "payment", "playbook")
    assert "the <!channel> *cache* was flushed" == vote.truth
    assert "<!channel>" not in str(thread["blocks"])
    assert "cache" in str(thread["blocks"])
    assert "broke charging" in str(asked)
    assert [TimelineKind.CAUSE_CONFIRMED, TimelineKind.CAUSE_DENIED] == [
        k for k in kinds if k.value.startswith("cause_")
    ]


async def test_an_ended_incident_takes_the_true_cause_into_memory(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await diagnosed(bot)
        ws, channel, ts = bot.server.workspace, incident.conversation.channel, incident.conversation.ts or ""
        await ws.slash(MINA, channel, f"/ops resolve {incident.name} failed over to the replica")
        await ws.wait_for(lambda _: "feedback.wrong" in str(bot.message(channel, ts)["blocks"]))
        await ws.click(JUN, channel, ts, "feedback.wrong")
        await shown(bot, "What was it?", JUN)
        await ws.submit(JUN, {"truth": "the primary's disk died"})
        await ws.wait_for(lambda _: "disk died" in str(bot.message(channel, ts)["blocks"]))
        async with bot.store.read() as tx:
            [past] = await tx.memory.similar("disk primary", exclude=None, limit=3)

    assert ("the primary's disk died", "failed over to the replica") == (past.about.truth, past.about.note)
    assert MINA == past.about.noted_by

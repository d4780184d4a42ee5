"""The workspace's memory: unique timestamps, rate buckets, waiting, slow pages, streamed tasks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.workspace.clock import ManualClock
from demo.workspace.errors import SlackRefusal
from demo.workspace.faults import Fault
from demo.workspace.ids import Ids
from demo.workspace.page_bus import PageBus
from demo.workspace.rate import Buckets, RateLimits, Tier
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import demo_seed
from demo.workspace.workspace import Workspace


@pytest.fixture
async def workspace() -> Workspace:
    return Workspace(demo_seed(sample_manifest()), ManualClock(), strict=False, rate_limits=None)


@given(st.integers(min_value=1, max_value=300))
def test_timestamps_rise_even_while_the_clock_stands(count: int) -> None:
    ids = Ids(ManualClock(1_800_000_000.0))

    stamps = [ids.ts() for _ in range(count)]

    assert stamps == sorted(set(stamps))
    assert stamps[0] == "1800000000.000000"


async def test_a_bucket_fills_at_its_tiers_rate() -> None:
    clock = ManualClock(0.0)
    buckets = Buckets(RateLimits(burst=1.0), clock)

    waits = [buckets.wait("chat.update", Tier.THREE, "t") for _ in range(51)]
    await clock.advance(1.2)

    assert waits == [0] * 50 + [2]
    assert buckets.wait("chat.update", Tier.THREE, "t") == 0
    assert buckets.wait("chat.update", Tier.THREE, "another token") == 0


def test_limits_can_be_off_or_scaled() -> None:
    clock = ManualClock(0.0)
    off = Buckets(None, clock)
    tight = Buckets(RateLimits(scale=0.1, posting_burst=1), clock)

    assert {off.wait("chat.postMessage", Tier.POSTING, "c") for _ in range(200)} == {0}
    assert [tight.wait("chat.postMessage", Tier.POSTING, "c") for _ in range(2)] == [0, 10]


def test_a_fault_strikes_every_third_call_twice() -> None:
    fault = Fault("server_error", "chat.*", every=3, times=2)

    struck = [number for number in range(1, 13) if fault.strikes("chat.update")]

    assert struck == [3, 6]
    assert not fault.strikes("users.info")


async def test_a_slow_page_gets_the_newest_state_after_what_was_said_before_it() -> None:
    bus = PageBus()
    reader = bus.open("U1")
    for text in ("one", "two"):
        bus.publish({"type": "message_changed", "channel": "C1", "message": {"ts": "1", "text": text}})
        bus.publish({"type": "message", "channel": "C1", "message": {"ts": text}})

    lines = reader.lines(0.01)
    got = [json.loads(await anext(lines)) for _ in range(4)]

    assert [event["type"] for event in got] == ["message", "message_changed", "message", "ping"]
    assert got[1]["message"]["text"] == "two"


def test_private_events_reach_their_reader_only() -> None:
    bus = PageBus()
    bus.open("U1")
    assert bus.watched

    other = bus.open("U2")
    bus.publish({"type": "ephemeral"}, ["U1"])

    assert not other.waiting


async def test_waiting_ends_with_the_change_or_with_the_time(workspace: Workspace) -> None:
    await workspace.say("mina", "general", "hello")

    found = await workspace.wait_for(lambda w: w.history("general"), 0.1)
    with pytest.raises(TimeoutError):
        await workspace.wait_for(lambda w: w.history("alerts"), 0.01)

    assert found[0]["text"] == "hello"


async def test_a_deleted_root_leaves_a_marker_while_replies_stand(workspace: Workspace) -> None:
    root = await workspace.say("mina", "general", "root")
    reply = await workspace.say("jun", "general", "reply", thread_ts=root["ts"])
    await workspace.delete("mina", "general", root["ts"])
    left = [message["text"] for message in workspace.history("general")]
    await workspace.delete("jun", "general", reply["ts"])

    assert left == ["This message was deleted.", "reply"]
    assert "reply_count" not in workspace.history("general")[0]


async def test_a_transcript_reads_like_the_conversation(workspace: Workspace) -> None:
    root = await workspace.say("mina", "general", "root")
    await workspace.say("jun", "general", "reply", thread_ts=root["ts"])
    await workspace.react("dana", "general", root["ts"], "eyes")

    assert workspace.transcript("general") == "mina: root :eyes:×1\n    jun: reply"


async def test_a_private_channel_does_not_exist_for_strangers(workspace: Workspace) -> None:
    channel = workspace.state.channel("incidents")
    channel.kind, channel.members = "private", ["U0MINA0001"]

    with pytest.raises(SlackRefusal, match="channel_not_found"):
        await workspace.say("sam", "incidents", "let me in")


async def test_streamed_tasks_become_a_plan_block(workspace: Workspace) -> None:
    general, app = workspace.state.channel("general"), workspace.state.app
    root = await workspace.say("mina", "general", "why?")
    task = {"type": "task_update", "id": "1", "title": "Look", "status": "in_progress"}
    message = workspace.streams.start(app, general, root["ts"], "plan", [task])
    during = (message["streaming"], message["chunks"]["tasks"][0]["status"])

    done = task | {"status": "complete", "output": "fine"}
    workspace.streams.stop(general, message["ts"], [done], [], {})

    plan = message["blocks"][0]
    assert during == (True, "in_progress")
    assert (plan["type"], plan["tasks"][0]["status"]) == ("plan", "complete")
    assert "chunks" not in message
    with pytest.raises(SlackRefusal, match="message_not_in_streaming_state"):
        workspace.streams.append(general, message["ts"], [done])


@pytest.mark.parametrize("chunk", [{"type": "novel"}, {"type": "task_update", "id": "1", "status": "odd"}])
async def test_unknown_chunks_are_refused(workspace: Workspace, chunk: dict[str, str]) -> None:
    root = await workspace.say("mina", "general", "why?")
    general, app = workspace.state.channel("general"), workspace.state.app

    with pytest.raises(SlackRefusal, match="invalid_chunks"):
        workspace.streams.start(app, general, root["ts"], "plan", [chunk])


def test_a_seed_does_not_show_its_secrets() -> None:
    app = demo_seed(sample_manifest()).apps[0]

    shown = repr(app)

    secrets = (app.bot_token, app.app_token, app.signing_secret, app.verification_token)
    assert not any(secret in shown for secret in secrets)

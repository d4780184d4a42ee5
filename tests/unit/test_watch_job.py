"""The watch at work: once a minute among all replicas, after restarts, without Prometheus, and what it tells."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.alert import AlertStatus
from agent.domain.timeline import TimelineKind
from agent.errors import Unavailable
from agent.lifecycle.view import load_view
from agent.operations import watch
from agent.transport.slack.details import render_details
from tests.support.alerts import Desk
from tests.support.store import NOON, store_at
from tests.support.watching import Post, replicas_minute
from tools.connectors.memory import MemoryWorld
from tools.connectors.memory_shop import healthy_shop

AWAY = Unavailable("Prometheus did not answer.", backend="prometheus")


@pytest.fixture(autouse=True)
def short_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PAST", timedelta(hours=2))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        yield Desk(store)


def shop() -> MemoryWorld:
    return healthy_shop(NOON)


def failing(world: MemoryWorld, minutes: float = 1.0, service: str = "payment", errors: float = 0.4) -> None:
    world.course(service, "server_error_ratio", 0.002, errors, NOON + timedelta(minutes=minutes))


def told(post: Post) -> list[tuple[str, str]]:
    return [(a.status.value, a.labels["service"]) for group in post.sent for a in group.alerts]


async def test_an_alert_of_its_own_opens_an_incident_and_ends_it(desk: Desk) -> None:
    world = shop()
    failing(world)
    post = Post(desk, world)

    await post.minute(3)
    (incident,) = await desk.incidents()
    assert (told(post), incident.service) == ([("firing", "payment")], "payment")

    world.course("payment", "server_error_ratio", 0.002)
    await post.minute(4)

    assert told(post) == [("firing", "payment"), ("resolved", "payment")]
    async with desk.store.read() as tx:
        (record,) = await tx.alerts.of_incident(incident.id)
    assert record.alert.status is AlertStatus.RESOLVED
    assert record.alert.starts_at == NOON + timedelta(minutes=1)
    assert post.number("ops_monitor_watch_abnormal_total") == 1


async def test_noting_posts_nothing(desk: Desk) -> None:
    world = shop()
    failing(world)
    post = Post(desk, world, mode="note")

    await post.minute(5)

    assert (post.sent, await desk.incidents()) == ([], [])
    assert post.number("ops_monitor_watch_series") == 3 * 4


async def test_an_incident_says_since_when_it_was_abnormal(desk: Desk) -> None:
    world = shop()
    failing(world)
    post = Post(desk, world, mode="note")
    await post.minute(3)
    desk.clock.advance(20)
    await desk.fire("HighErrorRate", service="payment")
    (incident,) = await desk.incidents()

    await post.leads.note(incident.id)
    await post.leads.note(incident.id)

    notes = [e for e in await desk.timeline(incident.id) if e.kind is TimelineKind.NOTE]
    said = "Error rate of payment abnormal since 12:01 UTC, 2 min 20 s before the first alert"
    assert [e.data["text"] for e in notes] == [said]
    async with desk.store.read() as tx:
        (seen,) = await tx.evidence.of_incident(incident.id)
        view = await load_view(tx, incident.id, desk.policies, desk.clock.now())
    assert notes[0].data["evidence"] == [seen.id]
    assert "http_requests_total" in seen.reading.query
    assert view is not None
    assert said in str(render_details(view, "en").blocks)
    assert post.number("ops_monitor_detection_lead_seconds_sum") == 140


@pytest.mark.parametrize(("service", "minutes"), [("checkout", 1.0), ("payment", 10.0)])
async def test_what_is_of_another_service_or_later_is_not_said(
    desk: Desk, service: str, minutes: float
) -> None:
    world = shop()
    failing(world, minutes, service)
    post = Post(desk, world, mode="note")
    await post.minute(3)
    await desk.fire("HighErrorRate", service="payment")
    (incident,) = await desk.incidents()

    await post.leads.note(incident.id)

    assert TimelineKind.NOTE not in [e.kind for e in await desk.timeline(incident.id)]


async def test_two_replicas_look_once_a_minute_and_both_know(desk: Desk) -> None:
    world = shop()
    failing(world, 3)
    posts = [Post(desk, world), Post(desk, world)]

    await replicas_minute(desk, posts, 6)

    async with desk.store.read() as tx:
        rows = await tx.connection.exec_driver_sql("SELECT count(*) FROM seen WHERE key LIKE 'watch.look:%'")
        looks = rows.all()[0][0]
    assert looks == 6
    assert sorted(told(posts[0]) + told(posts[1])) == [("firing", "payment")]
    for post in posts:
        await post.watch.catch_up(desk.clock.now().replace(second=0))
        assert [e.key.service for e in post.watch.about({"payment"}, NOON)] == ["payment"]


async def test_a_second_look_at_the_same_minute_does_nothing(desk: Desk) -> None:
    world = shop()
    post = Post(desk, world)
    await post.minute()
    asked = len(world.asked)

    await post.watch.look({})

    assert len(world.asked) == asked


async def test_few_queries_a_minute(desk: Desk) -> None:
    world = healthy_shop(NOON, [f"service-{i}" for i in range(50)])
    post = Post(desk, world)
    await post.minute(3)
    before = len(world.asked)

    await post.minute()

    assert len(world.asked) - before <= 8


async def test_a_restart_knows_what_went_on(desk: Desk) -> None:
    world = shop()
    failing(world)
    await Post(desk, world).minute(4)

    again = Post(desk, world)
    await again.minute()
    assert [e.since for e in again.watch.about({"payment"}, NOON)] == [
        (NOON + timedelta(minutes=1)).timestamp()
    ]
    assert told(again) == []
    world.course("payment", "server_error_ratio", 0.002)
    await again.minute(4)

    assert told(again) == [("resolved", "payment")]


async def test_without_prometheus_nothing_is_noted_and_nothing_ends(desk: Desk) -> None:
    world = shop()
    failing(world)
    post = Post(desk, world)
    await post.minute(3)

    world.broken["prometheus"] = AWAY
    await post.minute(15)
    fresh = Post(desk, world)
    await fresh.minute(2)
    assert (told(post), told(fresh)) == ([("firing", "payment")], [])

    world.broken.clear()
    world.course("payment", "server_error_ratio", 0.002)
    await post.minute(4)

    assert told(post) == [("firing", "payment"), ("resolved", "payment")]


async def test_an_outage_of_everything_is_no_flood(desk: Desk) -> None:
    names = [f"service-{i}" for i in range(60)]
    world = healthy_shop(NOON, names)
    for name in names:
        failing(world, 1, name)
    post = Post(desk, world)

    await post.minute(3)

    assert len(told(post)) <= 40
    assert len(post.sent) <= 2


async def test_names_that_may_not_be_told_are_not_watched(desk: Desk) -> None:
    world = shop()
    failing(world, 1, "password=hunter2hunter2")
    failing(world, 1, "bad\u202ename")
    post = Post(desk, world)

    await post.minute(3)

    assert told(post) == []

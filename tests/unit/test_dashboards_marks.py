"""What happened as marks over dashboards: told once, kept true, and with no secret in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.analysis.redaction import Redactor
from agent.app.dashboards import GrafanaMarks
from agent.domain.action import ActionState
from agent.domain.deployment import Deployment, DeploymentState
from agent.errors import Refused, Unavailable
from agent.operations.marks import LOOK_BACK, Mark, Marker, action_mark, deployment_mark, incident_mark
from agent.store.engine import SqlStore
from demo.vendors.door import VendorServer
from demo.vendors.grafana import GrafanaVendor
from tests.support.recovery import sample_action
from tests.support.store import StillClock, store_at
from tests.support.views import sample_incident
from tools.connectors.grafana_annotations import GrafanaAnnotations

SECRET = "hunter2hunter2"


@dataclass
class Wall:
    """Keeps the marks that were put on it."""

    marks: list[Mark] = field(default_factory=list)
    away: bool = False
    refused: str = "-"

    async def put(self, mark: Mark) -> None:
        if self.away:
            raise Unavailable("Grafana cannot be reached.", backend="grafana")
        if mark.id.startswith(self.refused):
            raise Refused("Grafana says no.", backend="grafana")
        self.marks.append(mark)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as found:
        yield found


def released(clock: StillClock, **changes: object) -> Deployment:
    one = Deployment(
        id="dep_1",
        number=1,
        at=clock.now(),
        source="generic",
        service="payment",
        environment="production",
        release="v2",
    )
    return one.model_copy(update=changes)


async def test_a_release_is_marked_once_and_again_when_its_end_is_known(store: SqlStore) -> None:
    clock, wall = StillClock(), Wall()
    marker = Marker(store, wall, clock, Redactor([SECRET]), "en")
    async with store.write() as tx:
        await tx.deployments.create(released(clock, title=SECRET))
    counts = [await marker.look(), await marker.look()]
    async with store.write() as tx:
        ended = {"state": DeploymentState.ALL_CLEAR, "finished_at": clock.now() + timedelta(minutes=2)}
        await tx.deployments.save(released(clock, **ended))
    counts.append(await marker.look())

    assert [1, 0, 1] == counts
    assert ["Deployment of payment: v2 (rolling out)", "Deployment of payment: v2 (no regression)"] == [
        mark.text for mark in wall.marks
    ]
    assert {"deployment:dep_1"} == {mark.id for mark in wall.marks}
    assert clock.now() + timedelta(minutes=2) == wall.marks[1].until


async def test_what_could_not_be_told_is_told_the_next_time(store: SqlStore) -> None:
    clock, wall = StillClock(), Wall(away=True)
    marker = Marker(store, wall, clock, Redactor(), "en")
    async with store.write() as tx:
        await tx.incidents.create(sample_incident().model_copy(update={"times": _now(clock)}))
    with pytest.raises(Unavailable):
        await marker.look()
    wall.away = False

    assert (1, 0) == (await marker.look(), await marker.look())


async def test_a_mark_that_is_refused_keeps_no_other_from_being_told(store: SqlStore) -> None:
    clock, wall = StillClock(), Wall(refused="deployment:")
    marker = Marker(store, wall, clock, Redactor(), "en")
    async with store.write() as tx:
        await tx.deployments.create(released(clock))
        await tx.incidents.create(sample_incident().model_copy(update={"times": _now(clock)}))

    assert (1, 0) == (await marker.look(), await marker.look())
    assert ["incident"] == [mark.kind for mark in wall.marks]


async def test_what_is_refused_for_want_of_a_right_is_told_when_it_is_given(store: SqlStore) -> None:
    clock, wall = StillClock(), Wall(refused="")
    marker = Marker(store, wall, clock, Redactor(), "en")
    async with store.write() as tx:
        await tx.incidents.create(sample_incident().model_copy(update={"times": _now(clock)}))
    with pytest.raises(Refused):
        await marker.look()
    wall.refused = "-"

    assert 1 == await marker.look()


async def test_what_is_old_is_left_alone(store: SqlStore) -> None:
    clock, wall = StillClock(), Wall()
    async with store.write() as tx:
        await tx.deployments.create(released(clock))
        await tx.incidents.create(sample_incident().model_copy(update={"times": _now(clock)}))
    clock.advance(LOOK_BACK.total_seconds() + 1)

    assert 0 == await Marker(store, wall, clock, Redactor(), "en").look()


async def test_no_secret_is_written_on_the_wall(store: SqlStore) -> None:
    clock, wall = StillClock(), Wall()
    async with store.write() as tx:
        await tx.deployments.create(released(clock, release=f"v2 {SECRET}"))
    await Marker(store, wall, clock, Redactor([SECRET]), "en").look()

    assert SECRET not in wall.marks[0].text


@pytest.mark.parametrize(("lang", "words"), [("en", "taken back"), ("ko", "되돌림")])
def test_only_what_changed_something_is_an_actions_mark(lang: str, words: str) -> None:
    clock = StillClock()
    waiting = sample_action(number=3, at=clock.now())
    applied = {
        "times": waiting.times.model_copy(update={"applied_at": clock.now()}),
        "state": ActionState.UNDONE,
    }
    done = action_mark(waiting.model_copy(update=applied), lang)

    assert action_mark(waiting, lang) is None
    assert done is not None
    assert ("action", clock.now(), True) == (done.kind, done.at, words in done.text)
    assert "A-3: " in done.text
    assert "INC-12 P1: " in incident_mark(sample_incident(), lang).text
    assert "v2" in deployment_mark(released(clock), lang).text


async def test_grafana_has_each_mark_once_and_as_it_is_now() -> None:
    clock, vendor = StillClock(), GrafanaVendor()
    mark = Mark("action:a1", "action", "payment", "A-1: restart", clock.now())
    async with VendorServer(vendor) as server:
        annotations = GrafanaAnnotations(server.url, token=vendor.token, timeout_seconds=30)
        board = GrafanaMarks(annotations)
        await board.put(mark)
        await board.put(
            replace(mark, text="A-1: restart (taken back)", until=clock.now() + timedelta(minutes=1))
        )
        await annotations.close()
    [kept] = vendor.annotations

    assert ("A-1: restart (taken back)", 60_000) == (kept["text"], kept["timeEnd"] - kept["time"])
    assert ["ops-monitor", "action", "service:payment", "action:a1"] == kept["tags"]


def _now(clock: StillClock) -> object:
    times = sample_incident().times
    return times.model_copy(update={"started_at": clock.now(), "opened_at": clock.now()})

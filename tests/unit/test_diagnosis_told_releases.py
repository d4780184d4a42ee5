"""What pipelines told of releases is a change for the diagnosis, without a cluster too, and each roll-out counts once."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.brain.playbook import PlaybookBrain
from agent.diagnosis.facts import Cited
from agent.diagnosis.told import once
from agent.domain.deployment import TOLD, Deployment, DeploymentState
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus
from agent.domain.results import Change, ChangesResult
from agent.domain.timeline import TimelineKind
from agent.graph.run import Investigator
from agent.lifecycle.view import load_view
from agent.operations.rerun import Rerunner
from agent.store.engine import SqlStore
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.store import StillClock, store_at

OUT = t.BEGAN - timedelta(seconds=40)
POLICIES = shipped_policies()


def release(key: str = "d-1", at: datetime = OUT, **more: Any) -> Deployment:
    """Return `payment v2` as a pipeline told it, out shortly before the trouble."""
    said: dict[str, Any] = {
        "service": "payment",
        "environment": "production",
        "release": "v2",
        "was_release": "v1",
        "state": DeploymentState.WATCHING,
        "finished_at": at,
    }
    return Deployment(id=f"generic:{key}", number=1, at=at, source="generic", **(said | more))


def change(at: datetime = OUT, kind: Any = "deployment", **more: Any) -> Cited[Change]:
    said: dict[str, Any] = {"service": "payment", "description": "payment", "before": "v1", "after": "v2"}
    return Cited(Change(at=at, change=kind, **(said | more)), "ev")


class Room:
    """Failing payments, and what the diagnosis says of them."""

    def __init__(self, store: SqlStore, *, cluster: bool) -> None:
        self.store, self.clock = store, StillClock(t.NOW)
        self.reads, self.view = t.bad_deployment()
        if not cluster:
            self.reads.down["kubernetes"] = "Kubernetes is not configured."

    async def told(self, *releases: Deployment) -> None:
        async with self.store.write() as tx:
            await tx.incidents.create(self.view.incident)
            await tx.alerts.upsert(self.view.alerts)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
            for one in releases:
                await tx.deployments.add_once(one)

    async def investigate(self) -> tuple[Diagnosis, list[Evidence]]:
        brain = PlaybookBrain(self.reads, self.store, self.clock)
        await Investigator(self.store, self.reads, brain, POLICIES, self.clock).investigate("inc_1")
        async with self.store.read() as tx:
            view = await load_view(tx, "inc_1", POLICIES, t.NOW)
        assert view is not None
        assert view.diagnosis is not None
        return view.diagnosis, [one for one in view.evidence if one.request.tool == TOLD]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


async def test_without_a_cluster_a_told_release_is_the_cause(store: SqlStore) -> None:
    room = Room(store, cluster=False)
    await room.told(release())
    diagnosis, [evidence] = await room.investigate()

    assert diagnosis.cause is not None
    assert (diagnosis.cause.rule, diagnosis.cause.service) == ("change.bad-deployment", "payment")
    assert "v1 → v2" in diagnosis.cause.claim
    assert evidence.id in diagnosis.cause.evidence_ids
    assert diagnosis.next_step == "Roll back payment to v1"


async def test_without_a_cluster_and_a_word_no_change_is_blamed(store: SqlStore) -> None:
    room = Room(store, cluster=False)
    await room.told()
    diagnosis, told = await room.investigate()

    assert told == []
    assert diagnosis.cause is None or not diagnosis.cause.rule.startswith("change.")


async def test_a_roll_out_that_the_cluster_shows_counts_once_and_by_the_cluster(store: SqlStore) -> None:
    room = Room(store, cluster=True)
    await room.told(release(at=OUT - timedelta(minutes=3)))
    diagnosis, [evidence] = await room.investigate()

    changes = [one for one in diagnosis.findings if one.rule == "change.bad-deployment"]
    assert len([one for one in changes if one.service == "payment"]) == 1
    assert diagnosis.cause is not None
    assert evidence.id not in diagnosis.cause.evidence_ids


async def test_what_ran_before_is_known_from_the_release_before(store: SqlStore) -> None:
    room = Room(store, cluster=False)
    await room.told(
        release("d-0", OUT - timedelta(days=2), release="v0", was_release=""),
        release("d-x", OUT - timedelta(days=1), release="bad", state=DeploymentState.FAILED),
        release("d-1", was_release=""),
    )
    _, [evidence] = await room.investigate()
    result = evidence.reading.result

    assert isinstance(result, ChangesResult)
    assert [(one.before, one.after) for one in result.changes] == [("v0", "v2")]


@pytest.mark.parametrize(
    "other",
    [
        {"environment": "staging"},
        {"state": DeploymentState.OWN},
        {"at": t.NOW - timedelta(days=1)},
        {"at": t.NOW + timedelta(minutes=1)},
    ],
)
async def test_other_places_other_times_and_our_own_actions_are_left_out(
    store: SqlStore, other: dict[str, Any]
) -> None:
    room = Room(store, cluster=False)
    await room.told(release(**other))

    assert (await room.investigate())[1] == []


async def test_the_look_is_repeated_from_the_store(store: SqlStore) -> None:
    room = Room(store, cluster=False)
    await room.told(release())
    _, [evidence] = await room.investigate()
    rerunner = Rerunner(store, room.reads, room.clock)
    [first] = await rerunner.again("inc_1", [evidence.id], "U0ADA")
    room.clock.advance(86_400)
    [later] = await rerunner.again("inc_1", [evidence.id], "U0ADA")

    assert first.now.reading == evidence.reading
    assert later.now.status is EvidenceStatus.NO_DATA


@pytest.mark.parametrize(
    ("told", "seen", "same"),
    [
        (change(), change(OUT + timedelta(minutes=9), after="registry.example/payment:v2"), True),
        (change(after="2.0"), change(after="registry.example/payment:v2.0@sha256:aa"), True),
        (change(), change(OUT + timedelta(minutes=11)), False),
        (change(), change(service="checkout"), False),
        (change(), change(after="v3"), False),
        (change(), change(kind="scale"), False),
        (change(after=None, before=None), change(after="registry.example/payment:v2"), True),
        (change(revision=4), change(OUT + timedelta(hours=1), revision=4, after="other"), True),
        (change(revision=4), change(revision=5), False),
        (change(revision=4, kind="config"), change(kind="config", after="A=2"), True),
    ],
)
def test_a_roll_out_is_one_by_revision_or_by_version_in_time(
    told: Cited[Change], seen: Cited[Change], *, same: bool
) -> None:
    assert once([told], [seen]) == ((seen,) if same else (seen, told))
    assert once([told], []) == (told,)

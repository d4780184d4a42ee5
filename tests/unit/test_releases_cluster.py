"""Roll-outs that nobody told of: seen when they are done, never twice, and never the bot's own."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.domain.action import Action
from agent.domain.deployment import DeploymentState
from agent.domain.results import Change, PodState
from agent.operations import releases_cluster
from agent.operations.releases_cluster import finished
from agent.transport.slack.release_card import render_release
from tests.support.deploying import Rig, rig_at, signal
from tests.support.readings import changes, pod, pods
from tests.support.reads import ScriptedReads
from tests.support.store import NOON

ROLLOUTS, PODS = "incident_responder.rollouts", "incident_responder.pods"
BEGAN = NOON - timedelta(minutes=2)
OLD, NEW = "registry.example/checkout:1.8.1", "registry.example/checkout:1.8.2"


def rollout(revision: int = 7, **more: object) -> Change:
    facts: dict[str, object] = {
        "at": BEGAN,
        "change": "deployment",
        "service": "checkout",
        "description": f"checkout revision {revision}: image {OLD} -> {NEW}",
        "before": OLD,
        "after": NEW,
        "revision": revision,
    }
    return Change.model_validate(facts | more)


def new_pod(name: str = "a", *, image: str = NEW, at: datetime = NOON, **more: object) -> PodState:
    return pod(f"checkout-7d9f8-{name * 5}", "checkout", image=image, started_at=at, **more)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig_at(tmp_path) as rig:
        rig.reading(ScriptedReads(NOON).on(ROLLOUTS, changes(rollout())).on(PODS, pods(new_pod())))
        yield rig


def seen(rig: Rig) -> ScriptedReads:
    assert isinstance(rig.reads, ScriptedReads)
    return rig.reads


async def test_a_finished_roll_out_is_watched_and_not_asked_for_again(rig: Rig) -> None:
    await rig.cluster().look()
    await rig.cluster().look()

    only = await rig.only()
    assert ("kubernetes:shop/checkout#7", DeploymentState.WATCHING) == (only.id, only.state)
    assert ("7", NEW, OLD, "1.8.2") == (only.revision, only.image, only.was_image, only.spoken)
    assert (BEGAN, NOON) == (only.at, only.finished_at)
    assert 1 == len(seen(rig).asked_for(PODS))


async def test_a_roll_out_that_keeps_its_image_is_called_by_its_revision(rig: Rig) -> None:
    seen(rig).on(ROLLOUTS, changes(rollout(before=NEW, description="checkout revision 7: env A=1 added")))
    await rig.cluster().look()

    only = await rig.only()
    assert "1.8.2 #7" == only.spoken
    shown = render_release(only, "en")
    assert "env A=1 added" in str(shown.blocks)


async def test_one_that_is_under_way_is_waited_for(rig: Rig) -> None:
    old = pod("checkout-6c5b4-zzzzz", "checkout", image=OLD, started_at=NOON - timedelta(days=1))
    seen(rig).on(PODS, pods(new_pod(), old))
    await rig.cluster().look()
    assert DeploymentState.STARTED is (await rig.only()).state

    seen(rig).on(PODS, pods(new_pod()))
    await rig.cluster().look()
    assert DeploymentState.WATCHING is (await rig.only()).state


async def test_one_that_does_not_end_has_failed(rig: Rig) -> None:
    seen(rig).on(PODS, pods(new_pod(ready=False)))
    await rig.cluster().look()
    rig.clock.advance(660)
    await rig.cluster().look()

    only = await rig.only()
    assert (DeploymentState.FAILED, "unfinished") == (only.state, only.because)


async def test_what_a_webhook_told_is_the_same_release(rig: Rig) -> None:
    await rig.tell(signal())
    await rig.cluster().look()
    await rig.cluster().look()

    only = await rig.only()
    assert ("generic", "7", OLD) == (only.source, only.revision, only.was_image)
    assert 1 == len(seen(rig).asked_for(PODS))


async def test_restarts_scalings_first_installations_and_older_revisions_are_no_releases(rig: Rig) -> None:
    seen(rig).on(
        ROLLOUTS,
        changes(
            rollout(8, change="restart"),
            rollout(9, change="scale"),
            rollout(1, before=None, description="checkout was created"),
        ),
    )
    assert 0 == await rig.cluster().look()

    seen(rig).on(ROLLOUTS, changes(rollout(6), rollout(7)))
    await rig.cluster().look()
    assert ["7"] == [one.revision for one in await rig.all()]


async def test_a_roll_out_of_the_bots_own_is_kept_as_such(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def ours(change: Change, actions: list[Action]) -> object:
        return "A-7"

    monkeypatch.setattr(releases_cluster, "deed_of", ours)
    await rig.cluster().look()

    assert DeploymentState.OWN is (await rig.only()).state


async def test_a_cluster_that_is_away_is_asked_again_later(rig: Rig) -> None:
    seen(rig).down["kubernetes"] = "Kubernetes did not answer."
    assert 0 == await rig.cluster().look()

    seen(rig).down.clear()
    await rig.cluster().look()
    assert 1 == len(await rig.all())


@pytest.mark.parametrize(
    ("there", "done"),
    [
        ([new_pod("a"), new_pod("b", at=NOON + timedelta(seconds=5))], NOON + timedelta(seconds=5)),
        ([new_pod("a"), new_pod("b", phase="Terminating", ready=False)], NOON),
        ([new_pod("a"), pod("checkout-standby-7d9f8-aaaaa", "checkout", image=OLD)], NOON),
        ([new_pod("a"), new_pod("b", image=OLD)], None),
        ([new_pod("a"), new_pod("b", at=BEGAN - timedelta(minutes=1))], None),
        ([], None),
    ],
)
def test_done_is_when_every_pod_of_the_workload_is_new_and_ready(
    there: list[PodState], done: datetime | None
) -> None:
    assert done == finished(rollout(), there)

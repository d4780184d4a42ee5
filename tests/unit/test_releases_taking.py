"""What senders tell of releases: kept once, merged when two mean the same one, never moved back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.deployment import Deployment, DeploymentState
from agent.operations.releases_merge import same_release
from tests.support.deploying import SECRETS, Rig, rig_at, signal
from tests.support.store import NOON

HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig_at(tmp_path, names={"checkout-web": "checkout"}) as rig:
        yield rig


async def test_begun_then_out(rig: Rig) -> None:
    begun = await rig.tell(signal(status="started"))
    out = await rig.tell(signal())
    assert begun is not None
    assert out is not None

    assert (DeploymentState.STARTED, DeploymentState.WATCHING) == (begun.state, out.state)
    assert [1] == [one.number for one in await rig.all()]


async def test_a_failed_roll_out_is_told_and_not_watched(rig: Rig) -> None:
    failed = await rig.tell(signal(status="failed", title="smoke tests failed"))
    assert failed is not None

    assert (DeploymentState.FAILED, None) == (failed.state, failed.watch_until)
    assert rig.jobs.take() is None
    assert 1 == (await rig.slot(failed)).wanted
    assert 1 == rig.counted(source="generic", verdict="failed")


async def test_a_repeat_changes_nothing(rig: Rig) -> None:
    once = await rig.tell(signal())
    again = await rig.tell(signal())
    late = await rig.tell(signal(status="started"))
    wrong = await rig.tell(signal(status="failed"))

    assert once == again == late == wrong
    assert once is not None
    assert 1 == (await rig.slot(once)).wanted


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"release": "1.8.2"}, {"release": "", "image": "registry.example/shop/checkout:1.8.2"}),
        ({"release": "v1.8.2"}, {"release": "1.8.2"}),
        ({"release": "", "commit": "0123456789abcdef"}, {"release": "", "commit": "0123456789"}),
        (
            {"release": "", "image": "a/checkout:1@sha256:" + "0" * 64},
            {"release": "", "image": "b/checkout@sha256:" + "0" * 64},
        ),
    ],
)
async def test_two_senders_may_mean_the_same_release(
    rig: Rig, first: dict[str, str], second: dict[str, str]
) -> None:
    await rig.tell(signal(**first))
    merged = await rig.tell(
        signal("kubernetes", "shop/checkout#7", revision="7", namespace="shop", actor="", **second)
    )

    only = await rig.only()
    assert merged == only
    assert ("generic", ("kubernetes:shop/checkout#7",)) == (only.source, only.signals)
    assert ("7", "shop", "Mina") == (only.revision, only.namespace, only.actor)


async def test_the_first_to_say_something_is_believed(rig: Rig) -> None:
    await rig.tell(signal(actor="Mina", url="https://ci.example/1"))
    await rig.tell(signal("github", "shop/checkout#1", actor="Joon", url="https://ci.example/2"))

    only = await rig.only()
    assert ("Mina", "https://ci.example/1") == (only.actor, only.url)


async def test_other_versions_services_environments_and_times_are_other_releases(rig: Rig) -> None:
    await rig.tell(signal())
    much_later = NOON + timedelta(hours=2)
    rig.clock.advance(7200)
    times = {"started_at": much_later, "finished_at": much_later, "told_at": much_later}
    await rig.tell(signal("kubernetes", "a", release="1.8.3"))
    await rig.tell(signal("kubernetes", "b", service="payment"))
    await rig.tell(signal("kubernetes", "c", **times))
    await rig.tell(signal("generic", "d-2"))

    assert 5 == len(await rig.all())


async def test_a_release_of_another_environment_or_of_yesterday_is_nobodys(rig: Rig) -> None:
    yesterday = NOON - timedelta(hours=25)

    assert await rig.tell(signal(environment="staging")) is None
    assert await rig.tell(signal(started_at=yesterday, finished_at=yesterday)) is None
    assert [] == await rig.all()


async def test_names_of_senders_become_ours(rig: Rig) -> None:
    told = await rig.tell(signal(service="checkout-web", environment="prod"))
    bare = await rig.tell(signal(key="d-9", service="ai-textbook-core", environment=""))
    assert told is not None
    assert bare is not None

    assert ("checkout", "production") == (told.service, told.environment)
    assert ("core", "production") == (bare.service, bare.environment)


async def test_clocks_that_are_ahead_and_secrets_are_not_kept(rig: Rig) -> None:
    ahead = NOON + timedelta(hours=1)
    told = await rig.tell(
        signal(
            started_at=ahead,
            finished_at=ahead,
            title=f"by {SECRETS[0]}",
            url=f"https://x.example/{SECRETS[0]}",
        )
    )
    assert told is not None

    assert (NOON, NOON) == (told.at, told.finished_at)
    assert "" == told.url
    assert SECRETS[0] not in told.model_dump_json()


async def test_the_bots_own_roll_back_is_kept_and_left_alone(rig: Rig) -> None:
    told = await rig.tell(signal("kubernetes", "shop/checkout#8"), own=True)
    assert told is not None

    assert DeploymentState.OWN is told.state
    assert rig.jobs.take() is None
    async with rig.store.read() as tx:
        assert await tx.outbox.get(f"release:{told.id}") is None


versions = st.sampled_from(["", "1", "v1", "2", "latest"])
images = st.sampled_from(["", "a/x:1", "a/x:2", "b/x:latest", "a/x:1, c/side:3"])
sources = st.sampled_from(["generic", "github", "kubernetes"])


@given(st.lists(st.tuples(sources, st.sampled_from(["k", "l"]), versions, images), max_size=6))
@settings(max_examples=80)
def test_one_senders_releases_are_never_taken_for_each_other(told: list[tuple[str, str, str, str]]) -> None:
    known: list[Deployment] = []
    for source, key, release, image in told:
        said = signal(source, key, release=release, image=image)
        found = same_release(known, said, NOON, HALF_HOUR)
        if found is None:
            known.append(
                Deployment(
                    id=f"{source}:{key}",
                    number=len(known) + 1,
                    at=NOON,
                    source=said.source,
                    service="checkout",
                    environment="production",
                    release=release,
                    image=image,
                )
            )
        elif found.id != f"{source}:{key}":
            joined = found.model_copy(update={"signals": (*found.signals, f"{source}:{key}")})
            known[known.index(found)] = joined
    for one in known:
        senders = [told.partition(":")[0] for told in dict.fromkeys((one.id, *one.signals))]
        assert len(set(senders)) == len(senders)

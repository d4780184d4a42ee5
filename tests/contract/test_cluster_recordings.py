"""The demo cluster answers as a real control plane was recorded to answer."""

from __future__ import annotations

import re

import pytest

from tests.support.cluster import cluster
from tests.support.cluster_data import DATA, recording, recordings
from tests.support.cluster_replay import Hook, Replay

pytestmark = pytest.mark.slow(22)

# What `given` says happened in between, and no request of the recording brings about.
_BETWEEN: dict[str, dict[int, str]] = {
    "gone-410": {10: "compact"},
    "eviction": {17: "halt"},
    "node-lost": {2: "silence", 8: "speak"},
}


def known_gaps() -> dict[str, set[int]]:
    """Read the list of known gaps from the README beside the recordings."""
    found: dict[str, set[int]] = {}
    for name, index in re.findall(r"^\| `([\w-]+)#(\d+)` \|", (DATA / "README.md").read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(int(index))
    return found


def _slow(name: str) -> object:
    return pytest.param(name, marks=pytest.mark.slow) if name == "watch-pods" else name


@pytest.mark.parametrize("name", [_slow(name) for name in recordings()])
async def test_a_recorded_scenario_is_answered_as_recorded(name: str) -> None:
    async with cluster() as server:

        async def compact() -> None:
            server.compact()

        async def halt() -> None:
            server.halt("disruption")

        async def silence() -> None:
            server.silence_node("fake-1")

        async def speak() -> None:
            server.silence_node("fake-1", silent=False)

        actions: dict[str, Hook] = {"compact": compact, "halt": halt, "silence": silence, "speak": speak}
        hooks = {index: actions[action] for index, action in _BETWEEN.get(name, {}).items()}
        failures = await Replay(server.url, recording(name), hooks).run()

    report = "\n".join(f"{index}: {line}" for index, lines in sorted(failures.items()) for line in lines[:5])
    assert known_gaps().get(name, set()) == set(failures), report


def test_every_recording_is_replayed() -> None:
    assert len(recordings()) == 35
    assert set(known_gaps()) <= set(recordings())


def test_the_comparison_notices_what_must_agree() -> None:
    from tests.support.cluster_compare import Pairing, differences

    recorded = {"kind": "Scale", "metadata": {"uid": "a-1", "resourceVersion": "7"}, "spec": {"replicas": 3}}
    same = {"kind": "Scale", "metadata": {"uid": "b-2", "resourceVersion": "9"}, "spec": {"replicas": 3}}
    assert differences(recorded, same, Pairing()) == []
    for broken in (
        {**same, "kind": "Deployment"},
        {**same, "spec": {"replicas": 4}},
        {**same, "spec": {}},
        {**same, "status": {}},
    ):
        assert differences(recorded, broken, Pairing())
    assert differences({"message": "pods is forbidden"}, {"message": "pods is allowed"}, Pairing())
    assert differences({"items": [1, 2]}, {"items": [1]}, Pairing())

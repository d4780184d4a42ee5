"""Which images the machines hold: those of the shop, and what earlier versions and trials have left behind."""

from collections.abc import Iterable
from typing import Any

MIB = 1024 * 1024
REGISTRY = "registry.example"
_PAUSE = ("registry.k8s.io/pause:3.10", 1)
# Nobody uses these any more: the last two versions of everything, and a large model that was only tried.
_EARLIER = ("v0.8", "v0.9")
_TRIAL = (f"{REGISTRY}/tutor-model-trial:2026-09", 4300)


def node_images(services: Iterable[str]) -> list[dict[str, Any]]:
    """Return what a kubelet reports in its Node's `status.images`, the largest first."""
    held = [_PAUSE, _TRIAL]
    for number, service in enumerate(sorted(services)):
        size = 140 + 37 * (number % 5)
        held += [(f"{REGISTRY}/{service}:{tag}", size) for tag in ("v1", *_EARLIER)]
    held.sort(key=lambda one: (-one[1], one[0]))
    return [{"names": [name], "sizeBytes": size * MIB} for name, size in held]

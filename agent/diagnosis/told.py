"""Releases that pipelines told of, beside what the cluster shows: each roll-out counts once."""

from collections.abc import Sequence
from datetime import timedelta

from agent.diagnosis.facts import Cited
from agent.domain.results import Change

SAME_WITHIN = timedelta(minutes=10)
_ROLLED_OUT = frozenset({"deployment", "config"})


def once(told: Sequence[Cited[Change]], seen: Sequence[Cited[Change]]) -> tuple[Cited[Change], ...]:
    """Return what was seen, and of what was told only what is not seen there too: the cluster knows it better."""
    return (*seen, *(one for one in told if not any(_same(one.what, other.what) for other in seen)))


def _same(told: Change, seen: Change) -> bool:
    """Say whether both are one roll-out: close in time, and of the same revision, image or version, or of an unnamed one."""
    if told.service != seen.service or seen.change not in _ROLLED_OUT:
        return False
    if told.revision is not None and seen.revision is not None:
        return told.revision == seen.revision
    if abs(told.at - seen.at) > SAME_WITHIN:
        return False
    # Of one with a revision the cluster has told too, so that it is the roll-out that is seen there.
    if told.revision is not None:
        return True
    names = _names(told.after)
    return not names or bool(names & _names(seen.after))


def _names(version: str | None) -> set[str]:
    """Return what may stand for a version: `v1.8.2`, `1.8.2` and the tag of `shop/checkout:1.8.2` are one."""
    found: set[str] = set()
    for image in (version or "").split(","):
        bare, _, digest = image.strip().partition("@")
        name, _, tag = bare.rpartition("/")[2].partition(":")
        found |= {bare, digest, tag, _plain(tag or name)}
    return found - {"", "latest"}


def _plain(version: str) -> str:
    return version[1:] if version[:1] in ("v", "V") and version[1:2].isdigit() else version

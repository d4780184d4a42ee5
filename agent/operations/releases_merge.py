"""When several senders tell of one release: whether it is the same one, and what each adds to it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agent.domain.deployment import Deployment, DeploymentSignal, DeploymentState

_FILLED = (
    "namespace",
    "workload",
    "revision",
    "image",
    "release",
    "commit",
    "actor",
    "title",
    "url",
    "was_image",
    "was_revision",
)
# A commit is often told by its first letters.
_SHORTEST_COMMIT = 7


def id_of(signal: DeploymentSignal) -> str:
    """Return the id under which a signal's release is kept when nobody has told of it before."""
    return f"{signal.source}:{signal.key}"


def same_release(
    known: Iterable[Deployment], signal: DeploymentSignal, at: datetime, within: timedelta
) -> Deployment | None:
    """Return the release that a signal is about, the newest first; None when it is a new one.

    One sender knows its own releases apart; two senders mean the same one when it is close in time and they name
    the same image, version or commit, or when one of them names nothing that the other one could name.
    """
    candidates = sorted(known, key=lambda one: one.number, reverse=True)
    own = id_of(signal)
    for one in candidates:
        if own == one.id or own in one.signals:
            return one
    for one in candidates:
        if _told_by(one, signal.source) or one.environment != signal.environment:
            continue
        if abs(at - (one.finished_at or one.at)) <= within and _alike(one, signal):
            return one
    return None


def filled(known: Deployment, signal: DeploymentSignal) -> dict[str, object]:
    """Return what a signal adds: the first to say something is believed, and nothing that was said is changed."""
    added: dict[str, object] = {
        name: value for name in _FILLED if (value := getattr(signal, name)) and not getattr(known, name)
    }
    own = id_of(signal)
    if own != known.id and own not in known.signals:
        added["signals"] = (*known.signals, own)
    started = signal.started_at
    if started is not None and started < known.at and known.state in _OPEN:
        # Whoever saw it begin knows better than whoever only saw its end.
        added["at"] = started
    return added


_OPEN = (DeploymentState.STARTED, DeploymentState.WATCHING)


def _told_by(one: Deployment, source: str) -> bool:
    return any(told.startswith(f"{source}:") for told in (one.id, *one.signals))


def _alike(one: Deployment, signal: DeploymentSignal) -> bool:
    mine, yours = _names(one), _names(signal)
    if one.commit and signal.commit and _same_commit(one.commit, signal.commit):
        return True
    return bool(mine & yours)


def _names(one: Deployment | DeploymentSignal) -> set[str]:
    """Return everything that may stand for the version: `1.8.2`, `v1.8.2` and the tag of `shop/checkout:1.8.2` are one."""
    images = [image.strip() for image in one.image.split(",") if image.strip()]
    tags = [image.partition("@")[0].rpartition("/")[2].partition(":")[2] for image in images]
    digests = [image.partition("@")[2] for image in images]
    versions = [name.removeprefix("refs/tags/") for name in (one.release, *tags)]
    commits = [one.commit] if len(one.commit) >= _SHORTEST_COMMIT else []
    found = {*images, *digests, *commits, *(_bare(version) for version in versions)}
    return found - {"", "latest"}


def _bare(version: str) -> str:
    return version[1:] if version[:1] in ("v", "V") and version[1:2].isdigit() else version


def _same_commit(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _SHORTEST_COMMIT and longer.startswith(shorter)

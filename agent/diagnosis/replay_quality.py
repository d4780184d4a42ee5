"""How well the bot detects: of what really happened, how much it saw and how soon, and what it cried about in vain."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean

from agent.domain.noun import Noun

# What the product promises: at least 95 % seen early, at most 5 % cried in vain, two minutes to detection on average.
EARLY_SECONDS = 120.0
# An incident that begins so long after the trouble has ended was not about it.
LINGER_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What really happened: `start` and `end` in unix seconds, the service it began in, and its alerts if known."""

    start: float
    end: float | None
    service: str
    alerts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Home:
    """The incident that an alert came into, and when (unix seconds)."""

    incident_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident as the bot opened it: when, about which services, and when each alert that has an id came into it."""

    at: float
    services: frozenset[str]
    alerts: Mapping[str, float] = field(default_factory=dict)


class Quality(Noun):
    """Shares are 0 to 1; `mean_seconds` is the mean time to detect what was detected, None when nothing was.

    `early` is the share of troubles detected within two minutes, `in_vain` the share of incidents about no trouble,
    `grouping` the adjusted Rand index of alerts into incidents where the truth names each alert.
    """

    troubles: int
    detected: int
    early: float
    in_vain: float
    mean_seconds: float | None
    grouping: float | None = None


def measure(troubles: Sequence[Trouble], opened: Sequence[Opened]) -> Quality:
    """Compare what happened with what was opened."""
    delays: list[float] = []
    meant: set[int] = set()
    for trouble in troubles:
        seen = {i: at for i, one in enumerate(opened) if (at := _seen(one, trouble)) is not None}
        meant.update(seen)
        if seen:
            delays.append(max(0.0, min(seen.values()) - trouble.start))
    early = sum(delay <= EARLY_SECONDS for delay in delays)
    return Quality(
        troubles=len(troubles),
        detected=len(delays),
        early=early / len(troubles) if troubles else 1.0,
        in_vain=1 - len(meant) / len(opened) if opened else 0.0,
        mean_seconds=mean(delays) if delays else None,
    )


def _seen(one: Opened, trouble: Trouble) -> float | None:
    """Return when an incident first showed a trouble; None when it is about something else."""
    if trouble.alerts:
        # An incident may be older than the trouble whose alerts join it, and shows it only from then on.
        came = [one.alerts[alert] for alert in trouble.alerts if alert in one.alerts]
        return min(came, default=None)
    end = float("inf") if trouble.end is None else trouble.end + LINGER_SECONDS
    return one.at if trouble.service in one.services and trouble.start <= one.at <= end else None


def adjusted_rand(truth: Mapping[str, str], found: Mapping[str, str]) -> float:
    """Return the adjusted Rand index (1: the same groups) over the items of the truth; what is not found is alone."""
    pairs: Counter[tuple[str, str]] = Counter()
    rows: defaultdict[str, int] = defaultdict(int)
    columns: defaultdict[str, int] = defaultdict(int)
    for item, group in truth.items():
        other = found.get(item, f"alone:{item}")
        pairs[group, other] += 1
        rows[group] += 1
        columns[other] += 1
    both = sum(map(_couples, pairs.values()))
    left, right = sum(map(_couples, rows.values())), sum(map(_couples, columns.values()))
    total = _couples(len(truth))
    chance = left * right / total if total else 0.0
    most = (left + right) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def _couples(count: int) -> float:
    return count * (count - 1) / 2

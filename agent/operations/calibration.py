"""How often a diagnosis was right when it was so sure: what people said, by stated confidence."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.domain.answer import Answer
from agent.domain.feedback import Feedback
from agent.domain.results import TableResult
from agent.locale.format import percent
from agent.locale.messages import text
from agent.ports.store import Store

ENOUGH_VOTES = 5
# Newest first; older diagnoses were made by older rules.
MOST_VOTES = 5_000
# Chosen so that each holds a word people use (a guess, likely, quite sure, sure); with few votes more would be empty.
BOUNDS = (0.0, 0.5, 0.7, 0.9, 1.0)
# The 97.5 % point of the normal distribution: 95 % of such intervals hold the true share.
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Bucket:
    """The judged diagnoses of one span of confidence; `stated` is their mean confidence, `low` and `high` bound the
    share of right ones (Wilson, 95 %)."""

    above: float
    upto: float
    stated: float
    right: int
    count: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Return the share of right ones."""
        return self.right / self.count

    @property
    def honest(self) -> bool:
        """Say whether the stated confidence lies within what was found."""
        return self.low <= self.stated <= self.high


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything at once: buckets that are not empty, all of them as one, and how many votes there were."""

    buckets: tuple[Bucket, ...]
    whole: Bucket | None
    votes: int

    @property
    def enough(self) -> bool:
        """Say whether there are votes enough to show."""
        return self.votes >= ENOUGH_VOTES and self.whole is not None


def calibration(votes: Iterable[Feedback]) -> Calibration:
    """Weigh the votes; several people on one diagnosis are one judgement, and where they differ evenly it was wrong."""
    sure = [vote for vote in votes if vote.confidence is not None]
    judged = _judged(sure)
    buckets = []
    for above, upto in itertools.pairwise(BOUNDS):
        mine = [one for one in judged if above <= one[0] < upto or (upto == BOUNDS[-1] == one[0])]
        if mine:
            buckets.append(_bucket(above, upto, mine))
    whole = _bucket(BOUNDS[0], BOUNDS[-1], judged) if judged else None
    return Calibration(buckets=tuple(buckets), whole=whole, votes=len(sure))


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return the Wilson 95 % interval of a share; the whole range when nothing was counted."""
    if count <= 0:
        return 0.0, 1.0
    share, z2 = right / count, _Z * _Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    # Rounding must not push a bound past the share that it bounds.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


async def load_calibration(store: Store) -> Calibration:
    """Return the calibration of the newest votes."""
    async with store.read() as tx:
        return calibration(await tx.feedback.newest(MOST_VOTES))


async def calibration_answer(store: Store, lang: str) -> Answer:
    """Say how often the stated confidence was deserved, as a table, or how many votes are missing."""
    found = await load_calibration(store)
    if not found.enough:
        return Answer(text=text(lang, "calibration-few", votes=str(found.votes), needed=str(ENOUGH_VOTES)))
    return Answer(text=sentence(found, lang), table=table(found, lang))


def table(found: Calibration, lang: str) -> TableResult:
    """Return the buckets, the surest first: confidence, right of how many, share, interval."""
    names = ("sure", "right", "share", "interval")
    columns = tuple(text(lang, f"column-calibration-{name}") for name in names)
    rows = tuple(
        (
            f"{percent(one.above)}–{percent(one.upto)}",
            f"{one.right}/{one.count}",
            percent(round(one.share, 2)),
            f"{percent(round(one.low, 2))}–{percent(round(one.high, 2))}",
        )
        for one in reversed(found.buckets)
    )
    return TableResult(columns=columns, rows=rows)


def sentence(found: Calibration, lang: str) -> str:
    """Say in one sentence how sure the diagnoses were and how often they were right; empty without a judgement."""
    whole = found.whole
    if whole is None:
        return ""
    way = "honest" if whole.honest else "over" if whole.share < whole.stated else "under"
    return text(
        lang,
        f"calibration-{way}",
        stated=percent(round(whole.stated, 2)),
        share=percent(round(whole.share, 2)),
        low=percent(round(whole.low, 2)),
        high=percent(round(whole.high, 2)),
        count=str(whole.count),
    )


def _judged(votes: Sequence[Feedback]) -> list[tuple[float, bool]]:
    """Return confidence and verdict of each judged cause: each person's last word on it, and more right than wrong."""
    last: dict[tuple[str, str, str, str], Feedback] = {}
    for vote in sorted(votes, key=lambda one: (one.at, one.run)):
        last[vote.incident_id, vote.rule, vote.service, vote.person] = vote
    balance: Counter[tuple[str, str, str]] = Counter()
    stated: dict[tuple[str, str, str], Feedback] = {}
    for (incident, rule, service, _), vote in last.items():
        cause = (incident, rule, service)
        balance[cause] += 1 if vote.right else -1
        newest = stated.get(cause)
        stated[cause] = vote if newest is None or (vote.run, vote.at) > (newest.run, newest.at) else newest
    return [(vote.confidence or 0.0, balance[cause] > 0) for cause, vote in stated.items()]


def _bucket(above: float, upto: float, judged: Sequence[tuple[float, bool]]) -> Bucket:
    right = sum(1 for _, good in judged if good)
    low, high = wilson(right, len(judged))
    stated = math.fsum(confidence for confidence, _ in judged) / len(judged)
    return Bucket(above=above, upto=upto, stated=stated, right=right, count=len(judged), low=low, high=high)

"""What a log says that it did not say before: templates that are new, gone, or much more or less frequent."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.analysis.logs.miner import TemplateMiner

Kind = Literal["new", "vanished", "surging", "fading", "steady"]

# Half a line is added to both counts (Haldane 1956, Anscombe 1956: the log of a ratio of counts is then nearly
# unbiased), so that zero has a logarithm.
HALF_A_LINE = 0.5
# Rates of healthy logs differ from one stretch to the next by far more than a Poisson process: variance of the log
# of their ratio on top of the counts' own. A factor of e^0.5 up or down is one deviation. Development split: from 0.06 to 1
# the loudest templates alone name the cause of 8 or 9 of 24 failures; at 0.25 a tenth of all templates exceeds 2.5.
RESTLESS = 0.25
# Deviations from which a change is called one; two-sided 5 % of a normal distribution.
TELLING = 1.96


@dataclass(frozen=True, slots=True)
class PatternChange:
    """A template with its lines before and after; `surprise` in deviations, positive where it became more frequent.

    `entities` has (before, after) for each entity that logged it, most lines after first; samples are not redacted.
    """

    template: str
    kind: Kind
    before: int
    after: int
    surprise: float
    sample: str
    entities: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def rate_change(before: float, after: float, *, exposure: float = 1.0) -> float:
    """Return by how many deviations the rate rose (negative: fell); counts must not be negative.

    `exposure` is how many times as long (or as many lines) the stretch before was. The statistic is the score test for
    the log of the ratio of two Poisson rates: half a line is added to each count, the variance is that under equal
    rates, and the restlessness of logs is added to it. So it rises with `after`, whatever was before, and 3 lines where
    there were none weigh more than 1,100 where there were 1,000.
    """
    longer = max(exposure, 1e-9)
    ratio = math.log(after + HALF_A_LINE) - math.log(before / longer + HALF_A_LINE)
    chance = (1 + longer) ** 2 / (longer * (before + after + 2 * HALF_A_LINE))
    return ratio / math.sqrt(chance + RESTLESS)


def kind_of(before: int, after: int, surprise: float) -> Kind:
    """Name a change; what was absent before is new whatever the statistic, since one line may tell all."""
    if not before and after:
        return "new"
    if before and not after and surprise <= -1:
        return "vanished"
    if surprise >= TELLING:
        return "surging"
    return "fading" if surprise <= -TELLING else "steady"


def compare(
    before: Iterable[tuple[str, str]],
    after: Iterable[tuple[str, str]],
    *,
    exposure: float = 1.0,
    miner: TemplateMiner | None = None,
) -> tuple[PatternChange, ...]:
    """Mine two lists of (entity, message) together and return every template, the most surprising first.

    `exposure` is the length of the stretch before divided by that after. A miner that has seen older lines may be
    handed in, so that templates are those it knows. `surprise` means the same in every case, however long the lists:
    1,100 lines after 1,000 are 0.2, three new lines 1.7, twenty new ones 5.6, a thousand where there were ten 9.0.
    """
    miner = miner or TemplateMiner()
    seen: dict[int, dict[str, list[int]]] = {}
    samples: dict[int, str] = {}
    for place, lines in enumerate((before, after)):
        for entity, message in lines:
            found = miner.add(message)
            counts = seen.setdefault(found, {}).setdefault(entity, [0, 0])
            counts[place] += 1
            if place or found not in samples:
                samples[found] = message
    merged: dict[int, dict[str, list[int]]] = {}
    newest: dict[int, str] = {}
    for found, entities in seen.items():
        into = merged.setdefault(miner.resolve(found), {})
        newest[miner.resolve(found)] = samples[found]
        for entity, (earlier, later) in entities.items():
            counts = into.setdefault(entity, [0, 0])
            counts[0] += earlier
            counts[1] += later
    changes = [
        _change(miner.template(found) or newest[found], entities, newest[found], exposure)
        for found, entities in merged.items()
    ]
    return tuple(sorted(changes, key=lambda change: (-abs(change.surprise), -change.after, change.template)))


def _change(template: str, entities: dict[str, list[int]], sample: str, exposure: float) -> PatternChange:
    before = sum(counts[0] for counts in entities.values())
    after = sum(counts[1] for counts in entities.values())
    surprise = rate_change(before, after, exposure=exposure)
    ordered = sorted(entities.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
    return PatternChange(
        template=template,
        kind=kind_of(before, after, surprise),
        before=before,
        after=after,
        surprise=surprise,
        sample=sample,
        entities={entity: (counts[0], counts[1]) for entity, counts in ordered},
    )

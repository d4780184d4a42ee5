"""What speaks for and against each candidate of a storm, as named numbers."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.diagnosis.cases.model import Case
from agent.diagnosis.storms.marks import FINE, Mark, Marks
from agent.diagnosis.storms.rates import Rates
from agent.diagnosis.storms.unlabelled import Surprises

Feature = tuple[str, ...]
# Scales of the inputs, as usual for a penalised fit: what is true of one entity only, of a copy of it or of one
# edge is believed half as readily as what holds for all; a surprise of two nats counts like one plain mark.
_LESS = 0.5
# A mark that an entity bears in less than this share of storms is not missed when it is absent.
_EXPECTED = 0.3
_MOST_CERTAIN = 0.98
# What rarity alone says (nats), scaled to the other features: it carries while few storms are resolved. 0 or 0.4
# changes HR@1 by half a case in a hundred with 200 resolved storms, but 0 loses 2 in a hundred with 20 to 60.
_RARITY = 0.15


@dataclass(frozen=True, slots=True)
class Background:
    """What is known before a storm: usual marks, who is a copy of whom, and what rarity alone would say."""

    rates: Rates
    siblings: Mapping[str, Sequence[str]]
    surprises: Surprises


def features_of(case: Case, marks: Marks, known: Background) -> list[dict[Feature, float]]:
    """Return the features of each candidate, in the case's order."""
    bearers = Counter(mark for borne in marks.values() for mark in borne)
    near: dict[str, set[str]] = defaultdict(set)
    for caller, callee in case.topology:
        near[caller].add(callee)
        near[callee].add(caller)
    rows = [_one(entity, case, marks, known, bearers, near[entity]) for entity in case.entities]
    for row, weighed in zip(rows, known.surprises.weigh(case), strict=True):
        row["signs", "all"] = _RARITY * weighed.total
    return rows


def _one(
    entity: str, case: Case, marks: Marks, known: Background, bearers: Mapping[Mark, int], near: set[str]
) -> dict[Feature, float]:
    found: dict[Feature, float] = {("entity", entity): 1.0}
    for mark in marks.get(entity, ()):
        pooled = ("rare", mark.pooled)
        found[pooled] = found.get(pooled, 0.0) + _LESS * known.rates.surprise(entity, mark)
        if mark.sort in FINE:
            found["says", *mark] = 1.0
        else:
            found["has", mark.pooled] = 1.0
            found["few have", mark.pooled] = math.log(max(len(case.entities), 1) / bearers[mark])
        found["entity has", entity, *mark] = _LESS
    _missing(entity, marks, known.rates, found)
    for other in known.siblings.get(entity, ()):
        for mark in marks.get(other, ()):
            found["copy has", *mark] = _LESS
    for other in near:
        found["beside", entity, other] = _LESS
    return found


def _missing(entity: str, marks: Marks, rates: Rates, found: dict[Feature, float]) -> None:
    """Note what the entity bears in most storms but not in this one."""
    for mark in rates.of.get(entity, set()) - marks.get(entity, frozenset()):
        share = rates.share(entity, mark)
        if share > _EXPECTED:
            pooled = ("lacks", mark.pooled)
            found[pooled] = found.get(pooled, 0.0) - _LESS * math.log(1 - min(share, _MOST_CERTAIN))


def depends_on_kind(feature: Feature) -> bool:
    """Return whether a feature may mean different things in different kinds of failures."""
    return feature[0] in ("rare", "has", "few have", "lacks")

"""A second opinion on every incident: what the ranking of recorded cases makes of this run's evidence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.diagnosis.facts import Cited, Facts
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.rules.changes import RULES
from agent.domain.evidence import Evidence
from agent.domain.results import Change

# Pieces of evidence overlap: a nat of surprise is worth half a nat when probabilities are made of it (signals.py).
_DISCOUNT = 0.5
# A score of 0.3 is 6.2 nats, one in 480; what is ranked must also be abnormal by its profile (`_seen`).
_LEAST_SCORE = 0.3


@dataclass(frozen=True, slots=True)
class Opinion:
    """How out of line each candidate is, in nats after what its callees explain, the most first.

    `sure` is the probability of the first one, `reasons` say it in words, `evidence_ids` what showed it. `releases`
    is how much worse each changed service fares since its change, where changes can be told apart by that.
    """

    nats: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    evidence_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    first: str | None = None
    sure: float = 0.0
    releases: Mapping[str, float] = field(default_factory=dict)

    def ahead(self, one: str, other: str) -> float:
        """Return the probability that it is the one and not the other; a half when either was not measured."""
        if one not in self.nats or other not in self.nats:
            return 0.5
        apart = self.nats[one] - self.nats[other]
        return 1 / (1 + math.exp(-_DISCOUNT * max(-100.0, min(100.0, apart))))

    def worse(self, one: str, other: str) -> float:
        """Return the one's part of what the changes of both did; a half when that cannot be said."""
        mine, theirs = self.releases.get(one, 0.0), self.releases.get(other, 0.0)
        return mine / (mine + theirs) if mine + theirs > 0 else 0.5


def opinion_of(facts: Facts, evidence: Sequence[Evidence]) -> Opinion:
    """Rank what was measured; an opinion without a first when nothing stands out or the incident is a machine's."""
    if facts.machine or not facts.measures:
        return Opinion()
    # The ranking needs numpy and scipy, whose import takes longer than all of the start-up otherwise.
    from agent.diagnosis.cases.live import case_of
    from agent.diagnosis.cases.releases import blame_release
    from agent.diagnosis.cases.signals import nats, rank_signals

    changes = _suspected(facts)
    case = case_of(facts, evidence, changes)
    if case is None:
        return Opinion()
    verdict = rank_signals(case)
    able = [s for s in verdict.suspects if facts.concerns(s.entity) and _seen(facts, s.entity)]
    stands_out = bool(able) and able[0] is verdict.suspects[0] and able[0].score >= _LEAST_SCORE
    blamed = blame_release(case) if len(changes) > 1 else None
    return Opinion(
        nats={s.entity: nats(s.score) for s in verdict.suspects},
        reasons={s.entity: s.reasons for s in able},
        evidence_ids={s.entity: _cited(facts, s.entity, s.reasons) for s in able},
        first=able[0].entity if stands_out else None,
        sure=verdict.confidence if stands_out else 0.0,
        releases={s.entity: nats(s.score) for s in blamed.suspects}
        if blamed is not None and not blamed.inconclusive
        else {},
    )


def _suspected(facts: Facts) -> list[Cited[Change]]:
    """Return the newest change before the trouble of each failing service."""
    failing = [service for service in facts.failing if facts.concerns(service)]
    found = (look.last_change(facts, service, facts.began(service), *RULES) for service in failing)
    return [change for change in found if change is not None]


def _seen(facts: Facts, service: str) -> bool:
    """Say whether people would call something at a service abnormal: a surprise that harms nobody is no trouble."""
    abnormal = any(m.abnormal for (name, _), m in facts.measures.items() if name == service)
    return abnormal or bool(facts.own_errors(service))


def _cited(facts: Facts, service: str, reasons: Sequence[str]) -> tuple[str, ...]:
    """Return the evidence of what is abnormal at a service, and of every signal that a reason begins with."""
    measures = [
        m.evidence_id
        for (name, signal), m in facts.measures.items()
        if name == service and (m.abnormal or any(reason.startswith(f"{signal} ") for reason in reasons))
    ]
    errors = [pattern.evidence_id for pattern in facts.own_errors(service)[:1]]
    return tuple(dict.fromkeys((*measures, *errors)))

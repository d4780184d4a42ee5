"""The causes that rules propose and the ranking of what was measured, made one answer."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agent.analysis.topology import calls
from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Hypothesis, Words, claim
from agent.diagnosis.keep import NO_MECHANISM
from agent.diagnosis.opinion import Opinion
from agent.diagnosis.rules.changes import RULES
from agent.diagnosis.signs import ENOUGH, Sign
from agent.diagnosis.standing_out import standing_out
from agent.domain.evidence import Finding, FindingKind

Likely = Callable[[str, str], float]

# Two unrelated services whose causes are this close are a draw, and a draw is not an answer.
DRAW = 0.05
# Three to one decides between equals: less is what one lucky sample does to a probability made of some five nats.
DECIDES = 0.75
# Nine to one against a rule's cause is a contradiction that people should see.
CONTRADICTS = 0.9
# What is only possible stays behind the named cause by more than a draw.
_BEHIND = DRAW + 0.01

# What was seen itself and not concluded; no ranking speaks against these.
OBSERVED = frozenset(
    {
        "certificate.expired",
        "container.crash-loop",
        "memory.oom",
        "pool.exhausted",
        "service.down",
        "node.noisy-neighbour",
        "node.busy",
    }
)


@dataclass(frozen=True, slots=True)
class Settled:
    """The named cause, if any, every hypothesis weighed, and the equals that were outweighed by measurements."""

    chosen: Hypothesis | None
    weighed: tuple[Hypothesis, ...]
    outweighed: tuple[Hypothesis, ...] = ()


def settle(facts: Facts, weighed: Sequence[Hypothesis], opinion: Opinion) -> Settled:
    """Name a cause: that of the rules where they have one, else what was measured decides, or nothing does."""
    close = _closest(facts, weighed)
    if not close:
        return _place(facts, weighed, opinion)
    first, rivals = close[0], [h for h in close if h.service != close[0].service]
    if all(_related(facts, first.service, rival.service) for rival in rivals):
        return _doubted(facts, first, weighed, opinion)
    return _decided(close, weighed, opinion)


def _closest(facts: Facts, weighed: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return the best cause of the rules and what is as good, best first; empty when none is good enough."""
    strong = [h for h in weighed if h.confidence >= ENOUGH]
    close = [h for h in strong if strong[0].confidence - h.confidence < DRAW]
    # Of equals, the one that an alert of this incident is about; what has no alert here is likelier another matter.
    return [h for h in close if h.service in facts.affected] or close


def _related(facts: Facts, one: str, other: str) -> bool:
    return calls(facts.edges, one, other) or calls(facts.edges, other, one)


def _place(facts: Facts, weighed: Sequence[Hypothesis], opinion: Opinion) -> Settled:
    """Where no rule is sure enough, name the place that stands out."""
    place = standing_out(facts, opinion)
    if place is None:
        return Settled(None, tuple(weighed))
    return Settled(place if place.confidence >= ENOUGH else None, _ranked((*weighed, place)))


def _doubted(facts: Facts, first: Hypothesis, weighed: Sequence[Hypothesis], opinion: Opinion) -> Settled:
    """Where measurements speak clearly for another service, be less sure and show that one, too."""
    against = opinion.first is not None and opinion.ahead(opinion.first, first.service) >= CONTRADICTS
    if not against or first.rule in OBSERVED or opinion.first == first.service:
        return Settled(first, tuple(weighed))
    cited = opinion.evidence_ids.get(opinion.first or "", ())
    less = replace(first, doubts=(*first.doubts, Sign("other-stands-out", cited)))
    others = [less if h is first else h for h in weighed]
    place = standing_out(facts, opinion, most=less.confidence - _BEHIND)
    ranked = _ranked((*others, *((place,) if place is not None else ())))
    return Settled(less if less.confidence >= ENOUGH else None, ranked)


def _decided(close: Sequence[Hypothesis], weighed: Sequence[Hypothesis], opinion: Opinion) -> Settled:
    """Between unrelated equals let the changes' own effects decide, else who stands out, else nobody."""
    equals = list({h.service: h for h in reversed(close)}.values())
    for sign, likely in _judges(equals, opinion):
        best, sure = max(((h, _least(likely, h, equals)) for h in equals), key=lambda pair: pair[1])
        overruled = any(h.rule in OBSERVED for h in equals) and best.rule not in OBSERVED
        if sure < DECIDES or overruled:
            continue
        seen = Sign(sign, opinion.evidence_ids.get(best.service, ()))
        # Measurements settle a draw; they make nobody surer than without a rival.
        chosen = replace(best, signs=(*best.signs, seen), cap=min(best.confidence, sure))
        outweighed = tuple(h for h in close if h.service != best.service)
        behind = max(0.0, chosen.confidence - _BEHIND)
        others = [h for h in weighed if h is not best and h not in outweighed and not _lost(h, outweighed)]
        capped = (h if h.service == best.service else replace(h, cap=min(h.cap, behind)) for h in others)
        return Settled(chosen, (chosen, *capped), outweighed)
    return Settled(None, tuple(weighed))


def _lost(hypothesis: Hypothesis, outweighed: Sequence[Hypothesis]) -> bool:
    """Say whether a hypothesis only names the place of a cause that was outweighed."""
    return hypothesis.rule in NO_MECHANISM and hypothesis.service in {h.service for h in outweighed}


def _judges(equals: Sequence[Hypothesis], opinion: Opinion) -> Iterator[tuple[str, Likely]]:
    if all(h.rule in RULES.values() for h in equals):
        yield "worst-since-change", opinion.worse
    yield "stands-out", opinion.ahead


def _least(likely: Likely, one: Hypothesis, equals: Sequence[Hypothesis]) -> float:
    return min(likely(one.service, other.service) for other in equals if other is not one)


def _ranked(weighed: Iterable[Hypothesis]) -> tuple[Hypothesis, ...]:
    return tuple(sorted(weighed, key=lambda h: -h.confidence))


def outweighed(settled: Settled) -> Iterator[Finding]:
    """Yield what was as suspicious as the named cause until measurements decided."""
    chosen = settled.chosen
    if chosen is None:
        return
    for one in settled.outweighed:
        words = Words("ruled_out-outweighed", {"service": one.service, "culprit": chosen.service})
        cited = tuple(dict.fromkeys(e for s in (*one.signs, *chosen.signs[-1:]) for e in s.evidence_ids))
        yield claim(FindingKind.RULED_OUT, "ruled-out.outweighed", one.service, words, cited, 0.7)

"""People's rules of correlation at work: what must stay apart, and what belongs together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.domain.correlation import CorrelationRule
from agent.intake.group import Bundle
from agent.intake.sighting import Verdict

Rules = Sequence[CorrelationRule]
Kinds = Iterable[tuple[str, str]]


def parting(rules: Rules, one: Kinds, other: Kinds) -> CorrelationRule | None:
    """Return the rule that keeps two groups of alerts apart, if one does."""
    first, second = frozenset(one), frozenset(other)
    return next((rule for rule in rules if not rule.together and rule.concerns(first, second)), None)


def joining(rules: Rules, one: Kinds, other: Kinds) -> CorrelationRule | None:
    """Return the rule that puts two groups of alerts together, if one does."""
    first, second = frozenset(one), frozenset(other)
    return next((rule for rule in rules if rule.together and rule.concerns(first, second)), None)


def separate(bundles: Iterable[Bundle], rules: Rules) -> list[Bundle]:
    """Take apart what came together although a rule keeps it apart; known alerts stay where they are at home."""
    if not any(not rule.together for rule in rules):
        return list(bundles)
    return [part for bundle in bundles for part in ([bundle] if bundle.home else _parts(bundle, rules))]


def _parts(bundle: Bundle, rules: Rules) -> list[Bundle]:
    parts: list[list[Verdict]] = []
    for verdict in bundle.verdicts:
        kind = {_kind(verdict)}
        fitting = (part for part in parts if parting(rules, kind, {_kind(v) for v in part}) is None)
        part = next(fitting, None)
        if part is None:
            parts.append(part := [])
        part.append(verdict)
    return [replace(bundle, verdicts=tuple(part), subject=part[0].sighting.subject) for part in parts]


def _kind(verdict: Verdict) -> tuple[str, str]:
    return verdict.sighting.alert.name, verdict.sighting.subject.service

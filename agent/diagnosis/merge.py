"""How a model's admitted findings join the rules' diagnosis: beside them, never in place of them."""

from collections.abc import Sequence

from agent.diagnosis.admission import of_model, rules_cause
from agent.diagnosis.settle import DRAW
from agent.diagnosis.signs import ENOUGH
from agent.domain.evidence import Diagnosis, Finding, FindingKind


def merged(diagnosis: Diagnosis, admitted: Sequence[Finding]) -> Diagnosis:
    """Return the diagnosis with these findings of a model instead of its earlier ones; the rules' own all stay.

    Only where the rules are inconclusive does a model's cause become the named one, and only when no other is as sure.
    """
    own = tuple(f for f in diagnosis.findings if not of_model(f))
    return diagnosis.model_copy(
        update={
            "findings": (*own, *admitted),
            "cause": rules_cause(diagnosis) or _named(admitted),
        }
    )


def carried(old: Diagnosis | None, new: Diagnosis, known_ids: frozenset[str]) -> Diagnosis:
    """Return a new diagnosis of the rules with what a model found earlier, as long as its evidence is still there."""
    if old is None:
        return new
    earlier = [f for f in old.findings if of_model(f) and known_ids.issuperset(f.evidence_ids)]
    return merged(new, earlier) if earlier else new


def _named(admitted: Sequence[Finding]) -> Finding | None:
    causes = sorted(
        (f for f in admitted if f.kind is FindingKind.CAUSE and f.service and f.confidence >= ENOUGH),
        key=lambda f: -f.confidence,
    )
    if not causes:
        return None
    first, *others = causes
    rivals = [f for f in others if f.service != first.service and first.confidence - f.confidence < DRAW]
    return None if rivals else first

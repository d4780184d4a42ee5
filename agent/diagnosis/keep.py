"""Whether a later look may replace an earlier diagnosis: what is seen while a trouble ends says little about its cause."""

from agent.domain.evidence import Diagnosis, FindingKind

# These name the place where it hurts, not what broke there.
NO_MECHANISM = frozenset({"logs.new-errors", "dependency.slow", "service.down"})


def kept(old: Diagnosis | None, new: Diagnosis) -> Diagnosis:
    """Return the new diagnosis, with the old cause where the new look found no mechanism and nothing against the old.

    A mechanism that the new look still weighed, and found too weak, is given up.
    """
    cause = old.cause if old is not None else None
    if old is None or cause is None or cause.rule in NO_MECHANISM:
        return new
    if new.cause is not None and new.cause.rule not in NO_MECHANISM:
        return new
    weighed = {(f.rule, f.service) for f in new.findings if f.kind is FindingKind.CAUSE}
    if (cause.rule, cause.service) in weighed:
        return new
    changes = [f for f in old.findings if f.kind is FindingKind.CHANGE and f.service == cause.service]
    findings = (cause, *(f for f in changes if f not in new.findings), *new.findings)
    return new.model_copy(update={"cause": cause, "next_step": old.next_step, "findings": findings})

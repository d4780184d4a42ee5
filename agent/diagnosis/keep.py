"""Whether a later look may replace an earlier diagnosis: what is seen while a trouble ends says little about its cause."""

from agent.domain.action import ActionState
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.incident import IncidentStatus
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView

# These name the place where it hurts, not what broke there.
NO_MECHANISM = frozenset({"logs.new-errors", "dependency.slow", "service.down", "signals.stands-out"})

# Two causes that are as close as this are a draw (as in `settle.DRAW`), and of a draw the earlier one stays.
CLEARLY = 0.05


def easing(view: IncidentView) -> bool:
    """Say whether a trouble is over or on its way there: nothing fires any more, or an action is being proved.

    What begins to fire after the harm was held off is another trouble.
    """
    since = view.incident.times.mitigated_at
    if since is not None and any(record.alert.starts_at > since for record in view.firing):
        return False
    calm = view.incident.status is IncidentStatus.MITIGATED or not view.incident.status.open
    proving = any(action.state is ActionState.VERIFYING for action in view.actions)
    return calm or proving or (bool(view.alerts) and not view.firing)


def another_began(view: IncidentView) -> bool:
    """Say whether what fires began after an action was proved to end the trouble, and nobody has looked since.

    What cured the trouble spoke for its cause, and that cause is gone.
    """
    cured = [a.times.ended_at for a in view.actions if a.outcome == "recovered" and a.times.ended_at]
    looks = [event.at for event in view.timeline if event.kind is TimelineKind.DIAGNOSED]
    if not cured or not looks:
        return False
    begun = min((r.alert.starts_at for r in view.firing if r.alert.starts_at > max(cured)), default=None)
    return begun is not None and max(looks) < begun


def kept(old: Diagnosis | None, new: Diagnosis, *, easing: bool = False) -> Diagnosis:
    """Return the new diagnosis, with the old cause where the new look found no mechanism and nothing against the old.

    A mechanism that the new look still weighed, and found too weak, is given up while the trouble burns. While it
    eases, its signs fade: then only a surer mechanism takes the place of a cause.
    """
    cause = old.cause if old is not None else None
    if old is None or cause is None or (_outdone if easing else _given_up)(cause, new):
        return new
    same = (cause.kind, cause.rule, cause.service)
    known = [f for f in new.findings if (f.kind, f.rule, f.service) != same]
    changes = [f for f in old.findings if f.kind is FindingKind.CHANGE and f.service == cause.service]
    findings = (cause, *(f for f in changes if f not in known), *known)
    return new.model_copy(update={"cause": cause, "next_step": old.next_step, "findings": findings})


def _given_up(cause: Finding, new: Diagnosis) -> bool:
    """Say whether a look into a burning trouble speaks against an earlier cause."""
    if cause.rule in NO_MECHANISM or (new.cause is not None and new.cause.rule not in NO_MECHANISM):
        return True
    return (cause.rule, cause.service) in {
        (f.rule, f.service) for f in new.findings if f.kind is FindingKind.CAUSE
    }


def _outdone(cause: Finding, new: Diagnosis) -> bool:
    """Say whether a look at an easing trouble is surer of another cause that says at least as much."""
    if new.cause is None or new.cause.confidence < cause.confidence + CLEARLY:
        return False
    return cause.rule in NO_MECHANISM or new.cause.rule not in NO_MECHANISM

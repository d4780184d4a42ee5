"""The sentences of a card: where the incident stands, what caused it, who answers by when."""

from collections.abc import Sequence

from agent.domain.evidence import FindingKind
from agent.domain.view import IncidentView
from agent.locale import claims
from agent.locale.format import duration, percent
from agent.locale.messages import text
from agent.transport import facts
from agent.transport.slack.markup import foreign, moment, person

_MOST_SERVICES = 6


def status_line(view: IncidentView, lang: str) -> str:
    """Say where an open incident stands, since when, and whether somebody is on it."""
    incident = view.incident
    line = text(
        lang,
        "card-status",
        status=text(lang, f"status-{incident.status.value}"),
        name=incident.name,
        since=moment(incident.times.started_at),
    )
    if incident.acknowledged_by:
        return f"{line} · {text(lang, 'card-acknowledged', who=person(incident.acknowledged_by))}"
    return f"{line} · {text(lang, 'card-unacknowledged')}"


def open_verdict(view: IncidentView, lang: str) -> str:
    """Say the likely cause, what changed just before, what is affected and what to do next."""
    lines = [_cause(view, lang), *_rival(view, lang), *_model(view, lang)]
    change = facts.change_before(view)
    if change is not None:
        lines.append(text(lang, "card-change", claim=foreign(claims.claim(lang, change), 400)))
    affected = text(lang, "card-services", services=services(view, lang))
    if view.alerts:
        counts = text(lang, "card-alerts", firing=str(view.firing_count), total=str(view.alert_count))
        affected = f"{affected} · {counts}"
    lines.append(affected)
    if view.diagnosis and view.diagnosis.next_step:
        lines.append(text(lang, "card-next", step=foreign(view.diagnosis.next_step, 400)))
    return "\n".join(lines)


def _cause(view: IncidentView, lang: str) -> str:
    diagnosis = view.diagnosis
    if diagnosis is None or (view.investigating and diagnosis.cause is None):
        return text(lang, "card-verdict-looking")
    if diagnosis.cause is not None:
        return text(
            lang,
            "card-verdict-cause",
            confidence=percent(round(diagnosis.cause.confidence, 2)),
            count=len(diagnosis.cause.evidence_ids),
            claim=foreign(claims.claim(lang, diagnosis.cause), 500),
        )
    symptom = facts.best(view, FindingKind.SYMPTOM)
    if symptom is None:
        return text(lang, "card-verdict-none")
    return text(lang, "card-verdict-symptom", claim=foreign(claims.claim(lang, symptom), 500))


def _rival(view: IncidentView, lang: str) -> list[str]:
    """Say where else the trouble may sit when measurements speak against the named cause."""
    rival = facts.rival(view)
    if rival is None:
        return []
    sure = percent(round(rival.confidence, 2))
    return [text(lang, "card-rival", confidence=sure, claim=foreign(claims.claim(lang, rival), 400))]


def _model(view: IncidentView, lang: str) -> list[str]:
    """Say what a model adds to the rules' verdict, or why none does."""
    if view.diagnosis is None:
        return []
    if view.diagnosis.model:
        return [text(lang, f"card-model-{view.diagnosis.model}")]
    added = facts.added(view)
    if added is None:
        return []
    sure = percent(round(added.confidence, 2))
    return [text(lang, "card-model-adds", confidence=sure, claim=foreign(added.claim, 400))]


def resolved_verdict(view: IncidentView, lang: str) -> str:
    """Say what caused a resolved incident."""
    cause = view.diagnosis.cause if view.diagnosis else None
    if cause is None:
        return text(lang, "card-cause-unknown")
    claim = foreign(claims.claim(lang, cause), 500)
    return text(lang, "card-cause-was", confidence=percent(round(cause.confidence, 2)), claim=claim)


def times_line(view: IncidentView, lang: str) -> str:
    """Say how fast a resolved incident was detected, acknowledged and resolved."""
    times = view.incident.times
    parts = [text(lang, "card-times-detected", span=duration(lang, times.opened_at - times.started_at))]
    if times.acknowledged_at:
        span = duration(lang, times.acknowledged_at - times.opened_at)
        parts.append(text(lang, "card-times-acknowledged", span=span))
    if times.resolved_at:
        parts.append(
            text(lang, "card-times-resolved", span=duration(lang, times.resolved_at - times.opened_at))
        )
    return text(lang, "card-resolved-line", name=view.incident.name, times=", ".join(parts))


def services(view: IncidentView, lang: str) -> str:
    """List the affected services, escaped, with a count of those that do not fit."""
    names = [foreign(name, 60) for name in facts.services(view)]
    shown = ", ".join(names[:_MOST_SERVICES]) or "–"
    left = len(names) - _MOST_SERVICES
    return text(lang, "card-services-more", services=shown, count=str(left)) if left > 0 else shown


def who_line(view: IncidentView, lang: str, mentions: Sequence[str]) -> str:
    """Say what is to be paged as long as nobody was called, who must answer by when and to whom it escalates.

    Mentions notify, names do not.
    """
    route = view.route
    paged = ", ".join(foreign(name, 60) for name in route.page[:5])
    # Once people were called, the line that follows the incident says who, and how they answered.
    wanted = text(lang, "card-paged", who=paged) if paged else text(lang, "card-nobody-paged")
    parts = [] if view.pages else [wanted]
    deadline = facts.respond_by(view)
    if view.incident.acknowledged_by is None and deadline is not None:
        late = "late" if deadline < view.as_of else "by"
        parts.append(text(lang, f"card-respond-{late}", time=moment(deadline)))
    elif view.incident.acknowledged_by is None and route.respond_by_next_business_day:
        parts.append(text(lang, "card-respond-business-day"))
    if route.escalate_to:
        parts.append(
            text(lang, "card-escalates", who=", ".join(foreign(n, 60) for n in route.escalate_to[:4]))
        )
    return text(lang, "card-who", who=" · ".join([*mentions[:5], *parts] or [wanted]))


def summary(view: IncidentView, lang: str) -> str:
    """Say the verdict in a few plain words, for notifications and lists."""
    if not view.incident.status.open:
        return text(lang, f"status-{view.incident.status.value}")
    if view.diagnosis and view.diagnosis.cause:
        return claims.claim(lang, view.diagnosis.cause)
    return text(lang, "card-summary-looking" if view.investigating else "card-summary-none")

"""The one living message below a card: every alert and why it is here, findings, evidence with queries, the timeline."""

from collections.abc import Sequence

from agent.domain.alert import AlertRecord
from agent.domain.evidence import Evidence, EvidenceStatus, Finding
from agent.domain.memory import PastIncident
from agent.domain.runbook import Runbook
from agent.domain.timeline import TimelineEvent
from agent.domain.view import IncidentView
from agent.locale import claims
from agent.locale import past as past_words
from agent.locale.format import percent
from agent.locale.messages import text
from agent.locale.readings import reading_words
from agent.locale.reasons import reason_words
from agent.locale.timeline import happened
from agent.ports.chat import Rendered
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.judgement import feedback_blocks, rerun_button
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import clock_time, code, foreign, link, moment, person
from agent.transport.slack.runbook_lines import runbook_steps

_MOST_ALERTS = 8
_MOST_EVIDENCE = 8
_MOST_EVENTS = 12
MARKS = {EvidenceStatus.SUCCESS: "✓", EvidenceStatus.NO_DATA: "○", EvidenceStatus.ERROR: "✗"}


def render_details(
    view: IncidentView,
    lang: str,
    *,
    rerun: bool = False,
    runbooks: Sequence[Runbook] = (),
    dashboard: str | None = None,
) -> Rendered:
    """Draw the details message of an incident's thread; with `rerun` each finding can be read again, `runbooks` are the
    team's, `dashboard` is the address of one that shows the affected services."""
    title = text(lang, "details-title", name=view.incident.name)
    linked = f" · {link(dashboard, text(lang, 'dashboard-open'))}" if dashboard else ""
    parts = [
        Part(0, (blocks.section(f"*{title}*{linked}"),)),
        Part(1, _looks_like(view, lang)),
        Part(2, _findings(view, lang, rerun)),
        Part(2, feedback_blocks(view, lang)),
        Part(5, runbook_steps(view, runbooks, lang)),
        Part(3, _alerts(view, lang)),
        Part(4, _evidence(_telling_first(view), lang)),
        Part(5, _timeline(view.timeline, lang)),
        Part(6, _similar(view.similar, lang)),
    ]
    return Rendered(text=foreign(title, 200), blocks=limits.fit(parts))


def _listing(title: str, lines: Sequence[str], left: int, lang: str) -> tuple[Block, ...]:
    if not lines:
        return ()
    more = [text(lang, "details-more", count=str(left))] if left > 0 else []
    return (blocks.section("\n".join([title, *lines, *more])),)


def _findings(view: IncidentView, lang: str, rerun: bool) -> tuple[Block, ...]:
    findings = view.diagnosis.findings[:6] if view.diagnosis else ()
    title = text(lang, "details-findings")
    if not rerun or not findings:
        return _listing(title, [_finding(one, lang) for one in findings], 0, lang)
    return (
        blocks.section(title),
        *(
            blocks.section_with(_finding(one, lang), rerun_button(view.incident.id, one.evidence_ids, lang))
            for one in findings
        ),
    )


def _finding(finding: Finding, lang: str) -> str:
    said = text(
        lang,
        "details-finding",
        kind=text(lang, f"finding-{finding.kind.value}"),
        confidence=percent(round(finding.confidence, 2)),
        claim=foreign(claims.claim(lang, finding), 280),
    )
    return f"• {said}"


def _alerts(view: IncidentView, lang: str) -> tuple[Block, ...]:
    ordered = sorted(view.alerts, key=lambda record: (not record.alert.firing, record.first_seen_at))
    lines = [_alert(record, lang) for record in ordered[:_MOST_ALERTS]]
    return _listing(text(lang, "details-alerts"), lines, view.alert_count - _MOST_ALERTS, lang)


def _alert(record: AlertRecord, lang: str) -> str:
    labels = record.alert.labels
    where = record.about or labels.get("instance") or labels.get("pod") or "–"
    line = text(
        lang,
        "details-alert",
        emoji="🔥" if record.alert.firing else "✓",
        name=foreign(record.alert.name, 80),
        where=foreign(where, 60),
        since=clock_time(record.alert.starts_at),
    )
    flapping = f" · {text(lang, 'details-alert-flapping')}" if record.flapping else ""
    why = text(lang, "details-alert-why", reason=foreign(reason_words(lang, record.reason), 140))
    return f"{line}{flapping} · {why}"


def _telling_first(view: IncidentView) -> Sequence[Evidence]:
    """Return the evidence, that of the surest findings first, then the newest."""
    findings = view.diagnosis.findings if view.diagnosis else ()
    cause = view.diagnosis.cause if view.diagnosis else None
    cited = [i for f in (*([cause] if cause else []), *findings) for i in f.evidence_ids]
    known = {one.id: one for one in view.evidence}
    first = [known[i] for i in dict.fromkeys(cited) if i in known]
    return [*first, *(one for one in reversed(view.evidence) if one.id not in set(cited))]


def _evidence(evidence: Sequence[Evidence], lang: str) -> tuple[Block, ...]:
    lines = [evidence_line(one, lang) for one in evidence[:_MOST_EVIDENCE]]
    return _listing(text(lang, "details-evidence"), lines, len(evidence) - len(lines), lang)


def evidence_line(one: Evidence, lang: str) -> str:
    """Return one line on a piece of evidence: how it ended, what it says, the exact query."""
    summary = foreign(reading_words(lang, one), 160)
    said = text(lang, "details-evidence-query", mark=MARKS[one.status], summary=summary)
    shown = f"{said} {code(one.reading.query, 140)}"
    return f"{shown} {link(one.reading.link, '↗')}" if one.reading.link else shown


def _timeline(events: Sequence[TimelineEvent], lang: str) -> tuple[Block, ...]:
    lines = [f"{clock_time(event.at)} {event_words(event, lang)}" for event in events[-_MOST_EVENTS:]]
    return _listing(text(lang, "details-timeline"), lines, 0, lang)


def event_words(event: TimelineEvent, lang: str) -> str:
    """Return what happened, in words for mrkdwn."""
    return happened(lang, event, person=person, foreign=lambda words: foreign(words, 160))


def _looks_like(view: IncidentView, lang: str) -> tuple[Block, ...]:
    """Return one short line on the past incident that is most like this one."""
    found = next((one for one in view.similar if one.alike), None)
    if found is None or not view.incident.status.open:
        return ()
    said = past_words.looks_like(lang, found, view.as_of)
    said["how"] = foreign(said["how"], 260)
    return (
        blocks.context(text(lang, "memory-looks-like" if "ago" in said else "memory-looks-like-now", **said)),
    )


def _similar(past: Sequence[PastIncident], lang: str) -> tuple[Block, ...]:
    lines = [f"• {_past(one, lang)}" for one in past[:3]]
    return _listing(text(lang, "details-similar"), lines, 0, lang)


def _past(one: PastIncident, lang: str) -> str:
    known = past_words.cause(lang, one)
    said = text(
        lang,
        "memory-one",
        name=one.name,
        title=foreign(one.title, 100),
        cause=foreign(known, 200) if known else text(lang, "details-similar-unknown"),
    )
    how = foreign(past_words.how(lang, one), 260)
    when = f" ({moment(one.resolved_at, '{date_short_pretty}')})" if one.resolved_at else ""
    return f"{said}{when}{' · ' if how else ''}{how}"

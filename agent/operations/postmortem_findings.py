"""The parts of a draft that tell what it was: header, summary, impact, causes, and the four spans."""

from collections.abc import Iterator
from datetime import timedelta

from agent.domain.evidence import Evidence, Finding, FindingKind
from agent.domain.record import Statement
from agent.domain.task import TaskState
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.titles import spoken_title
from agent.domain.update import UpdateState
from agent.locale.claims import claim
from agent.locale.format import duration, number, percent
from agent.operations.postmortem_impact import BUDGET_MINUTES, OBJECTIVE, Damage, damages
from agent.operations.postmortem_marks import Mark, Marks
from agent.operations.postmortem_measure import BUDGET
from agent.operations.postmortem_model import Desk
from agent.operations.postmortem_timeline import deed, outcome

BOT = "ops-monitor"
SLO_SOURCE = "doc:signals.md"
_MOST_FINDINGS = 6


def header(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Yield the few lines that stand above everything."""
    incident, opened = desk.view.incident, marks.opened.source
    services = ", ".join(desk.view.services) or incident.service
    yield desk.state("pm-head-services", opened, services=services)
    yield desk.state("pm-head-priority", opened, priority=incident.priority.value)
    if marks.resolved is not None:
        span = marks.span(marks.began, marks.resolved)
        yield desk.state(
            "pm-head-time",
            opened,
            marks.resolved.source,
            start=desk.moment(marks.began.at),
            end=desk.moment(marks.resolved.at),
            zone=desk.zone_name,
            span=duration(desk.language, span or timedelta()),
        )
    else:
        start = desk.moment(marks.began.at)
        yield desk.state("pm-head-running", opened, start=start, zone=desk.zone_name)
    yield from _people(desk, marks)


def _people(desk: Desk, marks: Marks) -> Iterator[Statement]:
    view = desk.view
    if view.incident.commander is not None:
        taken = [e for e in view.timeline if e.kind is TimelineKind.COMMAND_TAKEN]
        source = f"event:{taken[-1].seq}" if taken else marks.opened.source
        yield desk.state("pm-head-commander", source, who=desk.named(view.incident.commander))
    if marks.acknowledged is not None:
        mark = marks.acknowledged
        yield desk.state("pm-head-responder", mark.source, who=desk.named(mark.actor))
    called = [page for page in view.pages if page.reason != "back_up"]
    if called:
        who = ", ".join(dict.fromkeys(desk.named(page.person) for page in called))
        yield desk.state("pm-head-called", *(f"page:{page.id}" for page in called), who=who)


def summary(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Yield a few sentences that stand for the whole."""
    incident = desk.view.incident
    said = {
        "name": incident.name,
        "title": spoken_title(incident.title),
        "start": desk.moment(marks.began.at),
    }
    if marks.resolved is None:
        yield desk.state("pm-summary-running", marks.opened.source, zone=desk.zone_name, **said)
    else:
        span = duration(desk.language, marks.span(marks.began, marks.resolved) or timedelta())
        sources = (marks.opened.source, marks.resolved.source)
        yield desk.state("pm-summary-over", *sources, zone=desk.zone_name, span=span, **said)
    worst = next(iter(damages(desk.view, marks)), None)
    if worst is not None and worst.peak > 1 - OBJECTIVE:
        peak = percent(round(worst.peak, 4))
        yield desk.state("pm-summary-peak", *worst.sources, service=worst.service, peak=peak)
    cause = desk.view.diagnosis.cause if desk.view.diagnosis else None
    if cause is not None:
        yield desk.state("pm-summary-cause", *cause.evidence_ids, claim=claim(desk.language, cause))
    else:
        yield desk.state("pm-summary-no-cause", marks.opened.source)
    yield from ending(desk, marks)


def ending(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Say what ended it: a proved action, people's words, or nothing that is known."""
    proved = [a for a in desk.view.actions if a.outcome == "recovered"]
    if proved:
        last = proved[-1]
        yield desk.state("pm-ended-action", f"action:{last.id}", action=last.handle, deed=deed(desk, last))
    resolved = next((e for e in reversed(desk.view.timeline) if e.kind is TimelineKind.RESOLVED), None)
    if resolved is None or marks.resolved is None:
        return
    words = resolved.data.get("text")
    if isinstance(words, str) and words and resolved.actor != BOT:
        who = desk.named(resolved.actor)
        yield desk.state(
            "pm-ended-words", f"event:{resolved.seq}", who=who, words=" ".join(words.split())[:300]
        )
    elif not proved:
        yield desk.state("pm-ended-alerts", f"event:{resolved.seq}")


def impact(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Yield what users and the objective went through, and plainly what nobody measured."""
    found = damages(desk.view, marks)
    for damage in found:
        yield from _damage(desk, damage)
    measured = {one.service for one in found}
    blind = [name for name in desk.view.services if name not in measured and name != "unknown"]
    if blind or not found:
        services = ", ".join(blind) or desk.view.incident.service
        yield desk.state("pm-impact-unmeasured", f"incident:{desk.view.incident.id}", services=services)
    for evidence in _latest_budgets(desk):
        left = evidence.reading.value
        if left is not None:
            service = str(evidence.request.params.get("service", ""))
            yield desk.state(
                "pm-impact-left", evidence.id, service=service, left=percent(round(left.value, 4))
            )
    yield desk.state("pm-impact-users", f"incident:{desk.view.incident.id}")
    if found:
        yield desk.state(
            "pm-impact-how", SLO_SOURCE, objective=percent(OBJECTIVE), minutes=f"{BUDGET_MINUTES:.1f}"
        )


def _damage(desk: Desk, damage: Damage) -> Iterator[Statement]:
    lang, sources = desk.language, damage.sources
    yield desk.state(
        "pm-impact-budget",
        *sources,
        SLO_SOURCE,
        service=damage.service,
        bad=duration(lang, damage.bad_seconds),
        lost=duration(lang, damage.lost_seconds),
        share=percent(round(damage.budget_share, 4)),
        objective=percent(OBJECTIVE),
        minutes=f"{BUDGET_MINUTES:.1f}",
    )
    if damage.peak_at is not None:
        peak = percent(round(damage.peak, 4))
        yield desk.state(
            "pm-impact-peak", *sources, service=damage.service, peak=peak, at=desk.clock(damage.peak_at)
        )
    if damage.failed is not None and damage.asked is not None:
        failed, asked = number(round(damage.failed)), number(round(damage.asked))
        yield desk.state("pm-impact-requests", *sources, service=damage.service, failed=failed, asked=asked)
    else:
        yield desk.state("pm-impact-no-requests", *sources, service=damage.service)
    if not damage.whole:
        seen, span = duration(lang, damage.seen_seconds), duration(lang, damage.span_seconds)
        yield desk.state("pm-impact-gap", *sources, service=damage.service, seen=seen, span=span)


def _latest_budgets(desk: Desk) -> list[Evidence]:
    found: dict[str, Evidence] = {}
    for evidence in desk.view.evidence:
        if evidence.request.tool == BUDGET and evidence.ok:
            found[str(evidence.request.params.get("service", ""))] = evidence
    return list(found.values())


def causes(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Yield the cause with how sure it is, what people said of it, what else was seen, and what was ruled out."""
    diagnosis = desk.view.diagnosis
    if diagnosis is None or diagnosis.cause is None:
        yield desk.state("pm-cause-none", marks.opened.source)
    else:
        yield _finding(desk, "pm-cause-likely", diagnosis.cause)
    yield from _verdicts(desk)
    for vote in desk.view.feedback:
        if vote.truth:
            truth, who = " ".join(vote.truth.split())[:300], desk.named(vote.person)
            yield desk.state("pm-cause-truth", f"person:{vote.person}", who=who, truth=truth)
    rest = [f for f in (diagnosis.findings if diagnosis else ()) if diagnosis and f != diagnosis.cause]
    for finding in sorted(rest, key=lambda f: (_ORDER.index(f.kind), -f.confidence))[:_MOST_FINDINGS]:
        yield _finding(desk, f"pm-finding-{finding.kind.value}", finding)


_ORDER = (FindingKind.CHANGE, FindingKind.CAUSE, FindingKind.SYMPTOM, FindingKind.RULED_OUT)


def _finding(desk: Desk, message: str, finding: Finding) -> Statement:
    sure = percent(round(finding.confidence, 2))
    return desk.state(message, *finding.evidence_ids, claim=claim(desk.language, finding), sure=sure)


def _verdicts(desk: Desk) -> Iterator[Statement]:
    words = {
        TimelineKind.CAUSE_CONFIRMED: "pm-cause-confirmed",
        TimelineKind.CAUSE_DENIED: "pm-cause-denied",
    }
    last: dict[str, TimelineEvent] = {e.actor: e for e in desk.view.timeline if e.kind in words}
    for event in last.values():
        yield desk.state(words[event.kind], f"event:{event.seq}", who=desk.named(event.actor))


def spans(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Yield detection, response, mitigation and resolution, each from its two marks."""
    rows: tuple[tuple[str, Mark | None, Mark | None], ...] = (
        ("detection", marks.began, marks.opened),
        ("response", marks.opened, marks.acknowledged),
        ("mitigation", marks.began, marks.mitigated),
        ("resolution", marks.began, marks.resolved),
    )
    for name, first, last in rows:
        span = marks.span(first, last)
        if first is None or last is None or span is None:
            yield desk.state(f"pm-span-{name}-none", marks.opened.source)
            continue
        took, at = duration(desk.language, span), desk.clock(last.at)
        yield desk.state(f"pm-span-{name}", first.source, last.source, span=took, at=at)
    if marks.reopened:
        sources = [f"event:{event.seq}" for event in marks.reopened]
        yield desk.state("pm-span-reopened", *sources, count=len(marks.reopened))


def open_questions(desk: Desk, marks: Marks) -> Iterator[Statement]:
    """Yield what nobody knows yet."""
    view, first = desk.view, marks.opened.source
    diagnosis = view.diagnosis
    if diagnosis is None or diagnosis.cause is None:
        yield desk.state("pm-open-cause", first)
    elif not any(e.kind is TimelineKind.CAUSE_CONFIRMED for e in view.timeline):
        yield desk.state("pm-open-unconfirmed", *diagnosis.cause.evidence_ids)
    for missing in dict.fromkeys(diagnosis.missing if diagnosis else ()):
        yield desk.state("pm-open-missing", first, what=missing)
    for action in view.actions:
        if action.state.value == "unknown":
            yield desk.state(
                "pm-open-action", f"action:{action.id}", action=action.handle, deed=deed(desk, action)
            )
    for update in view.updates:
        if update.state is UpdateState.WAITING:
            yield desk.state("pm-open-update", f"update:{update.id}", audience=desk.audience(update.audience))
    tasks = [t for t in view.tasks if t.kind == "task" and t.state is TaskState.OPEN]
    for task in tasks:
        yield desk.state("pm-open-task", f"task:{task.id}", task=task.name, words=task.text)


def actions(desk: Desk) -> Iterator[Statement]:
    """Yield what was done or tried, with how it ended."""
    for action in desk.view.actions:
        said = {"action": action.handle, "deed": deed(desk, action), "outcome": outcome(desk, action)}
        yield desk.state("pm-action", f"action:{action.id}", **said)

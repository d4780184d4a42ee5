"""Answers "why": follows the investigation's plan for a service, step by step, and says what the evidence carries."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from agent.brain.plans import due_reads
from agent.diagnosis.diagnose import diagnose
from agent.domain.alert import Reason
from agent.domain.answer import Answer, AnswerPart, Step
from agent.domain.evidence import Diagnosis, Evidence, Finding, FindingKind, ReadRequest
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.results import PictureResult
from agent.domain.route import Route
from agent.domain.runbook import Runbook
from agent.domain.view import IncidentView
from agent.locale.claims import claim, worded
from agent.locale.format import duration, percent
from agent.locale.messages import known, text
from agent.ports.reads import Reads

STEPS = ("step-first", "step-logs", "step-callees", "step-deepest", "step-last")
# A question without an incident looks this far back for the beginning of the trouble.
LOOK_BACK = timedelta(hours=3)
SHOWN_EVIDENCE = 12
MOST_SAID = 5
BATCH = 8


async def explain(
    reads: Reads, view: IncidentView, service: str, lang: str, runbooks: Sequence[Runbook] = ()
) -> AsyncIterator[AnswerPart]:
    """Yield a step per round of reads and then the answer."""
    evidence: list[Evidence] = []
    for number, title in enumerate(STEPS, start=1):
        requests, _ = due_reads(view, evidence, number)
        if not requests:
            break
        step = Step(id=f"read-{number}", title=text(lang, title), status="in_progress")
        yield step
        found = await _read(reads, requests)
        evidence.extend(found)
        good = sum(1 for e in found if e.ok)
        output = text(lang, "step-reads", ok=str(good), count=str(len(found)))
        yield step.model_copy(update={"status": "complete" if good else "error", "output": output})
    weigh = Step(id="weigh", title=text(lang, "step-weigh"), status="in_progress")
    yield weigh
    fresh = await asyncio.to_thread(diagnose, view, evidence, runbooks=runbooks, language=lang)
    yield weigh.model_copy(update={"status": "complete"})
    yield answer_from(fresh, evidence, service, view, lang)


async def _read(reads: Reads, requests: Sequence[ReadRequest]) -> list[Evidence]:
    gate = asyncio.Semaphore(BATCH)

    async def one(request: ReadRequest) -> Evidence:
        async with gate:
            return await reads.run(request)

    return list(await asyncio.gather(*(one(request) for request in requests)))


def answer_from(
    fresh: Diagnosis, evidence: Sequence[Evidence], service: str, view: IncidentView, lang: str
) -> Answer:
    """Say cause, reasons, symptoms, what was ruled out, what to do next and what is missing.

    Where the open incident has a cause on its card, the answer gives that one and says what the fresh reads add.
    """
    standing = view.diagnosis if view.diagnosis is not None and view.diagnosis.cause is not None else None
    told = standing or fresh
    same = _same(told.cause, fresh.cause)
    lines = [*_verdict(told, evidence, service, view, lang)]
    if standing is not None and not same:
        lines.append(_second_look(fresh, evidence, service, lang))
    symptoms, ruled_out = (_of_kind(fresh, FindingKind.SYMPTOM), _of_kind(fresh, FindingKind.RULED_OUT))
    heading = "answer-why-symptoms" if standing is None else "answer-why-measured"
    for those, title in ((symptoms, heading), (ruled_out if same else [], "answer-why-ruled-out")):
        if those:
            lines.append("\n".join([text(lang, title), *(f"- {claim(lang, f)}" for f in those)]))
    step = fresh.next_step if same or standing is None else _stored_step(standing, lang)
    if step and (told.cause or symptoms):
        lines.append(text(lang, "answer-why-next", step=step))
    if fresh.missing:
        lines.append(text(lang, "answer-why-missing", what="; ".join(fresh.missing)))
    pictures = [e.reading.result for e in evidence if isinstance(e.reading.result, PictureResult)]
    return Answer(
        text="\n\n".join(lines),
        picture=pictures[-1] if pictures else None,
        evidence=_cited([*([told.cause] if told.cause else []), *fresh.findings], view.evidence, evidence),
    )


def _same(one: Finding | None, other: Finding | None) -> bool:
    return one is not None and other is not None and (one.rule, one.service) == (other.rule, other.service)


def _of_kind(diagnosis: Diagnosis, kind: FindingKind) -> list[Finding]:
    return [f for f in diagnosis.findings if f.kind is kind][:MOST_SAID]


def _verdict(
    told: Diagnosis, evidence: Sequence[Evidence], service: str, view: IncidentView, lang: str
) -> list[str]:
    if told.cause is not None:
        sure = percent(round(told.cause.confidence, 2))
        words = {"confidence": sure, "claim": claim(lang, told.cause), "name": view.incident.name}
        of_card = view.diagnosis is not None and told is view.diagnosis
        lines = [text(lang, "answer-why-cause-of" if of_card else "answer-why-cause", **words)]
        signs = because(told.cause, lang)
        return [*lines, text(lang, "answer-why-signs", signs=signs)] if signs else lines
    if not _of_kind(told, FindingKind.SYMPTOM):
        if not _measured(evidence):
            return [text(lang, "answer-health-unknown", service=service)]
        span = duration(lang, view.as_of - view.incident.times.started_at)
        return [text(lang, "answer-why-well", service=service, span=span)]
    return [text(lang, "answer-why-none", service=service)]


def _second_look(fresh: Diagnosis, evidence: Sequence[Evidence], service: str, lang: str) -> str:
    """Say in one sentence how the reads of this moment differ from what the card says."""
    if fresh.cause is not None:
        sure = percent(round(fresh.cause.confidence, 2))
        return text(lang, "answer-why-elsewhere", claim=claim(lang, fresh.cause), confidence=sure)
    if not _measured(evidence):
        return text(lang, "answer-why-unread")
    if not _of_kind(fresh, FindingKind.SYMPTOM):
        return text(lang, "answer-why-over", service=service)
    return text(lang, "answer-why-unsure")


def _measured(evidence: Sequence[Evidence]) -> bool:
    return any(e.ok and e.request.tool == "metrics_collector.signal" for e in evidence)


def _stored_step(standing: Diagnosis, lang: str) -> str | None:
    message = standing.cause.details.get("next") if standing.cause is not None else None
    return worded(lang, message) or standing.next_step


def because(cause: Finding, lang: str) -> str:
    """Return the signs for a cause and the doubts about it as one sentence without its full stop."""
    named = {
        prefix: [str(item.get("sign")) for item in items if isinstance(item, dict)]
        for key, prefix in (("signs", "sign"), ("doubts", "doubt"))
        if isinstance(items := cause.details.get(key), list)
    }
    if "errors-after-change" in (seen := named.get("sign", [])):
        # That they began with the change says already that they are new.
        named["sign"] = [name for name in seen if name != "new-errors"]
    messages = [f"{prefix}-{name}" for prefix, names in named.items() for name in names]
    clauses = [text(lang, name, service=cause.service or "") for name in messages if known(name)]
    return (", " if lang == "ko" else "; ").join(clauses)


def _cited(
    findings: Sequence[Finding], earlier: Sequence[Evidence], fresh: Sequence[Evidence]
) -> tuple[Evidence, ...]:
    """Return what the findings rest on, a query once; what was read again stands for what was read before."""
    by_id = {e.id: e for e in (*earlier, *fresh)}
    wanted = dict.fromkeys(e for f in findings for e in f.evidence_ids)
    cited = [by_id[e] for e in wanted if e in by_id] or [e for e in fresh if e.ok]
    newest = {(e.request.tool, e.reading.query): e for e in (*cited, *(c for c in cited if c in fresh))}
    return tuple(newest.values())[:SHOWN_EVIDENCE]


def view_for(service: str, now: datetime) -> IncidentView:
    """Return a stand-in for an incident, so that a question about a service can follow the same plan."""
    return IncidentView(
        incident=Incident(
            id="question",
            number=0,
            title=service,
            status=IncidentStatus.TRIAGE,
            priority=Priority.P3,
            priority_reason=Reason(rule="question", sentence="somebody asked"),
            service=service,
            environment="",
            namespace="",
            times=Times(started_at=now - LOOK_BACK, opened_at=now),
            conversation=Conversation(channel=""),
        ),
        route=Route(rule="question", channel=""),
        alerts=(),
        as_of=now,
    )

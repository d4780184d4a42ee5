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
from agent.locale.format import duration, percent
from agent.locale.messages import known, text
from agent.ports.reads import Reads

STEPS = ("step-first", "step-logs", "step-callees", "step-deepest", "step-last")
# A question without an incident looks this far back for the beginning of the trouble.
LOOK_BACK = timedelta(hours=3)
SHOWN_EVIDENCE = 12
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
    diagnosis = diagnose(view, evidence, runbooks=runbooks, language=lang)
    yield weigh.model_copy(update={"status": "complete"})
    yield answer_from(diagnosis, evidence, service, view, lang)


async def _read(reads: Reads, requests: Sequence[ReadRequest]) -> list[Evidence]:
    gate = asyncio.Semaphore(BATCH)

    async def one(request: ReadRequest) -> Evidence:
        async with gate:
            return await reads.run(request)

    return list(await asyncio.gather(*(one(request) for request in requests)))


def answer_from(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], service: str, view: IncidentView, lang: str
) -> Answer:
    """Say cause, reasons, symptoms, what was ruled out, what to do next and what is missing."""
    lines = [*_verdict(diagnosis, evidence, service, view, lang)]
    for kind, heading in (
        (FindingKind.SYMPTOM, "answer-why-symptoms"),
        (FindingKind.RULED_OUT, "answer-why-ruled-out"),
    ):
        those = [f for f in diagnosis.findings if f.kind is kind][:5]
        if those:
            lines.append("\n".join([text(lang, heading), *(f"- {said(f, lang)}" for f in those)]))
    if diagnosis.next_step and (diagnosis.cause or _symptoms(diagnosis)):
        lines.append(text(lang, "answer-why-next", step=diagnosis.next_step))
    if diagnosis.missing:
        lines.append(text(lang, "answer-why-missing", what="; ".join(diagnosis.missing)))
    pictures = [e.reading.result for e in evidence if isinstance(e.reading.result, PictureResult)]
    return Answer(
        text="\n\n".join(lines),
        picture=pictures[-1] if pictures else None,
        evidence=_cited(diagnosis, evidence),
    )


def _verdict(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], service: str, view: IncidentView, lang: str
) -> list[str]:
    cause = diagnosis.cause
    if cause is not None:
        sure = percent(round(cause.confidence, 2))
        lines = [text(lang, "answer-why-cause", confidence=sure, claim=said(cause, lang))]
        signs = _signs(cause, lang)
        return [*lines, text(lang, "answer-why-signs", signs=signs)] if signs else lines
    if not _symptoms(diagnosis):
        if not any(e.ok and e.request.tool == "metrics_collector.signal" for e in evidence):
            return [text(lang, "answer-health-unknown", service=service)]
        span = duration(lang, view.as_of - view.incident.times.started_at)
        return [text(lang, "answer-why-well", service=service, span=span)]
    return [text(lang, "answer-why-none", service=service)]


def _symptoms(diagnosis: Diagnosis) -> list[Finding]:
    return [f for f in diagnosis.findings if f.kind is FindingKind.SYMPTOM]


def _signs(cause: Finding, lang: str) -> str:
    names: list[str] = []
    for key, prefix in (("signs", "sign"), ("doubts", "doubt")):
        items = cause.details.get(key)
        for item in items if isinstance(items, list) else []:
            name = item.get("sign") if isinstance(item, dict) else None
            if isinstance(name, str) and known(f"{prefix}-{name}"):
                names.append(text(lang, f"{prefix}-{name}"))
    return ", ".join(names)


def said(finding: Finding, lang: str) -> str:
    """Return a finding's claim in a language."""
    message = finding.details.get("message")
    if isinstance(message, dict) and isinstance(args := message.get("args"), dict):
        name = message.get("id")
        if isinstance(name, str) and known(name):
            return text(lang, name, **args)
    return finding.claim


def _cited(diagnosis: Diagnosis, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    findings = [*([diagnosis.cause] if diagnosis.cause else []), *diagnosis.findings]
    wanted = dict.fromkeys(e for f in findings for e in f.evidence_ids)
    by_id = {e.id: e for e in evidence}
    cited = [by_id[e] for e in wanted if e in by_id]
    return tuple((cited or [e for e in evidence if e.ok])[:SHOWN_EVIDENCE])


def view_for(service: str, now: datetime, began: datetime | None = None) -> IncidentView:
    """Return a stand-in for an incident, so that a question about a service can follow the same plan."""
    began = began or now - LOOK_BACK
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
            times=Times(started_at=began, opened_at=now),
            conversation=Conversation(channel=""),
        ),
        route=Route(rule="question", channel=""),
        alerts=(),
        as_of=now,
    )

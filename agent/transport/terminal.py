"""The terminal door's words: answers, incidents and tables as plain text, coloured only for a person's screen."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from agent.domain.action import Action, ActionState
from agent.domain.answer import Answer, Step
from agent.domain.evidence import Evidence, EvidenceStatus, FindingKind
from agent.domain.incident import Incident
from agent.domain.probe import Probe
from agent.domain.results import TableResult
from agent.domain.view import IncidentView
from agent.locale import claims, past
from agent.locale.format import duration, percent
from agent.locale.messages import text
from agent.locale.reasons import reason_words
from agent.transport import facts, proposals
from agent.transport.foreign import clean, cut
from agent.transport.numbers import comparisons

_BOLD, _DIM, _RED, _GREEN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"
_MARKS = {EvidenceStatus.SUCCESS: "+", EvidenceStatus.NO_DATA: "o", EvidenceStatus.ERROR: "x"}
_STEPS = {"pending": "o", "in_progress": ">", "complete": "+", "error": "x"}
_MOST_ROWS = 60
_WIDEST_CELL = 60
_MOST_ACTIONS = 8


class Terminal:
    """Writes to a stream; `colour` follows the stream unless it is given."""

    def __init__(self, stream: TextIO, *, language: str = "en", colour: bool | None = None) -> None:
        self._stream = stream
        self._lang = language
        self._colour = stream.isatty() if colour is None else colour

    def answer(self, answer: Answer) -> None:
        """Write an answer with its table, its picture in words, and its evidence."""
        self._line(answer_text(answer, self._lang))

    def step(self, step: Step) -> None:
        """Write a step that has ended or begun."""
        output = f": {clean(step.output, 200)}" if step.output else ""
        self._line(self._paint(_DIM, f"{_STEPS[step.status]} {clean(step.title, 160)}{output}"))

    def incident(self, view: IncidentView) -> None:
        """Write an incident as its card says it."""
        first, *rest = incident_lines(view, self._lang)
        self._line(self._paint(_BOLD + (_RED if view.incident.status.open else _GREEN), first))
        self._lines(rest)

    def probes(self, probes: Iterable[Probe]) -> None:
        """Write what each check found and how to mend it."""
        for probe in probes:
            sign, paint = ("ok", _GREEN) if probe.ok else ("!!", _RED)
            self._line(f"{self._paint(paint, sign)} {clean(probe.name, 60)}: {clean(probe.detail, 300)}")
            if probe.fix and not probe.ok:
                self._line(f"   {clean(probe.fix, 600)}")

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        self._stream.write(line + "\n")

    def _paint(self, code: str, words: str) -> str:
        return f"{code}{words}{_PLAIN}" if self._colour else words


def answer_text(answer: Answer, language: str) -> str:
    """Return an answer as plain text."""
    parts = [clean(answer.text.replace("**", ""), 20_000, lines=True)]
    if answer.table is not None:
        parts.append(table_text(answer.table))
    if answer.picture is not None:
        parts.append(f"[{clean(answer.picture.title, 200)}] {clean(answer.picture.alt, 1_000)}")
    if answer.evidence:
        title = text(language, "details-evidence").strip("*")
        parts.append("\n".join([f"{title}:", *(evidence_text(one) for one in answer.evidence)]))
    return "\n\n".join(part for part in parts if part)


def incident_lines(view: IncidentView, language: str) -> list[str]:
    """Return an incident as lines of plain text, the headline first."""
    incident = view.incident
    lines = [f"{incident.name} {incident.priority.value} {clean(facts.headline(incident), 200)}"]
    lines += [
        f"  {line}"
        for line in (_standing(view, language), _reason(incident, language), *_verdict(view, language))
    ]
    lines += [f"  {line}" for line in _seen_before(view, language)]
    lines += [f"  {action_line(action, view, language)}" for action in view.actions[-_MOST_ACTIONS:]]
    rows = [
        (facts.signal_title(language, one.signal), one.now, one.normal or "–")
        for one in comparisons(view, language)[:8]
    ]
    if rows:
        columns = tuple(text(language, f"heading-{name}") for name in ("signal", "now", "normal"))
        lines += [
            f"  {line}" for line in table_text(TableResult(columns=columns, rows=tuple(rows))).splitlines()
        ]
    lines += [
        f"  {text(language, 'card-missing', what=clean(gap, 200))}".replace("*", "")
        for gap in facts.missing(view)
    ]
    return lines


def _seen_before(view: IncidentView, language: str) -> list[str]:
    """Return one line on the past incident that is most like this one."""
    found = next((one for one in view.similar if one.alike), None)
    if found is None or not view.incident.status.open:
        return []
    said = {name: clean(words, 300) for name, words in past.looks_like(language, found, view.as_of).items()}
    message = "memory-looks-like" if "ago" in said else "memory-looks-like-now"
    return [text(language, message, **said).replace("*", "")]


def action_line(action: Action, view: IncidentView, language: str) -> str:
    """Return one line on an action: its handle, how it stands, what it does, and whose votes are missing."""
    standing = clean(proposals.standing(language, action, view.as_of), 120)
    line = f"{action.handle} {standing}: {proposals.title(language, action)}"
    approval = view.approval_of(action)
    if approval is None or action.state is not ActionState.WAITING:
        return line
    return f"{line} ({'; '.join(proposals.votes(language, action, approval))})"


def evidence_text(one: Evidence) -> str:
    """Return one line on a piece of evidence with its exact query."""
    said = clean(one.error or one.reading.summary, 300)
    query = clean(one.reading.query, 400)
    return f"  {_MARKS[one.status]} {said}" + (f"\n      {query}" if query else "")


def table_text(table: TableResult) -> str:
    """Return a table with aligned columns; wide letters count double."""
    width = len(table.columns)
    shown = [table.columns, *table.rows[:_MOST_ROWS]]
    rows = [
        [clean(cell, _WIDEST_CELL) for cell in (*row[:width], *[""] * (width - len(row)))] for row in shown
    ]
    widths = [max(_columns(row[i]) for row in rows) for i in range(width)]
    rule = ["-" * size for size in widths]
    lines = [_aligned(row, widths) for row in (rows[0], rule, *rows[1:])]
    left = len(table.rows) - _MOST_ROWS
    return "\n".join([*lines, *([f"… {left}"] if left > 0 else [])])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (size - _columns(cell)) for cell, size in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def _columns(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def _standing(view: IncidentView, language: str) -> str:
    incident = view.incident
    status = text(language, f"status-{incident.status.value}")
    since = f"{incident.times.started_at:%Y-%m-%d %H:%M} UTC"
    age = duration(language, (incident.times.resolved_at or view.as_of) - incident.times.started_at)
    if not incident.status.open:
        return f"{status}, {since} ({age})"
    owner = clean(incident.acknowledged_by, 80) if incident.acknowledged_by else ""
    who = text(language, "card-acknowledged", who=owner) if owner else text(language, "card-unacknowledged")
    return f"{status}, {since} ({age}), {who}"


def _reason(incident: Incident, language: str) -> str:
    reason = incident.priority_reason
    return (
        f"{incident.priority.value}: {clean(reason_words(language, reason), 300)} ({clean(reason.rule, 80)})"
    )


def _model(view: IncidentView, language: str) -> list[str]:
    if view.diagnosis is not None and view.diagnosis.model:
        return [text(language, f"card-model-{view.diagnosis.model}")]
    added = facts.added(view)
    if added is None:
        return []
    sure = percent(round(added.confidence, 2))
    return [text(language, "card-model-adds", confidence=sure, claim=clean(added.claim, 400))]


def _verdict(view: IncidentView, language: str) -> list[str]:
    diagnosis = view.diagnosis
    if diagnosis is None:
        return [text(language, "card-summary-looking")]
    shown = [diagnosis.cause] if diagnosis.cause else []
    shown += [f for f in (facts.change_before(view), facts.best(view, FindingKind.SYMPTOM)) if f]
    lines = [
        f"{text(language, f'finding-{finding.kind.value}')} ({percent(round(finding.confidence, 2))}):"
        f" {clean(claims.claim(language, finding), 400)}"
        for finding in shown
    ]
    if diagnosis.cause is None:
        lines.insert(0, text(language, "card-summary-none"))
    lines += [one.replace("*", "").strip("_") for one in _model(view, language)]
    if diagnosis.next_step:
        lines.append(
            cut(text(language, "card-next", step=clean(diagnosis.next_step, 400)).replace("*", ""), 420)
        )
    return lines

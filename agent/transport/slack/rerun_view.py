"""The dialog that shows what a claim rests on as it was and as it is, side by side."""

from collections.abc import Sequence

from agent.domain.evidence import Evidence, Finding
from agent.domain.incident import Incident
from agent.locale import claims
from agent.locale.format import quantity
from agent.locale.messages import text
from agent.locale.readings import reading_words
from agent.operations.rerun import Rerun
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.details import MARKS
from agent.transport.slack.judgement import rerun_button
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import clock_time, foreign, link
from agent.transport.slack.modals import View, modal

AGAIN = "evidence.again"
VIEW = "modal.rerun"
_LONGEST_SUMMARY = 900


def waiting_view(lang: str) -> View:
    """Return what is shown while the reads run."""
    return modal(VIEW, text(lang, "button-rerun"), [blocks.section(text(lang, "rerun-reading"))], lang)


def trouble_view(lang: str, sentence: str) -> View:
    """Return what is shown when the reads cannot be repeated."""
    return modal(VIEW, text(lang, "button-rerun"), [blocks.section(foreign(sentence, 600))], lang)


def rerun_view(incident: Incident, claim: Finding | None, runs: Sequence[Rerun], lang: str) -> View:
    """Return old and new of each read, and the button that reads once more."""
    head = [Part(0, (blocks.section(f"*{foreign(claims.claim(lang, claim), 400)}*"),))] if claim else []
    parts = [*head, *(Part(1 + index, _read(run, lang)) for index, run in enumerate(runs))]
    shown = limits.fit(parts, blocks=limits.VIEW_BLOCKS - 2, characters=40_000)
    again = blocks.actions(rerun_button(incident.id, [run.old.id for run in runs], lang, AGAIN))
    note = blocks.context(text(lang, "rerun-note"))
    return modal(VIEW, text(lang, "rerun-title", name=incident.name), [*shown, again, note], lang)


def _read(run: Rerun, lang: str) -> tuple[Block, ...]:
    columns = [_column(text(lang, "rerun-then"), run.old, lang)]
    if run.again is not None:
        columns.append(_column(text(lang, "rerun-window"), run.again, lang))
    columns += [_column(text(lang, "rerun-now"), run.now, lang), _difference(run, lang)]
    name = foreign(run.old.request.tool, 80)
    query = run.old.reading.query
    box = (blocks.preformatted(query, 900),) if query else ()
    return (blocks.section(f"`{name}`"), *box, blocks.fields(columns), blocks.divider())


def _column(title: str, one: Evidence, lang: str) -> str:
    said = foreign(reading_words(lang, one), _LONGEST_SUMMARY) or "–"
    where = f" {link(one.reading.link, '↗')}" if one.reading.link else ""
    return f"*{title}* · {_when(one)}\n{MARKS[one.status]} {said}{where}"


def _when(one: Evidence) -> str:
    window = one.reading.window
    if window is None or window.start >= window.end:
        return clock_time(one.observed_at)
    return f"{clock_time(window.start)} – {clock_time(window.end)}"


def _difference(run: Rerun, lang: str) -> str:
    title = text(lang, "rerun-difference")
    lines = [
        text(lang, "rerun-changed-window") if run.again in run.unlike else "",
        _values(run.old, run.now, lang) or text(lang, _verdict(run)),
    ]
    return "\n".join((f"*{title}*", *(line for line in lines if line)))


def _verdict(run: Rerun) -> str:
    if run.now.error:
        return "rerun-failed"
    return "rerun-changed" if run.now in run.unlike else "rerun-same"


def _values(old: Evidence, new: Evidence, lang: str) -> str:
    before, after = old.reading.value, new.reading.value
    if before is None or after is None or before.unit != after.unit or new.error:
        return ""
    return f"{foreign(quantity(lang, before), 60)} → {foreign(quantity(lang, after), 60)}"

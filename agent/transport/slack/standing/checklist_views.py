"""The dialogs of a checklist's items: what was seen and what can be done, ticking one off, an incident, a task."""

from collections.abc import Sequence

from agent.domain.checklist import Checklist, ChecklistItem, ChecklistState, ItemState, in_language
from agent.domain.evidence import Evidence
from agent.domain.incident import Priority
from agent.locale.messages import text
from agent.locale.readings import reading_words
from agent.operations.checks.words import item_words, plain_pen
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.details import MARKS
from agent.transport.slack.directory import Named
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import clock_time, foreign, link
from agent.transport.slack.modals import View, modal
from agent.transport.slack.people import fields
from agent.transport.slack.people.fields import field
from agent.transport.slack.standing.checklist_card import DONE, item_lines

VIEW = "modal.check"
DONE_VIEW = "modal.check-done"
INCIDENT_VIEW = "modal.check-incident"
TASK_VIEW = "modal.check-task"
AGAIN = "check.again"
UNDO = "check.undo"
INCIDENT = "check.incident"
TASK = "check.task"
PROPOSE = "check.propose"
MOST_EVIDENCE = 5
# A field holds plain text, in which Slack shows no time of the reader's own.
_ZONE = "UTC"


def item_view(
    checklist: Checklist,
    item: ChecklistItem,
    evidence: Sequence[Evidence],
    ties: Sequence[str],
    lang: str,
    named: Named,
) -> View:
    """Return what was seen of an item, exactly, with what can be done about it."""
    lines = "\n".join(item_lines(item, lang, named, ties))
    parts = [
        Part(0, (blocks.section(lines),)),
        Part(0, _deeds(checklist, item, lang)),
        *(Part(1 + n, _evidence(one, lang)) for n, one in enumerate(evidence[:MOST_EVIDENCE])),
    ]
    shown = limits.fit(parts, blocks=limits.VIEW_BLOCKS, characters=40_000)
    return modal(VIEW, text(lang, "dialog-check"), list(shown), lang)


def _deeds(checklist: Checklist, item: ChecklistItem, lang: str) -> tuple[Block, ...]:
    if checklist.state is ChecklistState.LEFT or item.state is ItemState.WAITING:
        return ()
    value = f"{checklist.id}|{item.id}"
    made = []
    if not item.settled:
        made.append(blocks.button(text(lang, "button-check-done"), DONE, value, style="primary"))
    if item.state is ItemState.DONE:
        made.append(blocks.button(text(lang, "button-check-undo"), UNDO, value))
    if item.check:
        made.append(blocks.button(text(lang, "button-check-again"), AGAIN, value))
    if not item.settled and item.incident_id is None:
        made.append(blocks.button(text(lang, "button-check-incident"), INCIDENT, value))
    if not item.settled and item.task_id is None:
        made.append(blocks.button(text(lang, "button-check-task"), TASK, value))
    made += [
        blocks.button(
            text(lang, "button-check-propose", action=one.action), f"{PROPOSE}.{index}", f"{value}|{index}"
        )
        for index, one in enumerate(item.proposals[:5])
        if not item.settled
    ]
    return (blocks.actions(*made),) if made else ()


def _evidence(one: Evidence, lang: str) -> tuple[Block, ...]:
    said = f"{MARKS[one.status]} {foreign(reading_words(lang, one), 500)}"
    where = clock_time(one.observed_at)
    if one.reading.link:
        where += f" · {link(one.reading.link, text(lang, 'evidence-open'))}"
    query = (blocks.preformatted(one.reading.query, 900),) if one.reading.query else ()
    return (blocks.divider(), blocks.section(said), *query, blocks.context(where))


def done_view(checklist: Checklist, item: ChecklistItem, lang: str) -> View:
    """Return the dialog that ticks an item off, with room for a note."""
    asked = foreign(in_language(item.asks, lang), 300)
    body = [
        blocks.section(f"*{foreign(in_language(item.title, lang), 120)}*"),
        *((blocks.section(asked),) if asked else ()),
        field("note", text(lang, "field-note"), fields.lines(most=500), optional=True),
    ]
    return _form(DONE_VIEW, checklist, item, body, lang, "dialog-check-done", "button-check-done")


def incident_view(checklist: Checklist, item: ChecklistItem, services: Sequence[str], lang: str) -> View:
    """Return the dialog that opens an incident from what an item found."""
    title = f"{in_language(item.title, lang)}: {item_words(lang, item, plain_pen(_ZONE))}"
    known = list(dict.fromkeys(([item.service] if item.service else []) + list(services))) or ["unknown"]
    body = [
        field("title", text(lang, "declare-what"), fields.line(title, most=150)),
        field("service", text(lang, "declare-service"), fields.choice([(n, n) for n in known], known[0])),
        fields.priority_field(Priority.P2, lang),
    ]
    return _form(INCIDENT_VIEW, checklist, item, body, lang, "declare-title", "declare-submit")


def task_view(checklist: Checklist, item: ChecklistItem, lang: str) -> View:
    """Return the dialog that makes a task of what an item found."""
    words = f"{in_language(item.title, lang)}: {item_words(lang, item, plain_pen(_ZONE))}"
    body = [
        field("text", text(lang, "field-task"), fields.line(words, most=300)),
        field("person", text(lang, "field-owner"), fields.person(), optional=True),
    ]
    return _form(TASK_VIEW, checklist, item, body, lang, "dialog-check-task", "button-save")


def _form(
    callback: str,
    checklist: Checklist,
    item: ChecklistItem,
    body: list[Block],
    lang: str,
    title: str,
    submit: str,
) -> View:
    private = {"checklist_id": checklist.id, "item_id": item.id}
    return modal(callback, text(lang, title), body, lang, submit=text(lang, submit), private=private)

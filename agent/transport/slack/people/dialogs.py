"""The dialogs for those who do not know the words of a command: each asks for what the command would have been told."""

import hashlib
from collections.abc import Sequence

from agent.domain.alert import AlertRecord
from agent.domain.incident import Incident, Priority
from agent.domain.update import Update
from agent.locale.format import duration
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Directory
from agent.transport.slack.markup import foreign
from agent.transport.slack.modals import View, modal
from agent.transport.slack.people import fields
from agent.transport.slack.people.fields import field

COMMAND = "modal.command"
ESCALATE = "modal.escalate"
PRIORITY = "modal.priority"
TASK = "modal.task"
UPDATE = "modal.update"
EDIT = "modal.update_edit"
HANDOFF = "modal.handoff"
MERGE = "modal.merge"
SPLIT = "modal.split"
NEXT_LEVEL = "next"
ALL = "all"
ASKS = ("explain_release", "roll_back", "emergency_patch", "assess_action", "review_recurrence")
"""What a sub-agent can be asked by hand."""
_LONGEST_TEXT = 2_500


def command_view(incidents: Sequence[Incident], chosen: str | None, user: str, lang: str) -> View:
    """Return the dialog in which somebody takes or hands over command."""
    return modal(
        COMMAND,
        text(lang, "dialog-command"),
        [
            fields.incident_field(incidents, chosen, lang),
            field("person", text(lang, "field-commander"), fields.person(user)),
        ],
        lang,
        submit=text(lang, "button-save"),
    )


def escalate_view(incidents: Sequence[Incident], chosen: str | None, directory: Directory, lang: str) -> View:
    """Return the dialog in which further people are called."""
    callees = [(directory.callee_name(one), one) for one in directory.callees()]
    choices = [(text(lang, "field-next-level"), NEXT_LEVEL), *callees]
    return modal(
        ESCALATE,
        text(lang, "dialog-escalate"),
        [
            fields.incident_field(incidents, chosen, lang),
            field("to", text(lang, "field-callee"), fields.choice(choices, NEXT_LEVEL)),
            field("reason", text(lang, "field-reason"), fields.line(), optional=True),
        ],
        lang,
        submit=text(lang, "button-escalate"),
    )


def priority_view(
    incidents: Sequence[Incident], chosen: str | None, priority: Priority | None, lang: str
) -> View:
    """Return the dialog in which an incident's priority is changed."""
    return modal(
        PRIORITY,
        text(lang, "dialog-priority"),
        [
            fields.incident_field(incidents, chosen, lang),
            fields.priority_field(priority, lang),
            field("reason", text(lang, "field-reason"), fields.line()),
        ],
        lang,
        submit=text(lang, "button-save"),
    )


def task_view(incidents: Sequence[Incident], chosen: str | None, words: str, lang: str) -> View:
    """Return the dialog that adds a task."""
    times = [(duration(lang, seconds), name) for name, seconds in fields.SPANS.items()]
    return modal(
        TASK,
        text(lang, "dialog-task"),
        [
            fields.incident_field(incidents, chosen, lang),
            field("text", text(lang, "field-task"), fields.line(words, most=500)),
            field("person", text(lang, "field-owner"), fields.person(), optional=True),
            field("remind", text(lang, "field-remind"), fields.choice(times), optional=True),
        ],
        lang,
        submit=text(lang, "button-add"),
    )


def update_view(
    incidents: Sequence[Incident], chosen: str | None, audiences: Sequence[fields.Choice], lang: str
) -> View:
    """Return the dialog that asks for an update of stakeholders."""
    choices = [(text(lang, "field-all-audiences"), ALL), *audiences]
    return modal(
        UPDATE,
        text(lang, "dialog-update"),
        [
            fields.incident_field(incidents, chosen, lang),
            field("audience", text(lang, "field-audience"), fields.choice(choices, ALL)),
            field(
                "words",
                text(lang, "field-words"),
                fields.lines(most=600),
                optional=True,
                hint=text(lang, "field-words-hint"),
            ),
        ],
        lang,
        submit=text(lang, "button-ask"),
    )


def edit_view(update: Update, lang: str) -> View:
    """Return the dialog in which a person words an update anew."""
    note = blocks.context(
        text(lang, "dialog-update-edit-note", language=text(lang, f"language-{update.language}"))
    )
    return modal(
        EDIT,
        text(lang, "dialog-update-edit", number=str(update.number)),
        [
            field("title", text(lang, "field-update-title"), fields.line(update.title, most=150)),
            field("words", text(lang, "field-update"), fields.lines(update.body, most=_LONGEST_TEXT)),
            note,
        ],
        lang,
        submit=text(lang, "button-save"),
        private={"update_id": update.id},
    )


def handoff_view(incidents: Sequence[Incident], chosen: str | None, service: str, lang: str) -> View:
    """Return the dialog that asks a sub-agent."""
    asks = [(text(lang, f"ask-agent-{one}"), one) for one in ASKS]
    return modal(
        HANDOFF,
        text(lang, "dialog-handoff"),
        [
            fields.incident_field(incidents, chosen, lang),
            field("ask", text(lang, "field-ask-agent"), fields.choice(asks, ASKS[0])),
            field("service", text(lang, "declare-service"), fields.line(service, most=80), optional=True),
            field(
                "detail",
                text(lang, "field-ask-detail"),
                fields.line(most=200),
                optional=True,
                hint=text(lang, "field-ask-detail-hint"),
            ),
        ],
        lang,
        submit=text(lang, "button-ask"),
    )


def merge_view(incident: Incident, others: Sequence[Incident], lang: str) -> View:
    """Return the dialog that merges an incident into another open one."""
    title = text(lang, "dialog-merge", name=incident.name)
    if not others:
        return modal(MERGE, title, [blocks.section(text(lang, "merge-no-other"))], lang)
    shown = [(f"{one.name} · {one.title}", one.id) for one in others]
    body: list[Block] = [
        field("into", text(lang, "field-merge-into"), fields.choice(shown)),
        blocks.context(text(lang, "dialog-merge-note")),
    ]
    return modal(
        MERGE,
        title,
        body,
        lang,
        submit=text(lang, "button-merge"),
        private={"incident_id": incident.id},
    )


def split_view(incident: Incident, alerts: Sequence[AlertRecord], lang: str) -> View:
    """Return the dialog that gives the alerts of one name and service an incident of their own."""
    title = text(lang, "dialog-split", name=incident.name)
    kinds = kinds_of(alerts)
    if len(kinds) < 2:
        return modal(
            SPLIT, title, [blocks.section(text(lang, "split-no-other", name=foreign(incident.name)))], lang
        )
    shown = [(f"{name} · {service or '–'}", token) for token, (name, service) in kinds.items()]
    body: list[Block] = [
        field("alert", text(lang, "field-split"), fields.choice(shown)),
        blocks.context(text(lang, "dialog-split-note")),
    ]
    return modal(
        SPLIT,
        title,
        body,
        lang,
        submit=text(lang, "button-split"),
        private={"incident_id": incident.id},
    )


def kinds_of(alerts: Sequence[AlertRecord]) -> dict[str, tuple[str, str]]:
    """Return each name and service of alerts by a short token: names may be longer than a menu's value."""
    kinds = dict.fromkeys((one.alert.name, one.service) for one in alerts)
    return {hashlib.sha256(repr(kind).encode()).hexdigest()[:16]: kind for kind in kinds}

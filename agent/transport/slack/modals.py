"""The dialogs: declare an incident, ask about one, and page through its evidence."""

import json
from collections.abc import Collection
from typing import Any

from agent.domain.evidence import Evidence
from agent.domain.incident import Incident, Priority
from agent.domain.noun import Json
from agent.locale.messages import text
from agent.locale.readings import reading_words
from agent.transport.foreign import clean, cut
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.details import MARKS
from agent.transport.slack.judgement import rerun_button
from agent.transport.slack.kit import Kit
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import clock_time, foreign, link

DECLARE = "modal.declare"
ASK = "modal.ask"
EVIDENCE = "modal.evidence"
PAGE = "evidence.page"
_PER_PAGE = 5
_MOST_EVIDENCE = 200
View = dict[str, Json]


def declare_view(kit: Kit, *, title: str = "", channel: str = "") -> View:
    """Return the dialog that declares an incident."""
    lang = kit.lang
    priorities = [_priority(priority, lang) for priority in Priority]
    service: Block = {
        "type": "external_select",
        "action_id": "service",
        "min_query_length": 0,
        "placeholder": blocks.plain(text(lang, "declare-service-hint"), 150),
    }
    chosen: Block = {"type": "static_select", "action_id": "priority", "options": list(priorities)}
    return modal(
        DECLARE,
        text(lang, "declare-title"),
        [
            _input("title", text(lang, "declare-what"), _line("title", title[:150], most=150)),
            _input("service", text(lang, "declare-service"), service),
            _input("priority", text(lang, "declare-priority"), chosen | {"initial_option": priorities[1]}),
            _input("description", text(lang, "declare-description"), _lines("description"), optional=True),
        ],
        lang,
        submit=text(lang, "declare-submit"),
        private={"channel": channel},
    )


def ask_view(incident: Incident, lang: str) -> View:
    """Return the dialog that takes a question about an incident."""
    hint = text(lang, "ask-hint", service=clean(incident.service, 60))
    return modal(
        ASK,
        text(lang, "ask-title", name=incident.name),
        [_input("question", text(lang, "ask-label"), _line("question", most=500), hint=hint)],
        lang,
        submit=text(lang, "button-ask"),
        private={"incident_id": incident.id},
    )


async def evidence_view(kit: Kit, incident_id: str, *, page: int) -> View:
    """Return one page of an incident's evidence, newest first, with the exact queries."""
    incident = await kit.incident(incident_id)
    async with kit.services.store.read() as tx:
        evidence = list(reversed(await tx.evidence.of_incident(incident_id, newest=_MOST_EVIDENCE)))
    return evidence_page(incident, evidence, page, kit.lang, rerun=kit.services.rerun is not None)


def evidence_page(
    incident: Incident, evidence: list[Evidence], page: int, lang: str, *, rerun: bool = False
) -> View:
    """Return the modal of one page; with `rerun` each piece can be read again."""
    last = max(0, (len(evidence) - 1) // _PER_PAGE)
    page = min(max(page, 0), last)
    shown = evidence[page * _PER_PAGE : (page + 1) * _PER_PAGE]
    parts = [Part(index, _evidence_blocks(incident, one, lang, rerun)) for index, one in enumerate(shown)]
    body = list(limits.fit(parts, blocks=limits.VIEW_BLOCKS - 4, characters=40_000))
    if not body:
        body = [blocks.section(text(lang, "evidence-none"))]
    body.append(blocks.context(text(lang, "evidence-page", page=str(page + 1), pages=str(last + 1))))
    turns = [
        blocks.button(text(lang, label), f"{PAGE}.{step}", f"{incident.id}:{page + step}")
        for label, step in (("evidence-newer", -1), ("evidence-older", 1))
        if 0 <= page + step <= last
    ]
    if turns:
        body.append(blocks.actions(*turns))
    return modal(EVIDENCE, text(lang, "evidence-title", name=incident.name), body, lang)


def _evidence_blocks(incident: Incident, one: Evidence, lang: str, rerun: bool) -> tuple[Block, ...]:
    summary = foreign(reading_words(lang, one), 500)
    origin = text(
        lang, "evidence-origin", tool=foreign(one.request.tool, 80), backend=foreign(one.backend, 40)
    )
    where = f"{origin} · {clock_time(one.observed_at)}"
    if one.reading.link:
        where += f" · {link(one.reading.link, text(lang, 'evidence-open'))}"
    query = (blocks.preformatted(one.reading.query, 900),) if one.reading.query else ()
    said = f"{MARKS[one.status]} {summary}"
    head = (
        blocks.section_with(said, rerun_button(incident.id, (one.id,), lang))
        if rerun
        else blocks.section(said)
    )
    return (head, *query, blocks.context(where), blocks.divider())


def _priority(priority: Priority, lang: str) -> Block:
    return {
        "text": blocks.plain(text(lang, f"priority-{priority.value}"), 75),
        "description": blocks.plain(text(lang, f"priority-{priority.value}-means"), 75),
        "value": priority.value,
    }


def _line(action: str, initial: str = "", *, most: int) -> Block:
    made: Block = {"type": "plain_text_input", "action_id": action, "max_length": most}
    return made | ({"initial_value": initial} if initial else {})


def _lines(action: str) -> Block:
    return {"type": "plain_text_input", "action_id": action, "multiline": True, "max_length": 2_000}


def _input(block: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    made: Block = {
        "type": "input",
        "block_id": block,
        "label": blocks.plain(label, 200),
        "element": element,
        "optional": optional,
    }
    return made | ({"hint": blocks.plain(hint, 200)} if hint else {})


def placed(view: View, places: Collection[str]) -> View:
    """Return a dialog that remembers where it was opened, because what is clicked in it does not say."""
    private = json.loads(str(view["private_metadata"]))
    return view | {"private_metadata": json.dumps(private | {"places": sorted(places)})}


def modal(
    callback: str,
    title: str,
    body: list[Block],
    lang: str,
    *,
    submit: str = "",
    private: dict[str, Any] | None = None,
) -> View:
    """Return a modal around blocks; `private` comes back with its submission."""
    made: View = {
        "type": "modal",
        "callback_id": callback,
        "title": blocks.plain(cut(title, 24), 24),
        "close": blocks.plain(cut(text(lang, "button-close"), 24), 24),
        "blocks": list(body),
        "private_metadata": json.dumps(private or {}),
    }
    return made | ({"submit": blocks.plain(cut(submit, 24), 24)} if submit else {})

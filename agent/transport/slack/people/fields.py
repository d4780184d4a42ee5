"""The fields of dialogs as input blocks; a field's block id is the name under which its value comes back."""

from collections.abc import Sequence

from agent.domain.incident import Incident, Priority
from agent.locale.messages import text
from agent.transport import facts
from agent.transport.foreign import clean
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block

Choice = tuple[str, str]
"""What is shown, and the value."""

SPANS = {"15m": 900, "30m": 1_800, "1h": 3_600, "2h": 7_200, "1d": 86_400}
"""The spans that a dialog offers, in seconds."""

_MOST = 100


def field(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    """Return an input block."""
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": blocks.plain(label, 200),
        "element": element,
        "optional": optional,
    }
    return made | ({"hint": blocks.plain(hint, 200)} if hint else {})


def line(initial: str = "", *, most: int = 300) -> Block:
    """Return a field for one line of text."""
    made: Block = {"type": "plain_text_input", "action_id": "value", "max_length": most}
    shown = clean(initial, most)
    return made | ({"initial_value": shown} if shown else {})


def lines(initial: str = "", *, most: int = 2_000) -> Block:
    """Return a field for several lines of text."""
    made: Block = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": True,
        "max_length": most,
    }
    shown = clean(initial, most, lines=True)
    return made | ({"initial_value": shown} if shown else {})


def person(initial: str | None = None) -> Block:
    """Return a field in which a person of the workspace is chosen."""
    made: Block = {"type": "users_select", "action_id": "value"}
    return made | ({"initial_user": initial} if initial else {})


def day(initial: str = "") -> Block:
    """Return a field in which a day is chosen, as YYYY-MM-DD."""
    made: Block = {"type": "datepicker", "action_id": "value"}
    return made | ({"initial_date": initial} if initial else {})


def choice(choices: Sequence[Choice], chosen: str | None = None) -> Block:
    """Return a field in which one of these is chosen; there must be one at least."""
    options = [option(shown, value) for shown, value in choices[:_MOST]]
    initial = next((one for one in options if one["value"] == chosen), None)
    made: Block = {"type": "static_select", "action_id": "value", "options": list(options)}
    return made | ({"initial_option": initial} if initial else {})


def option(shown: str, value: str) -> Block:
    """Return one entry of a menu."""
    return {"text": blocks.plain(shown, 75), "value": clean(value, 150) or "–"}


def incident_field(incidents: Sequence[Incident], chosen: str | None, lang: str) -> Block:
    """Return the field that says which incident is meant; the only one is chosen already."""
    shown = [(f"{one.name} · {one.priority.value} · {facts.headline(one)}", one.id) for one in incidents]
    only = incidents[0].id if len(incidents) == 1 else chosen
    return field("incident", text(lang, "field-incident"), choice(shown, only))


def priority_field(chosen: Priority | None, lang: str) -> Block:
    """Return the field in which a priority is chosen."""
    shown = [(text(lang, f"priority-{one.value}"), one.value) for one in Priority]
    return field("priority", text(lang, "declare-priority"), choice(shown, chosen.value if chosen else None))

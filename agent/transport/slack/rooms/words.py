"""What a channel of its own is called, and the topic that tells how the incident stands."""

import re

from agent.domain.incident import Incident, IncidentStatus, Priority
from agent.locale.messages import text
from agent.transport.foreign import cut
from agent.transport.slack import blocks

LONGEST_NAME = 70
LONGEST_TOPIC = 250
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_OPEN = {Priority.P0: "🚨", Priority.P1: "🔴", Priority.P2: "🟠", Priority.P3: "🔵"}
_STATES = {IncidentStatus.MITIGATED: "🟡", IncidentStatus.RESOLVED: "🟢", IncidentStatus.CLOSED: "⚪"}


def room_name(incident: Incident) -> str:
    """Return the channel's name, such as `inc-12-checkout`: what the card's title names first, in letters Slack takes."""
    named, separator, _ = incident.title.partition(": ")
    about = (_slug(named) if separator else "") or _slug(incident.service)
    return f"inc-{incident.number}-{about}"[:LONGEST_NAME].strip("-")


def _slug(name: str) -> str:
    return _NOT_IN_NAMES.sub("-", name.lower()).strip("-")


def topic(incident: Incident, lang: str, commander: str) -> str:
    """Return the topic: priority, state and who leads, by name: topics know no mentions.

    The title stands in the first message: it changes more often, and each new topic is a line in the channel.
    """
    said = text(
        lang,
        "room-topic",
        mark=_STATES.get(incident.status, _OPEN[incident.priority]),
        priority=incident.priority.value,
        name=incident.name,
        status=text(lang, f"status-{incident.status.value}"),
    )
    leads = (
        text(lang, "room-led", who=blocks.plain(commander, 60)["text"])
        if commander
        else text(lang, "room-unled")
    )
    return cut(f"{said} · {leads}", LONGEST_TOPIC)

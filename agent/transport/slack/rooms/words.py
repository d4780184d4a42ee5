"""What a channel of its own is called, and the topic that tells how the incident stands."""

import re

from agent.domain.incident import Incident, IncidentStatus, Priority
from agent.locale.messages import text
from agent.transport import facts
from agent.transport.foreign import cut
from agent.transport.slack import blocks

LONGEST_NAME = 70
LONGEST_TOPIC = 250
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_OPEN = {Priority.P0: "🚨", Priority.P1: "🔴", Priority.P2: "🟠", Priority.P3: "🔵"}
_STATES = {IncidentStatus.MITIGATED: "🟡", IncidentStatus.RESOLVED: "🟢", IncidentStatus.CLOSED: "⚪"}


def room_name(incident: Incident) -> str:
    """Return the channel's name, such as `inc-12-checkout`; letters that Slack refuses in names are left out."""
    about = _NOT_IN_NAMES.sub("-", incident.service.lower()).strip("-")
    return f"inc-{incident.number}-{about}"[:LONGEST_NAME].strip("-")


def topic(incident: Incident, lang: str, commander: str) -> str:
    """Return the topic: priority, state, what it is about, and who leads, by name: topics know no mentions."""
    said = text(
        lang,
        "room-topic",
        mark=_STATES.get(incident.status, _OPEN[incident.priority]),
        priority=incident.priority.value,
        name=incident.name,
        status=text(lang, f"status-{incident.status.value}"),
        title=str(blocks.plain(facts.headline(incident), 120)["text"]),
    )
    leads = (
        text(lang, "room-led", who=blocks.plain(commander, 60)["text"])
        if commander
        else text(lang, "room-unled")
    )
    return cut(f"{said} · {leads}", LONGEST_TOPIC)

"""What everybody may know of a matter that is kept apart: that it is there, how bad it is, and who is on it."""

from agent.domain.incident import Incident
from agent.locale.messages import text

VEILED = "veiled-title"
"""The message that stands in place of the title."""


def veiled(incident: Incident, lang: str) -> Incident:
    """Return an incident as it is shown to people who may not see its details; an ordinary one as it is."""
    if not incident.category:
        return incident
    bare = {"title": text(lang, VEILED), "service": "", "namespace": "", "cluster": ""}
    return incident.model_copy(update=bare)


def is_veiled(incident: Incident, lang: str) -> bool:
    """Say whether an incident is shown without its details."""
    return bool(incident.category) and incident.title == text(lang, VEILED)

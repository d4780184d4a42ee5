"""What the audit record says, entry by entry, in words for people."""

from agent.domain.audit import AuditEvent
from agent.domain.noun import Json
from agent.locale.messages import text
from agent.transport.foreign import clean

_TELLING = ("sentence", "reason", "why", "outcome", "detail", "verdict", "choice", "state", "name", "step")


def audit_words(lang: str, event: AuditEvent, handle: str) -> str:
    """Return one entry as plain text: what was done, to which action, and the most telling of its data."""
    kind = text(lang, f"audit-{event.kind.value}")
    parts = [kind, handle, *_telling(event.data)]
    return clean(" · ".join(part for part in parts if part), 118)


def _telling(data: dict[str, Json]) -> list[str]:
    found = [data[name] for name in _TELLING if name in data]
    return [clean(one, 80) for one in found if isinstance(one, str) and one.strip()][:2]

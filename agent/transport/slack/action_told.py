"""What the audit record says, entry by entry, in words for people."""

from agent.domain.audit import AuditEvent
from agent.domain.noun import Json
from agent.locale.messages import text
from agent.locale.retold import retold
from agent.transport import proposals
from agent.transport.foreign import clean

_TELLING = ("sentence", "reason", "reasons", "why", "detail", "text", "step")


def audit_words(lang: str, event: AuditEvent, handle: str) -> str:
    """Return one entry as plain text: what was done, to which action, and the most telling of its data."""
    kind = text(lang, f"audit-{event.kind.value}")
    outcome = proposals.outcome(lang, _word(event.data, "outcome"))
    choice = _word(event.data, "choice")
    vote = text(lang, f"audit-choice-{choice}") if choice in ("approve", "reject") else ""
    telling = next((_word(event.data, name) for name in _TELLING if _word(event.data, name)), "")
    parts = [
        " ".join(part for part in (kind, handle) if part),
        vote,
        outcome,
        clean(retold(lang, telling), 90),
    ]
    return clean(" · ".join(part for part in parts if part), 118)


def _word(data: dict[str, Json], name: str) -> str:
    value = data.get(name)
    # Of several reasons the first is the decisive one.
    first = value[0] if isinstance(value, list) and value else value
    return first.strip() if isinstance(first, str) else ""

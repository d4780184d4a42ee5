"""What a finding says, in the reader's language: its catalogue message with the spans of time in that language."""

from datetime import datetime

from agent.domain.evidence import Finding
from agent.domain.noun import Json
from agent.locale.format import duration
from agent.locale.messages import known, text


def claim(language: str, finding: Finding) -> str:
    """Return a finding's claim in a language; one without a catalogue message stays as it was written."""
    words = worded(language, finding.details.get("message"), finding.details.get("spans"))
    return words or finding.claim


def worded(language: str, message: Json, spans: Json = None) -> str | None:
    """Return a stored message (`id` and `args`) in a language, or None when it is no message that exists."""
    if not isinstance(message, dict) or not isinstance(args := message.get("args"), dict):
        return None
    name = message.get("id")
    if not isinstance(name, str) or not known(name):
        return None
    # Numbers and spans are written in English where they are found, so that they can be checked letter by letter.
    told = (
        dict(_told(language, span) for span in spans if isinstance(span, dict))
        if isinstance(spans, list)
        else {}
    )
    return text(language, name, **{key: told.get(str(value), value) for key, value in args.items()})


def _told(language: str, span: dict[str, Json]) -> tuple[str, str]:
    written = str(span.get("text", ""))
    try:
        start, end = (datetime.fromisoformat(str(span.get(name))) for name in ("from", "to"))
        return written, duration(language, abs(end - start))
    except (ValueError, TypeError):
        return written, written

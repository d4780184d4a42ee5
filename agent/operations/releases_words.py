"""A release in words: its name, each comparison, and the reasons; for its message, for lists and for incidents."""

from agent.domain.deployment import Contrast, Deployment
from agent.domain.results import Quantity
from agent.locale.format import quantity
from agent.locale.messages import known, text


def name_of(deployment: Deployment) -> str:
    """Return service and version, such as `checkout 1.8.2`."""
    return f"{deployment.service} {deployment.spoken}".strip()


def signal_words(signal: str, lang: str) -> str:
    """Return what people call a signal."""
    message = f"signal-{signal}"
    return text(lang, message) if known(message) else signal.replace("_", " ")


def value_words(one: Contrast, value: float | None, lang: str) -> str:
    """Return a value with its unit; a dash when it is not known."""
    return "–" if value is None else quantity(lang, Quantity(value=value, unit=one.unit))


def reason_words(code: str, lang: str) -> str:
    """Return a reason code in words; empty for none."""
    message = f"release-because-{code}"
    return text(lang, message) if code and known(message) else ""


def contrast_words(one: Contrast, lang: str) -> str:
    """Return one comparison in a line, such as `Error rate 0.2% → 3.1%`."""
    signal, because = signal_words(one.signal, lang), reason_words(one.because, lang)
    if one.after is None:
        return text(lang, "release-contrast-unknown", signal=signal, because=because or "–")
    before, after = value_words(one, one.before, lang), value_words(one, one.after, lang)
    line = text(lang, "release-contrast", signal=signal, before=before, after=after)
    return text(lang, "release-contrast-because", line=line, because=because) if because else line

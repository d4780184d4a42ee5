"""Stage 1: alerts that people asked not to hear about."""

from collections.abc import Sequence

from agent.domain.alert import Alert, Reason
from agent.ports.store import Mute


def muted(mutes: Sequence[Mute], alert: Alert) -> tuple[Mute, Reason] | None:
    """Return the mute that covers a firing alert and why, or None; the end of an alert is never muted."""
    if not alert.firing:
        return None
    for mute in mutes:
        if mute.labels and mute.labels.items() <= alert.labels.items():
            named = ", ".join(f'{name}="{value}"' for name, value in sorted(mute.labels.items()))
            sentence = f"{mute.by} muted {named} until {mute.until:%Y-%m-%d %H:%M} UTC"
            return mute, Reason(rule="muted", sentence=sentence)
    return None

"""The words that intake puts into timelines."""

from collections.abc import Iterable, Sequence

from agent.domain.alert import AlertGroup
from agent.intake.sighting import Verdict

_MOST_NAMES = 10
_SHOWN = 3


def names_of(verdicts: Iterable[Verdict]) -> list[str]:
    """Return the distinct alerts with what they are about, at most ten."""
    names = {f"{v.sighting.alert.name} on {v.sighting.subject.service}" for v in verdicts}
    return sorted(names)[:_MOST_NAMES]


def text_of(names: Sequence[str], notes: Sequence[str], count: int | None = None) -> str:
    """Return one line: the first names, how many alerts there are, and the delivery's notes."""
    shown = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    if more > 0:
        shown += f" and {more} more"
    if count is not None and count > len(names):
        shown += f" ({count} alerts)"
    return "; ".join([shown, *notes])


def delivery_notes(group: AlertGroup) -> list[str]:
    """Return what is odd about a delivery, alerts left out by the sender first."""
    left_out = group.truncated_alerts
    truncated = (
        [f"{left_out} {'alert' if left_out == 1 else 'alerts'} left out by the sender"] if left_out else []
    )
    return [*truncated, *group.notes]

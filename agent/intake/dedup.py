"""Stage 2: what an alert's message changes against what is known of it."""

from datetime import datetime

from agent.domain.alert import AlertRecord, Reason
from agent.domain.lingering import explained
from agent.intake.sighting import Outcome, Sighting, began
from agent.intake.windows import Windows


def judge(sighting: Sighting, now: datetime, windows: Windows) -> tuple[Outcome, Reason]:
    """Return what the message means: news, an end, a repeat, or a message overtaken by a later one."""
    known = sighting.known
    if sighting.alert.firing:
        if known is None:
            return Outcome.NEW, Reason(rule="first-seen", sentence="this alert was never seen before")
        return _firing(sighting, known, now, windows)
    if known is None:
        return Outcome.UNKNOWN_RESOLVED, Reason(
            rule="end-without-start",
            sentence="it has ended and was never seen firing; nothing is opened for it",
        )
    return _resolved(sighting, known, now)


def _firing(
    sighting: Sighting, known: AlertRecord, now: datetime, windows: Windows
) -> tuple[Outcome, Reason]:
    if known.alert.firing:
        if known.muted_by is not None:
            outcome = Outcome.NEW if known.incident_id is None else Outcome.REFIRED
            return outcome, Reason(rule="mute-over", sentence="it still fires and its mute is over")
        if known.let_go_until is not None and not explained(known, now):
            sentence = "it still fires long after the incident that it came with has ended"
            return Outcome.REFIRED, Reason(rule="goes-on", sentence=sentence)
        return Outcome.REPEAT, Reason(rule="repeat", sentence="it is known to be firing")
    ended = known.alert.ends_at
    if ended is not None and began(sighting.alert, now) < ended and now - known.last_seen_at < windows.late:
        sentence = f"it started before {ended:%H:%M:%S} UTC, when the same alert ended; this message is late"
        return Outcome.STALE, Reason(rule="overtaken-by-end", sentence=sentence)
    return Outcome.REFIRED, Reason(rule="fires-again", sentence="it had ended and fires again")


def _resolved(sighting: Sighting, known: AlertRecord, now: datetime) -> tuple[Outcome, Reason]:
    if not known.alert.firing:
        return Outcome.REPEAT, Reason(rule="repeat", sentence="it is known to have ended")
    ended = sighting.alert.ends_at
    if ended is not None and ended < began(known.alert, known.last_seen_at):
        sentence = f"it ended at {ended:%H:%M:%S} UTC, before the present firing began; this message is late"
        return Outcome.STALE, Reason(rule="overtaken-by-start", sentence=sentence)
    return Outcome.RESOLVED, Reason(rule="ended", sentence="its condition no longer holds")

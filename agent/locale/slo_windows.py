"""An objective's window in words."""

from datetime import timedelta

from agent.domain.slo import CalendarWindow, RollingWindow
from agent.locale.format import duration
from agent.locale.messages import text


def window_words(language: str, window: RollingWindow | CalendarWindow) -> str:
    """Return `30 days` for a rolling window, `the month (UTC)` for one of the calendar."""
    if isinstance(window, RollingWindow):
        days = window.length // timedelta(days=1)
        if timedelta(days=days) == window.length:
            return text(language, "slo-window-days", count=days)
        return duration(language, window.length)
    return text(language, f"slo-window-{window.unit.value}", zone=window.zone)

"""The constants of the anomaly score, the same for every series, each with where it comes from.

In brackets: how the two development figures (NAB standard, then event F1 on cloud series) move when the constant is
halved and when it is doubled; moves below one point of NAB and .01 of F1 are noise and not given.
"""

from dataclasses import dataclass

DAY = 86_400.0

# The scale of the score. A shock approaches CEILING and is half of it at HALF widths; what lies above is a record.
CEILING = 0.9
HALF = 4.0
# Where to look, and what to page for: the middle of the plateaus on the development split, 15 widths and a record of
# one unit. 0.9 % and 0.1 % of all recorded points reach them, anomalies included.
UNUSUAL = 0.71
NOVEL = 1.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """Lengths are half-lives or windows in points unless they say otherwise."""

    # Of the recent level (-2.9, -2.7; -.01, -.02), the sustained residual (-.5, -2.1) and the smoothed value (-1.5, -2).
    level: float = 100.0
    sustained: float = 32.0
    smooth: float = 4.0
    # Of a day, the natural unit of people's calendars (-3.3, -2), and the weight of the latest visit: five days' memory.
    slots: int = 24
    learn: float = 0.25
    # The two ideas of what is usual (-.02 and -.01 when either is doubled), the most widths that one point may add to
    # them (halved -.06), and the share of the usual step below which no width falls.
    width_fast: float = 50.0
    width_slow: float = 200.0
    clip: float = 4.0
    floor: float = 0.05
    # How far back records are compared, beside forever (-1.6, -4.5 and -1.3, +.3).
    window_short: int = 1000
    window_long: int = 3000
    # How long a strong record silences weaker ones (-.4, -5.6).
    habituation: float = 100.0
    # Points before an excess and a width mean something: any small number.
    warm_up: int = 10
    warm_width: int = 20
    # A daily rhythm shows in two days (0, -3.5; -.02, +.01); the points keep sparse series honest (-.03, -.03).
    record_days: float = 2.0
    record_points: int = 100
    # Widths that a record needs: what is no shock at all is drift (-.9, -9.7).
    record_shock: float = 4.0
    # What a record of 1 is, a scale only: roots of excess in spans, the middle of the plateau from 0.22 to 0.26.
    record_unit: float = 0.24

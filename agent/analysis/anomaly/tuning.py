"""The constants of the anomaly score, the same for every series, each with where it comes from."""

from dataclasses import dataclass

DAY = 86_400.0

# The scale of the score. A shock approaches CEILING and is half of it at HALF widths; what lies above is a record.
CEILING = 0.9
HALF = 4.0
# Where to look: what is unusual for the series (15 widths), and what is new to it.
UNUSUAL = 0.71
NOVEL = 1.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """Lengths are counted in points unless they say otherwise; the score's scale is explained in `online`."""

    level: float = 100.0
    sustained: float = 32.0
    smooth: float = 4.0
    slots: int = 24
    learn: float = 0.25
    width_fast: float = 50.0
    width_slow: float = 200.0
    clip: float = 4.0
    floor: float = 0.05
    window_short: int = 1000
    window_long: int = 3000
    habituation: float = 100.0
    warm_up: int = 10
    warm_width: int = 20
    record_days: float = 2.0
    record_points: int = 100
    record_shock: float = 4.0
    record_unit: float = 0.25

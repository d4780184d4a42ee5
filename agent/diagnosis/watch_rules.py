"""Which signals the bot watches by itself, and what difference of each is big enough to matter to anybody."""

from dataclasses import dataclass

# The request rate tells how much the other signals of a service are worth.
TRAFFIC = "request_rate"


@dataclass(frozen=True, slots=True)
class Watched:
    """A signal and its material size, the same for every service.

    A difference matters when it is at least `least` in the signal's unit and `share` of what is normal, in a direction
    that is bad: `rises` or `falls`. Rising values must end at `from_` or above, falling ones begin there. With less
    than `traffic` requests a second a number stands on too few requests, and with `weighted` it is the number of
    requests concerned per second that must reach `traffic`. Only what `wakes` may become an alert.
    It is sustained after so many `looks` in a row. What `fills` is abnormal, too, when it soon will be full.
    """

    signal: str
    least: float
    share: float = 0.0
    rises: bool = False
    falls: bool = False
    from_: float = 0.0
    traffic: float = 0.0
    weighted: bool = False
    wakes: bool = True
    looks: int = 2
    fills: bool = False

    def worse(self, value: float, normal: float) -> int:
        """Return 1 when the value is above what is normal and that is bad, -1 when below and bad, else 0."""
        if value > normal:
            return int(self.rises)
        return -int(self.falls) if value < normal else 0

    def material(self, value: float, normal: float, traffic: float | None) -> bool:
        """Say whether the difference matters; `traffic` in requests a second, None where nobody counts them."""
        way = self.worse(value, normal)
        if way == 0 or abs(value - normal) < max(self.least, self.share * abs(normal)):
            return False
        if (value if way > 0 else normal) < self.from_:
            return False
        if traffic is None or not self.traffic:
            return True
        return (value * traffic if self.weighted else traffic) >= self.traffic


# The sizes are judgements of what a person would want to know, not fitted to data: half of the thresholds that the
# rules in deploy/ ship with, or less. bench.detection gives what they cost and bring.
WATCHED: tuple[Watched, ...] = (
    Watched(TRAFFIC, least=1.0, share=0.5, falls=True, from_=2.0),
    # Three points of a hundred (with two, releases make twice as many false alarms), and three failed requests a
    # minute: a lone error of a quiet service is neither.
    Watched("server_error_ratio", least=0.03, share=1.0, rises=True, traffic=0.05, weighted=True),
    # Below twelve requests a minute a 95th percentile is the slowest request.
    # A third look, because a slow minute is more common than a failing one.
    Watched("latency_p95", least=0.1, share=0.5, rises=True, traffic=0.2, looks=3),
    Watched("up", least=0.2, falls=True),
    Watched("container_memory_ratio", least=0.1, rises=True, from_=0.6, fills=True),
    Watched("pool_utilization", least=0.2, rises=True, from_=0.7),
    # A release leaves a cold cache for some minutes.
    Watched("cache_hit_ratio", least=0.25, falls=True, looks=3),
    # Busy processors are a cause: people are woken by what it does to requests.
    Watched("cpu_utilization", least=0.2, rises=True, from_=0.5, wakes=False),
)
BY_SIGNAL = {one.signal: one for one in WATCHED}

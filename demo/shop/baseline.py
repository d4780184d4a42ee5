"""The past before the demo's start, weeks of it coarse and two healthy hours fine, with the labels of live series."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.shop import earlier
from demo.shop.context import MIB
from demo.shop.load import MIX, pace
from demo.shop.telemetry import BUCKETS

STEP_SECONDS = 15
HOURS = 2
# The last minutes are as fine as live scrapes, so that a rate over a short window knows no seam.
FINE_SPAN, FINE_STEP = 180, 2
# As many as live requests fail by chance.
ERRORS = 0.0008


@dataclass(frozen=True, slots=True)
class Profile:
    """How one service behaves on a good day."""

    service: str
    method: str
    route: str
    share: float
    median: float
    spread: float


# Service, working set and limit in MiB.
MEMORY = (
    ("storefront", 112, 384),
    ("checkout", 122, 384),
    ("payment", 142, 384),
    ("ledger-db", 384, 1024),
    ("catalog", 152, 256),
    ("textbook", 172, 512),
    ("tutor", 132, 384),
)
_SHARES = {kind.__name__: share for kind, share in MIX}
_TUTOR, _BUY, _LOOK = _SHARES["question"], _SHARES["checkout"], _SHARES["product"]
PROFILES: tuple[Profile, ...] = (
    Profile("storefront", "GET", "/products/{item}", _LOOK, 0.016, 0.5),
    Profile("storefront", "POST", "/checkout", _BUY, 0.075, 0.4),
    Profile("storefront", "POST", "/textbooks", _SHARES["textbook"], 0.12, 0.35),
    Profile("storefront", "POST", "/tutor/questions", _TUTOR, 0.165, 0.35),
    Profile("checkout", "POST", "/orders", _BUY, 0.06, 0.4),
    Profile("payment", "POST", "/charges", _BUY, 0.03, 0.4),
    Profile("ledger-db", "POST", "/query", _BUY, 0.01, 0.4),
    Profile("catalog", "GET", "/items/{item}", _LOOK + _BUY, 0.008, 0.5),
    Profile("textbook", "POST", "/textbooks", _SHARES["textbook"], 0.11, 0.35),
    Profile("tutor", "POST", "/answers", _TUTOR, 0.155, 0.35),
)


def below(bound: float, median: float, spread: float) -> float:
    """Return the share of requests faster than the bound, for log-normal durations."""
    return 0.5 * (1 + math.erf(math.log(bound / median) / (spread * math.sqrt(2))))


def identity(service: str, namespace: str) -> dict[str, str]:
    """Return the labels of the Pod that served before; sums by service join its series with the live ones."""
    pod = f"{service}-6c9f7d8b54-prior"
    return {
        "job": f"ai-textbook-{service}",
        "instance": pod,
        "namespace": namespace,
        "pod": pod,
        "service": service,
        "version": "v1",
        "node": "node-1",
    }


def _series(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{inside}}}"


def _sample(name: str, labels: Mapping[str, str], value: float, at: float) -> str:
    return f"{_series(name, labels)} {value:.6g} {at:.0f}"


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of the past: when, how long after the one before, and how much load there was."""

    at: float
    seconds: float
    rate: float


class _Counted:
    """The counters of one profile while time passes, and their lines, series by series."""

    def __init__(self, profile: Profile, namespace: str, chance: random.Random) -> None:
        self._profile = profile
        self._chance = chance
        labels = {**identity(profile.service, namespace), "method": profile.method, "route": profile.route}
        good, bad = {**labels, "status": "200"}, {**labels, "status": "503"}
        self._good = self._bad = 0.0
        self._at: float | None = None
        name = "http_request_duration_seconds"
        mean = profile.median * math.exp(profile.spread**2 / 2)
        shares = [(f"{float(bound)}", below(bound, profile.median, profile.spread)) for bound in BUCKETS]
        # Each series with its share of the requests, and whether the weeks before know it.
        self._shares = (
            *(
                (_series(f"{name}_bucket", {**good, "le": le}), share, le in earlier.BOUNDS)
                for le, share in (*shares, ("+Inf", 1.0))
            ),
            (_series(f"{name}_sum", good), mean, True),
            (_series(f"{name}_count", good), 1.0, True),
        )
        self._answered = tuple(_series("http_requests_total", one) for one in (good, bad))
        self.requests: list[list[str]] = [[], []]
        self.durations: list[list[str]] = [[] for _ in self._shares]

    def before(self, moment: earlier.Moment, rate: float) -> None:
        """Count and note one coarse sample, unless it is not for this service."""
        if moment.small == moment.close(self._profile.service):
            share = moment.failing.get(self._profile.service, earlier.ERRORS)
            self._advance(rate, moment.at, share)
            self._note_requests(moment.at)
            if moment.recent:
                self._note_durations(moment.at)
        if not (moment.small or moment.recent) and moment.at % earlier.DURATION_SECONDS == 0:
            self._note_durations(moment.at, told=False)

    def advance(self, step: Step) -> None:
        """Count and note one fine step."""
        self._advance(step.rate, step.at, ERRORS * self._chance.uniform(0.2, 1.8))
        self._note_requests(step.at)
        self._note_durations(step.at)

    def _advance(self, rate: float, at: float, failing: float) -> None:
        """Count what was asked since the sample before, whether that was a moment or half an hour ago."""
        expected = rate * self._profile.share * (at - (self._at or at))
        self._at = at
        count = max(self._chance.gauss(expected, math.sqrt(expected)), 0.0)
        self._good += count * (1 - failing)
        self._bad += count * failing

    def _note_requests(self, at: float) -> None:
        for lines, series, value in zip(self.requests, self._answered, (self._good, self._bad), strict=True):
            lines.append(f"{series} {value:.9g} {at:.0f}")

    def _note_durations(self, at: float, *, told: bool = True) -> None:
        for lines, (series, share, early) in zip(self.durations, self._shares, strict=True):
            if told or early:
                lines.append(f"{series} {self._good * share:.9g} {at:.0f}")


def _steps(end: float, rate: float) -> Iterator[Step]:
    at = end - HOURS * 3600
    while at <= end:
        seconds = STEP_SECONDS if end - at > FINE_SPAN else FINE_STEP
        yield Step(at, seconds, pace(rate, at))
        at += seconds


def _families(end: float, rate: float, namespace: str) -> Iterator[tuple[str, str, list[str]]]:
    chance = random.Random(42)
    counted = [_Counted(profile, namespace, chance) for profile in PROFILES]
    for moment in earlier.moments(end, end - HOURS * 3600 - STEP_SECONDS):
        for each in counted:
            each.before(moment, rate)
    for step in _steps(end, rate):
        for each in counted:
            each.advance(step)
    yield "http_requests", "counter", [line for one in counted for lines in one.requests for line in lines]
    durations = [line for one in counted for lines in one.durations for line in lines]
    yield "http_request_duration_seconds", "histogram", durations
    yield from _business(end, rate, namespace, chance)
    yield from _levels(end, rate, namespace, chance)


def _business(
    end: float, rate: float, namespace: str, chance: random.Random
) -> Iterator[tuple[str, str, list[str]]]:
    checkout, tutor = identity("checkout", namespace), identity("tutor", namespace)
    books = {**identity("textbook", namespace), "grade_level": "8", "subject": "math"}
    catalog = identity("catalog", namespace)
    growing = (
        ("checkout_started", checkout, _BUY),
        ("checkout_completed", checkout, _BUY * 0.98),
        ("transactions", {**checkout, "outcome": "paid"}, _BUY * 0.98),
        ("revenue", {**checkout, "currency": "KRW"}, _BUY * 35),
        ("textbooks_created", books, _SHARES["textbook"]),
        ("ai_tokens_used", {**tutor, "model": "textbook-small"}, _TUTOR * 400),
        ("cache_hits", catalog, (_LOOK + _BUY) * 0.98),
        ("cache_misses", catalog, (_LOOK + _BUY) * 0.02),
    )
    for name, labels, per_request in growing:
        total, lines = 0.0, []
        for step in _steps(end, rate):
            total += step.rate * per_request * step.seconds * chance.uniform(0.9, 1.1)
            lines.append(_sample(f"{name}_total", labels, total, step.at))
        yield name, "counter", lines


def _levels(
    end: float, rate: float, namespace: str, chance: random.Random
) -> Iterator[tuple[str, str, list[str]]]:
    payment = identity("payment", namespace)
    levels = (
        ("db_connection_pool_in_use", payment, 0.3, 0.3),
        ("db_connection_pool_max", payment, 10, 0),
        ("db_connection_pool_waiting", payment, 0, 0),
        ("active_users_total", identity("storefront", namespace), 120, 8),
    )
    everywhere: list[tuple[str, dict[str, str], float, float]] = []
    for service, memory, limit in MEMORY:
        labels = identity(service, namespace)
        everywhere.append(("up", labels, 1, 0))
        everywhere.append(("container_memory_working_set_bytes", labels, memory * MIB, 2 * MIB))
        everywhere.append(("container_spec_memory_limit_bytes", labels, limit * MIB, 0))
    for name, labels, middle, wander in (*levels, *sorted(everywhere, key=lambda level: level[0])):
        lines = [
            _sample(name, labels, max(middle + chance.uniform(-wander, wander), 0), step.at)
            for step in _steps(end, rate)
        ]
        yield name, "gauge", lines


def openmetrics(end: float, *, rate: float, namespace: str = "shop") -> str:
    """Return the past up to `end` (Unix seconds) for a load of `rate` requests a second."""
    families: dict[tuple[str, str], list[str]] = {}
    for name, kind, samples in _families(end, rate, namespace):
        families.setdefault((name, kind), []).extend(samples)
    lines: list[str] = []
    for (name, kind), samples in families.items():
        lines.append(f"# TYPE {name} {kind}")
        lines += samples
    return "\n".join([*lines, "# EOF", ""])

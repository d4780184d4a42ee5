"""Two healthy hours before the demo's start, as OpenMetrics text with the labels that live series carry."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.shop.load import MIX, RIPPLE, RIPPLE_SECONDS
from demo.shop.telemetry import BUCKETS

STEP_SECONDS = 15
HOURS = 2
ERRORS = 0.002


@dataclass(frozen=True, slots=True)
class Profile:
    """How one service behaves on a good day."""

    service: str
    method: str
    route: str
    share: float
    median: float
    spread: float


_SHARES = {kind.__name__: share for kind, share in MIX}
_TUTOR, _BUY, _LOOK = _SHARES["question"], _SHARES["checkout"], _SHARES["product"]
PROFILES: tuple[Profile, ...] = (
    Profile("storefront", "GET", "/products/{item}", _LOOK, 0.016, 0.5),
    Profile("storefront", "POST", "/checkout", _BUY, 0.075, 0.4),
    Profile("storefront", "POST", "/textbooks", _SHARES["textbook"], 0.12, 0.35),
    Profile("storefront", "POST", "/tutor/questions", _TUTOR, 0.2, 0.35),
    Profile("checkout", "POST", "/orders", _BUY, 0.06, 0.4),
    Profile("payment", "POST", "/charges", _BUY, 0.03, 0.4),
    Profile("ledger-db", "POST", "/query", _BUY, 0.01, 0.4),
    Profile("catalog", "GET", "/items/{item}", _LOOK + _BUY, 0.008, 0.5),
    Profile("textbook", "POST", "/textbooks", _SHARES["textbook"], 0.11, 0.35),
    Profile("tutor", "POST", "/answers", _TUTOR, 0.19, 0.35),
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
    }


def _sample(name: str, labels: Mapping[str, str], value: float, at: float) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value:.6g} {at:.0f}"


class _Counted:
    """The counters of one profile while time passes."""

    def __init__(self, profile: Profile, namespace: str, chance: random.Random) -> None:
        self._profile = profile
        self._chance = chance
        labels = {"method": profile.method, "route": profile.route}
        self._labels = {**identity(profile.service, namespace), **labels}
        self._good = self._bad = 0.0
        edges = [below(bound, profile.median, profile.spread) for bound in BUCKETS]
        self._shares = [*edges, 1.0]

    def advance(self, rate: float) -> None:
        """Count the requests of one step."""
        expected = rate * self._profile.share * STEP_SECONDS
        count = max(self._chance.gauss(expected, math.sqrt(expected)), 0.0)
        bad = count * ERRORS * self._chance.uniform(0.2, 1.8)
        self._good += count - bad
        self._bad += bad

    def requests(self, at: float) -> Iterator[str]:
        """Yield the request counters."""
        yield _sample("http_requests_total", {**self._labels, "status": "200"}, self._good, at)
        yield _sample("http_requests_total", {**self._labels, "status": "503"}, self._bad, at)

    def durations(self, at: float) -> Iterator[str]:
        """Yield the histogram of the good requests."""
        labels, name = {**self._labels, "status": "200"}, "http_request_duration_seconds"
        bounds = [*(f"{float(bound)}" for bound in BUCKETS), "+Inf"]
        for bound, share in zip(bounds, self._shares, strict=True):
            yield _sample(f"{name}_bucket", {**labels, "le": bound}, self._good * share, at)
        mean = self._profile.median * math.exp(self._profile.spread**2 / 2)
        yield _sample(f"{name}_sum", labels, self._good * mean, at)
        yield _sample(f"{name}_count", labels, self._good, at)


def _rates(start: float, rate: float) -> Iterator[tuple[float, float]]:
    steps = HOURS * 3600 // STEP_SECONDS
    for step in range(steps):
        at = start + step * STEP_SECONDS
        yield at, rate * (1 + RIPPLE * math.sin(2 * math.pi * at / RIPPLE_SECONDS))


def _families(start: float, rate: float, namespace: str) -> Iterator[tuple[str, str, list[str]]]:
    chance = random.Random(42)
    counted = [_Counted(profile, namespace, chance) for profile in PROFILES]
    requests: list[str] = []
    durations: list[str] = []
    for at, now_rate in _rates(start, rate):
        for each in counted:
            each.advance(now_rate)
            requests += each.requests(at)
            durations += each.durations(at)
    yield "http_requests", "counter", requests
    yield "http_request_duration_seconds", "histogram", durations
    yield from _business(start, rate, namespace, chance)
    yield from _levels(start, rate, namespace, chance)


def _business(
    start: float, rate: float, namespace: str, chance: random.Random
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
        for at, now_rate in _rates(start, rate):
            total += now_rate * per_request * STEP_SECONDS * chance.uniform(0.9, 1.1)
            lines.append(_sample(f"{name}_total", labels, total, at))
        yield name, "counter", lines


def _levels(
    start: float, rate: float, namespace: str, chance: random.Random
) -> Iterator[tuple[str, str, list[str]]]:
    payment, catalog = identity("payment", namespace), identity("catalog", namespace)
    levels = (
        ("db_connection_pool_in_use", payment, 0.3, 0.3),
        ("db_connection_pool_max", payment, 10, 0),
        ("container_memory_working_set_bytes", catalog, 158e6, 3e6),
        ("active_users_total", identity("storefront", namespace), 120, 8),
    )
    for name, labels, middle, wander in levels:
        lines = [
            _sample(name, labels, max(middle + chance.uniform(-wander, wander), 0), at)
            for at, _ in _rates(start, rate)
        ]
        yield name, "gauge", lines


def openmetrics(now: float, *, rate: float, namespace: str = "shop") -> str:
    """Return the past up to `now` (Unix seconds) for a load of `rate` requests a second."""
    start = now - HOURS * 3600
    lines: list[str] = []
    for name, kind, samples in _families(start, rate, namespace):
        lines.append(f"# TYPE {name} {kind}")
        lines += sorted(samples, key=_series)
    return "\n".join([*lines, "# EOF", ""])


def _series(line: str) -> str:
    return line.rpartition("}")[0]

"""Verifies an action by the alerts it was to end: each alert's own expression, now and when the action began.

Better: no expression holds any more. Worse: an expression holds, its value is not falling, and it is more than 1.5 times
as far beyond the threshold as when the action began (a distance of less than a quarter of the threshold counts as that
quarter, because a value at the threshold trembles); or a critical alert of the same service holds that did not hold then.
A judgement says how long its expression looks back, because what it shows before that may be from before the action.
Unverifiable: not one expression can be asked and no signal stands in for it. Everything else is the same as before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from agent.domain.action import Action
from agent.domain.alert import AlertRecord, Severity
from agent.domain.evidence import Evidence, EvidenceStatus, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import SeriesResult, TableResult
from agent.domain.view import IncidentView
from agent.errors import OpsError
from agent.execution.needs import Book, Judgement
from agent.execution.scene import step_of_origin
from agent.execution.targets import service_of_target
from agent.locale.messages import text
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store
from tools.quantities import number

EXPRESSION = "metrics_collector.expression"
SIGNAL = "metrics_collector.signal"
WORSE = 1.5
LEAST_DISTANCE = 0.25
TREND_SECONDS = 20.0
# A value that has grown by so much since then is rising; one that has kept so much of itself is not falling.
_RISES, _KEEPS = 1.1, 0.98
# A rate over a window is free of the trouble when the window is, and a scrape or two later.
_SETTLED = 1.2
# Even what looks at the moment only is seen a scrape or two late.
_SEEN_LATE_SECONDS = 15.0
_MOST_ALERTS = 8
_INSTANCE_LABELS = frozenset({"pod", "instance", "container", "node"})
# What stands in for an alert whose rule nobody can show us, by words of its name.
_STANDS_IN = (
    ("error", "server_error_ratio"),
    ("latency", "latency_p95"),
    ("response", "latency_p95"),
    ("memory", "container_memory_ratio"),
    ("pool", "pool_utilization"),
    ("cache", "cache_hit_ratio"),
    ("cert", "certificate_days_left"),
    ("cpu", "cpu_utilization"),
)
Verdict = Literal["better", "same", "worse", "unverifiable"]
_SHORTFALLS: tuple[Verdict, ...] = ("same", "unverifiable")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one alert's expression stands at one moment; `holds` is None when it could not be asked."""

    holds: bool | None
    value: float | None = None
    threshold: float | None = None
    beyond: float | None = None
    looks_back: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Finding:
    verdict: Verdict
    sentence: str
    values: dict[str, Json]
    looks_back: float = 0.0
    rises: bool = False

    @property
    def settles(self) -> float:
        """Return the seconds after which nothing of the time before the action speaks any more."""
        return max(_SEEN_LATE_SECONDS, self.looks_back * _SETTLED)


class ExpressionJudge:
    """Implements the Judge that execution needs."""

    def __init__(self, store: Store, reads: Reads, book: Book, clock: Clock, *, language: str = "en") -> None:
        self._store = store
        self._reads = reads
        self._book = book
        self._clock = clock
        self._language = language

    async def judge(self, action: Action, view: IncidentView) -> Judgement:
        """Say how the alerts stand now, compared with when the action began."""
        found = await self._judged(action, view)
        unproved = found.verdict in ("same", "unverifiable")
        if unproved and await self._ends_nothing(action):
            return found.model_copy(update={"by_check": True})
        return found

    async def _ends_nothing(self, action: Action) -> bool:
        """Say whether an action is not meant to end an alert: it takes something back, or its step says so."""
        if action.request.undo_of is not None:
            return True
        async with self._store.read() as tx:
            step = await step_of_origin(tx, self._book.current.recoveries, action.request.origin)
        return step is not None and (step.proof == "check" or "@" in action.request.origin)

    async def _judged(self, action: Action, view: IncidentView) -> Judgement:
        if not view.alerts:
            # People declared it: there is no expression that could prove anything.
            return Judgement(verdict="unverifiable", sentence="", by_check=True)
        began = action.times.started_at or action.times.requested_at
        service = service_of_target(action.plan, view.incident)
        records = list(relevant(view.alerts, service))
        fresh = [r for r in records if _newly_critical(r, service, began)]
        for record in fresh:
            new = await self._new(record, began)
            if new is not None:
                return new
        if not records:
            return Judgement(verdict="better", sentence=self._say("judge-over"))
        return self._summed([await self._one(record, began) for record in records[:_MOST_ALERTS]], records)

    async def _one(self, record: AlertRecord, began: datetime) -> _Finding:
        rule = record.alert.name
        now = await self.standing(record, None)
        values: dict[str, Json] = {"value": now.value, "threshold": now.threshold}
        if now.holds is None:
            return _Finding("unverifiable", self._say("judge-unreadable", rule=rule, why=now.why), values)
        if not now.holds:
            return self._gone(record, now, values)
        then = await self.standing(record, began)
        values["before"] = then.value
        trend = await self._trend(record, now) if clearly_worse(now, then) else "falling"
        if trend != "falling":
            words = self._told("judge-worse", rule, now, before=_number(then.value))
            return _Finding("worse", words, values, now.looks_back, trend == "rising")
        if now.value is None:
            return _Finding("same", self._say("judge-same-plain", rule=rule), values, now.looks_back)
        return _Finding("same", self._told("judge-same", rule, now), values, now.looks_back)

    def _gone(self, record: AlertRecord, now: Standing, values: dict[str, Json]) -> _Finding:
        """Judge an expression that does not hold: a service that vanished from the metrics is not well by that."""
        if now.value is None and not _INSTANCE_LABELS & set(record.alert.labels):
            return _Finding("same", self._say("judge-silent", rule=record.alert.name), values)
        return _Finding("better", "", values)

    async def _trend(self, record: AlertRecord, now: Standing) -> Literal["rising", "level", "falling"]:
        """Say where a value is going: a rate over some minutes shows a cure late, by falling."""
        earlier = await self.standing(record, self._clock.now() - timedelta(seconds=TREND_SECONDS))
        if now.beyond is None or earlier.beyond is None:
            return "level"
        if now.beyond >= _RISES * max(earlier.beyond, 0.0):
            return "rising"
        return "level" if now.beyond >= _KEEPS * earlier.beyond else "falling"

    async def _new(self, record: AlertRecord, began: datetime) -> Judgement | None:
        """Judge a critical alert that began later: it speaks against the action if it holds only since then."""
        then = await self.standing(record, began)
        now = await self.standing(record, None)
        if then.holds is not False or now.holds is not True:
            return None
        rule = record.alert.name
        words = self._say("judge-new-alert", rule=rule, service=record.about or "?")
        finding = _Finding("worse", words, {"alert": rule}, now.looks_back)
        return Judgement(
            verdict="worse", sentence=words, values=finding.values, settles_seconds=finding.settles
        )

    async def standing(self, record: AlertRecord, at: datetime | None) -> Standing:
        """Ask an alert's own expression at a moment (None: now); a signal stands in where no rule is found."""
        alert = record.alert
        params: dict[str, Json] = {
            "rule": alert.name,
            "labels": dict(sorted(alert.labels.items())[:60]),
            "expression": _expression_in(alert.generator_url),
        }
        if at is not None:
            params["at"] = at.isoformat()
        try:
            evidence = await self._reads.run(ReadRequest(tool=EXPRESSION, params=params))
        except OpsError as error:
            return Standing(None, why=error.user_message)
        if evidence.status is EvidenceStatus.NO_DATA:
            return await self._by_signal(record, at)
        return read_standing(evidence)

    async def _by_signal(self, record: AlertRecord, at: datetime | None) -> Standing:
        name = next((s for word, s in _STANDS_IN if word in record.alert.name.lower()), None)
        if name is None or not record.about:
            return Standing(None, why=f"no rule {record.alert.name}")
        params: dict[str, Json] = {"signal": name, "service": record.about, "minutes": 2}
        if at is not None:
            params["end"] = at.isoformat()
        try:
            evidence = await self._reads.run(ReadRequest(tool=SIGNAL, params=params))
        except OpsError as error:
            return Standing(None, why=error.user_message)
        result, value = evidence.reading.result, evidence.reading.value
        if not isinstance(result, SeriesResult) or value is None or result.threshold is None:
            return Standing(None, why=evidence.error or evidence.reading.summary)
        low_is_bad = name in ("cache_hit_ratio", "certificate_days_left")
        beyond = (result.threshold - value.value) if low_is_bad else (value.value - result.threshold)
        return Standing(beyond > 0, value.value, result.threshold, beyond)

    def _summed(self, findings: Sequence[_Finding], records: Sequence[AlertRecord]) -> Judgement:
        values: dict[str, Json] = {
            record.alert.name: dict(finding.values)
            for record, finding in zip(records, findings, strict=False)
        }
        worse = sorted((f for f in findings if f.verdict == "worse"), key=lambda f: f.settles)
        if worse:
            # The soonest that can be sure is enough.
            first = next((f for f in worse if f.rises), worse[0])
            return Judgement(
                verdict="worse",
                sentence=first.sentence,
                values=values,
                settles_seconds=worse[0].settles,
                rises_over_seconds=TREND_SECONDS if first.rises else 0.0,
            )
        settles = max((finding.looks_back for finding in findings), default=0.0) * _SETTLED
        for verdict in _SHORTFALLS:
            short = next((f for f in findings if f.verdict == verdict), None)
            if short is not None:
                return Judgement(
                    verdict=verdict, sentence=short.sentence, values=values, settles_seconds=settles
                )
        rules = list(dict.fromkeys(record.alert.name for record in records))
        words = self._say("judge-better", rules=", ".join(rules), count=len(rules))
        return Judgement(verdict="better", sentence=words, values=values)

    def _told(self, message: str, rule: str, now: Standing, **more: str) -> str:
        shown = {"value": _number(now.value), "threshold": _number(now.threshold), **more}
        return self._say(message, rule=rule, **shown)

    def _say(self, message: str, /, **args: object) -> str:
        return text(self._language, message, **args)


def relevant(records: Sequence[AlertRecord], service: str | None) -> Iterator[AlertRecord]:
    """Yield the firing alerts of the service that an action works on; all that fire when none ever was about it."""
    own = [record for record in records if service and record.about == service]
    yield from (record for record in own or records if record.alert.firing)


def clearly_worse(now: Standing, then: Standing) -> bool:
    """Say whether a value is clearly farther beyond the threshold than it was; see the module's first lines."""
    if now.beyond is None or then.beyond is None or now.threshold is None:
        return False
    least = LEAST_DISTANCE * abs(now.threshold)
    return now.beyond > WORSE * max(then.beyond, least, 1e-9)


def read_standing(evidence: Evidence) -> Standing:
    """Return what the read of an expression says."""
    result = evidence.reading.result
    if not evidence.ok or not isinstance(result, TableResult):
        return Standing(None, why=evidence.error or evidence.reading.summary)
    rows = {row[0]: row[1] for row in result.rows if len(row) > 1}
    return Standing(
        holds={"yes": True, "no": False}.get(rows.get("holds", "")),
        value=_float(rows.get("value")),
        threshold=_float(rows.get("threshold")),
        beyond=_float(rows.get("beyond")),
        looks_back=_float((rows.get("looks back") or "").removesuffix(" s")) or 0.0,
    )


def _newly_critical(record: AlertRecord, service: str | None, began: datetime) -> bool:
    same = bool(service) and record.about == service
    return same and record.severity is Severity.CRITICAL and record.alert.starts_at > began


def _expression_in(url: str) -> str:
    """Return the expression that a Prometheus puts into the address of its alert."""
    found = parse_qs(urlsplit(url).query).get("g0.expr", [""]) if url else [""]
    return found[0][:2000]


def _float(words: str | None) -> float | None:
    try:
        return None if not words else float(words)
    except ValueError:
        return None


def _number(value: float | None) -> str:
    return "?" if value is None else number(value)

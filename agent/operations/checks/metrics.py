"""The review of the day's metrics: objectives, and key figures against the same hours of yesterday and a week ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.noun import Json
from agent.domain.slo import SloState
from agent.operations.checks.engine import CheckKit, Outcome, unseen
from agent.policy.check_params import MetricsReview

READ = "metrics_collector.period"
DAY = timedelta(days=1)
_SHORT = 0.8
_FIGURES = (
    ("request_rate", "check-figure-requests"),
    ("server_error_ratio", "check-figure-errors"),
    ("latency_p95", "check-figure-latency"),
)
# The rate of requests tells of business and not of trouble: less or more of it is shown and not judged.
_JUDGED = ("server_error_ratio", "latency_p95")


@dataclass(frozen=True, slots=True)
class _Compared:
    """A figure of the last day, of the day before, and of the same day a week ago; None is not measured."""

    signal: str
    figure: str
    now: float | None
    yesterday: float | None
    week: float | None

    def worse(self, share: float) -> bool:
        """Say whether it is worse than on both other days, as far as they are known, by more than this share."""
        known = [value for value in (self.yesterday, self.week) if value is not None]
        if self.signal not in _JUDGED or self.now is None or not known:
            return False
        return self.now > max(known) * (1 + share)


class MetricsCheck:
    """What was promised, and what differs from other days."""

    name = "metrics_review"

    async def run(self, kit: CheckKit, params: MetricsReview) -> Outcome:
        """Look at every objective and at three figures of all services together."""
        states = list(await kit.objectives.states()) if kit.objectives is not None else []
        now = kit.clock.now()
        looks = [await _compared(kit, signal, figure, now) for signal, figure in _FIGURES]
        errors = [seen for _, seen in looks if seen is not None]
        figures = [one for one, _ in looks if one.now is not None]
        if errors and not figures:
            return unseen(errors[0])
        worse = [one for one in figures if one.worse(params.worse_by_percent / 100)]
        bad = [one for one in states if one.met is False or (one.spent or 0) >= 1]
        short = [one for one in states if one not in bad and (one.spent or 0) >= _SHORT]
        unmeasured = [one.slo for one in states if one.sli is None]
        unmeasured += [signal for signal, _ in _FIGURES if signal not in {one.signal for one in figures}]
        lines = (
            *(_missed(one) for one in bad),
            *(_short(one) for one in short),
            *(_line(one, one in worse) for one in sorted(figures, key=lambda one: one not in worse)),
            *((_unmeasured(unmeasured),) if unmeasured else ()),
        )
        measured = sum(one.sli is not None for one in states)
        counts: dict[str, Json] = {"objectives": measured, "missed": len(bad), "worse": len(worse)}
        if bad or worse:
            service = bad[0].service if bad else ""
            return Outcome(ItemState.ATTENTION, "check-metrics-bad", counts, lines, service=service)
        judged = any(one.signal in _JUDGED for one in figures)
        # What the store did not answer may be the very one that is missed.
        silent = any(one.now is None and seen is not None for one, seen in looks)
        silent = silent or any(one.status is EvidenceStatus.ERROR for one in states)
        if silent or not (judged or measured):
            names: dict[str, Json] = {"names": list[Json](unmeasured)}
            return Outcome(ItemState.UNKNOWN, "check-metrics-unmeasured", names, lines[:-1])
        return Outcome(ItemState.OK, "check-metrics-well", {"objectives": measured}, lines)


async def _compared(
    kit: CheckKit, signal: str, figure: str, now: datetime
) -> tuple[_Compared, Evidence | None]:
    seen = [
        await kit.look(
            READ, signal=signal, start=(now - back - DAY).isoformat(), end=(now - back).isoformat()
        )
        for back in (timedelta(0), DAY, timedelta(days=7))
    ]
    today, yesterday, week = (_value(one) for one in seen)
    failed = next((one for one in seen if one.status is EvidenceStatus.ERROR), None)
    return _Compared(signal, figure, today, yesterday, week), failed


def _value(seen: Evidence) -> float | None:
    return seen.reading.value.value if seen.ok and seen.reading.value is not None else None


def _line(one: _Compared, worse: bool) -> Said:
    return Said(
        message="check-figure-worse" if worse else "check-figure-same",
        args={
            "figure": {"message": one.figure},
            "now": _shown(one.signal, one.now),
            "yesterday": _shown(one.signal, one.yesterday),
            "week": _shown(one.signal, one.week),
        },
    )


def _shown(signal: str, value: float | None) -> Json:
    if value is None:
        return None
    match signal:
        case "server_error_ratio":
            return {"share": value}
        case "latency_p95":
            return {"latency": value}
        case _:
            return value


def _missed(one: SloState) -> Said:
    args: dict[str, Json] = {
        "name": one.slo,
        "sli": {"share": one.sli} if one.sli is not None else None,
        "target": {"share": one.target},
        "spent": {"share": one.spent} if one.spent is not None else None,
    }
    return Said(message="check-objective-missed", args=args)


def _short(one: SloState) -> Said:
    return Said(message="check-objective-short", args={"name": one.slo, "spent": {"share": one.spent}})


def _unmeasured(names: list[str]) -> Said:
    return Said(message="check-metrics-unmeasured", args={"names": list[Json](names)})

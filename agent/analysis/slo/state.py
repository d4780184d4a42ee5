"""Where a service stands against an objective, made of what was counted."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agent.analysis.slo.burn import BURN_SECONDS, burn_rates, nominal_seconds
from agent.analysis.slo.counts import Count, Span
from agent.analysis.slo.forecast import burn_now, forecast
from agent.analysis.slo.periods import period_of
from agent.analysis.slo.tally import Tally, allowance, allowed, tally
from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.slo import Budgeting, Burn, RollingWindow, Slo, SloState


def state(
    slo: Slo,
    counts: Iterable[Count],
    at: datetime,
    *,
    window: Window | None = None,
    excluded: Sequence[Span] = (),
    burns: Sequence[Burn] | None = None,
    queries: Sequence[str] = (),
) -> SloState:
    """Judge an objective at a moment, in its own period or in a window of the caller's choice.

    `excluded` is planned maintenance, which is left out when the objective says so. `burns` replaces the burn rates that
    the counts give, for a caller that measured them more finely.
    """
    known = list(counts)
    period = window or period_of(slo.window, at)
    maintenance = excluded if slo.excludes_maintenance else ()
    found = tally(slo, known, period, at, maintenance)
    if found.total <= 0:
        return unknown(slo, period, at, found=found, queries=queries)
    if burns is None:
        lengths = [seconds for seconds in BURN_SECONDS if seconds < nominal_seconds(slo.window)]
        burns = burn_rates(slo, known, at, lengths, maintenance)
    budget = allowed(slo.target, found.whole)
    spent = found.bad / budget
    own = window is None
    return _frame(slo, period, at, found, queries).model_copy(
        update={
            "status": EvidenceStatus.SUCCESS,
            "total": found.total,
            "bad": found.bad,
            "sli": (found.total - found.bad) / found.total,
            "budget": budget,
            "spent": spent,
            "burn": tuple(burns),
            "bad_seconds": found.bad / found.total * found.data,
            "exhausted_at": forecast(slo, found, period, at, spent, burn_now(slo, burns)) if own else None,
        }
    )


def unknown(
    slo: Slo,
    window: Window,
    at: datetime,
    *,
    found: Tally | None = None,
    queries: Sequence[str] = (),
    error: str | None = None,
) -> SloState:
    """Return the state of an objective that nothing was measured for, or that could not be asked for."""
    said = _frame(slo, window, at, found or Tally(0, 0, 0, 0, 0, 0, 0), queries)
    status = EvidenceStatus.NO_DATA if error is None else EvidenceStatus.ERROR
    return said.model_copy(update={"status": status, "error": error})


def share_spent(
    slo: Slo, counts: Iterable[Count], stretch: Window, budget: float | None, excluded: Sequence[Span] = ()
) -> float | None:
    """Return which share of a budget a stretch of time spent, such as an incident; None without data or budget."""
    maintenance = excluded if slo.excludes_maintenance else ()
    if not budget:
        return None
    found = tally(slo, counts, _whole_slices(slo, stretch), stretch.end + timedelta(days=1), maintenance)
    return found.bad / budget if found.total > 0 else None


def _whole_slices(slo: Slo, stretch: Window) -> Window:
    """Widen a stretch to the slices that it touches: an incident of a minute can spoil a slice of five."""
    if slo.budgeting is Budgeting.OCCURRENCES:
        return stretch
    size = slo.slice_seconds or 60
    start, end = stretch.start.timestamp() // size * size, -(-stretch.end.timestamp() // size) * size
    return Window(
        start=stretch.start + timedelta(seconds=start - stretch.start.timestamp()),
        end=stretch.end + timedelta(seconds=end - stretch.end.timestamp()),
    )


def _frame(slo: Slo, window: Window, at: datetime, found: Tally, queries: Sequence[str]) -> SloState:
    return SloState(
        slo=slo.name,
        service=slo.service,
        target=slo.target,
        status=EvidenceStatus.NO_DATA,
        window=Window(start=window.start, end=max(window.start, min(window.end, at))),
        period_ends_at=None if isinstance(slo.window, RollingWindow) else window.end,
        at=at,
        unit="events" if slo.budgeting is Budgeting.OCCURRENCES else "slices",
        excluded_seconds=found.excluded,
        covered=found.covered,
        how=_how(slo),
        queries=tuple(queries),
    )


def _how(slo: Slo) -> str:
    share = f"{allowance(slo.target) * 100:.6g} %"
    left_out = ", planned maintenance left out" if slo.excludes_maintenance else ""
    if slo.budgeting is Budgeting.OCCURRENCES:
        return f"bad events / ({share} of the events in the window){left_out}"
    size = slo.slice_seconds or 60
    judged = "share of bad events per slice" if slo.budgeting is Budgeting.RATIO_TIMESLICES else "bad slices"
    return f"{judged} of {size} s / ({share} of the period's slices with data or to come){left_out}"

"""Objectives in words: a bar, one line for each, a table of all, and how the figures came about."""

from datetime import datetime, timedelta

from agent.analysis.slo.forecast import burn_now
from agent.domain.evidence import EvidenceStatus
from agent.domain.results import TableResult
from agent.domain.slo import EVERY_SERVICE, Budgeting, Slo, SloState
from agent.locale.format import duration, number, percent
from agent.locale.messages import text
from agent.locale.retold import retold
from agent.locale.slo_windows import window_words
from agent.operations.objectives_recovery import INCIDENTS
from agent.operations.objectives_spent import Spending
from agent.operations.tables import cell
from agent.operations.veil import veiled

BAR = 10
_MANY = 10
_FULL, _EMPTY = "▰", "▱"
_TOLD_BURNS = (3600, 21_600)
_TIME = "%Y-%m-%d %H:%M"
COLUMNS = ("objective", "target", "measured", "left", "burn", "forecast")


def bar(left: float | None) -> str:
    """Return how much of a budget is left as ten blocks; an unknown one has none."""
    if left is None:
        return "·" * BAR
    full = round(min(1.0, max(0.0, left)) * BAR)
    # A little that is left, and a little that is gone, are still to be seen.
    full = max(1, full) if left > 0 else 0
    full = min(BAR - 1, full) if left < 1 else BAR
    return _FULL * full + _EMPTY * (BAR - full)


def title_of(slo: Slo, lang: str) -> str:
    """Return the service and the objective, such as `payment: Availability`."""
    title = slo.title_in(lang)
    return title if slo.service == EVERY_SERVICE else f"{slo.service}: {title}"


def line(slo: Slo, state: SloState, lang: str) -> str:
    """Return one line about an objective: bar, what is left, measured against promised, burn and forecast."""
    if state.left is None:
        return f"`{bar(None)}` **{slo.title_in(lang)}** – {missing(state, lang)}"
    parts = [
        left_words(state.left, lang),
        text(
            lang,
            "slo-measured",
            sli=share(state.sli),
            target=share(slo.target),
            window=window_words(lang, slo.window),
        ),
        burn_words(state, lang),
        forecast_words(slo, state, lang),
    ]
    return f"`{bar(state.left)}` **{slo.title_in(lang)}** – {' · '.join(part for part in parts if part)}"


def brief(slo: Slo, state: SloState, lang: str) -> str:
    """Return one plain line for a place that has little room."""
    title = title_of(slo, lang)
    if state.left is None:
        return f"{bar(None)} {title} – {missing(state, lang)}"
    said = [left_words(state.left, lang), forecast_words(slo, state, lang)]
    return f"{bar(state.left)} {title} – {' · '.join(part for part in said if part)}"


def missing(state: SloState, lang: str) -> str:
    """Return why there are no figures."""
    if state.status is EvidenceStatus.ERROR:
        return text(lang, "slo-error", why=retold(lang, state.error or "–")[:200])
    return text(lang, "slo-no-data")


def left_words(left: float, lang: str) -> str:
    """Return how much of a budget is left, or by how much it is overspent."""
    if left < -1:
        return text(lang, "slo-overspent-times", times=number(round(1 - left, 1)))
    if left < 0:
        return text(lang, "slo-overspent", share=percent(-left))
    return text(lang, "slo-left", share=percent(left))


def burn_words(state: SloState, lang: str) -> str:
    """Return how fast the budget burns now."""
    told = [
        text(lang, "slo-burn-of", rate=f"{one.rate:.1f}", span=duration(lang, one.seconds))
        for one in state.burn
        if one.rate is not None and one.seconds in _TOLD_BURNS
    ]
    return text(lang, "slo-burn", rates=", ".join(told)) if told else ""


def forecast_words(slo: Slo, state: SloState, lang: str) -> str:
    """Return when the budget will be gone; nothing where it is gone already."""
    if state.left is None or state.left <= 0:
        return ""
    if burn_now(slo, state.burn) is None:
        return text(lang, "slo-unforeseen")
    if state.exhausted_at is None:
        return text(lang, "slo-lasts")
    return text(lang, "slo-gone-at", time=clock(state.exhausted_at), span=_until(state, lang))


def clock(at: datetime) -> str:
    """Return a moment as text that every door can show."""
    return f"{at:{_TIME}} UTC"


def table(found: list[tuple[Slo, SloState]], lang: str) -> TableResult:
    """Return a row for each objective."""
    columns = tuple(text(lang, f"column-slo-{name}") for name in COLUMNS)
    return TableResult(columns=columns, rows=tuple(_row(slo, state, lang) for slo, state in found))


def spent_words(spending: Spending, lang: str) -> list[str]:
    """Return what spent a budget, most first, each with the share of the whole budget."""
    if spending.spent is None or spending.spent < 0.0005:
        return []
    rows = [
        f"{one.incident.name} · {of_budget(one.share)} · {cell(veiled(one.incident, lang).title)}"
        for one in spending.incidents
    ]
    rest = spending.rest
    if rest is not None and rest >= 0.0005:
        rows.append(text(lang, "slo-spent-rest", share=of_budget(rest)))
    head = text(lang, "slo-spent", title=spending.slo.title_in(lang), share=of_budget(spending.spent))
    return [head, *(f"- {row}" for row in rows)] if rows else []


def how_words(slo: Slo, state: SloState, lang: str) -> str:
    """Return how the figures of an objective came about."""
    allowed = percent(1 - slo.target)
    if slo.source == INCIDENTS:
        said = text(lang, "slo-how-incidents", allowed=allowed)
    elif slo.budgeting is Budgeting.OCCURRENCES:
        said = text(lang, "slo-how-events", allowed=allowed)
    else:
        slices = duration(lang, slo.slice_seconds or 60)
        said = text(lang, "slo-how-slices", allowed=allowed, slice=slices)
    counts = ""
    if state.bad is not None and state.total is not None and state.budget is not None:
        counts = text(
            lang,
            f"slo-counts-{state.unit}",
            bad=number(state.bad),
            total=number(state.total),
            budget=number(state.budget),
        )
    covered = text(lang, "slo-covered", share=percent(state.covered))
    excluded = ""
    if state.excluded_seconds:
        excluded = text(lang, "slo-excluded", span=duration(lang, state.excluded_seconds))
    return " ".join(part for part in (said, counts, covered, excluded) if part)


def share(value: float | None) -> str:
    """Return a share near 100 % with the digits that tell."""
    return "–" if value is None else percent(value)


def of_budget(value: float) -> str:
    """Return a share of a budget; beyond ten budgets, how many."""
    return percent(value) if value < 10 else f"{number(round(value, 1))}×"


def _row(slo: Slo, state: SloState, lang: str) -> tuple[str, ...]:
    title = cell(title_of(slo, lang))
    if state.left is None:
        return (title, share(slo.target), missing(state, lang), "–", "–", "–")
    burn = next((one.rate for one in state.burn if one.seconds == _TOLD_BURNS[0]), None)
    return (
        title,
        f"{share(slo.target)}, {window_words(lang, slo.window)}",
        share(state.sli),
        f"{bar(state.left)} {percent(state.left) if state.left > -_MANY else f'{state.left:.0f}×'}",
        "–" if burn is None else f"{burn:.1f}×",
        forecast_words(slo, state, lang) or text(lang, "slo-gone"),
    )


def _until(state: SloState, lang: str) -> str:
    if state.exhausted_at is None:
        return ""
    return duration(lang, max(timedelta(0), state.exhausted_at - state.at))

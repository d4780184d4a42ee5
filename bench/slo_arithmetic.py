"""Compares the product's arithmetic of objectives with the reference, figure by figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from agent.analysis.slo import credit_of, period_of, state
from agent.domain.slo import Burn
from bench.slo_histories import History, histories
from bench.slo_reference import Reference

SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Compared:
    """How far the product was off at most, and where; `measured` are the histories in which anything was measured."""

    histories: int
    measured: int
    figures: int
    worst: float
    where: str


def compared(number: int, seed: int = SEED) -> Compared:
    """Compare so many histories."""
    worst, where, measured, figures = 0.0, "", 0, 0
    for index, history in enumerate(histories(number, seed)):
        expected, actual = Reference(history).figures(), _figures(history)
        measured += expected["sli"] is not None
        figures += len(expected)
        for name in expected.keys() | actual.keys():
            off = _off(expected.get(name), actual.get(name))
            if off > worst:
                worst, where = off, f"history {index}: {name}"
    return Compared(number, measured, figures, worst, where)


def _off(expected: Fraction | None, actual: float | None) -> float:
    """Return the difference, of large numbers as a share of them; infinite where only one side knows a figure."""
    if expected is None or actual is None:
        return 0.0 if expected is None and actual is None else float("inf")
    return float(abs(expected - Fraction(actual)) / max(Fraction(1), abs(expected)))


def _figures(history: History) -> Mapping[str, float | None]:
    slo = history.slo
    found = state(slo, history.counts, history.at, excluded=history.excluded)
    period = period_of(slo.window, history.at)
    known = {
        "start": period.start.timestamp(),
        "end": period.end.timestamp(),
        "excluded": found.excluded_seconds,
        "covered": found.covered,
        "sli": found.sli,
        "credit": credit_of(slo, found.sli),
    }
    if found.sli is None:
        return known
    return {
        **known,
        **_burns(found.burn),
        "total": found.total,
        "bad": found.bad,
        "budget": found.budget,
        "spent": found.spent,
        "bad_seconds": found.bad_seconds,
    }


def _burns(burns: tuple[Burn, ...]) -> Mapping[str, float | None]:
    return {f"burn {burn.seconds}": burn.rate for burn in burns}

"""Generates Prometheus rules of objectives: error ratios over several windows, and alerts on how fast budgets burn.

The four pairs of windows and burn rates, and that an alert needs both its long window (so that one blip is no alert) and
a short one of a twelfth (so that it ends soon after the trouble), are those of the Site Reliability Workbook, chapter 5
"Alerting on SLOs", section 6 "Multiwindow, Multi-Burn-Rate Alerts". They stand in policies/slo/alerts.yaml; an
objective brings its own as `Slo.alerts`, scaled to its period.

Counts over six hours and less are asked of the counters. Longer ones are added up of recorded pieces: how many events,
and how many bad ones, each five minutes had; the pieces lie side by side, so that every event counts once.
Without traffic the divisor is filtered away: there is no ratio then, and no alert. Nor is there one before the long
window has LEAST_BAD bad events: after a silent hour one failure among the first few requests is a high ratio of nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from agent.analysis.slo import allowance
from agent.analysis.slo.burn import nominal_seconds
from agent.domain.lingering import ANNOTATION
from agent.domain.slo import Budgeting, BurnAlert, Slo

ALERT = "ErrorBudgetBurn"
PIECE = 300
LEAST_BAD = 5
SLOW_SECONDS = 3600
"""From this length of the short window on an alert may fire long after a short outage, and holds no incident open."""
# Beyond this the counters of a busy service are too many samples to be read at each evaluation.
LONGEST_DIRECT = 6 * 3600
_HEADER = """\
# Error ratios of the objectives in policies/slo and alerts on how fast their budgets burn; docs/slo.md explains them.
# Made by `ops-monitor slo rules --out deploy/prometheus/rules`: change the objectives and run it again, not this file.
"""
_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
Rule = dict[str, Any]


def duration(seconds: int) -> str:
    """Return a length as Prometheus writes it, in one unit."""
    return next(f"{seconds // size}{unit}" for size, unit in _UNITS if seconds % size == 0)


def ratio_name(seconds: int) -> str:
    """Return the name of the recorded error ratio over a length."""
    return f"slo:error_ratio:rate{duration(seconds)}"


def bad_name(seconds: int) -> str:
    """Return the name of the recorded number of bad events over a length."""
    return f"slo:bad_events:increase{duration(seconds)}"


def alerting(slos: Sequence[Slo]) -> list[Slo]:
    """Return the objectives that rules can be made of: counters of a Prometheus, and alerts that can fire."""
    return [
        slo
        for slo in slos
        if slo.source == "prometheus" and slo.budgeting is Budgeting.OCCURRENCES and possible(slo)
    ]


def possible(slo: Slo) -> tuple[BurnAlert, ...]:
    """Return the alerts that can fire: nothing is worse than all events bad, which burns 1 / (1 - target) times too fast."""
    return tuple(alert for alert in slo.alerts if alert.burn * allowance(slo.target) < 1)


def rule_file(slos: Sequence[Slo]) -> dict[str, Any]:
    """Return the content of a Prometheus rule file for the objectives that have alerts."""
    return {"groups": [group for slo in alerting(slos) for group in _groups(slo)]}


def written(slos: Sequence[Slo]) -> str:
    """Return the rule file as YAML."""
    return _HEADER + yaml.safe_dump(rule_file(slos), sort_keys=False, allow_unicode=True, width=4000)


def labels_of(slo: Slo) -> dict[str, str]:
    """Return the labels that every recorded series and alert of an objective has."""
    return {"slo": slo.name, "service": slo.service}


def _groups(slo: Slo) -> Iterator[dict[str, Any]]:
    """Yield a group per alert with the ratios that it needs, so that what is slow to change is looked at less often."""
    period = nominal_seconds(slo.window)
    yield _group(slo, "pieces", PIECE, [*_pieces(slo), *_recorded(slo, period)])
    known = {period}
    for alert in sorted(possible(slo), key=lambda one: one.seconds):
        lengths = [length for length in (alert.short_seconds, alert.seconds) if length not in known]
        known.update(lengths)
        rules = [*(rule for length in lengths for rule in _recorded(slo, length)), _alert(slo, alert)]
        yield _group(slo, duration(alert.seconds), _interval(alert), rules)


def _group(slo: Slo, part: str, interval: int, rules: list[Rule]) -> dict[str, Any]:
    return {"name": f"slo {slo.name} {part}", "interval": duration(interval), "rules": rules}


def _interval(alert: BurnAlert) -> int:
    return min(PIECE, max(30, alert.short_seconds // 15 // 30 * 30))


def _sums(slo: Slo, seconds: int) -> tuple[str, str]:
    """Return PromQL for the good and for all events of the last so many seconds, each as one series at most."""
    good, total = (query.replace("<window>", duration(seconds)) for query in (slo.good, slo.total))
    return _summed(good), _summed(total)


def _summed(query: str) -> str:
    return query if query.startswith("sum(") else f"sum({query})"


def _pieces(slo: Slo) -> list[Rule]:
    total, bad = _counted(slo, PIECE)
    return [_record(slo, "slo:events:piece5m", total), _record(slo, "slo:bad_events:piece5m", bad)]


def _counted(slo: Slo, seconds: int) -> tuple[str, str]:
    """Return PromQL for all events and for the bad ones, asked of the counters."""
    good, total = _sums(slo, seconds)
    # Without a single good event their series does not exist: that is 0, and all events are bad.
    return total, f"clamp_min({total} - ({good} or 0 * {total}), 0)"


def _recorded(slo: Slo, seconds: int) -> list[Rule]:
    """Return the rules for the events, the bad events and the error ratio over a length."""
    name, events = f'{{slo="{slo.name}"}}', f"slo:events:increase{duration(seconds)}"
    if seconds > LONGEST_DIRECT:
        window = f"{name}[{duration(seconds)}]"
        total, bad = (f"sum_over_time(slo:{part}:piece5m{window})" for part in ("events", "bad_events"))
    else:
        total, bad = _counted(slo, seconds)
    return [
        _record(slo, events, total),
        _record(slo, bad_name(seconds), bad),
        _record(slo, ratio_name(seconds), f"{bad_name(seconds)}{name} / ({events}{name} > 0)"),
    ]


def _record(slo: Slo, name: str, expression: str) -> Rule:
    return {"record": name, "expr": expression, "labels": labels_of(slo)}


def _alert(slo: Slo, alert: BurnAlert) -> Rule:
    limit = f"{alert.burn:g} * {allowance(slo.target):g}"
    name = f'{{slo="{slo.name}"}}'
    long, short = (f"{ratio_name(length)}{name} > {limit}" for length in (alert.seconds, alert.short_seconds))
    return {
        "alert": ALERT,
        "expr": f"{long} and {short} and {bad_name(alert.seconds)}{name} >= {LEAST_BAD}",
        "labels": {"severity": alert.severity, **labels_of(slo), "window": duration(alert.seconds)},
        "annotations": _annotations(slo, alert),
    }


def _annotations(slo: Slo, alert: BurnAlert) -> Mapping[str, str]:
    period = nominal_seconds(slo.window)
    gone = round(period / alert.burn / 3600, 1)
    # So long an outage stays in the short window: nobody waits for that with the incident that brought it.
    lingers = {ANNOTATION: duration(alert.short_seconds)} if alert.short_seconds >= SLOW_SECONDS else {}
    return lingers | {
        "summary": f"The error budget of {{{{ $labels.service }}}} burns more than {alert.burn:g} times too fast",
        "description": (
            f"{slo.title}: {{{{ $value | humanizePercentage }}}} of the events of the last {duration(alert.seconds)} "
            f"were bad, where {allowance(slo.target) * 100:g} % may be over {duration(period)}. At {alert.burn:g} times "
            f"that, the whole budget is gone in {gone:g} hours."
        ),
    }

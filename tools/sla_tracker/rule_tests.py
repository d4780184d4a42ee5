"""Generates `promtool test rules` cases for the rules of objectives: when each alert must fire, and when none may."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from agent.analysis.slo import allowance
from agent.domain.slo import BurnAlert, Slo
from tools.sla_tracker.rules import (
    ALERT,
    LONGEST_DIRECT,
    alerting,
    bad_name,
    duration,
    labels_of,
    possible,
    ratio_name,
    rule_file,
)

_HEADER = "# Made by `ops-monitor slo rules --test`; run with `promtool test rules`.\n"
_EVENTS = 10_000
Case = dict[str, Any]
Chosen = tuple[Slo, BurnAlert]
Level = tuple[Slo, BurnAlert, float, float]


def rule_tests(slos: Sequence[Slo], file: str = "slo.yaml") -> dict[str, Any]:
    """Return the content of a promtool test file for the rules of the objectives, which stand in `file`."""
    return {
        "rule_files": [file],
        "evaluation_interval": "5m",
        "tests": list(_cases(alerting(slos))),
    }


def written_tests(slos: Sequence[Slo], file: str = "slo.yaml") -> str:
    """Return the test file as YAML."""
    return _HEADER + yaml.safe_dump(rule_tests(slos, file), sort_keys=False, allow_unicode=True, width=4000)


def _cases(slos: Sequence[Slo]) -> Iterator[Case]:
    """Yield cases that hold for all objectives at once, since promtool evaluates all rules in each of them."""
    every = [(slo, alert) for slo in slos for alert in possible(slo)]
    yield _case(
        "without data nothing fires", [], [(slo, alert, 0.0, 0.0) for slo, alert in every], fires=False
    )
    for window in sorted({alert.seconds for _, alert in every}):
        chosen = [(slo, alert) for slo, alert in every if alert.seconds == window]
        name = duration(window)
        yield _told(f"{name}: fires while both windows burn", chosen, long=1.2, short=1.2, fires=True)
        yield _told(f"{name}: ends soon after the trouble", chosen, long=1.2, short=0.5, fires=False)
        yield _told(f"{name}: does not fire for a blip", chosen, long=0.5, short=1.2, fires=False)


def _told(name: str, chosen: Sequence[Chosen], *, long: float, short: float, fires: bool) -> Case:
    """Make a case out of the ratios in parts of the threshold."""
    levels = [(slo, alert, _level(slo, alert, long), _level(slo, alert, short)) for slo, alert in chosen]
    series = [
        line
        for slo, alert, high, low in levels
        for line in (*_series(slo, alert.seconds, high), *_series(slo, alert.short_seconds, low))
    ]
    return _case(name, series, levels, fires=fires)


def _level(slo: Slo, alert: BurnAlert, part: float) -> float:
    return min(1.0, alert.burn * allowance(slo.target) * part)


def _case(name: str, series: list[dict[str, str]], levels: Sequence[Level], *, fires: bool) -> Case:
    expected = [_expected(slo, alert, ratio) for slo, alert, ratio, _ in levels] if fires else []
    return {
        "name": name,
        "interval": "5m",
        "input_series": series,
        "alert_rule_test": [{"eval_time": "10m", "alertname": ALERT, "exp_alerts": expected}],
    }


def _series(slo: Slo, seconds: int, ratio: float) -> Iterator[dict[str, str]]:
    """Yield what the rule of a ratio reads: recorded pieces for a long one; a shorter one is given as it is."""
    if seconds > LONGEST_DIRECT:
        yield _steady(slo, "slo:events:piece5m", float(_EVENTS))
        yield _steady(slo, "slo:bad_events:piece5m", _EVENTS * ratio)
    else:
        yield _steady(slo, bad_name(seconds), _EVENTS * ratio)
        yield _steady(slo, ratio_name(seconds), ratio)


def _steady(slo: Slo, name: str, value: float) -> dict[str, str]:
    labels = ",".join(f'{label}="{text}"' for label, text in labels_of(slo).items())
    return {"series": f"{name}{{{labels}}}", "values": f"{value:.12g}x2"}


def _expected(slo: Slo, alert: BurnAlert, ratio: float) -> dict[str, Any]:
    rules = (rule for group in rule_file([slo])["groups"] for rule in group["rules"])
    window = duration(alert.seconds)
    rule = next(rule for rule in rules if rule.get("labels", {}).get("window") == window)
    share = f"{ratio * 100:.4g}%"
    words = {
        name: text.replace("{{ $labels.service }}", slo.service).replace(
            "{{ $value | humanizePercentage }}", share
        )
        for name, text in rule["annotations"].items()
    }
    return {"exp_labels": dict(rule["labels"]), "exp_annotations": words}

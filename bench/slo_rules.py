"""Burn-rate alerts of the generated rules on outages, evaluated by Prometheus itself (`promtool test rules`)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agent.analysis.slo import allowance
from agent.domain.slo import BurnAlert, Slo
from demo.backends.process import find_program
from demo.backends.prometheus import INSTALL
from tools.sla_tracker.rules import LONGEST_DIRECT, duration, possible, written

_MINUTE = 60
_PER_MINUTE = 1000
# Of the requests that fail; every pair notices each of them.
_RATIOS = (1.0, 0.05)


def judged(slo: Slo, folder: Path, text: str | None = None) -> int:
    """Look at each alert shortly before and after it must begin and end by the formula; return how many looks there were.

    `text` replaces the rules. Raises CalledProcessError with promtool's words where one does otherwise.
    """
    (folder / "slo.yaml").write_text(text or written([slo]))
    looks = 0
    for alert in possible(slo):
        margin = 2 * _MINUTE if alert.seconds <= LONGEST_DIRECT else 10 * _MINUTE
        tests = [_case(slo, alert, ratio, margin) for ratio in _RATIOS]
        interval = "30s" if alert.seconds <= LONGEST_DIRECT else "5m"
        content = {"rule_files": ["slo.yaml"], "evaluation_interval": interval, "tests": tests}
        path = folder / f"outages-{duration(alert.seconds)}.test.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        promtool = find_program(["promtool"], INSTALL)
        subprocess.run([promtool, "test", "rules", str(path)], check=True, capture_output=True, text=True)
        looks += sum(len(test["promql_expr_test"]) for test in tests)
    return looks


def _case(slo: Slo, alert: BurnAlert, ratio: float, margin: int) -> dict[str, Any]:
    """Return a case of ordinary traffic for the length of the long window, then an outage, then traffic again."""
    limit = alert.burn * allowance(slo.target)
    detected = limit / ratio * alert.seconds
    lasts = _whole(max(detected + 2 * margin, alert.short_seconds + margin))
    over = alert.short_seconds * (1 - limit / ratio)
    begin, end = _whole(alert.seconds), _whole(alert.seconds) + lasts
    parts = [(begin, 0.0), (lasts, ratio), (_whole(over + 2 * margin), 0.0)]
    looks = [
        (begin + detected - margin, False),
        (begin + detected + margin, True),
        (end + over - margin, True),
        (end + over + margin, False),
    ]
    series = 'http_requests_total{{service="{service}",status="{status}"}}'
    return {
        "name": f"{duration(alert.seconds)}: {ratio:.0%} of the requests fail",
        "interval": "1m",
        "input_series": [
            {
                "series": series.format(service=slo.service, status=status),
                "values": " ".join(_values(parts, good=status == "200")),
            }
            for status in ("200", "503")
        ],
        "promql_expr_test": [_look(alert, at, firing) for at, firing in looks if at >= 0],
    }


def _whole(seconds: float) -> int:
    return round(seconds / 300) * 300 + 300


def _values(parts: list[tuple[int, float]], *, good: bool) -> Iterator[str]:
    """Yield a counter in promtool's notation, minute by minute."""
    reached = 0.0
    for seconds, ratio in parts:
        each = _PER_MINUTE * ((1 - ratio) if good else ratio)
        minutes = seconds // _MINUTE
        yield f"{reached + each:.10g}+{each:.10g}x{minutes - 1}"
        reached += each * minutes


def _look(alert: BurnAlert, at: float, firing: bool) -> dict[str, Any]:
    window = duration(alert.seconds)
    samples = [{"labels": "{}", "value": 1}] if firing else []
    step = 30 if alert.seconds <= LONGEST_DIRECT else 300
    return {
        "expr": f'count(ALERTS{{alertstate="firing",window="{window}"}})',
        "eval_time": duration(round(at / step) * step),
        "exp_samples": samples,
    }

"""Whether objectives are right: their arithmetic, their alerts, and what is measured on a real Prometheus.

`max_abs_error`: 600 generated histories (200 with --quick) of events, slices and shares of slices, in rolling and calendar
windows of seven zones around clock changes, with gaps, silent hours and planned maintenance, against a second
computation in exact fractions, unit of time by unit of time (bench/slo_reference.py). Compared are both ends of the
period, excluded time, coverage, total, bad, SLI, budget, share spent, bad time, every burn rate and the credit; numbers
above 1 as a share of themselves. A figure that only one side knows counts as infinite.

`detection_off_s`: outages of 100 % to 0.2 % errors against each shipped pair of windows, evaluated every 30 s, against
detection = burn x (1 - target) / errors x long window and reset = short window x (1 - burn x (1 - target) / errors).
`promtool_looks`: the generated rules, fed with raw counters of such outages, evaluated by Prometheus itself two minutes
(ten for tickets, which are looked at every five) before and after those moments. `false_alerts`: on `clean_days`, times
three levels of traffic, with errors at a fifth of what is allowed, a silent hour a night, gaps and restarts.

`prometheus_max_pp`: SLIs over 90, 30, 7 and 1 days, measured through the product on a real Prometheus whose 90 days were
filled in with outages, restarts and gaps, in percentage points off the truth.
"""

import asyncio
import tempfile
from pathlib import Path

from bench.figures import options, report
from bench.slo_alerts import clean, furthest, outages, shipped, table
from bench.slo_arithmetic import compared
from bench.slo_prometheus import furthest as measured_off
from bench.slo_rules import judged

CLEAN_DAYS = 90


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    arithmetic = compared(200 if chosen.quick else 600)
    slo = shipped()
    found, quiet = outages(slo), clean(slo, CLEAN_DAYS)
    with tempfile.TemporaryDirectory(prefix="bench-slo-") as name:
        folder = Path(name)
        looks = judged(slo, folder)
        pp, measured = asyncio.run(measured_off(folder / "prometheus", 1 if chosen.quick else 6))
    if not chosen.json:
        print(f"{slo.name}, target {slo.target:g}: outages with steady traffic\n{table(found)}\n")
    figures: dict[str, float | int] = {
        "histories": arithmetic.histories,
        "measured_histories": arithmetic.measured,
        "compared_figures": arithmetic.figures,
        "max_abs_error": arithmetic.worst,
        "outages": len(found),
        "detection_off_s": furthest(found),
        "promtool_looks": looks,
        "clean_days": quiet.days,
        "clean_courses": quiet.courses,
        "false_alerts": quiet.alerts,
        "prometheus_slis": measured,
        "prometheus_max_pp": pp,
    }
    report(figures, only_json=chosen.json)


if __name__ == "__main__":
    main()

"""How well causes are found without a model, on public incident data.

Method: `--data DIR` names a pack in the format that `docs/diagnosis-method.md` describes (`rca/`, `grouping/`, `logs/`,
`series/`, optionally `learn/`). Every case is read and ranked one after the other in one process; the answers go to
`--results FILE`. Names of sets and cases are never given to the engine. Alert storms are learned from `learn/` where it
exists; else, where other cases carry their truth, by 5-fold cross-validation; else not at all. Where the pack brings its
`score.py` and the truth, its figures are printed; `*_seconds_per_case` include reading the files. `--quick` takes every
n-th case of the larger sets. Without `--data`, generated releases (`tests/support/releases.py`, fixed seeds) are ranked:
a figure of our own making, good for comparing two states of the code only.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from agent.diagnosis.cases.signals import LEAST_SCORE
from agent.errors import OpsError
from bench.diagnosis_pack import scoreable, smaller
from bench.figures import report

PARTS = ("rca", "grouping", "logs", "series")
# The least score that is no noise: one threshold says "there is a cause at all", whatever the set.
FAILURE_THRESHOLD = LEAST_SCORE


def main() -> int:
    """Run the parts that were asked for, write the results, print the figures; return the exit code."""
    asked = _options()
    if asked.data is None:
        from bench.diagnosis_generated import figures

        report(figures(quick=asked.quick), only_json=asked.json)
        return 0
    data = Path(asked.data)
    if not data.is_dir():
        print(
            f"{data} is no directory; --data wants a pack with rca/, grouping/, logs/ or series/.",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory() as folder:
        pack = smaller(data, Path(folder)) if asked.quick else data
        try:
            results, found = answer(pack, asked.only)
        except OpsError as error:
            print(error.user_message, file=sys.stderr)
            return 2
        written = Path(asked.results) if asked.results else Path(folder) / "results.json"
        written.write_text(json.dumps(results))
        scored = _scored(data / "score.py", pack, results, Path(folder))
        report(found | scored, only_json=asked.json)
    return 0


def answer(pack: Path, only: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, float | int]]:
    """Return the results in the scorer's format, and what was measured on the way."""
    results: dict[str, Any] = {}
    found: dict[str, float | int] = {}
    thresholds: dict[str, float] = {}
    if "rca" in only:
        from bench import diagnosis_rca

        results["rca"], seconds = diagnosis_rca.run(pack)
        found |= {f"{_key(name)}_seconds_per_case": took for name, took in seconds.items()}
        thresholds |= dict.fromkeys(seconds, FAILURE_THRESHOLD)
    if "grouping" in only:
        from bench import diagnosis_grouping

        begun = time.perf_counter()
        results["grouping"] = diagnosis_grouping.run(pack)
        found["grouping_seconds"] = time.perf_counter() - begun
    if "logs" in only:
        from bench import diagnosis_logs

        begun = time.perf_counter()
        results["logs"] = diagnosis_logs.run(pack)
        lines = sum(len(clusters) for clusters in results["logs"].values())
        found["logs_lines_per_s"] = lines / max(time.perf_counter() - begun, 1e-9)
    if "series" in only:
        from bench import diagnosis_series

        begun = time.perf_counter()
        results["series"], fixed = diagnosis_series.run(pack)
        found["series_seconds"] = time.perf_counter() - begun
        thresholds |= fixed
    return results | {"thresholds": thresholds}, found


def _scored(scorer: Path, pack: Path, results: dict[str, Any], folder: Path) -> dict[str, float | int]:
    """Return the scorer's figures for what has a truth; empty without a scorer."""
    judged = scoreable(pack, results)
    if not scorer.exists() or not any(judged.get(part) for part in PARTS):
        return {}
    file = folder / "scoreable.json"
    file.write_text(json.dumps(judged))
    said = subprocess.run(
        [sys.executable, str(scorer), str(file), "--pack", str(pack), "--json"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {
        f"{_key(part)}_{_key(name)}_{_key(figure)}": value
        for part, sets in json.loads(said).items()
        for name, scored in sets.items()
        for figure, value in scored.items()
    }


def _key(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", help="the pack's directory")
    parser.add_argument("--results", help="write the answers here, in the scorer's format")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer cases, under 45 s")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    return parser.parse_args()


def _parts(given: str) -> tuple[str, ...]:
    chosen = tuple(filter(None, given.split(",")))
    unknown = sorted(set(chosen) - set(PARTS))
    if unknown or not chosen:
        raise argparse.ArgumentTypeError(
            f"choose from {', '.join(PARTS)}; not {', '.join(unknown) or 'nothing'}"
        )
    return chosen


if __name__ == "__main__":
    sys.exit(main())

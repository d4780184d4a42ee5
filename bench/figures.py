"""The shape every benchmark shares: options, percentiles and the one JSON line at the end."""

import argparse
import json
import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile (`share` 0 to 1) of a non-empty list."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def options(description: str) -> argparse.Namespace:
    """Parse `--quick`, `--data DIR` and `--json`."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a shorter run, under 45 s")
    parser.add_argument("--data", help="a folder with data (unused by synthetic benchmarks)")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    return parser.parse_args()


def _rounded(value: float) -> float:
    # A tiny error must not be shown as none.
    return round(value, 4) if abs(value) >= 0.001 else float(f"{value:.3g}")


def report(figures: dict[str, float | int], *, only_json: bool) -> None:
    """Print the figures, a line each for people and one JSON object as the last line."""
    rounded = {k: _rounded(v) if isinstance(v, float) else v for k, v in figures.items()}
    if not only_json:
        for key, value in rounded.items():
            print(f"{key:>20}  {value}")
    print(json.dumps(rounded))

"""How fast and into which templates lines of any system are grouped, with one configuration for all of them.

Method: every `logs/*.log` of the pack is mined by itself, line by line, with one miner on one core; the ids given out
are resolved when the file ends. Truth files are not read: the pack's scorer compares. `lines_per_s` is the miner's own
time (adding and resolving), `median_` that of the systems' own figures, `slowest_` the smallest of them; reading the
files is left out.
"""

import sys
import time
from pathlib import Path

from agent.analysis.logs import TemplateMiner
from bench.figures import options, percentile, report


def run(data: Path) -> dict[str, list[str]]:
    """Return the id of the template of every line, for each system with a log in the pack."""
    return {file.stem: _mined(lines_of(file)) for file in _files(data)}


def speed(data: Path) -> dict[str, float | int]:
    """Return lines per second over all systems, of the median and of the slowest one."""
    lines, seconds, each = 0, 0.0, []
    for file in _files(data):
        messages = lines_of(file)
        begun = time.perf_counter()
        _mined(messages)
        took = time.perf_counter() - begun
        lines += len(messages)
        seconds += took
        each.append(len(messages) / max(took, 1e-9))
    if not each:
        return {}
    return {
        "lines": lines,
        "lines_per_s": lines / seconds,
        "median_lines_per_s": percentile(each, 0.5),
        "slowest_lines_per_s": min(each),
    }


def lines_of(file: Path) -> list[str]:
    """Return the messages of a file; only a line feed ends one, and what is no UTF-8 is replaced."""
    lines = file.read_bytes().decode("utf-8", errors="replace").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _files(data: Path) -> list[Path]:
    return sorted((data / "logs").glob("*.log"))


def _mined(messages: list[str]) -> list[str]:
    miner = TemplateMiner()
    given = [miner.add(message) for message in messages]
    return [str(miner.resolve(cluster)) for cluster in given]


if __name__ == "__main__":
    chosen = options(__doc__ or "")
    if not chosen.data:
        sys.exit("--data wants a pack with logs/*.log")
    report(speed(Path(chosen.data)), only_json=chosen.json)

"""Cold start: `ops-monitor --help`, `serve` until ready, and the memory of an idle bot.

Method: `--help` runs as a whole process 5 times (2 with --quick) and the median counts, in seconds. `serve` starts on an
empty database with a Slack that does not answer and no backends until `/readyz` says 200; `rss_mb` is resident memory
(VmRSS, 10^6 bytes) 5 s after that.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.bot import Bot, rss_mb
from bench.figures import options, report


def _help_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "agent", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


async def _serve(runs: int) -> tuple[float, float]:
    ready, memory = [], 0.0
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            async with Bot(Path(folder)) as bot:
                ready.append(bot.ready_seconds)
                memory = max(memory, rss_mb(bot.pid))
    return statistics.median(ready), memory


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    runs = 2 if chosen.quick else 5
    help_seconds = statistics.median(_help_seconds() for _ in range(runs))
    ready, memory = asyncio.run(_serve(1 if chosen.quick else 3))
    report({"help_s": help_seconds, "ready_s": ready, "rss_mb": memory}, only_json=chosen.json)


if __name__ == "__main__":
    main()

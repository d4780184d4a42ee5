"""A nightly report that needs much CPU and talks a lot, and hurts nobody."""

from typing import ClassVar

from demo.shop.context import MIB
from demo.shop.service import Service

CORES = 3.5
LINES_PER_SECOND = 25


class BatchReport(Service):
    """Is charged for three cores of its node and writes many harmless lines."""

    idle_memory: ClassVar[int] = 300 * MIB

    async def tick(self, seconds: float) -> None:
        """Charge the CPU time and write the lines of a passed moment."""
        self.pod.usage.cpu_seconds += CORES * seconds
        for _ in range(int(LINES_PER_SECOND * seconds)):
            row = self.pod.chance.randint(1, 9_999_999)
            self.pod.log.write("info", f"Aggregated row {row} of the yearly report", context="YearlyReport")

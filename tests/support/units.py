"""What a worker of a parallel run takes as one piece, and how many demos run beside each other."""

from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Each keeps a third of a core busy and its people impatient; the others leave room for what only waits.
DEMOS_AT_ONCE = 3


class Units(LoadFileScheduling):
    """Gives out whole modules, and single tests of those whose tests stand alone; never too many demos at once."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        self._root = config.rootpath

    def _split_scope(self, nodeid: str) -> str:
        module = super()._split_scope(nodeid)
        return nodeid if self._marked(module, "alone") else module

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self._demos_beside(node) >= DEMOS_AT_ONCE:
            calmer = next((unit for unit in self.workqueue if not self._marked(unit, "demo")), None)
            if calmer is not None:
                self.workqueue.move_to_end(calmer, last=False)
        super()._assign_work_unit(node)

    def _demos_beside(self, node: WorkerController) -> int:
        """Count the other workers that have a demo to run."""
        return sum(
            any(not all(done.values()) for unit, done in units.items() if self._marked(unit, "demo"))
            for other, units in self.assigned_work.items()
            if other is not node
        )

    def _marked(self, unit: str, mark: str) -> bool:
        # Whoever gives out the work has collected nothing, so the mark is read where it is written.
        return f"pytest.mark.{mark}" in _source(self._root / unit.split("::", 1)[0])


@cache
def _source(path: Path) -> str:
    return path.read_text("utf-8")

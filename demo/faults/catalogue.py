"""The list of all faults."""

from demo.faults.fault import Fault
from demo.faults.outside import ExpiredCertificate, NoisyNeighbour
from demo.faults.pods import CACHE_STAMPEDE, MEMORY_LEAK, POOL_EXHAUSTION, SLOW_DEPENDENCY
from demo.faults.releases import BadDeployment, CrashLoop

FAULTS: tuple[Fault, ...] = (
    BadDeployment(),
    SLOW_DEPENDENCY,
    MEMORY_LEAK,
    CrashLoop(),
    POOL_EXHAUSTION,
    CACHE_STAMPEDE,
    ExpiredCertificate(),
    NoisyNeighbour(),
)


class FaultUnknown(KeyError):
    """No fault has this name."""


def fault_named(name: str) -> Fault:
    """Return the fault with the name; raise FaultUnknown when there is none."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise FaultUnknown(name)

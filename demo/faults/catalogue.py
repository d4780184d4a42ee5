"""The list of all faults."""

from demo.faults.cache import CacheStampede
from demo.faults.certificates import EXPIRED_CERTIFICATE, EXPIRING_CERTIFICATE
from demo.faults.fault import Fault
from demo.faults.instances import BadInstance
from demo.faults.load import FrontPageRush
from demo.faults.matters import (
    CREDENTIAL_STUFFING,
    NO_TEXTBOOKS,
    TOKEN_BURN,
    FalcoAlert,
    ThirdPartyOutage,
)
from demo.faults.outside import NoisyNeighbour
from demo.faults.pods import MEMORY_LEAK, POOL_EXHAUSTION, SERVICE_DOWN, SLOW_DEPENDENCY
from demo.faults.releases import BAD_DEPLOYMENT, PAYMENT_OUTAGE, CrashLoop

FAULTS: tuple[Fault, ...] = (
    BAD_DEPLOYMENT,
    PAYMENT_OUTAGE,
    SLOW_DEPENDENCY,
    MEMORY_LEAK,
    CrashLoop(),
    POOL_EXHAUSTION,
    CacheStampede(),
    EXPIRED_CERTIFICATE,
    NoisyNeighbour(),
    BadInstance(),
    EXPIRING_CERTIFICATE,
    SERVICE_DOWN,
    FrontPageRush(),
    CREDENTIAL_STUFFING,
    FalcoAlert(),
    NO_TEXTBOOKS,
    TOKEN_BURN,
    ThirdPartyOutage(),
)


class FaultUnknown(KeyError):
    """No fault has this name."""


def fault_named(name: str) -> Fault:
    """Return the fault with the name; raise FaultUnknown when there is none."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise FaultUnknown(name)

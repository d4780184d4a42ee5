"""What one look at a third party found."""

import ipaddress
from enum import StrEnum

from agent.domain.noun import Noun

THIRD_PARTY_DOWN = "ThirdPartyDown"
"""The name of the alert of a third party that is down; its service is the third party."""


class OutpostState(StrEnum):
    """How a third party is; `UNKNOWN` when its status could not be read, which says nothing about itself."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Looked(Noun):
    """One look: the state, how long the answer took (seconds, None without one), and what was seen in a few words."""

    state: OutpostState
    seconds: float | None = None
    detail: str = ""


def is_public(address: str) -> bool | None:
    """Say whether an IP address is one of the public internet; None for what is no IP address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    # An IPv4 address may come in the clothes of version 6.
    inner = getattr(found, "ipv4_mapped", None)
    return (inner or found).is_global and not found.is_multicast

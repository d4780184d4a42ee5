"""The named signals: every key metric of the product's monitoring, each documented in docs/signals.md."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from agent.errors import BadInput
from tools.recipes import Signal
from tools.signals_business import BUSINESS_SIGNALS
from tools.signals_http import HTTP_SIGNALS
from tools.signals_resources import RESOURCE_SIGNALS

SIGNALS: Mapping[str, Signal] = MappingProxyType(
    {signal.name: signal for signal in (*HTTP_SIGNALS, *RESOURCE_SIGNALS, *BUSINESS_SIGNALS)}
)


def signal_named(name: str) -> Signal:
    """Return a signal; raises BadInput that suggests the nearest names."""
    found = SIGNALS.get(name.strip().lower())
    if found:
        return found
    near = difflib.get_close_matches(name.lower(), SIGNALS, n=3, cutoff=0.4)
    hint = f" Did you mean {', '.join(near)}?" if near else f" Known signals: {', '.join(SIGNALS)}."
    raise BadInput(f"There is no signal called “{name[:60]}”.{hint}", field="signal")

"""The named signals: every key metric of the product's monitoring, each documented in docs/signals.md."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agent.errors import BadInput
from tools.recipes import Signal
from tools.signals_business import BUSINESS_SIGNALS
from tools.signals_http import HTTP_SIGNALS
from tools.signals_resources import RESOURCE_SIGNALS
from tools.signals_security import SECURITY_SIGNALS

SIGNALS: Mapping[str, Signal] = MappingProxyType(
    {
        signal.name: signal
        for signal in (*HTTP_SIGNALS, *RESOURCE_SIGNALS, *BUSINESS_SIGNALS, *SECURITY_SIGNALS)
    }
)


def _none() -> Mapping[str, Signal]:
    return {}


@dataclass(slots=True)
class SignalBook:
    """The named signals as they are measured here: `configured` ones stand in the place of those known by themselves.

    Filled in when the policies are read, which is after the tools are built.
    """

    configured: Callable[[], Mapping[str, Signal]] = _none

    def named(self, name: str) -> Signal:
        """Return a signal; raises BadInput that suggests the nearest names."""
        known = signal_named(name)
        return self.configured().get(known.name, known)

    def all(self) -> tuple[Signal, ...]:
        """Return every signal."""
        return tuple(({**SIGNALS, **self.configured()}).values())


def signal_named(name: str) -> Signal:
    """Return a signal; raises BadInput that suggests the nearest names."""
    found = SIGNALS.get(name.strip().lower())
    if found:
        return found
    near = difflib.get_close_matches(name.lower(), SIGNALS, n=3, cutoff=0.4)
    hint = f" Did you mean {', '.join(near)}?" if near else f" Known signals: {', '.join(SIGNALS)}."
    raise BadInput(f"There is no signal called “{name[:60]}”.{hint}", field="signal")

"""Faults on demand: what the Web API and the deliveries do wrong until they are told to stop."""

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Literal

FaultKind = Literal["ratelimited", "server_error", "timeout", "garbage", "refuse", "lost_answer"]


@dataclass(slots=True)
class Fault:
    """Spoil every Nth call of the methods that match, at most `times` times.

    A `timeout` does nothing for `seconds`; a `lost_answer` does what was asked and then says nothing for `seconds`.
    """

    kind: FaultKind
    method: str = "*"
    every: int = 1
    times: int | None = None
    retry_after: int = 1
    error: str = "internal_error"
    seconds: float = 30.0
    seen: int = field(default=0, init=False)
    done: int = field(default=0, init=False)

    def strikes(self, method: str) -> bool:
        """Count one call and tell whether this one is spoilt."""
        if not fnmatch(method, self.method) or (self.times is not None and self.done >= self.times):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.done += 1
        return True


class Faults:
    """The faults in force, for calls and for deliveries."""

    def __init__(self) -> None:
        self._calls: list[Fault] = []
        self._counts: dict[str, int] = {}

    def add(self, fault: Fault) -> Fault:
        """Put one fault on the Web API in force."""
        self._calls.append(fault)
        return fault

    def duplicate(self, times: int = 1) -> None:
        """Deliver the next events twice, as Slack does when it missed an ack."""
        self._counts["duplicate"] = times

    def lose_acks(self, times: int = 1) -> None:
        """Treat the next acks as if they had come too late."""
        self._counts["lose_ack"] = times

    def clear(self) -> None:
        """Take every fault out of force."""
        self._calls.clear()
        self._counts.clear()

    def on_call(self, method: str) -> Fault | None:
        """Return the fault that spoils this call."""
        return next((fault for fault in list(self._calls) if fault.strikes(method)), None)

    def takes(self, name: Literal["duplicate", "lose_ack"]) -> bool:
        """Tell whether the next delivery suffers, and count it."""
        left = self._counts.get(name, 0)
        if left <= 0:
            return False
        self._counts[name] = left - 1
        return True

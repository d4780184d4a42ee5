"""Names for new things: Slack-like ids, and message timestamps that never repeat."""

import secrets

from demo.workspace.clock import Clock

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


class Ids:
    """Mint ids and timestamps for one workspace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self._last_micros = 0

    def new(self, prefix: str) -> str:
        """Return a fresh id such as `F0A0000012`."""
        self._count += 1
        return f"{prefix}0A{_base36(self._count):0>7}"

    def ts(self) -> str:
        """Return a message timestamp later than every one before."""
        micros = max(int(self._clock.now() * 1_000_000), self._last_micros + 1)
        self._last_micros = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def secret(self) -> str:
        """Return a name that nobody can guess, for triggers and response urls."""
        return secrets.token_hex(16)

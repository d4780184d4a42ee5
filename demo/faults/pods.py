"""Faults that trouble the Pods of one service as they run now; a new Pod in their place is free of them."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.faults.fault import NAMESPACE, Stage
from demo.shop.context import MIB, Trouble


@dataclass(frozen=True, slots=True)
class PodFault:
    """A trouble switched on in every Pod of a service."""

    name: str
    title: str
    description: str
    service: str
    switch_on: Callable[[Trouble], None]
    switch_off: Callable[[Trouble], None]
    is_on: Callable[[Trouble], bool]

    async def inject(self, stage: Stage) -> None:
        """Switch the trouble on in the Pods of now."""
        for trouble in self._troubles(stage):
            self.switch_on(trouble)

    async def clear(self, stage: Stage) -> None:
        """Switch it off."""
        for trouble in self._troubles(stage):
            self.switch_off(trouble)

    async def active(self, stage: Stage) -> bool:
        """Tell whether any Pod has it."""
        return any(self.is_on(trouble) for trouble in self._troubles(stage))

    def _troubles(self, stage: Stage) -> list[Trouble]:
        return [stage.runtime.trouble(uid) for uid in stage.runtime.pods_of(NAMESPACE, self.service)]


def _slow(trouble: Trouble) -> None:
    trouble.answer_delay = 1.9


def _fast(trouble: Trouble) -> None:
    trouble.answer_delay = 0.0


def _leak(trouble: Trouble) -> None:
    trouble.leak_bytes_per_second = 4.0 * MIB


def _keep_tight(trouble: Trouble) -> None:
    trouble.leak_bytes_per_second = 0.0


def _hold(trouble: Trouble) -> None:
    trouble.hold_connections = True


def _let_go(trouble: Trouble) -> None:
    trouble.hold_connections = False


def _lose_cache(trouble: Trouble) -> None:
    trouble.cache_down = True


def _find_cache(trouble: Trouble) -> None:
    trouble.cache_down = False


def _hang(trouble: Trouble) -> None:
    trouble.hung = True


def _let_run(trouble: Trouble) -> None:
    trouble.hung = False


SLOW_DEPENDENCY = PodFault(
    name="slow-dependency",
    title="Slow ledger database",
    description="The ledger's disk is slow: payment waits for it, checkout for payment, storefront for checkout.",
    service="ledger-db",
    switch_on=_slow,
    switch_off=_fast,
    is_on=lambda trouble: trouble.answer_delay > 0,
)
MEMORY_LEAK = PodFault(
    name="memory-leak",
    title="Memory leak in catalog",
    description="Catalog's price index grows until the Pods are killed for their memory limit, again and again.",
    service="catalog",
    switch_on=_leak,
    switch_off=_keep_tight,
    is_on=lambda trouble: trouble.leak_bytes_per_second > 0,
)
POOL_EXHAUSTION = PodFault(
    name="pool-exhaustion",
    title="Connection pool of payment exhausted",
    description="Runaway reconciliation queries hold every database connection of payment; charges wait and fail.",
    service="payment",
    switch_on=_hold,
    switch_off=_let_go,
    is_on=lambda trouble: trouble.hold_connections,
)
LOST_CACHE = PodFault(
    name="cache-stampede",
    title="Cache stampede in catalog",
    description="Catalog loses its cache: every read goes to its narrow database, and latency rises everywhere.",
    service="catalog",
    switch_on=_lose_cache,
    switch_off=_find_cache,
    is_on=lambda trouble: trouble.cache_down,
)
SERVICE_DOWN = PodFault(
    name="service-down",
    title="Textbook is down",
    description="Textbook's workers are deadlocked: its Pods pass their probes, and nobody who asks gets an answer.",
    service="textbook",
    switch_on=_hang,
    switch_off=_let_run,
    is_on=lambda trouble: trouble.hung,
)

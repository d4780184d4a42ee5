"""Synthetic users: a steady stream of requests to the storefront with a slow ripple over the day's hours."""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Callable, Sequence

import aiohttp

from demo.shop.calls import Endpoint

RIPPLE_SECONDS = 900.0
RIPPLE = 0.12
CURRENCIES = ("KRW", "KRW", "KRW", "USD", "EUR")
SUBJECTS = ("math", "biology", "history")
GREEDY = "203.0.113.77"

Shot = tuple[str, str, dict[str, object] | None]


def product(chance: random.Random) -> Shot:
    """Look at an item; few items are looked at often."""
    return "GET", f"/products/item-{int(chance.paretovariate(1.1)) % 200}", None


def checkout(chance: random.Random) -> Shot:
    """Buy a cart."""
    cart = {
        "user": f"u-{chance.randint(1000, 9999)}",
        "cart": f"c-{chance.getrandbits(32):08x}",
        "item": f"item-{chance.randint(0, 199)}",
        "count": chance.randint(1, 3),
        "currency": chance.choice(CURRENCIES),
    }
    return "POST", "/checkout", cart


def textbook(chance: random.Random) -> Shot:
    """Create a textbook."""
    wish: dict[str, object] = {
        "user": f"u-{chance.randint(1000, 9999)}",
        "grade_level": chance.randint(7, 9),
        "subject": chance.choice(SUBJECTS),
    }
    return "POST", "/textbooks", wish


def question(chance: random.Random) -> Shot:
    """Ask the tutor."""
    asked: dict[str, object] = {
        "user": f"u-{chance.randint(1000, 9999)}",
        "question": f"exercise {chance.randint(1, 400)}",
    }
    return "POST", "/tutor/questions", asked


def login(chance: random.Random) -> Shot:
    """Log in."""
    who: dict[str, object] = {"user": f"u-{chance.randint(1000, 9999)}"}
    return "POST", "/login", who


def home(chance: random.Random) -> Shot:
    """Open the front page."""
    return "GET", "/", None


MIX: tuple[tuple[Callable[[random.Random], Shot], float], ...] = (
    (product, 0.38),
    (checkout, 0.27),
    (textbook, 0.12),
    (question, 0.15),
    (login, 0.05),
    (home, 0.03),
)


def pace(rate: float, at: float) -> float:
    """Return the requests per second at a moment, in Unix seconds."""
    return rate * (1 + RIPPLE * math.sin(2 * math.pi * at / RIPPLE_SECONDS))


class SyntheticUsers:
    """Sends requests at random moments, on average `rate` in a second."""

    def __init__(
        self,
        resolve: Callable[[], Sequence[Endpoint]],
        *,
        rate: float = 12.0,
        seed: int = 7,
        answered: Callable[[Endpoint, int], None] = lambda endpoint, status: None,
    ) -> None:
        self._resolve = resolve
        self._answered = answered
        self._rate = rate
        self._chance = random.Random(seed)
        self._task: asyncio.Task[None] | None = None
        self.answers: dict[int, int] = {}

    async def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run(), name="synthetic-users")

    async def stop(self) -> None:
        """Stop sending."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        kinds = [kind for kind, _ in MIX]
        weights = [weight for _, weight in MIX]
        limit = aiohttp.ClientTimeout(total=8)
        async with aiohttp.ClientSession(timeout=limit) as http, asyncio.TaskGroup() as group:
            due = time.monotonic()
            while True:
                # By the clock and not from sleep to sleep: a busy machine must not look like fewer users.
                due += self._chance.expovariate(pace(self._rate, time.time()))
                await asyncio.sleep(max(due - time.monotonic(), 0))
                shot = self._chance.choices(kinds, weights)[0](self._chance)
                group.create_task(self._send(http, shot))

    async def _send(self, http: aiohttp.ClientSession, shot: Shot) -> None:
        endpoints = list(self._resolve())
        method, path, body = shot
        status = 0
        if endpoints:
            chosen = self._chance.choice(endpoints)
            host, port, _ = chosen
            client = GREEDY if self._chance.random() < 0.004 else f"198.51.100.{self._chance.randint(1, 254)}"
            try:
                async with http.request(
                    method, f"http://{host}:{port}{path}", json=body, headers={"X-Client": client}
                ) as response:
                    await response.read()
                    status = response.status
            except (aiohttp.ClientError, TimeoutError, OSError):
                status = 0
            self._answered(chosen, status or 503)
        self.answers[status] = self.answers.get(status, 0) + 1

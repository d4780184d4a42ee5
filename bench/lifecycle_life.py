"""One randomised life: the product looks after every event, dies at random, and is compared with the model."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.context import BaseContext

from agent.lifecycle.clock import LifeClock
from agent.policy.load import Policies
from agent.store.engine import SqlStore
from bench.lifecycle_judge import Outcome
from bench.lifecycle_people import Crowd
from bench.lifecycle_world import Crash, MovingClock, Restless, child, life_clock, turn_all


class LivedLife:
    """Plays events at random and compares after each; every time is a multiple of ten seconds."""

    def __init__(
        self,
        store: SqlStore,
        url: str,
        rules: Policies,
        chance: random.Random,
        killing: BaseContext | None,
    ) -> None:
        start = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(seconds=10 * chance.randrange(8640 * 4))
        self.clock = MovingClock(start)
        self.store, self.url, self.rules, self.chance = store, url, rules, chance
        self.crowd = Crowd(store, rules, self.clock, chance)
        self.outcome = Outcome()
        self._life: LifeClock = life_clock(store, self.clock, rules)
        self._killing = killing

    async def play(self, events: int) -> Outcome:
        """Live through so many events, then through two quiet days."""
        await self.crowd.declare()
        await self._compare("declare")
        for _ in range(events):
            name, event = self._pick()
            await event()
            self.outcome.deeds[name] += 1
            await self._compare(name)
            if len(self.outcome.said) > 3:
                break
        for seconds in (3600, 86_400, 86_400):
            self.clock.move(seconds)
            await self._compare("quiet days")
        return self.outcome

    def _pick(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        weighted = [*self.crowd.events(), (1, self._restart)]
        weights = [weight for weight, _ in weighted]
        event = self.chance.choices([one for _, one in weighted], weights)[0]
        return event.__name__.strip("_"), event

    # The product, with crashes on the way.

    async def _turn(self) -> None:
        dice = self.chance.random()
        if self._killing is not None and dice < 0.12:
            await self._turn_in_a_child()
        elif dice < 0.3:
            await self._turn_and_crash()
        await turn_all(self._life)

    async def _turn_and_crash(self) -> None:
        """Let the process end at some statement, and whatever it had not committed with it."""
        writer = self.store._writer
        execute, left = writer.execute, self.chance.randrange(1, 60)

        async def mortal(*given: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Crash
            return await execute(*given, **named)  # type: ignore[arg-type]

        writer.execute = mortal  # type: ignore[method-assign,assignment]
        try:
            await turn_all(self._life)
        except Crash:
            self.outcome.crashes += 1
        except Restless:
            self.outcome.illegal_states += 1
        finally:
            del writer.execute
        self._life = life_clock(self.store, self.clock, self.rules)

    async def _turn_in_a_child(self) -> None:
        """Let another process do the work, and kill it on the way."""
        assert self._killing is not None
        process = self._killing.Process(target=child, args=(self.url, self.clock.now().isoformat()))  # type: ignore[attr-defined]
        await asyncio.to_thread(process.start)
        await asyncio.to_thread(process.join, self.chance.uniform(0.0, 0.12))
        if process.is_alive():
            process.kill()
            self.outcome.kills += 1
        await asyncio.to_thread(process.join)

    async def _restart(self) -> None:
        self._life = life_clock(self.store, self.clock, self.rules)

    async def _compare(self, after: str) -> None:
        """Let the product look, let the model do so, and count what differs."""
        try:
            await self._turn()
        except Restless:
            self.outcome.illegal_states += 1
            self.outcome.said.append(f"after {after}: the clock does not come to rest")
        for story in self.crowd.stories.values():
            story.tick(self.clock.now())
        async with self.store.read() as tx:
            for incident_id, story in self.crowd.stories.items():
                await self.outcome.compare(tx, incident_id, story, after)

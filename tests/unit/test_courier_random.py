"""The courier under random misfortune: whatever happens, each message arrives once, in order, or is dead and told."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.notification import Channel, Notification, NotificationState, Receipt
from agent.domain.probe import Probe
from agent.errors import BadAnswer, Overloaded, Refused, TimedOut, Unavailable
from agent.transport.courier import Courier
from tests.support.courier import Office, office, page
from tests.support.store import NOON

_MESSAGES = 12
_ROUNDS = 400


@dataclass
class Moody:
    """A service that can be asked whether a message is there; it fails before or after it takes one, as it likes."""

    dice: random.Random
    channel: Channel = Channel.PAGERDUTY
    calm: bool = False
    taken: list[str] = field(default_factory=list)

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        key = notification.key
        if again and key in self.taken:
            return Receipt(reference=key)
        mood = 9 if self.calm else self.dice.randrange(10)
        await asyncio.sleep(0)
        match mood:
            case 0:
                raise Overloaded(
                    "later", backend="pagerduty", retry_after_seconds=self.dice.choice([None, 3.0])
                )
            case 1:
                raise Unavailable("down", backend="pagerduty")
            case 2:
                raise asyncio.CancelledError
            case 3 if key.endswith("r"):
                raise Refused("no such service", backend="pagerduty")
        self.taken.append(key)
        match mood:
            case 4:
                raise TimedOut("no answer", backend="pagerduty")
            case 5:
                raise BadAnswer("garbage", backend="pagerduty")
            case 6:
                raise asyncio.CancelledError
        return Receipt(reference=key)

    async def probe(self) -> Probe:
        return Probe(name="moody", ok=True, detail="")


def _messages(dice: random.Random) -> list[Notification]:
    """Return messages of three threads; those whose key ends with r may be refused."""
    found = []
    for number in range(_MESSAGES):
        thread = f"t{number % 3}"
        key = f"{thread}-{number:02d}{'r' if dice.random() < 0.2 else ''}"
        content = page(thread).content
        at = NOON + timedelta(seconds=number)
        found.append(
            page(key, content=content, incident_id=thread, at=at, about=f"page:{key}", priority=number % 4)
        )
    return found


async def _round(courier: Courier) -> None:
    # A cancelled sending is what a killed process leaves behind.
    await courier._look()
    await asyncio.gather(*list(courier._flying.values()), return_exceptions=True)


async def _live(desk: Office, seed: int) -> Moody:
    dice = random.Random(seed)
    moody = Moody(dice)
    await desk.add(*_messages(dice))
    courier = desk.courier(moody, alone=True)
    for number in range(_ROUNDS):
        moody.calm = number > _ROUNDS // 2
        await _round(courier)
        event = dice.random()
        if event < 0.05:
            courier = desk.courier(moody, alone=True)
        elif event < 0.1:
            desk.clock.advance(-dice.choice([1, 60, 7200]))
        desk.clock.advance(dice.choice([0.0, 1.0, 5.0, 40.0]))
        async with desk.store.read() as tx:
            counts = await tx.notifications.counts()
        if counts.get("sent", 0) + counts.get("dead", 0) == _MESSAGES:
            break
    return moody


@pytest.mark.parametrize("seed", range(12))
async def test_each_message_arrives_once_or_is_dead_and_told(tmp_path: Path, seed: int) -> None:
    async with office(f"sqlite:///{tmp_path / 'ops.db'}") as desk:
        moody = await _live(desk, seed)
        async with desk.store.read() as tx:
            sent = {one.key for one in await tx.notifications.in_state(NotificationState.SENT)}
            dead = {one.key for one in await tx.notifications.in_state(NotificationState.DEAD)}
        assert _MESSAGES == len(sent) + len(dead)
        assert len(moody.taken) == len(set(moody.taken))
        assert sent <= set(moody.taken)
        assert {(k, "sent") for k in sent} | {(k, "dead") for k in dead} == set(desk.ends.told)
        for thread in ("t0", "t1", "t2"):
            order = [key for key in moody.taken if key.startswith(thread)]
            assert sorted(order) == order

"""The job that reads back what was sent: tried again for a while, and then said to be unreadable."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.noun import Json
from agent.domain.update import Destination, Reading, Update
from agent.errors import BackendError, Refused
from agent.lifecycle.updates_reading import due_at, keep
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.store import Store, Tx

READ_SLACK, READ_PAGE = "update.read.slack", "update.read.statuspage"
KINDS: Mapping[str, str] = {"slack": READ_SLACK, "statuspage": READ_PAGE}
FIRST = timedelta(seconds=2)
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800))

Look = Callable[[Update, Destination], Awaitable[Reading]]
"""Looks at a destination and compares; raises a BackendError when it could not be looked at."""


async def want_reading(tx: Tx, jobs: Jobs, update_id: str, place: Destination, now: datetime) -> None:
    """Have an update read back from a destination that has it, unless that is done or cannot be."""
    update = await tx.updates.get(update_id)
    if update is not None and due_at(update, place) is not None:
        await jobs.enqueue(tx, _reading(update_id, place, 0, now + FIRST))


def _reading(update_id: str, place: Destination, tries: int, run_at: datetime) -> Job:
    named = f"read:{update_id}:{place.way}:{place.address}"
    payload: dict[str, Json] = {
        "update": update_id,
        "way": place.way,
        "address": place.address,
        "tries": tries,
    }
    return Job(kind=KINDS[place.way], payload=payload, group_key=named, dedupe_key=named, run_at=run_at)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The handler of these jobs for one way."""

    store: Store
    jobs: Jobs
    clock: Clock
    look: Look

    async def read(self, payload: dict[str, Json]) -> None:
        """Look at one destination of an update, and keep how it reads there."""
        place = Destination.model_validate({"way": payload["way"], "address": payload["address"]})
        update_id, tries = str(payload["update"]), int(str(payload.get("tries", 0)))
        async with self.store.read() as tx:
            update = await tx.updates.get(update_id)
        if update is None or due_at(update, place) is None:
            return
        why = ""
        try:
            reading = await self.look(update, place)
        except BackendError as error:
            if not isinstance(error, Refused) and tries < len(PAUSES):
                await self._again(update_id, place, tries, getattr(error, "retry_after_seconds", None))
                return
            reading, why = Reading.UNREADABLE, error.user_message
        async with self.store.write() as tx:
            await keep(tx, update_id, place, reading, self.clock.now(), why=why)

    async def _again(self, update_id: str, place: Destination, tries: int, asked: float | None) -> None:
        pause = max(PAUSES[tries], timedelta(seconds=asked or 0.0))
        async with self.store.write() as tx:
            await self.jobs.enqueue(tx, _reading(update_id, place, tries + 1, self.clock.now() + pause))

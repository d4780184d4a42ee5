"""Stores a delivery together with the job that will process it."""

from agent.domain.alert import AlertGroup
from agent.errors import Overloaded
from agent.intake.work import processing
from agent.ports.jobs import Jobs
from agent.ports.store import Store


async def receive(store: Store, jobs: Jobs, group: AlertGroup, *, bound: int | None = None) -> int:
    """Store a delivery and return its id once it is committed; raises Overloaded when `bound` deliveries wait."""
    async with store.write() as tx:
        if bound is not None and await tx.inbox.waiting() >= bound:
            raise Overloaded("Too many deliveries wait; send this one again later.", backend="intake")
        inbox_id = await tx.inbox.add(group)
        await jobs.enqueue(tx, processing(inbox_id))
    return inbox_id

"""Telling stakeholders, as the composition root builds it: who writes the updates, and the look after those in Slack."""

import asyncio

from agent.app.ground import Ground, Wing
from agent.errors import OpsError
from agent.handoffs.stakeholder_communicator.agent import StakeholderCommunicator
from agent.lifecycle.updates import accept, slack_awaited, slack_settled
from agent.lifecycle.updates_back import want_reading
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

LOOP = "updates"
EVERY_SECONDS = 2.0
_log = get_log("informing")


def communicator(ground: Ground) -> StakeholderCommunicator:
    """Build the sub-agent; it has no tools, and what it writes is stored and sent by the life of incidents."""
    return StakeholderCommunicator(
        ground.store,
        ground.book,
        accept,
        redactor=ground.redactor,
        counsel=ground.counsel,
        language=ground.settings.language,
    )


def open_informing(ground: Ground) -> Wing:
    """Build the wing that sees to it that what Slack accepted counts as sent."""

    async def run() -> None:
        while True:
            try:
                await look(ground.store, ground.jobs, ground.clock)
            except OpsError as error:
                _log.warning(LogEvent.TASK_FAILED, task=LOOP, error=error.user_message)
            await asyncio.sleep(EVERY_SECONDS)

    return Wing(loops={LOOP: run}, in_turn=frozenset({LOOP}))


async def look(store: Store, jobs: Jobs, clock: Clock) -> None:
    """Take note of what Slack has accepted, and have it read back; writes only when some update is on its way there."""
    now = clock.now()
    async with store.read() as tx:
        wanted = bool(await slack_awaited(tx, now))
    if wanted:
        async with store.write() as tx:
            awaited = await slack_awaited(tx, now)
            await slack_settled(tx, now)
            for update_id, place in awaited:
                await want_reading(tx, jobs, update_id, place, now)

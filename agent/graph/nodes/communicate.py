"""Has the card and the details drawn anew with the diagnosis."""

from agent.graph.kit import Kit
from agent.graph.state import State, Update
from agent.lifecycle.announce import announce


async def communicate(state: State, kit: Kit) -> Update:
    """Ask for the incident's messages; repeats fold into one delivery."""
    async with kit.store.write() as tx:
        incident = await tx.incidents.get(state["incident_id"])
        if incident is not None:
            await announce(tx, incident, kit.policies, kit.clock.now())
    return {}

"""Records that the bot looks at the incident, and what it knew when it began."""

from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.graph.events import mark_once
from agent.graph.kit import Kit
from agent.graph.state import State, Update
from agent.lifecycle.announce import announce


async def triage(state: State, kit: Kit) -> Update:
    """Mark the start of this run and have the card say that the bot is looking."""
    async with kit.store.write() as tx:
        view, _ = await kit.look(tx, state)
        incident = view.incident
        data: dict[str, Json] = {
            "run": state["run"],
            "summary": f"{incident.priority.value}, {', '.join(view.services) or incident.title}",
            "rule": incident.priority_reason.rule,
            "services": list(view.services),
        }
        if await mark_once(tx, incident.id, TimelineKind.TRIAGED, kit.brain.name, kit.clock.now(), data):
            await announce(tx, incident, kit.policies, kit.clock.now())
    return {"iteration": 0, "done": False}

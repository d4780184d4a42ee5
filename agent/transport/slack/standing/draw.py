"""From an outbox slot to the message about where the team stands that it shows, by the name in its payload."""

from collections.abc import Awaitable, Callable, Mapping

from agent.ports.outbox import Slot
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing.checklist_draw import draw_checklist, draw_reminder
from agent.transport.slack.standing.lone_action import draw_lone_action
from agent.transport.slack.standing.reports_draw import draw_report

Draw = Callable[[SlackServices, Slot, str], Awaitable[Drawn | None]]
SHOWN: Mapping[str, Draw] = {
    "checklist": draw_checklist,
    "checklist_reminder": draw_reminder,
    "action": draw_lone_action,
    "report": draw_report,
}


def standing_name(slot: Slot) -> str | None:
    """Return which of these messages a slot stands for."""
    return next((name for name in SHOWN if name in slot.payload), None)


async def draw_standing(services: SlackServices, slot: Slot) -> Drawn | None:
    """Return the message as it should look now; None when what it stands for is gone, or it is none of these."""
    name = standing_name(slot)
    return await SHOWN[name](services, slot, str(slot.payload[name])) if name else None

"""The message of an action that belongs to no incident: its preview, its terms and its buttons, edited in place."""

from dataclasses import dataclass
from datetime import datetime

from agent.domain.action import Action, ActionState
from agent.domain.alert import AlertRecord
from agent.errors import OpsError
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.ports.outbox import Slot
from agent.transport import proposals
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack import blocks, limits
from agent.transport.slack.action_card import action_blocks, heading
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, link
from agent.transport.slack.services import SlackServices

_RECENT = 200
_PUBLISH = "publish_dashboard"


@dataclass(frozen=True, slots=True)
class Alone:
    """What such an action stands among: itself, and what takes it back."""

    actions: tuple[Action, ...]
    as_of: datetime
    firing: tuple[AlertRecord, ...] = ()


async def draw_lone_action(services: SlackServices, slot: Slot, action_id: str) -> Drawn | None:
    """Draw the action as it stands; whoever must agree is mentioned when it is first shown."""
    async with services.store.read() as tx:
        action = await tx.actions.get(action_id)
        approval = await tx.approvals.get(action.approval_id) if action and action.approval_id else None
        others = [one for one in await tx.actions.recent(_RECENT) if one.request.undo_of == action_id]
    if action is None:
        return None
    lang, around = services.language, Alone((action, *others), services.clock.now())
    groups = proposals.still_missing(action, approval) if approval is not None else ()
    waits = action.state is ActionState.WAITING
    called = " ".join([await mention(services, one) for one in groups[:5]]) if waits else ""
    shown = action_blocks(around, action, approval, lang)
    opened = _opened(services, action)
    notes = [blocks.context(one) for one in (called, opened) if one]
    parts = [Part(0, shown), Part(1, tuple(notes))]
    title = f"{heading(action, lang)} {foreign(proposals.title(lang, action), 300)}".replace("*", "")
    votes = len(approval.votes) if approval is not None else 0
    return Drawn(
        Rendered(text=title, blocks=limits.fit(parts)), colour=f"{action.state.value}{action.progress}{votes}"
    )


def _opened(services: SlackServices, action: Action) -> str:
    """Return the link to a dashboard that was published; empty for everything else."""
    door = services.doors.dashboards
    published = action.name == _PUBLISH and action.state is ActionState.SUCCEEDED
    if door is None or not published or action.request.undo_of is not None:
        return ""
    address = door.address(str(action.request.params.get("dashboard", "")))
    return link(address, text(services.language, "dashboard-open")) if address else ""


async def mention(services: SlackServices, group: str) -> str:
    """Return the code that notifies a group, or its name where that cannot be done."""
    book = services.groups
    try:
        return await book.mention(group) if book is not None else foreign(f"@{group}", 80)
    except OpsError:
        # A name that notifies nobody still tells who is needed.
        return foreign(f"@{group}", 80)

"""Draws the outbox's slots from what the store holds at the moment they leave."""

from dataclasses import replace

from agent.domain.action import Action, ActionState
from agent.domain.incident import Priority
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.errors import OpsError
from agent.lifecycle.view import load_view
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.ports.outbox import Slot, SlotKind
from agent.transport import facts, proposals
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack import blocks
from agent.transport.slack.cards import colour, render_card, render_raise
from agent.transport.slack.details import render_details
from agent.transport.slack.directory import directory_of
from agent.transport.slack.home import HomeOfMoment
from agent.transport.slack.living.draw import draw_living, living_name, refresh_calls
from agent.transport.slack.living.next_update import next_update
from agent.transport.slack.living.status import live_line
from agent.transport.slack.markup import channel, foreign
from agent.transport.slack.mentions_policy import mention_codes
from agent.transport.slack.release_card import draw_release
from agent.transport.slack.rooms.asking import RoomAsking
from agent.transport.slack.services import SlackServices, picture_bytes
from agent.transport.slack.standing.draw import draw_standing, standing_name
from agent.transport.slack.votes_asked import render_approval_asked, render_no_longer_asked

_MOST_STATES = 2_000
_LOUD = frozenset({Priority.P0, Priority.P1})


class SlackRenderer:
    """The outbox's renderer; every slot is drawn in the language of its channel, a Home tab in that of its viewer."""

    def __init__(self, services: SlackServices) -> None:
        self._services = services
        self._states: dict[str, str] = {}
        self._home = HomeOfMoment(services)
        self._rooms = RoomAsking(services)

    async def draw(self, slot: Slot) -> Drawn | None:
        """Return the slot's message as it should look now, or None when there is nothing to show."""
        if slot.kind is SlotKind.HOME:
            return Drawn(Rendered(text="", blocks=await self._home.blocks(slot.channel)))
        services = await self._spoken(slot)
        match slot.kind:
            case SlotKind.CARD | SlotKind.DETAILS:
                return await self._incident(services, slot)
            case SlotKind.LEFT:
                return await _left(services, slot)
            case _:
                return await self._reply(services, slot)

    async def _spoken(self, slot: Slot) -> SlackServices:
        known, home = self._services.languages, slot.payload.get("home")
        if known is None:
            return self._services
        names = {slot.channel, *([home] if isinstance(home, str) else ())}
        return replace(self._services, language=await known.of_channel(names))

    async def _reply(self, services: SlackServices, slot: Slot) -> Drawn | None:
        if "raised" in slot.payload:
            return await _raised(services, slot)
        if "approval" in slot.payload:
            return await self._asked(services, slot)
        if "release" in slot.payload:
            return await draw_release(slot, services)
        if living_name(slot) is not None:
            return await draw_living(services, slot)
        if standing_name(slot) is not None:
            return await draw_standing(services, slot)
        return Drawn(_reply(slot.payload))

    async def _asked(self, services: SlackServices, slot: Slot) -> Drawn | None:
        """Draw the one reply that asks people for their votes, or what came of it."""
        async with services.store.read() as tx:
            action = await tx.actions.get(str(slot.payload["approval"]))
            approval = await tx.approvals.get(action.approval_id) if action and action.approval_id else None
            incident = await tx.incidents.get(slot.incident_id or "")
        if incident is None or action is None or approval is None:
            return None
        if action.state is not ActionState.WAITING:
            # What was asked stands there: it says what came of it, and what was never posted is not needed any more.
            over = slot.ts is not None and action.state.ended and action.outcome
            return Drawn(render_no_longer_asked(action, services.language)) if over else None
        groups = proposals.still_missing(action, approval)
        mentions = [await self._mention(group) for group in groups[:5]]
        return Drawn(render_approval_asked(incident, action, mentions, services.language))

    async def _mention(self, group: str) -> str:
        book = self._services.groups
        try:
            return await book.mention(group) if book is not None else foreign(f"@{group}", 80)
        except OpsError:
            # A name that notifies nobody still tells who is needed.
            return foreign(f"@{group}", 80)

    async def _incident(self, services: SlackServices, slot: Slot) -> Drawn | None:
        async with services.store.read() as tx:
            view = await load_view(tx, slot.incident_id or "", services.policies, services.clock.now())
        if view is None:
            return None
        lang = services.language
        if slot.kind is SlotKind.DETAILS:
            rerun = services.rerun is not None
            door = services.doors.dashboards
            page = door.link_of(view) if door is not None else None
            return Drawn(render_details(view, lang, rerun=rerun, runbooks=services.runbooks, dashboard=page))
        await self._tell_viewers(view)
        await self._ask_for_votes(view, slot)
        await self._rooms.look(view)
        await refresh_calls(services, view)
        picture = facts.picture(view)
        chart = await picture_bytes(services, picture.blob) if picture else None
        named = directory_of(services).named
        live = live_line(view, lang, named, next_update(view, services.policies))
        card = render_card(
            view,
            chart,
            lang,
            mentions=_mentions(slot, view),
            acting=services.recovery is not None,
            runbooks=services.runbooks,
            live=live,
        )
        return Drawn(card, colour=_state(view), priority=view.incident.priority.value)

    async def _ask_for_votes(self, view: IncidentView, card: Slot) -> None:
        """Have people asked in the thread, once for each action that waits: an edited card notifies nobody."""
        services, incident = self._services, view.incident
        waiting = [
            one
            for one in view.actions
            if one.state is ActionState.WAITING and proposals.still_meant(view, one)
        ]
        if not waiting:
            return
        async with services.store.read() as tx:
            new = [one for one in waiting if await tx.outbox.get(_asks(one)) is None]
        if not new:
            return
        async with services.store.write() as tx:
            for one in new:
                await tx.outbox.request(
                    _asks(one),
                    SlotKind.REPLY,
                    channel=card.channel,
                    priority=incident.priority.rank,
                    incident_id=incident.id,
                    thread_of=card.key,
                    payload={"approval": one.id},
                    at=services.clock.now(),
                )
        services.wake()

    async def _tell_viewers(self, view: IncidentView) -> None:
        """Have open Home tabs shown anew when an incident changed in what they tell of it."""
        incident, services = view.incident, self._services
        state = f"{_state(view)} {facts.headline(incident)}"
        if self._states.get(incident.id) == state:
            return
        self._states[incident.id] = state
        while len(self._states) > _MOST_STATES:
            del self._states[next(iter(self._states))]
        self._home.outdate()
        now = services.clock.now()
        if services.viewers.watching(now):
            async with services.store.write() as tx:
                await services.viewers.refresh(tx, now)
            services.wake()


async def _raised(services: SlackServices, slot: Slot) -> Drawn | None:
    async with services.store.read() as tx:
        view = await load_view(tx, slot.incident_id or "", services.policies, services.clock.now())
    if view is None or not view.incident.status.open or _told_by_card(view):
        return None
    return Drawn(render_raise(view, mention_codes(view.route.mentions), services.language))


async def _left(services: SlackServices, slot: Slot) -> Drawn | None:
    async with services.store.read() as tx:
        incident = await tx.incidents.get(slot.incident_id or "")
    if incident is None:
        return None
    words = text(
        services.language,
        "card-moved",
        name=incident.name,
        priority=incident.priority.value,
        channel=channel(incident.conversation.channel),
    )
    return Drawn(Rendered(text=words, blocks=(blocks.context(words),)))


def _asks(action: Action) -> str:
    return f"approval:{action.id}"


def _told_by_card(view: IncidentView) -> bool:
    """Say whether the card's first post already showed this priority, and so has told people by itself."""
    posted = [event.data.get("priority") for event in view.timeline if event.kind is TimelineKind.CARD_POSTED]
    return view.incident.priority.value in posted


def _mentions(slot: Slot, view: IncidentView) -> tuple[str, ...]:
    first_post = slot.ts is None
    loud = view.incident.priority in _LOUD and view.incident.status.open
    return mention_codes(view.route.mentions) if first_post and loud else ()


def _state(view: IncidentView) -> str:
    """Return what makes an edit urgent: colour, who is on it, whether a cause is known, and how its actions stand."""
    known = bool(view.diagnosis and view.diagnosis.cause)
    votes = sum(len(approval.votes) for approval in view.approvals)
    deeds = " ".join(f"{one.number}{one.state.value}{one.progress}" for one in view.actions)
    led = f"{view.incident.acknowledged_by} {view.incident.commander} {view.incident.room}"
    return f"{colour(view)} {view.incident.priority.value} {led} {known} {votes} {deeds}"


def _reply(payload: dict[str, Json]) -> Rendered:
    text, blocks = payload.get("text"), payload.get("blocks")
    shown = tuple(block for block in blocks if isinstance(block, dict)) if isinstance(blocks, list) else ()
    return Rendered(text=text if isinstance(text, str) else "–", blocks=shown)

"""Keeps an incident's own channel: opens it once whatever crashes in between, and brings topic, bookmarks and people up
to date."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.errors import BackendError, OpsError, Refused
from agent.lifecycle import rooms
from agent.locale.messages import text
from agent.policy.routing import route_incident
from agent.ports.outbox import SlotKind
from agent.telemetry.logs import LogEvent
from agent.transport import facts
from agent.transport.slack import blocks
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.markup import channel, foreign, is_person
from agent.transport.slack.rooms import words
from agent.transport.slack.rooms.calls import RoomCalls

log = structlog.get_logger(__name__)
_MOST_NAMES = 9
_MOST_INVITED = 30
# Slack counts creation in whole seconds, by its own clock.
_SKEW_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class RoomKeeper:
    """The handler of the job `room.keep`; every step may be done again."""

    kit: Kit
    calls: RoomCalls

    async def keep(self, payload: dict[str, Json]) -> None:
        """Open the channel if there is none, and bring it up to date; raises what is worth another try."""
        incident = await self._incident(str(payload["incident_id"]))
        if incident is None:
            return
        if incident.room is None:
            if not incident.status.open:
                return
            try:
                incident = await self._open(incident, by=str(payload.get("by") or "ops-monitor"))
            except Refused as error:
                await self._refused(incident, error)
                return
        await self._tend(incident)

    async def _incident(self, incident_id: str) -> Incident | None:
        async with self.kit.services.store.read() as tx:
            return await tx.incidents.get(incident_id)

    async def _open(self, incident: Incident, *, by: str) -> Incident:
        services, base = self.kit.services, words.room_name(incident)
        room, name = await self._created(incident, base)
        async with services.store.write() as tx:
            now = services.clock.now()
            saved = await rooms.opened(
                tx, services.policies, incident.id, room=room, name=f"#{name}", by=by, at=now
            )
        services.wake()
        return saved

    async def _created(self, incident: Incident, base: str) -> tuple[str, str]:
        """Return a channel of our own and its name: a new one, or that of a try that was cut off."""
        for number in range(1, _MOST_NAMES + 1):
            name = base if number == 1 else f"{base}-{number}"
            room = await self.calls.create(name)
            if room is None:
                room = await self._left_over(incident, name)
            if room is not None:
                return room, name
        raise Refused(f"Every name like #{base} is taken.", backend="slack")

    async def _left_over(self, incident: Incident, name: str) -> str | None:
        """Return the channel of this name if an earlier try for this very incident made it."""
        try:
            room = await self.kit.chat.channels.id_of(f"#{name}")
        except Refused:
            # Archived, or private and not ours to see: the next name will do.
            return None
        since = incident.times.opened_at.timestamp() - _SKEW_SECONDS
        return room if await self.calls.ours(room, since) else None

    async def _refused(self, incident: Incident, error: Refused) -> None:
        """Say once in the thread why there is no channel; everything works without."""
        log.warning(LogEvent.SLACK_FAILED, doing="opening a channel", reason=error.user_message)
        services, now = self.kit.services, self.kit.services.clock.now()
        kit = await self.kit.for_channel([incident.conversation.channel])
        said = text(kit.lang, "room-refused", why=foreign(error.user_message, 400))
        async with services.store.write() as tx:
            await tx.outbox.request(
                f"room-refused:{incident.id}",
                SlotKind.REPLY,
                channel=incident.conversation.channel,
                priority=incident.priority.rank,
                incident_id=incident.id,
                thread_of=f"card:{incident.id}",
                payload={"text": said, "blocks": [blocks.context(said)]},
                at=now,
            )
        services.wake()

    async def _tend(self, incident: Incident) -> None:
        """Bring the channel up to date; each part may be forbidden by itself, and the others go on."""
        room = incident.room or ""
        kit = await self.kit.for_channel([room])
        await self._try(lambda: self._topic(kit, incident, room), "topic")
        await self._try(lambda: self._bookmarks(kit, incident, room), "bookmarks")
        await self._try(lambda: self._welcome(kit, incident, room), "welcome")
        await self._try(lambda: self._people(incident, room), "people")

    async def _try(self, part: Callable[[], Awaitable[None]], what: str) -> None:
        try:
            await part()
        except Refused as error:
            log.warning(LogEvent.SLACK_FAILED, doing=f"a channel's {what}", reason=error.user_message)

    async def _topic(self, kit: Kit, incident: Incident, room: str) -> None:
        wanted = words.topic(incident, kit.lang, await self._leader(incident))
        found = ((await self.calls.info(room)).get("topic") or {}).get("value") or ""
        if _plain(str(found)) != _plain(wanted):
            await self.calls.topic(room, wanted)

    async def _leader(self, incident: Incident) -> str:
        """Return the name of whoever leads, or nothing."""
        user = incident.commander
        if user is None or not is_person(user):
            return user or ""
        listed = self.kit.services.policies.oncall.person_in_slack(user)
        try:
            return listed.name if listed is not None else await self.calls.name_of(user)
        except Refused:
            # Without the permission to read names the card still tells who leads.
            return "…"

    async def _bookmarks(self, kit: Kit, incident: Incident, room: str) -> None:
        conversation = incident.conversation
        if conversation.ts is None:
            return
        title = text(kit.lang, "room-card", name=incident.name)
        if title not in await self.calls.bookmarks(room):
            link = await self.calls.link(conversation.channel, conversation.ts)
            if link:
                await self.calls.bookmark(room, title, link)

    async def _welcome(self, kit: Kit, incident: Incident, room: str) -> None:
        """Have the first message of the channel posted, once, and edited when the incident's title changes."""
        services, key = kit.services, f"room:{incident.id}"
        where, title = channel(incident.conversation.channel), foreign(facts.headline(incident), 200)
        said = text(kit.lang, "room-welcome", name=incident.name, title=title, where=where)
        async with services.store.read() as tx:
            posted = await tx.outbox.get(key)
        if posted is not None and posted.payload.get("text") == said:
            return
        async with services.store.write() as tx:
            await tx.outbox.request(
                key,
                SlotKind.REPLY,
                channel=room,
                priority=incident.priority.rank,
                incident_id=incident.id,
                payload={"text": said, "blocks": [blocks.section(said)]},
                at=services.clock.now(),
            )
        services.wake()

    async def _people(self, incident: Incident, room: str) -> None:
        """Ask everybody once; whoever leaves is not asked again."""
        services = self.kit.services
        for user in (await self._wanted(incident))[:_MOST_INVITED]:
            mark = f"room:invited:{user}"
            async with services.store.read() as tx:
                if mark in await tx.life.all_done(incident.id):
                    continue
            await self.calls.invite(room, user)
            async with services.store.write() as tx:
                await tx.life.done(incident.id, mark, services.clock.now())

    async def _wanted(self, incident: Incident) -> list[str]:
        """Return who belongs there: who leads, who is on it, who was called, and the groups that the policy names."""
        services, known = self.kit.services, directory_of(self.kit.services)
        async with services.store.read() as tx:
            called = [page.person for page in await tx.pages.of_incident(incident.id)]
        users = [incident.commander or "", incident.acknowledged_by or ""]
        users += [one.slack or "" for one in map(known.person, called) if one is not None]
        for group in route_incident(services.policies, incident).invite:
            users += await self._members(group)
        return [user for user in dict.fromkeys(users) if is_person(user)]

    async def _members(self, group: str) -> list[str]:
        if self.kit.services.groups is None:
            return []
        try:
            return sorted(await self.kit.services.groups.members(group))
        except BackendError:
            raise
        except OpsError as error:
            log.info(LogEvent.SLACK_FAILED, doing="reading a group", reason=error.user_message)
            return []


def _plain(words_: str) -> str:
    """Return a topic as it was written: Slack gives it back escaped."""
    return words_.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()

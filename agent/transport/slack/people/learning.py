"""The post-mortem draft as Slack gets it: a Markdown file in the thread, and the canvas of the incident's own channel."""

import re
from dataclasses import dataclass

import structlog

from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.errors import BadInput, Misconfigured, OpsError, Refused
from agent.locale.messages import text
from agent.operations.postmortem_markdown import escaped
from agent.telemetry.logs import LogEvent
from agent.transport.slack.doors import Draft
from agent.transport.slack.faults import code_of, speaking
from agent.transport.slack.kit import Kit
from agent.transport.slack.markup import is_person

log = structlog.get_logger(__name__)
_MOST_NAMES = 20


async def post_draft(kit: Kit, incident: Incident, *, by: str) -> None:
    """Write the draft in the channel's language and put it where the incident's people look."""
    learning = kit.services.doors.learning
    if learning is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    place = await kit.for_channel([incident.conversation.channel])
    asked = await learning.postmortem(incident.id, by=by, language=place.lang)
    draft = await _with_names(kit, asked)
    if incident.conversation.ts is None:
        raise BadInput(text(kit.lang, "problem-no-card-yet", name=incident.name), field="incident")
    with speaking("uploading a draft"):
        await kit.client.files_upload_v2(
            channel=await kit.chat.channels.id_of(incident.conversation.channel),
            thread_ts=incident.conversation.ts,
            filename=f"{incident.name.lower()}-post-mortem.md",
            title=draft.title,
            content=draft.markdown,
            initial_comment=text(place.lang, "postmortem-posted", name=incident.name, who=f"<@{by}>"),
        )
    if incident.room is not None:
        await _canvas(kit, incident.room, draft)
    kit.services.wake()


@dataclass(frozen=True, slots=True)
class DraftShower:
    """The handler of the job `postmortem.show`; filling a canvas again changes nothing."""

    kit: Kit

    async def show(self, payload: dict[str, Json]) -> None:
        """Have the canvas of the incident's own channel hold the draft that was written by itself."""
        learning = self.kit.services.doors.learning
        async with self.kit.services.store.read() as tx:
            incident = await tx.incidents.get(str(payload["incident_id"]))
        if learning is None or incident is None or incident.room is None:
            return
        place = await self.kit.for_channel([incident.room])
        draft = await learning.shown(incident.id, place.lang)
        await _canvas(self.kit, incident.room, await _with_names(self.kit, draft))


async def _with_names(kit: Kit, draft: Draft) -> Draft:
    """Put people's names in place of the ids that only Slack knows; one who is not found keeps the id."""
    names: dict[str, str] = {}
    for user in draft.people[:_MOST_NAMES]:
        if is_person(user):
            name = await _name_of(kit, user)
            if name:
                names[user] = escaped(name[:80])
    if not names:
        return draft
    ids = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    parts = {part: ids.sub(lambda m: names[m[1]], getattr(draft, part)) for part in ("markdown", "canvas")}
    return draft.model_copy(update=parts)


async def _name_of(kit: Kit, user: str) -> str:
    try:
        with speaking("looking at a person"):
            answer = await kit.client.users_info(user=user)
    except OpsError as error:
        log.info(LogEvent.SLACK_FAILED, doing="looking at a person", reason=error.user_message)
        return ""
    known = answer.get("user") or {}
    return str((known.get("profile") or {}).get("display_name") or known.get("real_name") or "")


async def _canvas(kit: Kit, room: str, draft: Draft) -> None:
    """Fill the canvas of the channel, or the one that is there already; without the permission the file has to do."""
    document = {"type": "markdown", "markdown": draft.canvas}
    try:
        with speaking("making a canvas"):
            await kit.client.conversations_canvases_create(channel_id=room, document_content=document)
    except Refused as error:
        if code_of(error) == "channel_canvas_already_exists":
            await _refill(kit, room, document)
        else:
            log.warning(LogEvent.SLACK_FAILED, doing="making a canvas", reason=error.user_message)


async def _refill(kit: Kit, room: str, document: dict[str, str]) -> None:
    with speaking("looking at a channel"):
        answer = await kit.client.conversations_info(channel=room)
    properties = (answer.get("channel") or {}).get("properties") or {}
    canvas = (properties.get("canvas") or {}).get("file_id")
    if canvas:
        with speaking("filling a canvas"):
            change = {"operation": "replace", "document_content": document}
            await kit.client.canvases_edit(canvas_id=str(canvas), changes=[change])

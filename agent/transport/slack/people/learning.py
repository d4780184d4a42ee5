"""The post-mortem draft as Slack gets it: a Markdown file in the thread, and the canvas of the incident's own channel."""

import structlog

from agent.domain.incident import Incident
from agent.errors import BadInput, Misconfigured, Refused
from agent.locale.messages import text
from agent.telemetry.logs import LogEvent
from agent.transport.slack.doors import Draft
from agent.transport.slack.faults import code_of, speaking
from agent.transport.slack.kit import Kit

log = structlog.get_logger(__name__)
_LONGEST_CANVAS = 90_000


async def post_draft(kit: Kit, incident: Incident, *, by: str) -> None:
    """Write the draft in the channel's language and put it where the incident's people look."""
    learning = kit.services.doors.learning
    if learning is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    place = await kit.for_channel([incident.conversation.channel])
    draft = await learning.postmortem(incident.id, by=by, language=place.lang)
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


async def _canvas(kit: Kit, room: str, draft: Draft) -> None:
    """Fill the canvas of the channel, or the one that is there already; without the permission the file has to do."""
    document = {"type": "markdown", "markdown": draft.markdown[:_LONGEST_CANVAS]}
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

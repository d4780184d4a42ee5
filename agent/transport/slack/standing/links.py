"""Links to messages that were posted."""

from agent.errors import OpsError
from agent.transport.slack.faults import speaking
from agent.transport.slack.kit import Kit


async def permalink(kit: Kit, channel: str, ts: str | None) -> str:
    """Return the link to a message; empty when it is not posted, or Slack does not tell."""
    if ts is None:
        return ""
    try:
        with speaking("asking for a link"):
            answer = await kit.client.chat_getPermalink(
                channel=await kit.chat.channels.id_of(channel), message_ts=ts
            )
    except OpsError:
        return ""
    return str(answer.get("permalink") or "")

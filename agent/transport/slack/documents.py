"""Files as messages of their own: a report's pages below its summary, found again by name after a crash."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from agent.ports.chat import Attachment, Posted
from agent.transport.slack.faults import speaking

MARK = ":file:"
"""Stands in a slot's key before the name of the file, since an uploaded message carries no metadata of ours."""
_NO_TS = "-"


async def post_document(
    client: AsyncWebClient, channel: str, document: Attachment, words: str, thread_ts: str | None
) -> Posted:
    """Upload a file into a channel or thread as one message; such a message is never edited."""
    with speaking("uploading a report"):
        answer = await client.files_upload_v2(
            channel=channel,
            thread_ts=thread_ts,
            filename=document.name,
            title=document.title[:200],
            content=document.data,
            alt_txt=document.alt[:1000],
            initial_comment=words[:3000],
        )
    return Posted(channel=channel, ts=_shared_at(answer, channel))


def holds_file(message: dict[str, Any], key: str) -> bool:
    """Say whether a message is the file that a slot's key names."""
    _, mark, name = key.partition(MARK)
    files = message.get("files") or []
    return bool(mark) and any(file.get("name") == name for file in files)


def _shared_at(answer: Any, channel: str) -> str:
    files = answer.get("files") or [{}]
    shares = files[0].get("shares") or {}
    placed = [place for kind in shares.values() for place in (kind or {}).get(channel, [])]
    return str(placed[0].get("ts", _NO_TS)) if placed else _NO_TS

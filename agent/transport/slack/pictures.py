"""Uploads pictures once and puts their file ids into the blocks that show them."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from agent.domain.noun import Json
from agent.errors import BackendError
from agent.ports.chat import Attachment, Rendered
from agent.telemetry.logs import LogEvent
from agent.transport.slack.faults import speaking

log = structlog.get_logger(__name__)
_MOST_KEPT = 500
_PREFIX = "attachment:"


@dataclass(slots=True)
class Pictures:
    """Knows the file id of each picture by its digest, so that edits of a card upload nothing again."""

    client: AsyncWebClient
    _files: OrderedDict[str, str] = field(default_factory=OrderedDict)

    async def placed(self, message: Rendered) -> tuple[dict[str, Json], ...]:
        """Return the blocks with uploaded files in place; a picture that cannot be uploaded is left out."""
        files = {one.name: await self._file_of(one) for one in message.attachments}
        blocks: list[dict[str, Json]] = []
        for block in message.blocks:
            name = _attachment_of(block)
            if name is None:
                blocks.append(block)
            elif files.get(name):
                blocks.append(block | {"slack_file": {"id": files[name]}})
        return tuple(blocks)

    async def _file_of(self, attachment: Attachment) -> str | None:
        digest = hashlib.sha256(attachment.data).hexdigest()
        if digest in self._files:
            self._files.move_to_end(digest)
            return self._files[digest]
        try:
            file = await self._upload(attachment)
        except BackendError as error:
            log.warning(LogEvent.SLACK_FAILED, doing="upload", reason=error.user_message)
            return None
        self._files[digest] = file
        if len(self._files) > _MOST_KEPT:
            self._files.popitem(last=False)
        return file

    async def _upload(self, attachment: Attachment) -> str:
        # Without a channel the file is nobody's message: it shows only inside the blocks that name it.
        with speaking("uploading a chart"):
            answer = await self.client.files_upload_v2(
                filename=attachment.name,
                content=attachment.data,
                title=attachment.title[:200],
                alt_txt=attachment.alt[:1000],
            )
            return str(answer["files"][0]["id"])


def without_pictures(blocks: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
    """Return the blocks without images."""
    return [block for block in blocks if block.get("type") != "image"]


def _attachment_of(block: dict[str, Json]) -> str | None:
    file = block.get("slack_file")
    name = file.get("id") if isinstance(file, dict) else None
    return name.removeprefix(_PREFIX) if isinstance(name, str) and name.startswith(_PREFIX) else None

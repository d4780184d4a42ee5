"""The Elasticsearch client's HTTP node with a cap on the size of an answer; imported only at first use."""

import aiohttp
from elastic_transport import AiohttpHttpNode

from agent.errors import BadAnswer

MAX_BYTES = 32 * 1024 * 1024


class CappedResponse(aiohttp.ClientResponse):
    """A response that is read only up to the cap."""

    async def read(self) -> bytes:
        """Return the body; raises BadAnswer when it is over the cap."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.content.iter_chunked(64 * 1024):
            size += len(chunk)
            if size > MAX_BYTES:
                self.close()
                limit = MAX_BYTES // (1024 * 1024)
                raise BadAnswer(f"Elasticsearch answered more than {limit} MiB.", backend="elasticsearch")
            chunks.append(chunk)
        return b"".join(chunks)


class CappedNode(AiohttpHttpNode):
    """The client's usual node, reading its answers with the cap."""

    def _create_aiohttp_session(self) -> None:
        super()._create_aiohttp_session()
        if self.session is not None:
            # The session offers no public way to set this after the client has made it.
            self.session._response_class = CappedResponse

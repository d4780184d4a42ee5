"""Reading a request's body: bounded in size and time, and told apart by whose mistake it is when it fails."""

import asyncio

from aiohttp import web

from agent.errors import BadInput, TooLarge, Unavailable

SLOW_SENDER_SECONDS = 15.0


async def read_body(request: web.Request, max_bytes: int, *, seconds: float = SLOW_SENDER_SECONDS) -> bytes:
    """Return the body as it came; raises TooLarge, Unavailable for a slow sender, BadInput for a broken one."""
    if request.content_length is not None and request.content_length > max_bytes:
        raise TooLarge(f"A webhook may have at most {max_bytes} bytes.")
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge(f"A webhook may have at most {max_bytes} bytes.") from error
    except TimeoutError as error:
        # Senders give up after a 4xx, and a slow network is no mistake of theirs.
        raise Unavailable("The body did not arrive in time.", backend="network") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise BadInput("The body did not arrive whole, or its encoding is broken.") from error

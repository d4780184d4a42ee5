"""Asks addresses of third parties: bounded in size and time, without redirects, never inside our own network."""

import asyncio
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from agent.domain.outpost import is_public
from agent.errors import BadAnswer, TimedOut, Unavailable
from tools.connectors.http_json import public_url

BACKEND = "third party"
MAX_BYTES = 1024 * 1024
_AGENT = {"User-Agent": "ops-monitor", "Accept": "application/json, text/*;q=0.9, */*;q=0.5"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What an address answered: status, the beginning of the body, and after how many seconds it was read."""

    status: int
    body: bytes
    seconds: float


class _OnlyOutside(AbstractResolver):
    """Looks names up and leaves out every address that is not on the public internet.

    Whoever owns a name may let it point to our own machines; the policy says where that is meant.
    """

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a name; raises OSError when it has none."""
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError("the name leads to no public address")
        return public

    async def close(self) -> None:
        """Let go of what the look-ups hold."""
        await self._inner.close()


class Outside:
    """A client for addresses outside; `private` ones may be asked where a request says so."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Close the connections."""
        sessions, self._sessions = self._sessions, {}
        await asyncio.gather(*(one.close() for one in sessions.values()))

    async def get(self, url: str, *, timeout_seconds: float, private: bool = False) -> Answered:
        """Ask once; raises TimedOut, Unavailable or BadAnswer, each without what the other side wrote."""
        began = time.monotonic()
        shown = public_url(url)
        try:
            if not private and _literal_inside(url):
                raise OSError("the address is not a public one")
            async with (
                asyncio.timeout(timeout_seconds),
                self._session(private).get(url, allow_redirects=False) as response,
            ):
                body = await self._read(response)
                return Answered(response.status, body, time.monotonic() - began)
        except TimeoutError as error:
            raise TimedOut(
                f"{shown} did not answer within {timeout_seconds:g} s.", backend=BACKEND
            ) from error
        except aiohttp.ClientPayloadError as error:
            raise BadAnswer(f"{shown} broke off in its answer.", backend=BACKEND) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise Unavailable(f"{shown} has no valid certificate.", backend=BACKEND) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unavailable(f"{shown} cannot be reached.", backend=BACKEND) from error

    def _session(self, private: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(private)
        if session is None:
            # A new connection each time: that it can be made is part of what is asked.
            connector = aiohttp.TCPConnector(
                force_close=True, limit=16, resolver=None if private else _OnlyOutside(), use_dns_cache=False
            )
            jar = aiohttp.DummyCookieJar()
            session = aiohttp.ClientSession(connector=connector, headers=_AGENT, cookie_jar=jar)
            self._sessions[private] = session
        return session

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(64 * 1024):
            chunks.append(chunk)
            size += len(chunk)
            if size >= self._max_bytes:
                response.close()
                break
        return b"".join(chunks)[: self._max_bytes]


def _literal_inside(url: str) -> bool:
    return is_public(urlsplit(url).hostname or "") is False

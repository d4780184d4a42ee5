"""Exchanges JSON with an HTTP server, with a deadline and a size cap; whatever goes wrong becomes one of our errors."""

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from agent.analysis.redaction import clean_text
from agent.errors import (
    BadAnswer,
    Conflict,
    Misconfigured,
    NotFound,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)

MAX_BYTES = 16 * 1024 * 1024
_LONG_QUERY = 1500
Query = Sequence[tuple[str, str]]
# Parsing a large body would hold the event loop for too long.
_PARSE_IN_THREAD = 256 * 1024


def public_url(url: str) -> str:
    """Return an address without user, password, query and fragment, fit to be shown."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def excerpt(text: str, limit: int = 300) -> str:
    """Return the beginning of a server's own words as one clean line."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def seconds_of(header: str | None) -> float | None:
    """Return a Retry-After header's seconds; None when it is absent or a date."""
    try:
        return max(0.0, min(float(header or ""), 3600.0))
    except ValueError:
        return None


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return what verifies servers: the system's authorities and those of a file; raises Misconfigured."""
    context = ssl.create_default_context()
    try:
        if ca_file is not None:
            context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        name = ca_file.name if ca_file else ""
        raise Misconfigured(f"The authorities in {name} (OPS_TLS_CA_FILE) cannot be read.") from error
    return context


def plain_reason(found: object) -> str:
    """Return a server's own words from an error's JSON, where they stand in `error` or `message`."""
    words = found.get("error") or found.get("message") if isinstance(found, dict) else found
    return excerpt(words) if isinstance(words, str) else ""


class JsonHttp:
    """A small client for one server; `title` is what people call it, such as `Prometheus`.

    `headers` go with every request; `reason` finds the server's own words in the JSON of a refusal. `conflicts` are the
    statuses with which this server says that somebody else was faster.
    """

    def __init__(
        self,
        title: str,
        backend: str,
        url: str,
        *,
        timeout_seconds: float,
        max_bytes: int = MAX_BYTES,
        headers: Mapping[str, str] | None = None,
        reason: Callable[[object], str] = plain_reason,
        ca_file: Path | None = None,
        conflicts: frozenset[int] = frozenset(),
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise Misconfigured(f"The address of {title} must begin with http:// or https://.")
        self._headers = dict(headers or {})
        self._words_of = reason
        self._conflicts = conflicts
        self._tls: ssl.SSLContext | bool = trusting(ca_file) if ca_file else True
        self.title = title
        self.backend = backend
        self.shown = public_url(url)
        self._base = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=min(timeout_seconds, 3.0))
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def fetch(self, path: str, params: Mapping[str, str] | Query | None = None) -> Any:
        """Return the JSON that a GET (a form POST for long parameters) is answered with."""
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params or ())
        long = sum(len(value) for _, value in pairs) > _LONG_QUERY
        arguments: dict[str, Any] = {"data": pairs} if long else {"params": pairs}
        return await self._parsed(await self._exchange("POST" if long else "GET", path, arguments))

    async def send(self, method: str, path: str, body: object = None) -> Any:
        """Send JSON, once and never again by itself; return the JSON of the answer, None for an empty one."""
        arguments: dict[str, Any] = {} if body is None else {"json": body}
        answer = await self._exchange(method, path, arguments)
        return await self._parsed(answer) if answer.strip() else None

    async def tell(self, method: str, path: str, body: object = None) -> None:
        """Send JSON, once and never again by itself, to a server whose answer says nothing but whether it took it."""
        await self._exchange(method, path, {} if body is None else {"json": body})

    async def form(self, path: str, fields: Mapping[str, str]) -> Any:
        """Post a form, once and never again by itself; return the JSON of the answer."""
        return await self._parsed(await self._exchange("POST", path, {"data": dict(fields)}))

    async def raw(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send bytes as they are, once; return status and body, whatever the status is."""
        status, _, answer = await self._request(method, path, {"data": body, "headers": dict(headers)})
        return status, answer

    async def _exchange(self, method: str, path: str, arguments: dict[str, Any]) -> bytes:
        status, retry_after, body = await self._request(method, path, arguments)
        if status >= 300:
            raise self._refusal(status, retry_after, body)
        return body

    async def _request(
        self, method: str, path: str, arguments: dict[str, Any]
    ) -> tuple[int, str | None, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, headers=self._headers)
        try:
            # A redirect mostly leads to a log-in page, which is not an answer.
            async with self._session.request(
                method, self._base + path, allow_redirects=False, ssl=self._tls, **arguments
            ) as response:
                return response.status, response.headers.get("Retry-After"), await self._read(response)
        except TimeoutError as error:
            raise TimedOut(f"{self.title} did not answer in time.", backend=self.backend) from error
        except aiohttp.ClientPayloadError as error:
            raise BadAnswer(f"{self.title} broke off in its answer.", backend=self.backend) from error
        except (aiohttp.ClientError, OSError) as error:
            message = f"{self.title} cannot be reached at {self.shown}."
            raise Unavailable(message, backend=self.backend) from error
        except ValueError as error:
            raise Misconfigured(f"The address of {self.title} cannot be used.") from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(64 * 1024):
            size += len(chunk)
            if size > self._max_bytes:
                response.close()
                limit = self._max_bytes // (1024 * 1024)
                raise BadAnswer(f"{self.title} answered more than {limit} MiB.", backend=self.backend)
            chunks.append(chunk)
        return b"".join(chunks)

    async def _parsed(self, body: bytes) -> Any:
        try:
            if len(body) > _PARSE_IN_THREAD:
                return await asyncio.to_thread(json.loads, body)
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            said = excerpt(body[:200].decode("utf-8", "replace"), 80)
            message = f"{self.title} answered something that is not JSON: “{said}”."
            raise BadAnswer(message, backend=self.backend) from error

    def _refusal(self, status: int, retry_after: str | None, body: bytes) -> Exception:
        said = self._reason(body)
        if status in self._conflicts:
            return Conflict(
                f"{self.title} says that somebody changed it in between ({status}). {said}".strip()
            )
        if status < 400:
            return BadAnswer(f"{self.title} answered with a redirect ({status}).", backend=self.backend)
        if status in (401, 403):
            refused = f"{self.title} refuses our credentials ({status}). {said}".strip()
            return Refused(refused, backend=self.backend)
        if status == 404:
            return NotFound(f"{self.title} does not have that ({status}). {said}".strip())
        # 420 is what some vendors said before 429 existed, and still say.
        if status in (420, 429):
            return Overloaded(
                f"{self.title} is overloaded ({status}).",
                backend=self.backend,
                retry_after_seconds=seconds_of(retry_after),
            )
        if status in (408, 504):
            return TimedOut(f"{self.title} gave up after too long ({status}).", backend=self.backend)
        if status >= 500:
            return Unavailable(
                f"{self.title} cannot answer now ({status}). {said}".strip(),
                backend=self.backend,
                retry_after_seconds=seconds_of(retry_after),
            )
        return Refused(f"{self.title} refused the request ({status}). {said}".strip(), backend=self.backend)

    def _reason(self, body: bytes) -> str:
        try:
            found = json.loads(body[: 64 * 1024])
        except (ValueError, RecursionError):
            return ""
        return self._words_of(found)

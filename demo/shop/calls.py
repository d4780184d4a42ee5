"""Calls from one service to another: picks a ready endpoint itself, hands on the trace, knows its deadline."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import aiohttp

from demo.shop.trace import current_span

Endpoint = tuple[str, int, str]
Resolver = Callable[[str], Sequence[Endpoint]]
Counted = Callable[[str, int], None]


class Proxy(Protocol):
    """Chooses who may take a call, and hears how it went."""

    def route(self, name: str) -> Sequence[Endpoint]:
        """Return the endpoints of which any may take the next call; empty when nobody can."""
        ...

    def answered(self, endpoint: Endpoint, status: int) -> None:
        """Take note of what an endpoint answered."""
        ...


class PlainProxy:
    """A Proxy that takes every ready endpoint for as good as another."""

    def __init__(self, resolve: Resolver) -> None:
        self.route = resolve

    def answered(self, endpoint: Endpoint, status: int) -> None:
        """Forget it."""


class CallFailed(Exception):
    """A call to another service gave no useful answer; status is what the caller should answer with."""

    def __init__(self, service: str, reason: str, status: int) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason
        self.status = status


class ServiceCalls:
    """The HTTP client of one Pod; `counted` hears of each call's peer and status (503 and 504 when there was none)."""

    def __init__(self, proxy: Proxy, counted: Counted) -> None:
        self._proxy = proxy
        self._counted = counted
        self._http: aiohttp.ClientSession | None = None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http

    async def close(self) -> None:
        """Close the connections."""
        if self._http:
            await self._http.close()
            self._http = None

    async def send(
        self,
        service: str,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        timeout: float | None = 4.0,
    ) -> dict[str, Any]:
        """Return the JSON answer; raise CallFailed with 503 (nobody there), 504 (late) or the answer's status."""
        try:
            body = await self._answer(service, method, path, json, timeout)
        except CallFailed as failed:
            self._counted(service, failed.status)
            raise
        self._counted(service, 200)
        return body

    async def _answer(
        self, service: str, method: str, path: str, json: Mapping[str, Any] | None, timeout: float | None
    ) -> dict[str, Any]:
        endpoints = self._proxy.route(service)
        if not endpoints:
            raise CallFailed(service, "no ready endpoints", 503)
        chosen = random.choice(list(endpoints))
        try:
            body = await self._ask(service, chosen, method, path, json, timeout)
        except CallFailed as failed:
            self._proxy.answered(chosen, failed.status)
            raise
        self._proxy.answered(chosen, 200)
        return body

    async def _ask(
        self,
        service: str,
        endpoint: Endpoint,
        method: str,
        path: str,
        json: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> dict[str, Any]:
        host, port, _ = endpoint
        span = current_span.get()
        headers = {"traceparent": span.header()} if span else {}
        limit = aiohttp.ClientTimeout(total=timeout)
        try:
            async with self._session().request(
                method, f"http://{host}:{port}{path}", json=json, headers=headers, timeout=limit
            ) as response:
                body: dict[str, Any] = await response.json()
        except TimeoutError:
            raise CallFailed(service, f"no answer within {timeout} s", 504) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CallFailed(service, f"connection failed: {type(error).__name__}", 503) from error
        if response.status >= 400:
            raise CallFailed(service, f"answered {response.status}", response.status)
        return body

"""Replays recorded Kubernetes exchanges against a server and tells where the answers differ."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.cluster_compare import Pairing, differences
from tests.support.cluster_data import TOKENS, access_review_protobuf

PATIENCE = 6.0
Hook = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Got:
    """An actual answer."""

    status: int
    content_type: str
    retry_after: str | None
    warning: str | None
    body: Any


@dataclass(slots=True)
class OpenWatch:
    """A watch that is being read in the background."""

    index: int
    expected: list[dict[str, Any]]
    timeout: float
    events: list[dict[str, Any]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    @property
    def satisfied(self) -> bool:
        wanted = [
            event
            for event in self.expected
            if event["type"] != "BOOKMARK" or "annotations" in event["object"]["metadata"]
        ]
        return len(self.events) >= len(wanted)


class Replay:
    """One pass through a scenario on one server."""

    def __init__(self, url: str, scenario: dict[str, Any], hooks: dict[int, Hook]) -> None:
        self._url = url
        self._exchanges: list[dict[str, Any]] = scenario["exchanges"]
        self._given: str = scenario["given"]
        self._hooks = hooks
        self._pairing = Pairing()
        self._watches: list[OpenWatch] = []
        self.failures: dict[int, list[str]] = {}

    async def run(self) -> dict[int, list[str]]:
        """Go through the exchanges; return the differences by exchange."""
        async with aiohttp.ClientSession() as self._session:
            await self._create_namespace()
            index = 0
            while index < len(self._exchanges):
                index = await self._step(index)
            for watch in list(self._watches):
                await self._close(watch)
        return self.failures

    @property
    def namespace(self) -> str:
        found = re.match(r"Namespace (\S+) exists", self._given)
        return found.group(1) if found else ""

    @property
    def _pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    async def _create_namespace(self) -> None:
        if self.namespace:
            body = {"metadata": {"name": self.namespace, "labels": {"team": "shop"}}}
            await self._send(
                {"identity": "admin", "method": "POST", "path": "/api/v1/namespaces", "body": body}
            )

    async def _step(self, index: int) -> int:
        exchange = self._exchanges[index]
        await self._settle(index)
        if index in self._hooks:
            await self._hooks[index]()
        if exchange.get("setup"):
            got = await self._send(exchange["request"])
            if got.status != exchange["response"]["status"]:
                self.failures[index] = [f"setup status {got.status}: {got.body}"]
            await self._rolled_out()
            return index + 1
        if "stream" in exchange["response"]:
            self._open(index, exchange)
            return index + 1
        last = index
        if exchange["request"]["method"] == "GET":
            while (
                last + 1 < len(self._exchanges)
                and self._same_read(last, last + 1)
                and last + 1 not in self._hooks
            ):
                last += 1
        await self._compare(last)
        return last + 1

    def _same_read(self, left: int, right: int) -> bool:
        names = ("identity", "method", "path", "query")
        first, second = self._exchanges[left]["request"], self._exchanges[right]["request"]
        return all(first.get(name) == second.get(name) for name in names)

    async def _compare(self, index: int) -> None:
        exchange = self._exchanges[index]
        reads = exchange["request"]["method"] == "GET"
        deadline = asyncio.get_running_loop().time() + PATIENCE
        if not reads:
            await self._catch_up(exchange["response"].get("body"), exchange["request"]["path"])
        while True:
            got = await self._send(exchange["request"])
            pairing = self._pairing.copy()
            found = self._answer_differences(exchange["response"], got, pairing)
            if not found:
                self._pairing = pairing
                return
            if self._is_past(exchange["response"], got, found):
                self._pairing = pairing
                return
            late = asyncio.get_running_loop().time() > deadline
            if late or not reads or got.status != exchange["response"]["status"]:
                break
            await asyncio.sleep(0.01)
        self._pairing = pairing
        self.failures[index] = found

    @staticmethod
    def _is_past(response: dict[str, Any], got: Got, found: list[str]) -> bool:
        """Tell whether a Deployment was recorded on its way to where it already is now."""
        recorded, actual = response.get("body"), got.body
        if got.status != response["status"] or not isinstance(recorded, dict) or not isinstance(actual, dict):
            return False
        if (
            recorded.get("kind") != "Deployment"
            or _complete(recorded)
            or not recorded["status"].get("conditions")
        ):
            return False
        rest = [line for line in found if not line.startswith(".status") and "f:status" not in line]
        return _complete(actual) and not rest

    async def _catch_up(self, recorded: Any, path: str) -> None:
        """Let a rollout end before a change that was made while or after one was recorded."""
        if (
            not isinstance(recorded, dict)
            or recorded.get("kind") != "Deployment"
            or path.endswith("deployments")
        ):
            return
        reasons = {item["reason"] for item in recorded.get("status", {}).get("conditions", [])}
        if reasons and "ProgressDeadlineExceeded" not in reasons:
            await self._rolled_out()

    @staticmethod
    def _answer_differences(response: dict[str, Any], got: Got, pairing: Pairing) -> list[str]:
        found = []
        if got.status != response["status"]:
            return [f"status {response['status']} != {got.status}: {json.dumps(got.body)[:600]}"]
        headers = response.get("headers") or {}
        if headers.get("content-type", "") != got.content_type:
            found.append(f"content type {headers.get('content-type')} != {got.content_type}")
        if headers.get("retry-after") != got.retry_after:
            found.append(f"retry-after {headers.get('retry-after')} != {got.retry_after}")
        if headers.get("warning") != got.warning:
            found.append(f"warning {headers.get('warning')} != {got.warning}")
        return found + differences(response.get("body"), got.body, pairing)

    async def _settle(self, index: int) -> None:
        """Let open watches catch up, so that the next request meets the state that it met when recorded."""
        for watch in list(self._watches):
            before = -1
            while before != len(watch.events):
                before = len(watch.events)
                await asyncio.sleep(0.25)
            if watch.satisfied:
                await self._close(watch)

    def _open(self, index: int, exchange: dict[str, Any]) -> None:
        timeout = float((exchange["request"].get("query") or {}).get("timeoutSeconds", 5))
        watch = OpenWatch(index, exchange["response"]["stream"], timeout)
        watch.task = asyncio.create_task(self._read(watch, exchange["request"]))
        self._watches.append(watch)

    async def _read(self, watch: OpenWatch, request: dict[str, Any]) -> None:
        async with self._request(request) as response:
            if response.status != 200:
                watch.events.append({"type": f"STATUS {response.status}", "object": await response.text()})
                return
            async for line in response.content:
                watch.events.append(json.loads(line))

    async def _close(self, watch: OpenWatch) -> None:
        self._watches.remove(watch)
        assert watch.task is not None
        found: list[str] = []
        if watch.timeout <= 10:
            try:
                await asyncio.wait_for(watch.task, watch.timeout + 2)
            except TimeoutError:
                found.append("the watch did not end by itself")
        else:
            watch.task.cancel()
            await asyncio.gather(watch.task, return_exceptions=True)
            del watch.events[len(watch.expected) :]
        wanted, got = [[event["type"] for event in events] for events in (watch.expected, watch.events)]
        if wanted != got:
            found.append(f"events {wanted} != {got}")
        for recorded, actual in zip(watch.expected, watch.events, strict=False):
            found += differences(recorded["object"], actual["object"], self._pairing)
        if found:
            self.failures[watch.index] = found

    async def _rolled_out(self) -> None:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments"
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            got = await self._send({"identity": "admin", "method": "GET", "path": path})
            pods = await self._send({"identity": "admin", "method": "GET", "path": self._pods})
            rolled = all(_complete(item) for item in got.body.get("items", []))
            if rolled and all(_settled(item) for item in pods.body.get("items", [])):
                return
            await asyncio.sleep(0.01)

    def _request(self, request: dict[str, Any]) -> Any:
        headers = dict(request.get("headers") or {})
        headers["User-Agent"] = "OpenAPI-Generator/37.0.2/python"
        token = TOKENS.get(request["identity"])
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if "impersonate-user" in headers:
            headers["Impersonate-User"] = headers.pop("impersonate-user")
        body = self._pairing.replaced(request.get("body"))
        data = None
        if isinstance(body, dict) and "_protobuf_bytes" in body:
            data = access_review_protobuf(self.namespace)
        elif body is not None:
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        query = self._pairing.replaced(request.get("query") or {})
        url = self._url + self._pairing.replaced(request["path"])
        return self._session.request(
            request["method"],
            url,
            params=query,
            data=data,
            headers=headers,
            skip_auto_headers=["Content-Type"],
        )

    async def _send(self, request: dict[str, Any]) -> Got:
        async with self._request(request) as response:
            raw = await response.read()
            kind = response.headers.get("Content-Type", "")
            body: Any = None
            if raw:
                body = json.loads(raw) if kind.startswith("application/json") else raw.decode()
            headers = response.headers
            return Got(response.status, kind, headers.get("Retry-After"), headers.get("Warning"), body)


def _settled(pod: dict[str, Any]) -> bool:
    """Tell whether a Pod has been started or found without a place."""
    status = pod.get("status", {})
    refused = any(item["status"] == "False" for item in status.get("conditions", []))
    return "containerStatuses" in status or refused


def _complete(deployment: dict[str, Any]) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    reasons = {item["type"]: item["reason"] for item in status.get("conditions", [])}
    done = reasons.get("Progressing") == "NewReplicaSetAvailable"
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    return counts == [wanted] * 3 and seen and done

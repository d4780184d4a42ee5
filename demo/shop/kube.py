"""A thin asynchronous client of the Kubernetes API for the demo's own needs: read Pods, change a Deployment."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

MERGE = "application/strategic-merge-patch+json"
CUSTOM_MERGE = "application/merge-patch+json"


class KubeRefused(RuntimeError):
    """The API server answered with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class KubeApi:
    """Talks to one API server with a bearer token; an async context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http:
            await self._http.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        media: str = "application/json",
    ) -> dict[str, Any]:
        """Return the parsed answer; raise KubeRefused for a status of 400 or more."""
        assert self._http is not None, "enter the client first"
        headers = {"Content-Type": media} if body is not None else {}
        async with self._http.request(method, self._url + path, json=body, headers=headers) as response:
            answer = await response.json(content_type=None)
        if response.status >= 400:
            raise KubeRefused(response.status, str((answer or {}).get("message", answer)))
        return dict(answer or {})

    async def pods(self, namespace: str | None = None) -> list[dict[str, Any]]:
        """Return the Pods of a namespace, or of all."""
        path = f"/api/v1/namespaces/{namespace}/pods" if namespace else "/api/v1/pods"
        return list((await self.call("GET", path))["items"])

    async def deployments(self) -> list[dict[str, Any]]:
        """Return all Deployments."""
        return list((await self.call("GET", "/apis/apps/v1/deployments"))["items"])

    async def deployment(self, namespace: str, name: str) -> dict[str, Any]:
        """Return one Deployment."""
        return await self.call("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")

    async def patch_deployment(self, namespace: str, name: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Change a Deployment by strategic merge and return it."""
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        return await self.call("PATCH", path, patch, media=MERGE)

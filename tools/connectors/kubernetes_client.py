"""Talks to a Kubernetes API server through the official client, which blocks and therefore works in threads."""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from agent.errors import (
    BackendError,
    BadAnswer,
    Conflict,
    Misconfigured,
    NotFound,
    OpsError,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from agent.loading import load
from tools.connectors.http_json import excerpt, seconds_of
from tools.connectors.readers import JsonObject, Permission

T = TypeVar("T")

BACKEND = "kubernetes"
MAX_BYTES = 32 * 1024 * 1024
PAGE = 500
MAX_OBJECTS = 2000
_THREADS = 6


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """How to reach the API server: an address with a token, a kubeconfig file, or neither inside a pod."""

    url: str | None = None
    token: str | None = None
    kubeconfig: Path | None = None


def inside_cluster() -> bool:
    """Say whether this process runs in a pod."""
    return "KUBERNETES_SERVICE_HOST" in os.environ


class KubernetesClient:
    """One account at one API server; nothing is ever sent twice."""

    def __init__(self, access: ClusterAccess, *, timeout_seconds: float) -> None:
        self._access = access
        self._timeout = timeout_seconds
        self._client: Any = None
        self._lock = asyncio.Lock()
        # Threads of our own: a cluster that hangs must not use up those of everybody else.
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="kubernetes")

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await self._in_thread(client.close)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def version(self) -> str:
        """Return the server's version."""
        return excerpt(str((await self.json("GET", "/version")).get("gitVersion", "unknown")), 40)

    async def pages(self, path: str, *, labels: str = "", fields: str = "") -> tuple[JsonObject, ...]:
        """Return the objects of a list, page by page, at most 2,000."""
        query = {"limit": str(PAGE)}
        query |= {"labelSelector": labels} if labels else {}
        query |= {"fieldSelector": fields} if fields else {}
        found: list[JsonObject] = []
        while True:
            answer = await self.json("GET", path, query)
            items = answer.get("items")
            if not isinstance(items, list):
                raise unexpected("a list was expected")
            found += [item for item in items if isinstance(item, dict)]
            metadata = answer.get("metadata")
            more = metadata.get("continue") if isinstance(metadata, dict) else None
            if not isinstance(more, str) or not more or len(found) >= MAX_OBJECTS:
                return tuple(found)
            query = {**query, "continue": more}

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Ask the server whether the account holds a right."""
        attributes = {
            "namespace": namespace,
            "verb": permission.verb,
            "group": permission.group,
            "resource": permission.resource,
            "subresource": permission.subresource,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = await self.json("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=body)
        status = answer.get("status")
        return isinstance(status, dict) and status.get("allowed") is True

    async def json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        media: str = "application/json",
    ) -> JsonObject:
        """Send one request and return the object that was answered."""
        raw = await self.raw(method, path, query, body, media)
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise unexpected("it is not JSON") from error
        if not isinstance(answer, dict):
            raise unexpected("an object was expected")
        return answer

    async def raw(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        media: str = "application/json",
    ) -> bytes:
        """Send one request and return what was answered."""
        async with self._lock:
            if self._client is None:
                self._client = await self._in_thread(_client, self._access)
        return await self._in_thread(self._call, method, path, query or {}, body, media)

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _call(self, method: str, path: str, query: Mapping[str, str], body: object, media: str) -> bytes:
        import urllib3
        from kubernetes.client.exceptions import ApiException

        headers = {"Accept": "application/json"} | ({"Content-Type": media} if body else {})
        try:
            request = self._client.param_serialize(
                method, path, {}, list(query.items()), headers, body=body, auth_settings=["BearerToken"]
            )
            answer = self._client.call_api(*request, _request_timeout=self._timeout)
            return _read(answer.response, method)
        except OpsError:
            raise
        except ApiException as error:
            raise _refusal(method, error.status or 0, None, str(error.body or "").encode()) from error
        except urllib3.exceptions.NewConnectionError as error:
            # Refused or without a route; the library counts it among the timeouts.
            raise Unavailable("Kubernetes cannot be reached.", backend=BACKEND) from error
        except urllib3.exceptions.TimeoutError as error:
            raise TimedOut("Kubernetes did not answer in time.", backend=BACKEND) from error
        except urllib3.exceptions.MaxRetryError as error:
            raise _unreached(error) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable("Kubernetes broke off in its answer.", backend=BACKEND) from error
        except ValueError as error:
            raise Misconfigured("The address of Kubernetes cannot be used.") from error


def segment(name: str) -> str:
    """Return a name as one path segment; raises NotFound for what can never be an object's name."""
    if not name or not all(letter.isalnum() or letter in "-._" for letter in name) or name in (".", ".."):
        raise NotFound(f"“{excerpt(name, 60)}” cannot be the name of a Kubernetes object.")
    return name


def unexpected(why: str) -> BadAnswer:
    """Return the error for an answer that cannot be read."""
    return BadAnswer(f"Kubernetes answered something unexpected: {why}.", backend=BACKEND)


def _unreached(error: Any) -> BackendError:
    import urllib3

    timeouts = (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.ReadTimeoutError)
    if isinstance(error.reason, timeouts):
        return TimedOut("Kubernetes did not answer in time.", backend=BACKEND)
    return Unavailable("Kubernetes cannot be reached.", backend=BACKEND)


def _read(response: Any, method: str) -> bytes:
    try:
        body: bytes = response.read(MAX_BYTES + 1)
    finally:
        response.release_conn()
    if len(body) > MAX_BYTES:
        response.close()
        raise unexpected(f"it has more than {MAX_BYTES // (1024 * 1024)} MiB")
    if response.status >= 300:
        raise _refusal(method, response.status, response.headers.get("Retry-After"), body)
    return body


def _client(access: ClusterAccess) -> Any:
    """Build a client without touching the library's global configuration; runs in a thread."""
    load("kubernetes.config", "kubernetes.client.api_client")
    from kubernetes import config
    from kubernetes.client.api_client import ApiClient
    from kubernetes.client.configuration import Configuration

    settings = Configuration()
    try:
        if access.url:
            settings.host = access.url.rstrip("/")
            settings.api_key = {"BearerToken": f"Bearer {access.token}"} if access.token else {}
        elif access.kubeconfig:
            config.load_kube_config(
                str(access.kubeconfig), client_configuration=settings, persist_config=False
            )
        else:
            config.load_incluster_config(client_configuration=settings)
    except (config.ConfigException, OSError, ValueError, KeyError, TypeError) as error:
        raise Misconfigured(f"The access to Kubernetes cannot be used: {excerpt(str(error), 160)}") from error
    # Whoever asked may ask again, with a fresh deadline; a write that is sent twice could happen twice.
    settings.retries = False
    return ApiClient(settings)


def _refusal(method: str, status: int, retry_after: str | None, body: bytes) -> OpsError:
    said = _sentence(body)
    if status in (401, 403):
        return Refused(f"Kubernetes does not let us ({status}). {said}".strip(), backend=BACKEND)
    if status in (404, 410):
        return NotFound(f"Kubernetes does not have that ({status}). {said}".strip())
    if status == 409 and method != "GET":
        return Conflict(f"Kubernetes says that it was changed meanwhile, or exists already. {said}".strip())
    if status == 429:
        # A disruption budget refuses with the same status as a server that is too busy, but with a cause.
        why = f"Kubernetes refuses for now: {said}" if "budget" in said else "Kubernetes is overloaded (429)."
        return Overloaded(why, backend=BACKEND, retry_after_seconds=seconds_of(retry_after))
    if status == 504:
        return TimedOut("Kubernetes gave up after too long (504).", backend=BACKEND)
    if status >= 500 or status == 0:
        return Unavailable(f"Kubernetes cannot answer now ({status}). {said}".strip(), backend=BACKEND)
    if status < 400:
        return BadAnswer(f"Kubernetes answered with a redirect ({status}).", backend=BACKEND)
    return Refused(f"Kubernetes refused the request ({status}). {said}".strip(), backend=BACKEND)


def _sentence(body: bytes) -> str:
    """Return what the server said, with the first cause's own words where its message holds none of them."""
    try:
        found = json.loads(body[: 64 * 1024])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    message = str(found.get("message", ""))
    details = found.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    first = causes[0] if isinstance(causes, list) and causes else None
    cause = str(first.get("message", "")) if isinstance(first, dict) else ""
    return excerpt(message if not cause or cause in message else f"{message} {cause}")

"""A double of a log store with index lifecycles and data streams, made from Elasticsearch's public reference of its API.

Neither of the log stores that can be had here knows `_ilm`, data streams with their write index or snapshots.
"""

import contextlib
import fnmatch
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web


@dataclass
class StoredIndex:
    """One index of the double."""

    uuid: str
    created_at: datetime
    policy: str | None = None
    stream: str | None = None
    aliases: dict[str, dict[str, Any]] = field(default_factory=dict)
    step: str = "complete"
    reason: str = ""
    documents: int = 1000


@dataclass
class LifecycleStore:
    """What the double holds; `sent` is every request that changes something, `refuse` maps paths to a status."""

    indices: dict[str, StoredIndex] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()
    sent: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    url: str = ""

    def add(self, name: str, created_at: datetime, **more: Any) -> StoredIndex:
        self.indices[name] = StoredIndex(f"uuid-{len(self.indices)}-{name}", created_at, **more)
        return self.indices[name]

    def policy(self, name: str, after: str | None) -> None:
        phases: dict[str, Any] = {"hot": {"min_age": "0ms", "actions": {}}}
        if after is not None:
            phases["delete"] = {"min_age": after, "actions": {"delete": {}}}
        self.policies[name] = {"version": 1, "policy": {"phases": phases}}

    def matching(self, pattern: str) -> dict[str, StoredIndex]:
        return {
            name: one
            for name, one in self.indices.items()
            if any(fnmatch.fnmatchcase(name, part) for part in pattern.split(","))
        }


def _shown(one: StoredIndex) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "uuid": one.uuid,
        "creation_date": str(int(one.created_at.timestamp() * 1000)),
    }
    if one.policy:
        settings["lifecycle"] = {"name": one.policy}
    found: dict[str, Any] = {"aliases": one.aliases, "settings": {"index": settings}}
    return found | ({"data_stream": one.stream} if one.stream else {})


def _explained(name: str, one: StoredIndex) -> dict[str, Any]:
    told: dict[str, Any] = {
        "index": name,
        "managed": True,
        "policy": one.policy,
        "phase": "hot",
        "step": one.step,
    }
    return told | ({"step_info": {"reason": one.reason}} if one.reason else {})


def _missing(name: str) -> web.Response:
    error = {"type": "index_not_found_exception", "reason": f"no such index [{name}]"}
    return web.json_response({"error": error, "status": 404}, status=404)


@contextlib.asynccontextmanager
async def lifecycle_store() -> AsyncIterator[LifecycleStore]:
    """Serve the double on a free port."""
    store = LifecycleStore()
    app = web.Application(middlewares=[_gate(store)])
    for method, path, handler in _routes(store):
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    store.url = f"http://{host}:{port}"
    try:
        yield store
    finally:
        await runner.cleanup()


def _gate(store: LifecycleStore) -> Any:
    @web.middleware
    async def gate(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.method != "GET":
            store.sent.append(f"{request.method} {request.path}")
        status = store.refuse.get(request.path)
        if status:
            return web.json_response({"error": {"reason": "scripted"}}, status=status)
        answer: web.StreamResponse = await handler(request)
        return answer

    return gate


def _routes(store: LifecycleStore) -> list[tuple[str, str, Any]]:
    handlers = [
        ("GET", "/_ilm/policy", _policies),
        ("GET", "/_ilm/policy/{policy}", _one_policy),
        ("PUT", "/_ilm/policy/{policy}", _put_policy),
        ("DELETE", "/_ilm/policy/{policy}", _drop_policy),
        ("GET", "/_data_stream/*", _all_streams),
        ("GET", "/_snapshot", _snapshots),
        ("GET", "/{index}/_ilm/explain", _explain),
        ("POST", "/{index}/_ilm/remove", _remove),
        ("PUT", "/{index}/_settings", _attach),
        ("GET", "/{index}/_stats/docs,store", _stats),
        ("GET", "/{index}", _list),
        ("DELETE", "/{index}", _delete),
    ]
    return [(method, path, partial(handler, store)) for method, path, handler in handlers]


async def _policies(store: LifecycleStore, _: web.Request) -> web.Response:
    return web.json_response(store.policies)


async def _all_streams(store: LifecycleStore, _: web.Request) -> web.Response:
    return web.json_response({"data_streams": _streams(store)})


async def _snapshots(store: LifecycleStore, _: web.Request) -> web.Response:
    return web.json_response({name: {"type": "fs"} for name in store.repositories})


def _streams(store: LifecycleStore) -> list[dict[str, Any]]:
    names = sorted({one.stream for one in store.indices.values() if one.stream})
    return [
        {
            "name": name,
            "indices": [{"index_name": key} for key, one in store.indices.items() if one.stream == name],
        }
        for name in names
    ]


async def _one_policy(store: LifecycleStore, request: web.Request) -> web.Response:
    name = request.match_info["policy"]
    if name not in store.policies:
        return web.json_response({"error": {"reason": f"Lifecycle policy not found: {name}"}}, status=404)
    return web.json_response({name: store.policies[name]})


async def _put_policy(store: LifecycleStore, request: web.Request) -> web.Response:
    store.policies[request.match_info["policy"]] = {"version": 1, **await request.json()}
    return web.json_response({"acknowledged": True})


async def _drop_policy(store: LifecycleStore, request: web.Request) -> web.Response:
    name = request.match_info["policy"]
    if any(one.policy == name for one in store.indices.values()):
        reason = f"Cannot delete policy [{name}]. It is in use by one or more indices"
        return web.json_response({"error": {"reason": reason}}, status=400)
    store.policies.pop(name, None)
    return web.json_response({"acknowledged": True})


async def _explain(store: LifecycleStore, request: web.Request) -> web.Response:
    found = store.matching(request.match_info["index"])
    return web.json_response({"indices": {n: _explained(n, one) for n, one in found.items() if one.policy}})


async def _attach(store: LifecycleStore, request: web.Request) -> web.Response:
    return _managed(store, request, (await request.json())["index"]["lifecycle"]["name"])


async def _remove(store: LifecycleStore, request: web.Request) -> web.Response:
    return _managed(store, request, None)


def _managed(store: LifecycleStore, request: web.Request, policy: str | None) -> web.Response:
    name = request.match_info["index"]
    if name not in store.indices:
        return _missing(name)
    store.indices[name].policy = policy
    return web.json_response({"acknowledged": True})


async def _stats(store: LifecycleStore, request: web.Request) -> web.Response:
    found = store.matching(request.match_info["index"])
    told = {
        name: {
            "primaries": {"docs": {"count": one.documents}},
            "total": {"store": {"size_in_bytes": one.documents * 500}},
        }
        for name, one in found.items()
    }
    return web.json_response({"indices": told})


async def _list(store: LifecycleStore, request: web.Request) -> web.Response:
    return web.json_response(
        {n: _shown(one) for n, one in store.matching(request.match_info["index"]).items()}
    )


async def _delete(store: LifecycleStore, request: web.Request) -> web.Response:
    name = request.match_info["index"]
    if store.indices.pop(name, None) is None:
        return _missing(name)
    return web.json_response({"acknowledged": True})

"""Checks for `doctor` of what changes the world: whether each backend answers, and which actions it would refuse."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

from agent.domain.probe import Probe
from agent.errors import OpsError
from agent.execution.catalogue import CACHES, DATABASES, INDICES
from tools.connectors.readers import Permission
from tools.incident_responder.permissions import NODE_PERMISSIONS, WRITE_PERMISSIONS, preview_permissions
from tools.write_connections import WriteConnections

KUBERNETES, REDIS, POSTGRESQL = "Kubernetes (changes)", "Redis (changes)", "PostgreSQL (changes)"
ELASTICSEARCH = "Elasticsearch (changes)"
PREVIEWS = "Kubernetes (previews)"
_PATIENCE = 15.0
Needs = Mapping[str, Sequence[Permission]]


class _Cluster(Protocol):
    async def version(self) -> str: ...

    async def allowed(self, permission: Permission, namespace: str) -> bool: ...


class _Data(Protocol):
    async def version(self) -> str: ...

    async def lacks(self) -> tuple[str, ...]: ...


async def probe_writers(writers: WriteConnections | None) -> list[Probe]:
    """Probe at once every backend that may be changed; only questions are asked, and without writers there are none."""
    if writers is None:
        return []
    if writers.rehearsed:
        return (
            [] if writers.cluster is None else await _in_time(PREVIEWS, _previews(writers.cluster, writers))
        )
    caches, databases, indices = _names(CACHES), _names(DATABASES), _names(INDICES)
    key = "OPS_ELASTICSEARCH_WRITE_API_KEY"
    found = await asyncio.gather(
        _in_time(KUBERNETES, _changes(writers.cluster, writers.namespaces)),
        _in_time(REDIS, _data(REDIS, writers.cache, "OPS_REDIS_URL", caches)),
        _in_time(ELASTICSEARCH, _data(ELASTICSEARCH, writers.indices, key, indices)),
        _in_time(POSTGRESQL, _data(POSTGRESQL, writers.database, "OPS_POSTGRESQL_URL", databases)),
    )
    return [probe for probes in found for probe in probes]


async def _in_time(title: str, probing: Awaitable[list[Probe]]) -> list[Probe]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await probing
    except TimeoutError:
        said = "did not answer in time"
    except OpsError as error:
        said = error.user_message
    fix = "Check its address and credentials in the OPS_ settings, and whether it can be reached from here."
    return [Probe(name=title, ok=False, detail=said, fix=fix)]


async def _changes(cluster: _Cluster | None, namespaces: Sequence[str]) -> list[Probe]:
    if cluster is None:
        fix = "Set OPS_KUBERNETES_WRITE_TOKEN, or OPS_KUBERNETES_WRITE_KUBECONFIG."
        return [
            _unset(KUBERNETES, "there is no write account, so nothing in the cluster can be changed", fix)
        ]
    version = await cluster.version()
    found = []
    for where in namespaces:
        refused = await _refused(cluster, WRITE_PERMISSIONS, where)
        fix = f"Apply deploy/kubernetes/rbac-write.yaml and bind ops-monitor-write in {where}; it lacks {_rights(refused)}."
        if refused:
            detail = f"in {where} the cluster would refuse {', '.join(refused)}"
            found.append(Probe(name=KUBERNETES, ok=False, detail=detail, fix=fix))
        else:
            detail = f"version {version}, every action is allowed in {where}"
            found.append(Probe(name=KUBERNETES, ok=True, detail=detail))
    return [*found, await _nodes(cluster)]


async def _nodes(cluster: _Cluster) -> Probe:
    refused = await _refused(cluster, NODE_PERMISSIONS, "")
    if not refused:
        return Probe(name=KUBERNETES, ok=True, detail="nodes may be cordoned and drained")
    fix = f"Bind ops-monitor-write-nodes (deploy/kubernetes/rbac-write.yaml); it lacks {_rights(refused)}."
    detail = f"the cluster would refuse {', '.join(refused)}"
    if len(refused) < len(NODE_PERMISSIONS):
        return Probe(name=KUBERNETES, ok=False, detail=detail, fix=fix)
    # Whoever leaves nodes alone on purpose has nothing to mend.
    return _unset(KUBERNETES, f"{detail} (optional)", fix)


async def _previews(cluster: _Cluster, writers: WriteConnections) -> list[Probe]:
    needs = preview_permissions()
    places = [(where, {name: needs[name] for name in WRITE_PERMISSIONS}) for where in writers.namespaces]
    places.append(("", {name: needs[name] for name in NODE_PERMISSIONS}))
    refused: dict[str, tuple[Permission, ...]] = {}
    for where, wanted in places:
        refused |= await _refused(cluster, wanted, where)
    if not refused:
        return [Probe(name=PREVIEWS, ok=True, detail="every action can be suggested")]
    hidden = f"{len(refused)} of {len(needs)} actions cannot be suggested, because the reading account does not see enough"
    fix = f"Apply deploy/kubernetes/rbac-suggest.yaml; it lacks {_rights(refused)}."
    return [_unset(PREVIEWS, f"{hidden}. {fix}", fix)]


async def _data(title: str, backend: _Data | None, setting: str, actions: str) -> list[Probe]:
    if backend is None:
        return [_unset(title, f"not configured, so {actions} cannot run", f"Set {setting}.")]
    version = await backend.version()
    lacks = await backend.lacks()
    if not lacks:
        return [
            Probe(name=title, ok=True, detail=f"version {version}, with every right that its actions need")
        ]
    detail = f"our account lacks {', '.join(lacks)}, so some of {actions} would be refused"
    return [
        Probe(name=title, ok=False, detail=detail, fix=f"Grant it {', '.join(lacks)}, or use another one.")
    ]


async def _refused(cluster: _Cluster, needs: Needs, where: str) -> dict[str, tuple[Permission, ...]]:
    """Return the actions that the cluster would refuse, each with the rights that are missing for it."""
    asked = list(dict.fromkeys(right for rights in needs.values() for right in rights))
    answers = await asyncio.gather(*(cluster.allowed(right, where) for right in asked))
    missing = {right for right, yes in zip(asked, answers, strict=True) if not yes}
    lacks = {name: tuple(right for right in rights if right in missing) for name, rights in needs.items()}
    return {name: rights for name, rights in lacks.items() if rights}


def _rights(refused: Needs) -> str:
    """Return the missing rights with the verbs of a resource together, as a role lists them."""
    verbs: dict[str, list[str]] = {}
    for right in dict.fromkeys(right for rights in refused.values() for right in rights):
        verbs.setdefault(right.shown, []).append(right.verb)
    return ", ".join(f"{'/'.join(sorted(found))} {resource}" for resource, found in verbs.items())


def _unset(title: str, detail: str, fix: str) -> Probe:
    return Probe(name=title, ok=True, configured=False, detail=detail, fix=fix)


def _names(writes: Sequence[type]) -> str:
    return ", ".join(str(getattr(write, "name", write.__name__)) for write in writes)

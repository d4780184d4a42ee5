"""Discovery: versions, groups and resources, in the old form and in one piece."""

from __future__ import annotations

from itertools import groupby

from demo.cluster.kinds import Kind, KindTable
from demo.cluster.objects import Obj
from demo.cluster.openapi import document, index
from demo.cluster.status import PlainNotFoundError
from demo.cluster.storage import Store

VERSION: Obj = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.27.3",
    "compiler": "gc",
    "platform": "linux/amd64",
}


class Discovery:
    """Describes the kinds that are served now."""

    def __init__(self, kinds: KindTable, store: Store) -> None:
        self._kinds = kinds
        self._store = store

    def _listed(self) -> list[Kind]:
        return [kind for kind in self._kinds if kind.listed or self._store.select(kind.bucket)]

    def _groups(self) -> dict[str, dict[str, list[Kind]]]:
        found: dict[str, dict[str, list[Kind]]] = {}
        for kind in self._listed():
            found.setdefault(kind.group, {}).setdefault(kind.version, []).append(kind)
        return found

    def openapi(self, root: str) -> Obj:
        """Answer /openapi/v3 and the documents below it."""
        return document(self._kinds, root) if root else index(self._kinds)

    def core_versions(self, address: str) -> Obj:
        """Answer /api."""
        where = {"clientCIDR": "0.0.0.0/0", "serverAddress": address}
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [where]}

    def groups(self) -> Obj:
        """Answer /apis."""
        groups = [_group(name, list(versions)) for name, versions in self._groups().items() if name]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}

    def group(self, name: str) -> Obj:
        """Answer /apis/{group}; an unknown group is a plain 404."""
        versions = self._groups().get(name)
        if not name or versions is None:
            raise PlainNotFoundError
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, list(versions))}

    def resources(self, group: str, version: str) -> Obj:
        """Answer /api/v1 or /apis/{group}/{version}; an unknown version is a plain 404."""
        kinds = self._groups().get(group, {}).get(version)
        if kinds is None:
            raise PlainNotFoundError
        entries = [entry for kind in sorted(kinds, key=lambda kind: kind.plural) for entry in _entries(kind)]
        head: Obj = {"kind": "APIResourceList"}
        if group:
            head["apiVersion"] = "v1"
        return {**head, "groupVersion": kinds[0].api_version, "resources": entries}

    def aggregated(self, *, core: bool) -> Obj:
        """Answer /api or /apis with everything in one piece."""
        items = [
            {
                "metadata": {"name": name} if name else {},
                "versions": [_version(v, k) for v, k in versions.items()],
            }
            for name, versions in self._groups().items()
            if (name == "") == core
        ]
        return {
            "kind": "APIGroupDiscoveryList",
            "apiVersion": "apidiscovery.k8s.io/v2",
            "metadata": {},
            "items": items,
        }


def _group(name: str, versions: list[str]) -> Obj:
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _entries(kind: Kind) -> list[Obj]:
    entry: Obj = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    if "create" in kind.verbs and "get" in kind.verbs:
        entry["storageVersionHash"] = kind.storage_hash
    return [entry, *(_sub_entry(kind, sub.name) for sub in kind.subresources)]


def _sub_entry(kind: Kind, name: str) -> Obj:
    sub = kind.subresource(name)
    assert sub is not None
    entry: Obj = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced}
    if sub.group:
        entry |= {"group": sub.group, "version": sub.version}
    return entry | {"kind": sub.kind or kind.kind, "verbs": list(sub.verbs)}


def _version(version: str, kinds: list[Kind]) -> Obj:
    ordered = sorted(kinds, key=lambda kind: kind.plural)
    resources = [
        _described(kind) for _, same in groupby(ordered, key=lambda kind: kind.plural) for kind in same
    ]
    return {"version": version, "resources": resources, "freshness": "Current"}


def _described(kind: Kind) -> Obj:
    own = kind.custom
    found: Obj = {
        "resource": kind.plural,
        "responseKind": _answer(kind.kind, kind.group if own else "", kind.version if own else ""),
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        found["shortNames"] = list(kind.short_names)
    if kind.categories:
        found["categories"] = list(kind.categories)
    if kind.subresources:
        found["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": _answer(sub.kind or kind.kind, sub.group, sub.version),
                "verbs": list(sub.verbs),
            }
            for sub in kind.subresources
        ]
    return found


def _answer(kind: str, group: str, version: str) -> Obj:
    return {"group": group, "version": version, "kind": kind}

"""The kinds that the server knows, found by group, version and plural."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from demo.cluster.objects import Obj

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
SUB_VERBS = ("get", "patch", "update")


@dataclass(frozen=True, slots=True)
class Subresource:
    """A path below an object, and what it answers."""

    name: str
    kind: str
    verbs: tuple[str, ...] = SUB_VERBS
    group: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource in one version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    singular: str = ""
    custom: bool = False
    listed: bool = True
    schema: Obj | None = field(default=None, compare=False)

    @property
    def api_version(self) -> str:
        """Return group/version, or the version alone for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """Return plural.group, as messages name a resource."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def bucket(self) -> tuple[str, str]:
        """Return where objects are stored; versions and groups that share storage agree."""
        return ("", "events") if self.group == "events.k8s.io" else (self.group, self.plural)

    @property
    def stored(self) -> bool:
        """Tell whether objects of this kind exist, or are only asked and answered."""
        return "get" in self.verbs

    @property
    def deletable(self) -> bool:
        """Tell whether objects of this kind are kept here and can go."""
        return "delete" in self.verbs

    @property
    def storage_hash(self) -> str:
        """Return the hash that discovery shows for a stored kind."""
        path = f"{self.group}/{self.version}/{self.kind}".encode()
        return base64.b64encode(hashlib.sha256(path).digest()[:8]).decode()

    def subresource(self, name: str) -> Subresource | None:
        """Find a subresource by name."""
        return next((sub for sub in self.subresources if sub.name == name), None)

    @property
    def has_status(self) -> bool:
        """Tell whether status is written through its own subresource."""
        return self.subresource("status") is not None


class KindTable:
    """Every kind that is served; custom ones come and go."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds: dict[tuple[str, str, str], Kind] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: Kind) -> None:
        """Serve a kind, replacing an older definition of it."""
        self._kinds[kind.group, kind.version, kind.plural] = kind

    def remove(self, group: str, plural: str) -> None:
        """Stop serving every version of a kind."""
        for key in [key for key in self._kinds if key[0] == group and key[2] == plural]:
            del self._kinds[key]

    def find(self, group: str, version: str, plural: str) -> Kind | None:
        """Find a kind by its path."""
        return self._kinds.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Kind | None:
        """Find a kind as an object names it."""
        for found in self._kinds.values():
            if found.api_version == api_version and found.kind == kind:
                return found
        return None

    def by_plural(self, group: str, plural: str) -> Kind:
        """Find a kind in its preferred version; raise KeyError when it is unknown."""
        for found in self._kinds.values():
            if found.group == group and found.plural == plural:
                return found
        raise KeyError(f"{plural}.{group}")

    def knows(self, group: str, version: str) -> bool:
        """Tell whether a group version is served."""
        return any(key[0] == group and key[1] == version for key in self._kinds)

    def __iter__(self) -> Iterator[Kind]:
        return iter(list(self._kinds.values()))

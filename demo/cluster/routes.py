"""Paths of the API: which group, version, namespace, resource, object and subresource they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from demo.cluster.rbac import Attempt

_VERBS = {
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
    "GET": "get",
    "HEAD": "get",
}


@dataclass(frozen=True, slots=True)
class Route:
    """What a path names."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def attempt(self, method: str, query: Mapping[str, str]) -> Attempt:
        """Say what a request to this path wants to do."""
        verb = _VERBS.get(method, method.lower())
        if not self.name:
            if verb == "get":
                verb = "watch" if is_true(query.get("watch")) else "list"
            elif verb == "delete":
                verb = "deletecollection"
        name = self.name
        if not name and verb in ("list", "watch"):
            for term in query.get("fieldSelector", "").split(","):
                field, _, value = term.partition("=")
                if field == "metadata.name":
                    name = value.lstrip("=")
        return Attempt(verb, self.group, self.plural, self.subresource, self.namespace, name)


def is_true(text: str | None) -> bool:
    """Read a boolean query parameter."""
    return text is not None and text.lower() in ("true", "1", "")


def parse_route(path: str) -> Route | None:
    """Read a resource path; None when the path names no resource."""
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if rest[0] == "watch" and len(rest) > 1:
        rest = rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    elif rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
    name = rest[1] if len(rest) > 1 else ""
    return Route(group, version, rest[0], namespace, name, "/".join(rest[2:]))

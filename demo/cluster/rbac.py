"""Who may do what: roles and bindings, read from the store at every decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from demo.cluster.identity import MASTERS, Identity
from demo.cluster.objects import Obj, name_of, namespace_of
from demo.cluster.status import ApiError
from demo.cluster.storage import Store

GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to do."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def target(self) -> str:
        """Return resource/subresource as rules name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an attempt is allowed, and by which binding."""

    allowed: bool
    reason: str = ""


def _covers(wanted: str, listed: list[str]) -> bool:
    return "*" in listed or wanted in listed


def _resource_matches(attempt: Attempt, resources: list[str]) -> bool:
    if "*" in resources or attempt.target in resources:
        return True
    return bool(attempt.subresource) and f"*/{attempt.subresource}" in resources


def _path_matches(path: str, listed: list[str]) -> bool:
    return any(
        entry in ("*", path) or (entry.endswith("*") and path.startswith(entry[:-1])) for entry in listed
    )


def rule_allows(rule: Obj, attempt: Attempt) -> bool:
    """Tell whether one rule allows an attempt."""
    if not _covers(attempt.verb, rule.get("verbs") or []):
        return False
    if attempt.path:
        return _path_matches(attempt.path, rule.get("nonResourceURLs") or [])
    names = rule.get("resourceNames") or []
    return (
        _covers(attempt.group, rule.get("apiGroups") or [])
        and _resource_matches(attempt, rule.get("resources") or [])
        and (not names or attempt.name in names)
    )


def _is_subject(subject: Obj, identity: Identity, home: str) -> bool:
    kind, name = subject.get("kind"), str(subject.get("name", ""))
    if kind == "User":
        return name == identity.name
    if kind == "Group":
        return name in identity.all_groups
    account = f"system:serviceaccount:{subject.get('namespace') or home}:{name}"
    return kind == "ServiceAccount" and account == identity.name


class Authorizer:
    """Decides by the roles that are bound to an identity."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def grants(self, identity: Identity, namespace: str) -> Iterator[tuple[Obj, Obj, list[Obj]]]:
        """Yield each binding that applies, the subject it names, and the rules of its role."""
        for binding in self._store.select((GROUP, "clusterrolebindings")):
            yield from self._granted(binding, identity, "")
        if namespace:
            for binding in self._store.select((GROUP, "rolebindings"), namespace):
                yield from self._granted(binding, identity, namespace)

    def _granted(self, binding: Obj, identity: Identity, home: str) -> Iterator[tuple[Obj, Obj, list[Obj]]]:
        for subject in binding.get("subjects") or []:
            if _is_subject(subject, identity, home):
                yield binding, subject, self._rules(binding.get("roleRef") or {}, home)
                return

    def _rules(self, reference: Obj, home: str) -> list[Obj]:
        plural, where = ("roles", home) if reference.get("kind") == "Role" else ("clusterroles", "")
        role = self._store.get((GROUP, plural), where, str(reference.get("name", "")))
        return list((role or {}).get("rules") or [])

    def decide(self, identity: Identity, attempt: Attempt) -> Verdict:
        """Decide about an attempt, naming the binding that allows it."""
        if MASTERS in identity.groups:
            return Verdict(True)
        for binding, subject, rules in self.grants(identity, attempt.namespace):
            if any(rule_allows(rule, attempt) for rule in rules):
                return Verdict(True, _reason(binding, subject))
        return Verdict(False)

    def require(self, identity: Identity, attempt: Attempt) -> None:
        """Raise 403 unless an attempt is allowed."""
        if not self.decide(identity, attempt).allowed:
            raise denial(identity, attempt)


def _reason(binding: Obj, subject: Obj) -> str:
    role = binding["roleRef"]
    home = namespace_of(binding)
    name = f"{name_of(binding)}/{home}" if home else name_of(binding)
    who = subject["name"]
    if subject.get("kind") == "ServiceAccount":
        who = f"{who}/{subject.get('namespace') or home}"
    return (
        f'RBAC: allowed by {binding["kind"]} "{name}" of {role["kind"]} "{role["name"]}" '
        f'to {subject["kind"]} "{who}"'
    )


def denial(identity: Identity, attempt: Attempt) -> ApiError:
    """Build the 403 of an attempt that no binding allows."""
    if attempt.path:
        message = f'forbidden: User "{identity.name}" cannot {attempt.verb} path "{attempt.path}"'
        return ApiError(403, "Forbidden", message, details={})
    qualified = f"{attempt.resource}.{attempt.group}" if attempt.group else attempt.resource
    subject = f'{qualified} "{attempt.name}"' if attempt.name else qualified
    where = f'in the namespace "{attempt.namespace}"' if attempt.namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{identity.name}" cannot {attempt.verb} resource "{attempt.target}" '
        f'in API group "{attempt.group}" {where}'
    )
    details: Obj = {"name": attempt.name} if attempt.name else {}
    if attempt.group:
        details["group"] = attempt.group
    return ApiError(403, "Forbidden", message, details={**details, "kind": attempt.resource})

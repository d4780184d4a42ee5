"""Questions about access: may I, may somebody, what may I, who am I."""

from __future__ import annotations

from demo.cluster.identity import MASTERS, Identity
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, dig, stamp
from demo.cluster.rbac import Attempt, Authorizer

_ORDER = ("namespace", "verb", "group", "version", "resource", "subresource", "name")


def answer_review(kind: Kind, body: Obj, identity: Identity, authorizer: Authorizer) -> Obj:
    """Answer a review of any kind."""
    if kind.plural == "selfsubjectreviews":
        return _who(kind, identity)
    if kind.plural == "selfsubjectrulesreviews":
        return _rules(kind, body, identity, authorizer)
    asked = identity
    spec = body.get("spec") or {}
    if kind.plural in ("subjectaccessreviews", "localsubjectaccessreviews"):
        asked = Identity(str(spec.get("user", "")), tuple(spec.get("groups") or ()))
    verdict = authorizer.decide(asked, _attempt(spec))
    status: Obj = {"allowed": verdict.allowed}
    if verdict.reason:
        status["reason"] = verdict.reason
    return {**_head(kind), "metadata": {}, "spec": _echo(spec), "status": status}


def _head(kind: Kind) -> Obj:
    return {"kind": kind.kind, "apiVersion": kind.api_version}


def _attempt(spec: Obj) -> Attempt:
    path = spec.get("nonResourceAttributes")
    if path:
        return Attempt(path.get("verb", ""), path=path.get("path", ""))
    attributes = spec.get("resourceAttributes") or {}
    return Attempt(
        attributes.get("verb", ""),
        attributes.get("group", ""),
        attributes.get("resource", ""),
        attributes.get("subresource", ""),
        attributes.get("namespace", ""),
        attributes.get("name", ""),
    )


def _echo(spec: Obj) -> Obj:
    result = dict(spec)
    attributes = spec.get("resourceAttributes")
    if isinstance(attributes, dict):
        result["resourceAttributes"] = {name: attributes[name] for name in _ORDER if attributes.get(name)}
    return result


def _who(kind: Kind, identity: Identity) -> Obj:
    user: Obj = {"username": identity.name}
    if identity.uid:
        user["uid"] = identity.uid
    user["groups"] = list(identity.all_groups)
    return {**_head(kind), "metadata": {"creationTimestamp": stamp()}, "status": {"userInfo": user}}


def _rules(kind: Kind, body: Obj, identity: Identity, authorizer: Authorizer) -> Obj:
    namespace = str(dig(body, "spec", "namespace", default=""))
    resources: list[Obj] = []
    paths: list[Obj] = []
    if MASTERS in identity.groups:
        resources.append({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
        paths.append({"verbs": ["*"], "nonResourceURLs": ["*"]})
    for _, _, rules in authorizer.grants(identity, namespace):
        for rule in rules:
            if rule.get("nonResourceURLs"):
                paths.append({"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]})
            else:
                names = ("verbs", "apiGroups", "resources", "resourceNames")
                resources.append({name: rule[name] for name in names if rule.get(name)})
    status = {"resourceRules": resources, "nonResourceRules": paths, "incomplete": False}
    return {**_head(kind), "metadata": {}, "spec": {}, "status": status}

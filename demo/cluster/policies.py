"""Validating admission policies: which apply to a write, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from demo.cluster.cel import CelError, evaluate
from demo.cluster.identity import Identity
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, dig, labels_of, name_of
from demo.cluster.selectors import matches, parse_selector
from demo.cluster.status import ApiError, subject
from demo.cluster.storage import Store

_GROUP = "admissionregistration.k8s.io"
POLICIES = (_GROUP, "validatingadmissionpolicies")
BINDINGS = (_GROUP, "validatingadmissionpolicybindings")


@dataclass(frozen=True, slots=True)
class Admission:
    """A write that is about to happen."""

    kind: Kind
    operation: str
    name: str
    namespace: str
    obj: Obj | None
    old: Obj | None
    identity: Identity
    subresource: str = ""


def admit(store: Store, admission: Admission) -> list[str]:
    """Raise when a bound policy denies a write; return the warnings of those that only warn."""
    warnings: list[str] = []
    for binding in store.select(BINDINGS):
        policy = store.get(POLICIES, "", str(dig(binding, "spec", "policyName", default="")))
        if policy is None or not _applies(store, policy, binding, admission):
            continue
        message, reason = _verdict(policy, admission)
        if message is None:
            continue
        text = f"ValidatingAdmissionPolicy '{name_of(policy)}' with binding '{name_of(binding)}' denied request: {message}"
        actions = dig(binding, "spec", "validationActions", default=["Deny"])
        if "Deny" in actions:
            raise _refusal(admission, text, reason)
        if "Warn" in actions:
            warnings.append(f"Validation failed for {text}")
    return warnings


def _applies(store: Store, policy: Obj, binding: Obj, admission: Admission) -> bool:
    constraints = dig(policy, "spec", "matchConstraints", default={})
    scopes = [constraints, dig(binding, "spec", "matchResources", default={})]
    rules = constraints.get("resourceRules") or []
    if not any(_rule_matches(rule, admission) for rule in rules):
        return False
    narrower = scopes[1].get("resourceRules")
    if narrower and not any(_rule_matches(rule, admission) for rule in narrower):
        return False
    return all(_selected(store, scope, admission) for scope in scopes)


def _rule_matches(rule: Obj, admission: Admission) -> bool:
    target = admission.kind.plural
    if admission.subresource:
        target += f"/{admission.subresource}"
    resources = rule.get("resources") or []
    anything = "*/*" in resources or ("*" in resources and not admission.subresource)
    return (
        _any_of(rule.get("operations"), admission.operation)
        and _any_of(rule.get("apiGroups"), admission.kind.group)
        and _any_of(rule.get("apiVersions"), admission.kind.version)
        and (anything or target in resources)
        and (not rule.get("resourceNames") or admission.name in rule["resourceNames"])
    )


def _any_of(listed: list[str] | None, wanted: str) -> bool:
    return "*" in (listed or []) or wanted in (listed or [])


def _selected(store: Store, scope: Obj, admission: Admission) -> bool:
    if admission.namespace:
        home = store.get(("", "namespaces"), "", admission.namespace) or {}
        if not matches(parse_selector(scope.get("namespaceSelector")), labels_of(home)):
            return False
    candidates = [obj for obj in (admission.obj, admission.old) if obj is not None]
    selector = parse_selector(scope.get("objectSelector"))
    return any(matches(selector, labels_of(obj)) for obj in candidates)


def _verdict(policy: Obj, admission: Admission) -> tuple[str | None, str]:
    variables = _variables(policy, admission)
    for validation in dig(policy, "spec", "validations", default=[]):
        expression = str(validation.get("expression", ""))
        reason = str(validation.get("reason") or "Invalid")
        try:
            if evaluate(expression, variables) is True:
                continue
        except CelError as broken:
            if dig(policy, "spec", "failurePolicy") == "Ignore":
                continue
            return f"expression '{expression}' resulted in error: {broken}", reason
        return _message(validation, expression, variables), reason
    return None, ""


def _variables(policy: Obj, admission: Admission) -> Obj:
    kind = {"group": admission.kind.group, "version": admission.kind.version, "kind": admission.kind.kind}
    request = {
        "operation": admission.operation,
        "name": admission.name,
        "namespace": admission.namespace,
        "kind": kind,
        "subResource": admission.subresource,
        "userInfo": {"username": admission.identity.name, "groups": list(admission.identity.all_groups)},
    }
    return {"object": admission.obj, "oldObject": admission.old, "request": request, "params": None}


def _message(validation: Obj, expression: str, variables: Obj) -> str:
    computed = validation.get("messageExpression")
    if computed:
        try:
            return str(evaluate(str(computed), variables))
        except CelError:
            pass
    return str(validation.get("message") or f"failed expression: {expression}")


_CODES = {"Unauthorized": 401, "Forbidden": 403, "Invalid": 422, "RequestEntityTooLarge": 413}


def _refusal(admission: Admission, text: str, reason: str) -> ApiError:
    details = {**subject(admission.kind, admission.name), "causes": [{"message": text}]}
    message = f'{admission.kind.qualified} "{admission.name}" is forbidden: {text}'
    return ApiError(_CODES.get(reason, 422), reason, message, details=details)

"""Whether an object is valid: the rules of each kind, worded as the API server words them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from demo.cluster.kinds import Kind
from demo.cluster.names import check_labels, check_metadata, go_json, go_string
from demo.cluster.objects import Obj, dig
from demo.cluster.podvalidation import check_pod_spec, check_pod_update
from demo.cluster.quantity import parse_quantity
from demo.cluster.schedules import parse_schedule
from demo.cluster.selectors import selects
from demo.cluster.status import Cause, bad_value, prohibited, required, unsupported

Check = Callable[[Obj, Obj | None], list[Cause]]

_NOT_NEGATIVE = "must be greater than or equal to 0"
_PERCENT = re.compile(r"^[0-9]+%$")
_STS_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def check_count(obj: Obj, *fields: str) -> list[Cause]:
    """Check that counts in the spec are not negative."""
    causes = []
    for field in fields:
        value = dig(obj, "spec", field)
        if isinstance(value, int) and value < 0:
            causes.append(bad_value(f"spec.{field}", str(value), _NOT_NEGATIVE))
    return causes


def _check_template(obj: Obj, old: Obj | None, *, immutable: bool = True) -> list[Cause]:
    spec = obj["spec"]
    causes: list[Cause] = []
    selector = spec.get("selector")
    labels = dig(spec, "template", "metadata", "labels", default={})
    if selector is None:
        causes.append(required("spec.selector"))
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        why = "empty selector is invalid for deployment"
        causes.append(bad_value("spec.selector", go_json(selector), why))
    template: list[Cause] = []
    if selector and not selects(selector, labels):
        why = "`selector` does not match template `labels`"
        template.append(bad_value("spec.template.metadata.labels", go_json(labels), why))
    template += check_labels(labels, "spec.template.metadata.labels")
    template += check_pod_spec(spec.get("template", {}).get("spec") or {}, "spec.template.spec", ("Always",))
    causes += template
    if immutable and old is not None and old["spec"].get("selector") != selector:
        causes.append(bad_value("spec.selector", go_json(selector), "field is immutable"))
    return causes


def _deployment(obj: Obj, old: Obj | None) -> list[Cause]:
    causes = check_count(
        obj, "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"
    )
    strategy = obj["spec"].get("strategy") or {}
    if strategy.get("type") not in ("RollingUpdate", "Recreate"):
        rendered = go_string(str(strategy.get("type")))
        causes.append(unsupported("spec.strategy.type", rendered, ("Recreate", "RollingUpdate")))
    rolling = strategy.get("rollingUpdate") or {}
    for field in ("maxUnavailable", "maxSurge"):
        causes += check_amount(rolling.get(field), f"spec.strategy.rollingUpdate.{field}")
    if rolling and all(str(rolling.get(field)) in ("0", "0%") for field in ("maxUnavailable", "maxSurge")):
        where = "spec.strategy.rollingUpdate.maxUnavailable"
        causes.append(bad_value(where, str(rolling["maxUnavailable"]), "may not be 0 when `maxSurge` is 0"))
    deadline, ready = obj["spec"].get("progressDeadlineSeconds"), obj["spec"].get("minReadySeconds") or 0
    if isinstance(deadline, int) and 0 <= deadline <= ready:
        why = "must be greater than minReadySeconds"
        causes.append(bad_value("spec.progressDeadlineSeconds", str(deadline), why))
    return causes + _check_template(obj, old)


def check_amount(value: Any, field: str) -> list[Cause]:
    """Check a count or percentage."""
    if isinstance(value, int):
        return [bad_value(field, str(value), _NOT_NEGATIVE)] if value < 0 else []
    if isinstance(value, str) and not _PERCENT.match(value):
        why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
        return [bad_value(field, go_string(value), why + "regex used for validation is '[0-9]+%')")]
    return []


def _replica_set(obj: Obj, old: Obj | None) -> list[Cause]:
    return check_count(obj, "replicas", "minReadySeconds") + _check_template(obj, old)


def _stateful_set(obj: Obj, old: Obj | None) -> list[Cause]:
    causes = check_count(obj, "replicas", "minReadySeconds") + _check_template(obj, None, immutable=False)
    if old is not None:
        fixed = {key: value for key, value in obj["spec"].items() if key not in _STS_MUTABLE}
        before = {key: value for key, value in old["spec"].items() if key not in _STS_MUTABLE}
        if fixed != before:
            listed = ", ".join(f"'{name}'" for name in _STS_MUTABLE[:-1]) + f" and '{_STS_MUTABLE[-1]}'"
            why = f"updates to statefulset spec for fields other than {listed} are forbidden"
            causes.append(prohibited("spec", why))
    return causes


def _daemon_set(obj: Obj, old: Obj | None) -> list[Cause]:
    return _check_template(obj, old)


def _job(obj: Obj, old: Obj | None) -> list[Cause]:
    causes = check_count(obj, "parallelism", "completions", "backoffLimit")
    template = dig(obj, "spec", "template", default={})
    causes += _check_job_pods(template, "spec.template.spec")
    if old is not None and dig(old, "spec", "template") != template:
        causes.append(bad_value("spec.template", go_json(template), "field is immutable"))
    return causes


def _check_job_pods(template: Obj, path: str) -> list[Cause]:
    spec = template.get("spec") or {}
    policies = ("OnFailure", "Never")
    if spec.get("restartPolicy") == "Always":
        return [unsupported(f"{path}.restartPolicy", '"Always"', policies)]
    return check_pod_spec(spec, path, policies)


def _cron_job(obj: Obj, old: Obj | None) -> list[Cause]:
    schedule = dig(obj, "spec", "schedule")
    causes = [] if schedule else [required("spec.schedule")]
    if schedule:
        try:
            parse_schedule(schedule)
        except ValueError as error:
            causes.append(bad_value("spec.schedule", go_string(schedule), str(error)))
    template = dig(obj, "spec", "jobTemplate", "spec", "template", default={})
    return causes + _check_job_pods(template, "spec.jobTemplate.spec.template.spec")


def _pod(obj: Obj, old: Obj | None) -> list[Cause]:
    if old is not None:
        return check_pod_update(obj["spec"], old["spec"])
    return check_pod_spec(obj["spec"], "spec")


def _immutable_data(obj: Obj, old: Obj | None) -> list[Cause]:
    if old is None or not old.get("immutable"):
        return []
    why = "field is immutable when `immutable` is set"
    causes = []
    if not obj.get("immutable"):
        causes.append(prohibited("immutable", why))
    causes += [prohibited(field, why) for field in ("data", "binaryData") if obj.get(field) != old.get(field)]
    return causes


def _secret(obj: Obj, old: Obj | None) -> list[Cause]:
    causes = _immutable_data(obj, old)
    if old is not None and old.get("type") != obj.get("type"):
        causes.append(bad_value("type", go_string(str(obj.get("type"))), "field is immutable"))
    return causes


def _autoscaler(obj: Obj, old: Obj | None) -> list[Cause]:
    spec = obj["spec"]
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    causes = []
    if low < 1:
        causes.append(bad_value("spec.minReplicas", str(low), "must be greater than or equal to 1"))
    if high < 1:
        causes.append(bad_value("spec.maxReplicas", str(high), "must be greater than 0"))
    if high < low:
        causes.append(
            bad_value("spec.maxReplicas", str(high), "must be greater than or equal to `minReplicas`")
        )
    for field in ("kind", "name"):
        if not dig(spec, "scaleTargetRef", field):
            causes.append(required(f"spec.scaleTargetRef.{field}"))
    return causes


def _budget(obj: Obj, old: Obj | None) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = []
    if "minAvailable" in spec and "maxUnavailable" in spec:
        why = "minAvailable and maxUnavailable cannot be both set"
        causes.append(bad_value("spec", go_json(spec), why))
    for field in ("minAvailable", "maxUnavailable"):
        causes += check_amount(spec.get(field), f"spec.{field}")
    return causes


def _service(obj: Obj, old: Obj | None) -> list[Cause]:
    spec, causes = obj["spec"], []
    headless = spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName"
    if not spec.get("ports") and not headless:
        causes.append(required("spec.ports"))
    for index, port in enumerate(spec.get("ports") or []):
        number = port.get("port")
        if not isinstance(number, int) or not 1 <= number <= 65535:
            where = f"spec.ports[{index}].port"
            causes.append(bad_value(where, str(number), "must be between 1 and 65535, inclusive"))
        if len(spec["ports"]) > 1 and not port.get("name"):
            causes.append(required(f"spec.ports[{index}].name"))
    if old is not None and old["spec"].get("clusterIP") not in (None, "", spec.get("clusterIP")):
        value = spec.get("clusterIP")
        causes.append(bad_value("spec.clusterIPs[0]", go_string(str(value)), "may not change once set"))
    return causes


def _quota(obj: Obj, old: Obj | None) -> list[Cause]:
    causes = []
    for name, value in (dig(obj, "spec", "hard", default={})).items():
        try:
            negative = parse_quantity(value) < 0
        except ValueError:
            continue
        if negative:
            causes.append(bad_value(f"spec.hard[{name}]", go_string(str(value)), _NOT_NEGATIVE))
    return causes


def _rbac_binding(obj: Obj, old: Obj | None) -> list[Cause]:
    role = obj.get("roleRef") or {}
    causes = []
    if not role.get("name"):
        causes.append(required("roleRef.name"))
    if role.get("kind") not in ("Role", "ClusterRole"):
        rendered = go_string(str(role.get("kind", "")))
        causes.append(unsupported("roleRef.kind", rendered, ("ClusterRole", "Role")))
    if old is not None and old.get("roleRef") != role:
        causes.append(bad_value("roleRef", go_json(role), "cannot change roleRef"))
    return causes


def _event(obj: Obj, old: Obj | None) -> list[Cause]:
    where = dig(obj, "involvedObject", "namespace", default="")
    home = dig(obj, "metadata", "namespace", default="")
    if where != home and not (where == "" and home == "default"):
        return [bad_value("involvedObject.namespace", go_string(where), "does not match event.namespace")]
    return []


_CHECKS: dict[tuple[str, str], Check] = {
    ("apps", "deployments"): _deployment,
    ("apps", "replicasets"): _replica_set,
    ("apps", "statefulsets"): _stateful_set,
    ("apps", "daemonsets"): _daemon_set,
    ("batch", "jobs"): _job,
    ("batch", "cronjobs"): _cron_job,
    ("", "pods"): _pod,
    ("", "configmaps"): _immutable_data,
    ("", "secrets"): _secret,
    ("", "services"): _service,
    ("", "resourcequotas"): _quota,
    ("", "events"): _event,
    ("autoscaling", "horizontalpodautoscalers"): _autoscaler,
    ("policy", "poddisruptionbudgets"): _budget,
    ("rbac.authorization.k8s.io", "rolebindings"): _rbac_binding,
    ("rbac.authorization.k8s.io", "clusterrolebindings"): _rbac_binding,
}


def check(kind: Kind, obj: Obj, old: Obj | None) -> list[Cause]:
    """List everything that is invalid about an object, given what it was before."""
    causes = check_metadata(kind, obj)
    own = _CHECKS.get(kind.bucket)
    return causes + own(obj, old) if own is not None else causes

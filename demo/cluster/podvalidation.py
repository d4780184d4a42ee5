"""Whether a Pod spec, alone or in a template, is valid."""

from __future__ import annotations

from demo.cluster.names import LABEL_RULE, go_string, is_label
from demo.cluster.objects import Obj
from demo.cluster.quantity import canonical_quantity, parse_quantity
from demo.cluster.status import Cause, bad_value, prohibited, required, unsupported

_POLICIES = ("Always", "OnFailure", "Never")
_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("SCTP", "TCP", "UDP")


def check_pod_spec(spec: Obj, path: str, restart: tuple[str, ...] = _POLICIES) -> list[Cause]:
    """Check the containers and policies of a Pod spec."""
    causes: list[Cause] = []
    containers = spec.get("containers") or []
    if not containers:
        causes.append(required(f"{path}.containers"))
    volumes = {volume.get("name") for volume in spec.get("volumes") or []}
    seen: set[str] = set()
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field) or []):
            causes += _check_container(container, f"{path}.{field}[{index}]", seen, volumes)
    policy = spec.get("restartPolicy")
    if policy and policy not in restart:
        causes.append(unsupported(f"{path}.restartPolicy", go_string(policy), restart))
    grace = spec.get("terminationGracePeriodSeconds")
    if isinstance(grace, int) and grace < 0:
        where = f"{path}.terminationGracePeriodSeconds"
        causes.append(bad_value(where, str(grace), "must be greater than or equal to 0"))
    return causes


def _check_container(container: Obj, path: str, seen: set[str], volumes: set[str | None]) -> list[Cause]:
    causes: list[Cause] = []
    name = container.get("name") or ""
    if not name:
        causes.append(required(f"{path}.name"))
    elif not is_label(name):
        causes.append(bad_value(f"{path}.name", go_string(name), LABEL_RULE))
    elif name in seen:
        causes.append(Cause(f"{path}.name", "FieldValueDuplicate", f"Duplicate value: {go_string(name)}"))
    seen.add(name)
    if not container.get("image"):
        causes.append(required(f"{path}.image"))
    if container.get("imagePullPolicy") not in (None, *_PULL):
        causes.append(unsupported(f"{path}.imagePullPolicy", go_string(container["imagePullPolicy"]), _PULL))
    causes += _check_ports(container, path)
    for index, variable in enumerate(container.get("env") or []):
        if not variable.get("name"):
            causes.append(required(f"{path}.env[{index}].name"))
    for index, mount in enumerate(container.get("volumeMounts") or []):
        if mount.get("name") not in volumes:
            causes.append(_missing(f"{path}.volumeMounts[{index}].name", mount.get("name") or ""))
    return causes + _check_resources(container.get("resources") or {}, f"{path}.resources")


def _missing(field: str, name: str) -> Cause:
    return Cause(field, "FieldValueNotFound", f"Not found: {go_string(name)}")


def _check_ports(container: Obj, path: str) -> list[Cause]:
    causes = []
    for index, port in enumerate(container.get("ports") or []):
        number = port.get("containerPort")
        where = f"{path}.ports[{index}].containerPort"
        if not number:
            causes.append(required(where))
        elif not 1 <= number <= 65535:
            causes.append(bad_value(where, str(number), "must be between 1 and 65535, inclusive"))
        protocol = port.get("protocol", "TCP")
        if protocol not in _PROTOCOLS:
            where = f"{path}.ports[{index}].protocol"
            causes.append(unsupported(where, go_string(protocol), _PROTOCOLS))
    return causes


def _check_resources(resources: Obj, path: str) -> list[Cause]:
    causes = []
    limits = resources.get("limits") or {}
    for field in ("limits", "requests"):
        for name, value in (resources.get(field) or {}).items():
            try:
                amount = parse_quantity(value)
            except ValueError:
                continue
            if amount < 0:
                where = f"{path}.{field}[{name}]"
                causes.append(
                    bad_value(
                        where, go_string(canonical_quantity(value)), "must be greater than or equal to 0"
                    )
                )
            elif field == "requests" and name in limits and amount > parse_quantity(limits[name]):
                wanted, limit = canonical_quantity(value), canonical_quantity(limits[name])
                why = f"must be less than or equal to {name} limit of {limit}"
                causes.append(bad_value(f"{path}.requests", go_string(wanted), why))
    return causes


_MUTABLE = ("image", "resources")


def check_pod_update(new: Obj, old: Obj) -> list[Cause]:
    """Allow only the changes that a running Pod's spec may see."""
    if new == old:
        return []
    masked = _masked(new, old)
    if masked == old:
        return []
    why = (
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
    )
    return [prohibited("spec", why)]


def _masked(new: Obj, old: Obj) -> Obj:
    masked = {**new}
    for field in ("activeDeadlineSeconds", "tolerations"):
        if field in old:
            masked[field] = old[field]
        else:
            masked.pop(field, None)
    for field in ("containers", "initContainers"):
        pairs = list(zip(new.get(field) or [], old.get(field) or [], strict=False))
        if len(new.get(field) or []) == len(old.get(field) or []) and pairs:
            masked[field] = [{**mine, "image": theirs.get("image")} for mine, theirs in pairs]
    return masked

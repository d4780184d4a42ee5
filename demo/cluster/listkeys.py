"""Which lists of the built-in kinds merge by key, as sets, or as a whole."""

from __future__ import annotations

# Field name -> the key that a strategic merge patch matches items by.
MERGE_KEYS: dict[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "conditions": "type",
    "ownerReferences": "uid",
    "addresses": "type",
    "podIPs": "ip",
    "resourceClaims": "name",
    "validations": "expression",
    "webhooks": "name",
}
# Lists of plain values that a strategic merge patch unites.
MERGE_SETS = {"finalizers", "podCIDRs"}

# Field name -> the keys by which server-side apply tells items apart.
APPLY_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "resourceClaims": ("name",),
    "webhooks": ("name",),
    "secrets": ("name",),
}
APPLY_SETS = {"finalizers"}
# Mappings that are owned as a whole.
ATOMIC = {
    "selector",
    "nodeSelector",
    "configMapKeyRef",
    "secretKeyRef",
    "fieldRef",
    "resourceFieldRef",
    "secretRef",
    "roleRef",
    "scaleTargetRef",
    "labelSelector",
    "namespaceSelector",
    "podSelector",
    "involvedObject",
    "claimRef",
    "targetRef",
}


def port_keys(item: object) -> tuple[str, ...]:
    """Tell container ports from service ports, which share their list's name."""
    if isinstance(item, dict) and "containerPort" in item:
        return ("containerPort", "protocol")
    return ("port", "protocol")


def apply_keys(field: str, items: list[object]) -> tuple[str, ...]:
    """Return the keys of a list for server-side apply; empty when it is owned as a whole."""
    if field == "ports" and items and all(isinstance(item, dict) for item in items):
        return port_keys(items[0])
    keys = APPLY_KEYS.get(field, ())
    if keys and all(isinstance(item, dict) and keys[0] in item for item in items):
        return keys
    return ()


def merge_key(field: str, items: list[object]) -> str:
    """Return the key of a list for strategic merge; empty when it is replaced as a whole."""
    if field == "ports":
        sample = next((item for item in items if isinstance(item, dict)), None)
        return port_keys(sample)[0] if sample is not None else ""
    return MERGE_KEYS.get(field, "")

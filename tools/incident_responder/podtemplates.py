"""Compares pod templates and says in words what differs."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.incident_responder.objects import at, items, word

RESTARTED = "kubectl.kubernetes.io/restartedAt"
_ASIDE = frozenset({RESTARTED, "pod-template-hash"})


def images_of(template: Any) -> str:
    """Return the images of a template's containers."""
    return ", ".join(word(c.get("image")) for c in items(at(template, "spec", "containers")))


def restarted_at(template: Any) -> str:
    """Return the mark that a rolling restart leaves."""
    return word(at(template, "metadata", "annotations", RESTARTED))


def differences(old: Any, new: Any) -> list[str]:
    """Return what differs, images first: `image a:v1 -> a:v2`, `env LOG_LEVEL info -> debug`."""
    before = {word(c.get("name")): c for c in items(at(old, "spec", "containers"))}
    after = {word(c.get("name")): c for c in items(at(new, "spec", "containers"))}
    parts: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            parts.append(f"container {name} removed")
        elif name not in before:
            parts.append(f"container {name} added with image {word(after[name].get('image'))}")
        else:
            parts += _container(before[name], after[name])
    parts += _mapping("annotation", at(old, "metadata", "annotations"), at(new, "metadata", "annotations"))
    parts += _mapping("label", at(old, "metadata", "labels"), at(new, "metadata", "labels"))
    if at(old, "spec", "volumes") != at(new, "spec", "volumes"):
        parts.append("volumes changed")
    return sorted(parts, key=lambda part: not part.startswith("image "))


def _container(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old.get("image") != new.get("image"):
        yield f"image {word(old.get('image'))} -> {word(new.get('image'))}"
    yield from _mapping("env", _environment(old), _environment(new))
    for kind in ("limits", "requests"):
        yield from _mapping(kind.removesuffix("s"), at(old, "resources", kind), at(new, "resources", kind))
    for part in ("command", "args", "envFrom", "readinessProbe", "livenessProbe", "startupProbe", "ports"):
        if old.get(part) != new.get(part):
            yield f"{part} changed"


def _environment(container: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in items(container.get("env")):
        # A reference names its source, never its value.
        source = "a reference" if entry.get("valueFrom") else word(entry.get("value"))
        found[word(entry.get("name"))] = source
    return found


def _mapping(what: str, old: Any, new: Any) -> Iterator[str]:
    before = old if isinstance(old, Mapping) else {}
    after = new if isinstance(new, Mapping) else {}
    for key in dict.fromkeys((*before, *after)):
        if key in _ASIDE or before.get(key) == after.get(key):
            continue
        if key not in after:
            yield f"{what} {key} removed"
        elif key not in before:
            yield f"{what} {key}={_short(after[key])} added"
        else:
            yield f"{what} {key}={_short(before[key])} -> {key}={_short(after[key])}"


def _short(value: Any) -> str:
    text = word(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def config_maps_of(template: Any) -> set[str]:
    """Return the ConfigMaps that a template refers to."""
    found: set[str] = set()
    for volume in items(at(template, "spec", "volumes")):
        found.add(word(at(volume, "configMap", "name")))
    for container in items(at(template, "spec", "containers")):
        for source in items(container.get("envFrom")):
            found.add(word(at(source, "configMapRef", "name")))
        for entry in items(container.get("env")):
            found.add(word(at(entry, "valueFrom", "configMapKeyRef", "name")))
    return found - {""}

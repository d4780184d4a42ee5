"""What a patch would make of a Kubernetes object, worked out here; fields that the server itself fills in stay out."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from tools.connectors.readers import JsonObject

_DIRECTIVE = "$patch"


def merged(item: JsonObject, patch: Mapping[str, Any]) -> JsonObject:
    """Return an object after a JSON merge patch: a null deletes, a list is replaced as a whole."""
    found = deepcopy(item)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            present = found.get(key)
            found[key] = merged(present if isinstance(present, dict) else {}, value)
        else:
            found[key] = deepcopy(value)
    return found


def strategically_merged(item: JsonObject, patch: Mapping[str, Any]) -> JsonObject:
    """Return an object after a strategic merge patch, with every list of named objects merged by name.

    That holds for the lists that the actions patch (containers, environment variables); others are replaced.
    """
    if patch.get(_DIRECTIVE) == "replace":
        return _plain(patch)
    found = deepcopy(item)
    for key, value in patch.items():
        present = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            found[key] = strategically_merged(present if isinstance(present, dict) else {}, value)
        elif _named(value) and _named(present or []):
            found[key] = _joined(present or [], value)
        else:
            found[key] = deepcopy(value)
    return found


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and one.get("name") for one in value)


def _joined(present: Sequence[JsonObject], wanted: Sequence[JsonObject]) -> list[JsonObject]:
    """Merge lists by name; where a server would put new entries makes no difference to a preview."""
    patches = {str(one["name"]): one for one in wanted}
    known = {str(one["name"]) for one in present}
    new = [_plain(one) for name, one in patches.items() if name not in known and not _deletes(one)]
    kept = [
        strategically_merged(one, patches[name]) if (name := str(one["name"])) in patches else deepcopy(one)
        for one in present
        if not _deletes(patches.get(str(one["name"]), {}))
    ]
    return [*kept, *new]


def _deletes(patch: Mapping[str, Any]) -> bool:
    return patch.get(_DIRECTIVE) == "delete"


def _plain(patch: Mapping[str, Any]) -> JsonObject:
    """Return what a patch puts where nothing was: itself without directives and deletions."""
    return strategically_merged({}, {key: value for key, value in patch.items() if key != _DIRECTIVE})

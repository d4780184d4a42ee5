"""Compares a recorded answer with an actual one, pairing what a server makes up."""

from __future__ import annotations

import re
from typing import Any

_TIMES = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
_PAIRED_EXACTLY = {"uid", "resourceVersion", "continue"}
_PAIRED_NAMES = {
    "name",
    "pod-template-hash",
    "controller-revision-hash",
    "controller.kubernetes.io/hash",
    "currentRevision",
    "updateRevision",
    "generateName",
}
_GENERATED = re.compile(r"^(.*[-.])?([a-z0-9]{5,16})(-[a-z0-9]{5})?(\.[a-z0-9]{5,16})?-?$")
_SKIPPED = {
    "podIP", "ip", "containerID", "nodeName", "host", "count", "reportingInstance", "Port", "serverAddress",
    "gitCommit", "ca.crt", "imageID", "description",
}  # fmt: skip
_KUBELET_WORDS = {"BackOff"}
_NUMBERS = re.compile(r"(current: |\()\d+|resource version: \d+")
_WORD = re.compile(r"\b[a-z][a-z0-9]*-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b")


class Pairing:
    """Which recorded value stands for which actual one; the first pairing wins."""

    def __init__(self) -> None:
        self.exact: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def copy(self) -> Pairing:
        twin = Pairing()
        twin.exact, twin.names = dict(self.exact), dict(self.names)
        return twin

    def replaced(self, value: Any, key: str = "") -> Any:
        """Put actual values in the place of recorded ones."""
        if isinstance(value, dict):
            return {name: self.replaced(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item, key) for item in value]
        if not isinstance(value, str):
            return value
        if value in self.exact:
            return self.exact[value]
        for recorded in sorted(self.names, key=len, reverse=True):
            if recorded in value:
                value = value.replace(recorded, f"\x00{recorded}\x01")
                value = re.sub("\x00(.*?)\x01", lambda found: self.names[found.group(1)], value)
        return value

    def pair(self, key: str, recorded: str, actual: str) -> bool:
        """Pair two values if they are of a kind that servers make up; tell whether they now agree."""
        if key in _PAIRED_EXACTLY:
            self.exact.setdefault(recorded, actual)
            if key == "uid":
                self.names.setdefault(recorded, actual)
            return key != "uid" or self.exact[recorded] == actual
        if key in _PAIRED_NAMES and self.replaced(recorded) != actual and recorded not in self.names:
            left, right = _GENERATED.match(recorded), _GENERATED.match(actual)
            if left and right and _stem(recorded) == _stem(actual):
                self.names[recorded] = actual
        if key in ("message", "note"):
            self._pair_words(recorded, actual)
        return bool(self.replaced(recorded) == actual)

    def _pair_words(self, recorded: str, actual: str) -> None:
        left, right = _WORD.findall(recorded), _WORD.findall(actual)
        if len(left) == len(right):
            for old, new in zip(left, right, strict=True):
                if self.replaced(old) != new and old not in self.names and _stem(old) == _stem(new):
                    self.names[old] = new


def _stem(name: str) -> str:
    return re.split(r"[-.]", name)[0] if re.search(r"[-.]", name) else str(bool(re.search(r"\d", name)))


def differences(recorded: Any, actual: Any, pairing: Pairing, path: str = "", key: str = "") -> list[str]:
    """List where an actual value differs from the recorded one in what must agree."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        return _mappings(recorded, actual, pairing, path)
    if isinstance(recorded, list) and isinstance(actual, list):
        return _lists(recorded, actual, pairing, path, key)
    if isinstance(recorded, str) and isinstance(actual, str):
        return _texts(recorded, actual, pairing, path, key)
    if key in _SKIPPED or recorded == actual:
        return []
    return [f"{path}: {recorded!r} != {actual!r}"]


def _mappings(recorded: dict[str, Any], actual: dict[str, Any], pairing: Pairing, path: str) -> list[str]:
    found = []
    ignored = {"managedFields"} if "managedFields" not in recorded else set()
    missing = sorted(set(recorded) - set(actual))
    extra = sorted(set(actual) - set(recorded) - ignored)
    if missing or extra:
        found.append(f"{path}: keys missing {missing} extra {extra}")
    if recorded.get("reason") in _KUBELET_WORDS and "message" in recorded:
        recorded = {name: item for name, item in recorded.items() if name != "message"}
    # Metadata first: it pairs the names and uids that the rest mentions.
    for name in sorted(recorded, key=lambda name: name != "metadata"):
        if name in actual:
            found += differences(recorded[name], actual[name], pairing, f"{path}.{name}", name)
    return found


def _lists(recorded: list[Any], actual: list[Any], pairing: Pairing, path: str, key: str) -> list[str]:
    if key in _SKIPPED or key in ("cells", "podIPs"):
        return []
    if len(recorded) != len(actual):
        return [f"{path}: {len(recorded)} items != {len(actual)}: {_named(recorded)} != {_named(actual)}"]
    if key not in (
        "items",
        "conditions",
        "managedFields",
        "rows",
        "taints",
        "resourceRules",
        "nonResourceRules",
    ):
        pairs = zip(recorded, actual, strict=True)
        return [d for i, (r, a) in enumerate(pairs) for d in differences(r, a, pairing, f"{path}[{i}]", key)]
    found, left = [], list(actual)
    # Those that were paired before choose first, so that a newcomer cannot take their place.
    known = sorted(range(len(recorded)), key=lambda place: not _is_known(recorded[place], pairing))
    for index, item in ((place, recorded[place]) for place in known):
        trials = [
            (len(differences(item, other, pairing.copy(), path, key)), _elsewhere(item, other), n)
            for n, other in enumerate(left)
        ]
        best = min(trials)[2]
        found += differences(item, left.pop(best), pairing, f"{path}[{index}]", key)
    return found


def _is_known(item: Any, pairing: Pairing) -> bool:
    return isinstance(item, dict) and item.get("metadata", {}).get("uid") in pairing.exact


def _elsewhere(recorded: Any, actual: Any) -> bool:
    """Tell whether two Pods run on different nodes, which is no difference but a reason to pair others."""
    nodes = [item.get("spec", {}).get("nodeName") for item in (recorded, actual) if "spec" in item]
    return len(set(nodes)) > 1


def _named(items: list[Any]) -> list[str]:
    return [
        str(item.get("metadata", {}).get("name") or item.get("name"))
        for item in items
        if isinstance(item, dict)
    ][:12]


def _texts(recorded: str, actual: str, pairing: Pairing, path: str, key: str) -> list[str]:
    if key in _SKIPPED or recorded == actual:
        return []
    if _TIMES.match(recorded) and _TIMES.match(actual):
        return []
    if pairing.pair(key, recorded, actual):
        return []
    if key == "message" and _plainly(pairing.replaced(recorded)) == _plainly(actual):
        return []
    return [f"{path}: {pairing.replaced(recorded)!r} != {actual!r}"]


def _plainly(message: str) -> str:
    """Take versions, quoted objects and generated suffixes out of a message."""
    message = re.sub(r'Invalid value: "\{.*\}": json', "Invalid value: OBJECT: json", message)
    message = re.sub(r"-[a-z0-9]{9,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-GENERATED", message)
    message = re.sub(r"to (fake-\d)$", "to NODE", message)
    return _NUMBERS.sub("N", message)

"""The recorded exchanges on disk, who the identities in them are, and what kubectl sends as protobuf."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "kubernetes"
TOKENS = {"admin": "token-admin", "bot": "token-bot", "reader": "token-reader", "invalid": "token-of-nobody"}


def recordings() -> list[str]:
    """List the recorded scenarios."""
    return sorted(path.name.removesuffix(".json.xz") for path in DATA.glob("*.json.xz"))


def recording(name: str) -> dict[str, Any]:
    """Read one scenario."""
    found: dict[str, Any] = json.loads(lzma.decompress((DATA / f"{name}.json.xz").read_bytes()))
    return found


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2, len(value)]) + value


def access_review_protobuf(namespace: str) -> bytes:
    """Write the access review of `kubectl auth can-i delete pods` as kubectl does."""
    attributes = _field(1, namespace.encode()) + _field(2, b"delete") + _field(5, b"pods")
    review = _field(1, b"") + _field(2, _field(1, attributes))
    named = _field(1, b"authorization.k8s.io/v1") + _field(2, b"SelfSubjectAccessReview")
    return b"k8s\x00" + _field(1, named) + _field(2, review) + _field(3, b"") + _field(4, b"")

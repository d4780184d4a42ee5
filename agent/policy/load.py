"""Loads the policy folder as a whole, so that a decision can name the exact version it was made by."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from agent.policy.documents import read_document
from agent.policy.model import PriorityPolicy, RoutingPolicy, ServicePolicy, SeverityPolicy

FILES = ("severity.yaml", "services.yaml", "priority.yaml", "routing.yaml")


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy in force; `digest` is the SHA-256 (hex) of their files."""

    severity: SeverityPolicy
    services: ServicePolicy
    priority: PriorityPolicy
    routing: RoutingPolicy
    digest: str


def load_policies(folder: Path) -> Policies:
    """Load every policy of a folder; raises Misconfigured that names file, line and field."""
    return Policies(
        severity=read_document(folder / "severity.yaml", SeverityPolicy),
        services=read_document(folder / "services.yaml", ServicePolicy),
        priority=read_document(folder / "priority.yaml", PriorityPolicy),
        routing=read_document(folder / "routing.yaml", RoutingPolicy),
        digest=_digest(folder),
    )


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    return digest.hexdigest()

"""Checks deployments.yaml against what exists beside it: signals that can be read, and tiers that services have."""

import difflib
from collections.abc import Collection, Iterator

from agent.policy.deployments import DeploymentPolicy
from agent.policy.model import ServicePolicy

_FILE = "deployments.yaml"


def check_deployments(
    policy: DeploymentPolicy, services: ServicePolicy, signals: Collection[str]
) -> Iterator[str]:
    """Yield a sentence for each name behind which there is nothing: a rule with one guards nothing."""
    for name in policy.signals:
        yield from _unknown("signals", "signal", name, signals)
    for index, rule in enumerate(policy.watch):
        for tier in rule.when.tiers or ():
            yield from _unknown(f"watch.{index}.if.tiers", "tier", tier, services.tiers)
    for tier in policy.regression.priority:
        yield from _unknown("regression.priority", "tier", tier, services.tiers)


def _unknown(field: str, kind: str, name: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        yield f"{_FILE}: {field}: there is no {kind} {name}{hint}"

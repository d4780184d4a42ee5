"""Small sets of rules about actions, and the facts of an ordinary action, for tests of decisions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import yaml

from agent.domain.action import BlastRadius, Risk, Target
from agent.domain.decision import Autonomy
from agent.domain.incident import Priority
from agent.policy.approvals import ApprovalPolicy
from agent.policy.facts import ActionFacts
from agent.policy.freezes import FreezePolicy
from agent.policy.load import Policies
from tests.support.alerts import shipped_policies

WEDNESDAY = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
HEAD = {
    "expires_after": "15m",
    "fallback": {
        "name": "a person looked",
        "requires": {"count": 1, "groups": ["sre-oncall"]},
        "expires_after": "10m",
    },
}
CALM = FreezePolicy.model_validate(
    {"zone": "UTC", "business_hours": {"days": ["mon", "wed"], "from": "09:00", "to": "18:00"}}, strict=False
)


def rule(name: str, then: str = "ask", **parts: Any) -> dict[str, Any]:
    """Return one rule as a file holds it; `when` is its `if`, `count` and `groups` make `requires` of a rule that asks."""
    when = parts.pop("when", {"action": ["restart_workload"]})
    count, groups = parts.pop("count", 1), parts.pop("groups", ["sre-oncall"])
    asked = {"requires": {"count": count, "groups": groups}} if then == "ask" else {}
    return {"name": name, "if": when, "then": then} | asked | parts


def approvals(*rules: Mapping[str, Any], **head: Any) -> ApprovalPolicy:
    """Return rules as they come out of a file."""
    # The JSON form that a file is validated in; thousands of examples have no time for YAML.
    return ApprovalPolicy.model_validate_json(json.dumps(HEAD | head | {"rules": rules}))


def approvals_text(*rules: Mapping[str, Any], **head: Any) -> str:
    """Return a file with these rules."""
    return yaml.safe_dump(HEAD | head | {"rules": [dict(one) for one in rules]}, sort_keys=False)


def policies(*rules: Mapping[str, Any], freezes: FreezePolicy = CALM) -> Policies:
    """Return the shipped policies with these rules about actions and a calendar without windows."""
    return replace(_shipped(), approvals=approvals(*rules), freezes=freezes)


@lru_cache(maxsize=1)
def _shipped() -> Policies:
    return shipped_policies()


def facts(action: str = "restart_workload", **changed: Any) -> ActionFacts:
    """Return the facts of an ordinary action in production; autonomy is `auto`, so that the rules alone speak."""
    ordinary: dict[str, Any] = {
        "action": action,
        "environment": "production",
        "requester": "U-ASKS",
        "origin": "person",
        "risk": Risk.MEDIUM,
        "reversible": True,
        "target": Target(kind="Deployment", name="payment", namespace="shop"),
        "service": "payment",
        "tier": "critical",
        "priority": Priority.P1,
        "radius": BlastRadius(count=1, share=0.33, services=("payment",)),
        "error_budget_left": 0.61,
        "now": WEDNESDAY,
        "autonomy": Autonomy.AUTO,
    }
    return ActionFacts.model_validate(ordinary | changed)

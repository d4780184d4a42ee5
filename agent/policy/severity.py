"""From an alert's label to its severity."""

from collections.abc import Mapping

from agent.domain.alert import Reason, Severity
from agent.policy.load import Policies

UNMAPPED = "severity-unmapped"


def severity_of(policies: Policies, labels: Mapping[str, str]) -> tuple[Severity, Reason]:
    """Return an alert's severity and why; an unknown or missing label counts as the policy's `unmapped`."""
    policy = policies.severity
    word = labels.get(policy.label, "").strip().casefold()
    for level, words in policy.levels.items():
        if word in words:
            return level, Reason(
                rule="severity-table", sentence=f'the label {policy.label}="{word}" means {level.value}'
            )
    seen = (
        f'the label {policy.label}="{word}" is not in the table'
        if word
        else f"it has no label {policy.label}"
    )
    return policy.unmapped, Reason(rule=UNMAPPED, sentence=f"{seen}, so it counts as {policy.unmapped.value}")


def mapped(policies: Policies, labels: Mapping[str, str]) -> bool:
    """Say whether the severity table knows the alert's label."""
    return severity_of(policies, labels)[1].rule != UNMAPPED

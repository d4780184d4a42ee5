"""security.yaml: which alerts are security matters, and when those end that nobody ever calls over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from agent.domain.alert import Severity
from agent.policy.documents import Rulebook
from agent.policy.model import RuleId, Seconds


class SecurityPolicy(Rulebook):
    """The label and its values that make an alert a security matter, and the quiet time after which Falco's end."""

    label: Annotated[str, Field(min_length=1, max_length=80)]
    values: Annotated[tuple[RuleId, ...], Field(min_length=1)]
    falco_ends_after: dict[Severity, Seconds]

    @model_validator(mode="after")
    def _every(self) -> Self:
        missing = [level.value for level in Severity if level not in self.falco_ends_after]
        if missing:
            raise ValueError(f"falco_ends_after lacks {', '.join(missing)}")
        if any(seconds < 60 for seconds in self.falco_ends_after.values()):
            raise ValueError("an alert ends after 1m at the soonest; write 1m or more")
        return self

    def category_of(self, labels: Mapping[str, str]) -> str:
        """Return the category of an alert with these labels, or an empty text for an ordinary one."""
        value = labels.get(self.label, "").strip().casefold()
        return value if value in self.values else ""

    def quiet(self, severity: Severity) -> timedelta:
        """Return how long an alert of Falco's lasts after its newest event."""
        return timedelta(seconds=self.falco_ends_after[severity])

"""The closed vocabulary by which a recovery's parameters name what was observed; there is no expression language."""

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, JsonValue, Tag, model_validator

from agent.policy.documents import Rulebook

SUBJECTS = {
    "service": "the service that the recovery is about: that of the cause, else of the alert that began it",
    "cause": "the service of the diagnosed cause",
    "least_used": "of the services with an alert that began the recovery, the one with the fewest requests",
}
ATTRIBUTES: dict[str, type] = {
    "name": str,
    "namespace": str,
    "workload": str,
    "kind": str,
    "replicas": int,
    "failing_pod": str,
    "unready_pod": str,
    "fullest_pod": str,
    "idlest_pod": str,
    "previous_revision": int,
    "pool_size": int,
    "cache_prefix": str,
    "standby": str,
}
"""What can be asked of a subject; agent/execution/selectors.py says how each is observed."""

OTHERS: dict[str, type] = {
    "incident.service": str,
    "incident.namespace": str,
    "incident.environment": str,
    "certificate.name": str,
    "certificate.host": str,
    "certificate.port": int,
    "certificate.secret": str,
    "node.name": str,
    "node.top_pod": str,
    "node.top_service": str,
}
REFERENCES: dict[str, type] = {
    **{f"{subject}.{name}": kind for subject in SUBJECTS for name, kind in ATTRIBUTES.items()},
    **OTHERS,
}


class Amount(Rulebook):
    """A number made of an observed one: `of` times, plus, within bounds; fractions are rounded up."""

    of: str
    times: Annotated[float, Field(gt=0, le=10)] = 1
    plus: Annotated[int, Field(ge=-100, le=100)] = 0
    at_least: int | None = None
    at_most: int | None = None
    written: Annotated[Literal["number", "text"], Field(alias="as")] = "number"

    @model_validator(mode="after")
    def _number(self) -> "Amount":
        wrong = wrong_reference(self.of, only=True)
        if wrong:
            raise ValueError("; ".join(wrong))
        if REFERENCES[self.of[1:]] is not int:
            raise ValueError(f"{self.of} is no number")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is above at_most")
        return self


def _kind(given: Any) -> str:
    return "amount" if isinstance(given, Amount) or (isinstance(given, dict) and "of" in given) else "plain"


Given = Annotated[Annotated[Amount, Tag("amount")] | Annotated[JsonValue, Tag("plain")], Discriminator(_kind)]
"""A parameter: a literal, a reference such as `$service.workload`, or an amount made of one."""


def references_of(given: Any) -> Iterator[str]:
    """Yield the references inside a parameter, without their `$`."""
    if isinstance(given, Amount):
        yield given.of[1:]
    elif isinstance(given, str) and given.startswith("$"):
        yield given[1:]
    elif isinstance(given, list):
        for item in given:
            yield from references_of(item)
    elif isinstance(given, dict):
        for name, item in given.items():
            yield from references_of(name)
            yield from references_of(item)


def wrong_reference(given: Any, *, only: bool = False) -> list[str]:
    """Return what is wrong with the references in a parameter; with `only`, it must be one itself."""
    if only and not (isinstance(given, str) and given.startswith("$")):
        return [f"“{given}” is no reference: write one such as $service.workload"]
    return [_unknown(name) for name in references_of(given) if name not in REFERENCES]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, REFERENCES, n=2, cutoff=0.5)
    hint = f"; did you mean {' or '.join(f'${n}' for n in near)}?" if near else ""
    return f"there is no reference ${name}{hint}"

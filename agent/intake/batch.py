"""What one body of a webhook came to: the alerts that could be read, and the parts that could not."""

from dataclasses import dataclass

from agent.domain.alert import AlertGroup


@dataclass(frozen=True, slots=True)
class Refused:
    """What is wrong with one part of several, and where: `line 3`, `line 3.rule`, or `2.rule` (counted from 0) in a list."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The alerts of the parts that could be read, and every part that could not."""

    group: AlertGroup
    refused: tuple[Refused, ...] = ()

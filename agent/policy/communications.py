"""Who hears of an incident, and how often: what communications.yaml says, asked by priority."""

from collections.abc import Mapping

from agent.domain.incident import Priority
from agent.domain.noun import Noun
from agent.policy.load import Policies


class Cadence(Noun):
    """When an audience hears of an incident first, and how often after that, in seconds; None means not by the clock."""

    first_seconds: int
    every_seconds: int | None = None


def cadence(policies: Policies, priority: Priority, category: str = "") -> Mapping[str, Cadence]:
    """Return who hears of an incident of this priority, and how often, in the order of the file's audiences.

    Of a matter that is kept apart (`category`) nobody outside hears by the clock.
    """
    book = policies.communications
    rhythms = book.cadence[priority]
    return {
        one.id: Cadence(first_seconds=rhythms[one.id].first, every_seconds=rhythms[one.id].every)
        for one in book.audiences
        if one.id in rhythms and book.may_hear(one, category)
    }

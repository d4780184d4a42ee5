"""escalation.yaml: by which ways people are called, who comes next when nobody answers, and what happens at targets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.domain.incident import Priority
from agent.domain.page import Way
from agent.policy.documents import Loc, Rulebook, lines_of
from agent.policy.model import RoutingPolicy, Seconds
from agent.policy.oncall import OnCallPolicy

Names = Annotated[tuple[str, ...], Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1)]


class BackUp(Rulebook):
    """What happens when a way does not take a call within a time: the next of these ways that reaches the person."""

    after: Seconds
    ways: tuple[Way, ...] = (Way.SMS, Way.EMAIL, Way.SLACK)


class Further(Rulebook):
    """One more level: so long after the one before it, these roles, schedules or people are called."""

    after: Seconds
    call: Names


class Steps(Rulebook):
    """What a priority does; `ways` come on top of those that its route pages.

    `first_after` replaces the route's `respond_within` as the time until the route's `escalate_to` is called; `further`
    levels follow. `at_target` replaces `escalate_to` at a missed resolution target. With `digest` the incidents of a day
    go out in one mail on the next business day.
    """

    ways: tuple[Way, ...] = ()
    in_quiet_hours: Literal["call", "wait"] = "call"
    first_after: Seconds | None = None
    further: tuple[Further, ...] = ()
    warn_at: Share = 0.75
    at_target: Names | None = None
    digest: Names | Literal["on call"] | None = None


class EscalationPolicy(Rulebook):
    """The steps of each priority; an incident that has been over for `close_after` is closed."""

    back_up: BackUp
    close_after: Seconds
    priorities: dict[Priority, Steps]

    @model_validator(mode="after")
    def _every(self) -> Self:
        missing = [level.value for level in Priority if level not in self.priorities]
        if missing:
            raise ValueError(f"priorities lack {', '.join(missing)}")
        return self

    def named(self) -> Iterator[tuple[Loc, str]]:
        """Yield every role, schedule or person that is named, with its place."""
        for priority, steps in self.priorities.items():
            here: Loc = ("priorities", priority.value)
            for level, further in enumerate(steps.further):
                yield from (((*here, "further", level, "call", i), n) for i, n in enumerate(further.call))
            yield from (((*here, "at_target", i), n) for i, n in enumerate(steps.at_target or ()))
            if isinstance(steps.digest, tuple):
                yield from (((*here, "digest", i), n) for i, n in enumerate(steps.digest))


def unknown_callees(
    folder: Path, routing: RoutingPolicy, oncall: OnCallPolicy, escalation: EscalationPolicy
) -> list[str]:
    """Return a sentence with file and line for each name that routing or escalation would call in vain."""
    callees = {*oncall.roles, *(s.id for s in oncall.schedules), *(p.id for p in oncall.people)}
    known = ", ".join(oncall.roles) or "none"
    wrong: list[tuple[str, Loc, str]] = []
    for index, route in enumerate(routing.routes):
        for place, role in enumerate(route.escalate_to):
            if role not in oncall.roles:
                said = f"{role} is no role of oncall.yaml (there: {known}); add it there, or mend the name"
                wrong.append(("routing.yaml", ("routes", index, "escalate_to", place), said))
        for place, name in enumerate(route.call):
            if name not in callees:
                said = f"{name} is no role, schedule or person of oncall.yaml; add it there, or mend the name"
                wrong.append(("routing.yaml", ("routes", index, "call", place), said))
        for place, way in enumerate(route.page):
            if way not in {one.value for one in Way}:
                said = f"{way} is no way to call people; write {', '.join(one.value for one in Way)}"
                wrong.append(("routing.yaml", ("routes", index, "page", place), said))
    for loc, name in escalation.named():
        if name not in callees:
            said = f"{name} is no role, schedule or person of oncall.yaml; add it there, or mend the name"
            wrong.append(("escalation.yaml", loc, said))
    return [
        f"{folder / file}:{_line(folder / file, loc)}: {_dotted(loc)}: {said}" for file, loc, said in wrong
    ]


def _line(path: Path, loc: Loc) -> int:
    lines = lines_of(path)
    return next((lines[loc[:size]] for size in range(len(loc), -1, -1) if loc[:size] in lines), 1)


def _dotted(loc: Loc) -> str:
    return ".".join(map(str, loc))

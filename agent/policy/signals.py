"""signals.yaml: a team's own metrics for the named signals, where the metrics that are known by themselves do not fit."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.policy.documents import Loc, Rulebook, refuse

Unit = Literal[
    "ratio",
    "seconds",
    "count",
    "score",
    "1/s",
    "events/s",
    "1/h",
    "bytes/s",
    "days",
    "money/h",
    "USD",
    "USD/h",
]


class ConfiguredSignal(Rulebook):
    """How a named signal is measured here.

    In `promql`, `<sel>` stands for the matchers of a service (last inside braces), `<window>` for the range of a rate.
    With `per: service` the series bear the label `service`. What is left out stays as it is known.
    """

    signal: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    promql: Annotated[str, Field(min_length=1, max_length=1500)]
    per: Literal["service", "everything"] = "everything"
    unit: Unit | None = None
    worse: Literal["higher", "lower"] | None = None
    threshold: float | Literal["none"] | None = None
    combine: Literal["sum", "worst"] | None = None


class SignalPolicy(Rulebook):
    """The configured signals; there may be none."""

    signals: tuple[ConfiguredSignal, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse(_mistakes(self))
        return self


def _mistakes(policy: SignalPolicy) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, one in enumerate(policy.signals):
        at: Loc = ("signals", index)
        if one.signal in seen:
            yield (*at, "signal"), f"{one.signal} stands here twice; keep one of them"
        seen.add(one.signal)
        if one.per == "service" and "<sel>" not in one.promql:
            said = "per: service needs <sel> inside the braces of its metric, so that one service can be asked for"
            yield (*at, "promql"), said
        if one.per == "everything" and "<sel>" in one.promql:
            yield (*at, "promql"), "<sel> is of no use without per: service; add that, or take <sel> out"

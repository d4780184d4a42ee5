"""What people decided about which alerts belong together: rules that correlation obeys."""

from collections.abc import Iterable, Mapping

from agent.domain.matchers import Matcher, Operator, all_hold
from agent.domain.noun import Noun, Utc

# One side of a rule: alerts that satisfy any of these matcher lists.
Side = tuple[tuple[Matcher, ...], ...]


class CorrelationRule(Noun):
    """Alerts that `one` describes and alerts that `other` describes: always in one incident (`together`), or never.

    The matchers see the labels `alertname` and `service`; `why` says in which incidents it was decided.
    """

    number: int
    together: bool
    one: Side
    other: Side
    by: str
    at: Utc
    why: str

    @property
    def name(self) -> str:
        """Return what people call it."""
        return f"R-{self.number}"

    def concerns(self, first: Iterable[tuple[str, str]], second: Iterable[tuple[str, str]]) -> bool:
        """Say whether it speaks about alerts of both groups, each an (alert name, service)."""
        left, right = [_labels(kind) for kind in first], [_labels(kind) for kind in second]
        return (_any(self.one, left) and _any(self.other, right)) or (
            _any(self.other, left) and _any(self.one, right)
        )


def side_of(kinds: Iterable[tuple[str, str]]) -> Side:
    """Return the side that holds for exactly these (alert name, service) pairs."""
    return tuple(
        tuple(
            Matcher(name=label, operator=Operator.EQUAL, value=value)
            for label, value in _labels(kind).items()
        )
        for kind in sorted(set(kinds))
    )


def _labels(kind: tuple[str, str]) -> dict[str, str]:
    return {"alertname": kind[0], "service": kind[1]}


def _any(side: Side, some: Iterable[Mapping[str, str]]) -> bool:
    return any(all_hold(matchers, labels) for labels in some for matchers in side)

"""Writes figures and values in one language: each with its window, its target, and how it was computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from agent.domain.report import Figure
from agent.locale.messages import text
from agent.operations.reports.facts import Facts
from agent.operations.reports.layout import shown, value_words
from agent.operations.reports.model import FigureBlock, FigureLine


@dataclass(frozen=True, slots=True)
class Scribe:
    """Speaks a language about the facts of one period."""

    language: Literal["en", "ko"]
    facts: Facts

    def say(self, message: str, **args: object) -> str:
        """Return a sentence of the catalogue."""
        return text(self.language, message, **args)

    def figure(
        self,
        name: str,
        value: float | None,
        unit: str,
        *,
        target: float | None = None,
        higher_is_better: bool = True,
        why_not: str = "",
        evidence: Sequence[str] = (),
        **args: object,
    ) -> Figure:
        """Return a figure of the facts' window; one without a value says why."""
        missing = why_not or (self.say("report-why-no-data") if value is None else "")
        return Figure(
            name=name,
            value=value,
            unit=unit,
            target=target,
            higher_is_better=higher_is_better,
            how=self.say(f"report-how-{name}", **args),
            window_start=self.facts.window.start,
            window_end=self.facts.window.end,
            evidence_ids=tuple(evidence),
            why_not=missing if value is None else "",
        )

    def value(self, value: float | None, unit: str) -> str:
        """Return a value in the words of its unit; a dash where there is none."""
        return value_words(self.language, value, unit)

    def shown(self, figure: Figure) -> str:
        """Return a figure's value, or that there are no data."""
        return shown(self.language, figure)

    def block(
        self,
        now: Sequence[Figure],
        before: Sequence[Figure],
        previous: str,
        notes: dict[str, str] | None = None,
    ) -> FigureBlock:
        """Return figures beside those of the period before."""
        earlier = {one.name: one for one in before}
        return FigureBlock(
            lines=tuple(
                FigureLine(
                    label=self.say(f"report-figure-{one.name}"),
                    figure=one,
                    before=earlier.get(one.name),
                    note=(notes or {}).get(one.name, ""),
                )
                for one in now
            ),
            previous=previous,
        )

    def day(self, at: datetime) -> str:
        """Return a day of the period's zone, such as `10-23`."""
        return f"{at.astimezone(ZoneInfo(self.facts.period.zone)):%m-%d}"

    def moment(self, at: datetime) -> str:
        """Return a day and a time of the period's zone."""
        return f"{at.astimezone(ZoneInfo(self.facts.period.zone)):%Y-%m-%d %H:%M}"

"""reports.yaml: which reports are written when, in which language, and who gets them; and what is planned for later."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.analysis.occurrences import schedule
from agent.domain.report import ReportKind
from agent.errors import BadInput
from agent.policy.documents import Loc, Misplaced, Rulebook
from agent.policy.freezes import Zone
from agent.policy.model import RuleId, Seconds
from agent.policy.recoveries import Phrase

_LONGEST_CATCH_UP = timedelta(days=31).total_seconds()
_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}$"
_CHANNEL = r"^#[a-z0-9][a-z0-9_-]{0,79}$"


class ReportRule(Rulebook):
    """One report: its kind, five cron fields on the wall clock of `zone`, and who gets it in which language.

    It is about the last day, week or month that is over. Without a channel and an address it is not written.
    """

    name: RuleId
    kind: ReportKind
    schedule: str
    zone: Zone | None = None
    language: Literal["en", "ko"] | None = None
    channels: tuple[Annotated[str, Field(pattern=_CHANNEL)], ...] = ()
    emails: tuple[Annotated[str, Field(pattern=_ADDRESS)], ...] = ()
    forms: Annotated[tuple[Literal["md", "pdf"], ...], Field(min_length=1)] = ("pdf",)
    catch_up: Annotated[Seconds, Field(ge=60, le=_LONGEST_CATCH_UP)] = 7 * 86_400

    @property
    def sent(self) -> bool:
        """Say whether anybody gets it."""
        return bool(self.channels or self.emails)


class PlannedWork(Rulebook):
    """An upgrade or another change that is planned for a day, as reports tell it."""

    on: date
    what: Phrase


class ReportPolicy(Rulebook):
    """The reports, and what is planned; `zone` holds wherever nothing else is said."""

    zone: Zone = "UTC"
    reports: tuple[ReportRule, ...] = ()
    planned: tuple[PlannedWork, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_same_names(self.reports), *_unreadable(self)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    def zone_of(self, rule: ReportRule) -> str:
        """Return the zone in which a report's days begin and its schedule is read."""
        return rule.zone or self.zone


def _same_names(rules: tuple[ReportRule, ...]) -> list[tuple[Loc, str]]:
    seen: set[str] = set()
    found: list[tuple[Loc, str]] = []
    for index, rule in enumerate(rules):
        if rule.name in seen:
            found.append(
                (("reports", index, "name"), f"another report is called {rule.name}; choose another name")
            )
        seen.add(rule.name)
    return found


def _unreadable(policy: ReportPolicy) -> list[tuple[Loc, str]]:
    found: list[tuple[Loc, str]] = []
    for index, rule in enumerate(policy.reports):
        try:
            schedule(rule.schedule, policy.zone_of(rule))
        except BadInput as error:
            found.append((("reports", index, error.field), error.user_message))
    return found

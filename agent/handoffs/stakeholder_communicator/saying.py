"""How facts read for one audience in one language: small pieces that the sentences are put together from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.action import Action
from agent.domain.handoff import SubAgent
from agent.handoffs.stakeholder_communicator.facts import Known
from agent.locale.claims import claim
from agent.locale.format import percent
from agent.locale.messages import known as has_words
from agent.locale.messages import text
from agent.policy.audiences import Audience, CommunicationPolicy, Language

NAME = SubAgent.STAKEHOLDER_COMMUNICATOR.value
MOST_NAMES = 3
_DEEDS = {
    "roll_back_workload": "roll-back",
    "restart_workload": "restart",
    "delete_pod": "restart",
    "scale_workload": "capacity",
    "raise_connection_limit": "capacity",
    "shift_traffic": "traffic",
    "take_out_of_service": "traffic",
    "enable_circuit_breaker": "traffic",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a text is: the audience, the language, the zone of its times, and the moment of writing."""

    policy: CommunicationPolicy
    audience: Audience
    language: Language
    now: datetime
    every_seconds: int | None = None

    @property
    def level(self) -> str:
        """Return what the audience may know."""
        return self.audience.level

    def say(self, message: str, **args: str) -> str:
        """Return a sentence of the catalogue."""
        return text(self.language, message, **args)

    def time(self, at: datetime) -> str:
        """Return a time of day with its zone, and the date when it was not today."""
        zone = ZoneInfo(self.policy.zone_of(self.audience.to[self.language]))
        local, today = at.astimezone(zone), self.now.astimezone(zone)
        name = local.strftime("%Z")
        name = f"UTC{name}" if name[:1] in "+-" else name
        korean = self.language == "ko"
        clock = f"{local:%H:%M}({name})" if korean else f"{local:%H:%M} {name}"
        if local.date() == today.date():
            return clock
        day = f"{local.month}월 {local.day}일" if korean else f"{local.day} {local:%b}"
        return f"{day} {clock}"

    def next_by(self) -> datetime | None:
        """Return when the next update is promised: the rhythm's next beat, rounded up to five minutes."""
        if self.every_seconds is None:
            return None
        due = self.now + timedelta(seconds=self.every_seconds)
        over = timedelta(minutes=due.minute % 5, seconds=due.second, microseconds=due.microsecond)
        return due if not over else due - over + timedelta(minutes=5)

    def what(self, services: Sequence[str]) -> str:
        """Return the affected things as this audience calls them."""
        if self.level == "technical":
            return self._listed(services) if services else self.say("public-one-of-ours")
        names = self.policy.names_of(tuple(services), self.language)
        return self._listed(names) if names else self.say("public-one-of-ours")

    def both_names(self, services: Sequence[str]) -> str:
        """Return each service with its public name and its own."""
        book = self.policy.names
        return ", ".join(
            self.say("update-feature", public=book[one].of(self.language), service=one)
            if one in book and book[one].of(self.language) != one
            else one
            if one in book
            else self.say("update-feature-unnamed", service=one)
            for one in services[: MOST_NAMES * 2]
        )

    def _listed(self, names: Sequence[str]) -> str:
        shown = list(names[:MOST_NAMES])
        between = "·" if self.language == "ko" else ", "
        if len(names) > MOST_NAMES:
            return self.say("public-more", shown=between.join(shown))
        if len(shown) == 1:
            return shown[0]
        return self.say("public-and", first=between.join(shown[:-1]), last=shown[-1])

    def deed(self, action: Action) -> str:
        """Return what an action does, in as much detail as the audience may know."""
        if self.level != "technical":
            return self.say(f"update-deed-{_DEEDS.get(action.name, 'fix')}")
        if has_words(f"action-{action.name}"):
            return self.say(f"action-{action.name}", **action.plan.args)
        return f"{action.name.replace('_', ' ')}: {action.plan.target.name}"

    def claim(self, known: Known) -> str:
        """Return the cause's claim in the audience's language."""
        return claim(self.language, known.cause.finding) if known.cause is not None else ""

    def confidence(self, known: Known) -> str:
        """Return how sure the cause is."""
        return percent(round(known.cause.finding.confidence, 2)) if known.cause is not None else ""

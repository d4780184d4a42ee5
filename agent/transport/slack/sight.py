"""Who may see what is kept apart: those who are called for it, groups of access.yaml, and whoever is where its card is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.domain.incident import Incident
from agent.errors import NotPermitted
from agent.lifecycle.oncall import who as standing_for
from agent.locale.messages import text
from agent.operations.veil import veiled
from agent.policy.load import Policies
from agent.transport.slack.gate import groups_of
from agent.transport.slack.services import SlackServices

SEE = "see_security"
"""The command of access.yaml that lets a group see security matters."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees: the details of everything, or only of what is told in the place where they are."""

    whole: bool
    places: frozenset[str] = frozenset()

    def shows(self, incident: Incident) -> bool:
        """Say whether the details of an incident may be shown."""
        if self.whole or not incident.category:
            return True
        return bool({incident.conversation.channel, incident.room} & self.places)

    def of(self, incidents: Sequence[Incident], lang: str) -> list[Incident]:
        """Return incidents as they may be shown."""
        return [one if self.shows(one) else veiled(one, lang) for one in incidents]


async def sight_of(services: SlackServices, user: str, places: Collection[str] = ()) -> Sight:
    """Return what a person sees; what cannot be found out means no."""
    return Sight(
        whole=_called(services, user) or await _may(services, user, places),
        places=frozenset(places) | {f"#{place}" for place in places},
    )


async def demand_sight(
    services: SlackServices, incident: Incident, user: str, places: Collection[str]
) -> None:
    """Return when a person may see an incident's details; raises NotPermitted."""
    if incident.category and not (await sight_of(services, user, places)).shows(incident):
        raise NotPermitted(text(services.language, "problem-veiled", name=incident.name))


def _called(services: SlackServices, user: str) -> bool:
    """Say whether somebody is on call, or stands for a role that is called for such matters."""
    oncall, roster = services.policies.oncall, services.doors.roster
    person = oncall.person_in_slack(user)
    if person is None:
        return False
    names = [*_roles(services.policies), *(one.id for one in oncall.schedules)]
    now, known = services.clock.now(), roster.known if roster is not None else None
    found = standing_for(oncall, names, now, known)
    return any(one.person is not None and one.person.id == person.id for one in found)


def _roles(policies: Policies) -> list[str]:
    kept_apart = set(policies.security.values)
    routes = [
        one for one in policies.routing.routes if one.when.labels.get("category", "").casefold() in kept_apart
    ]
    return [name for route in routes for name in (*route.call, *route.escalate_to)]


async def _may(services: SlackServices, user: str, places: Collection[str]) -> bool:
    access = services.access
    if access is None:
        return True
    member: frozenset[str] = frozenset()
    asked: set[str] = set()
    while True:
        allowed = access.allows(SEE, places, member, services.language)
        unknown = set(allowed.groups_needed) - asked
        if allowed.ok or not unknown:
            return allowed.ok
        asked |= unknown
        member |= await groups_of(services, user, unknown)

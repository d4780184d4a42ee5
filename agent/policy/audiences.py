"""communications.yaml: who is told what of an incident, in which words, where, how often, and by whose leave."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.domain.incident import Priority
from agent.domain.update import ComponentStatus, Destination, Impact
from agent.policy.approvals import Group
from agent.policy.documents import Loc, Misplaced, Rulebook
from agent.policy.freezes import Zone
from agent.policy.model import RuleId, Seconds

Language = Literal["en", "ko"]
Level = Literal["technical", "internal", "business", "public"]
Part = Literal["priority", "effect", "features", "numbers", "cause", "work", "alerts", "answer", "next"]
SHORTEST = 300

_ADDRESS = r"^[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$"
Mailbox = Annotated[str, Field(pattern=_ADDRESS, max_length=200)]
Channel = Annotated[str, Field(pattern=r"^#[a-z0-9][a-z0-9_-]{0,79}$")]

_PUBLIC: tuple[Part, ...] = ("effect", "cause", "work", "next")
_BUSINESS: tuple[Part, ...] = ("priority", "effect", "numbers", "cause", "work", "next")
_INTERNAL: tuple[Part, ...] = (*_BUSINESS, "features", "answer")
PARTS: dict[Level, tuple[Part, ...]] = {
    "public": _PUBLIC,
    "business": _BUSINESS,
    "internal": _INTERNAL,
    "technical": (*_INTERNAL, "alerts"),
}
"""What each level may hear at all; an audience hears those of them that its `hears` names."""


def _printable(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("write one line of printable words without spaces around it")
    return name


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]


class Both(Rulebook):
    """Words in every language."""

    en: Name
    ko: Name

    def of(self, language: str) -> str:
        """Return the words in a language."""
        return self.ko if language == "ko" else self.en


class PublicName(Both):
    """What a service is called outside; `component` is its name on the status page."""

    component: Name | None = None


class Places(Rulebook):
    """Where an audience reads one language; `zone` is the zone of the times in its texts."""

    slack: tuple[Channel, ...] = ()
    email: tuple[Mailbox, ...] = ()
    teams: tuple[RuleId, ...] = ()
    statuspage: bool = False
    zone: Zone | None = None

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """Return them one by one; the status page is the one that the settings name."""
        return (
            *(Destination(way="slack", address=one) for one in self.slack),
            *(Destination(way="email", address=one) for one in self.email),
            *(Destination(way="teams", address=one) for one in self.teams),
            *((Destination(way="statuspage", address=""),) if self.statuspage else ()),
        )


class Audience(Rulebook):
    """People who are told the same; `approval` names the groups of whom one person must agree, `none` if nobody has to."""

    id: RuleId
    title: Both
    level: Level
    hears: Annotated[tuple[Part, ...], Field(min_length=1)]
    to: Annotated[dict[Language, Places], Field(min_length=1)]
    approval: Annotated[tuple[Group, ...], Field(min_length=1)] | Literal["none"] | None = None

    @property
    def public(self) -> bool:
        """Say whether outsiders read it."""
        return self.level == "public"

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the groups of whom one person must agree before anything is sent."""
        return self.approval if isinstance(self.approval, tuple) else ()


class Rhythm(Rulebook):
    """When an audience hears first, and how often after that; without `every` only when something decisive happens."""

    first: Seconds = 0
    every: Seconds | None = None


class StatusPage(Rulebook):
    """What the status page shows by priority: the impact of the incident, and the state of each component it touches."""

    impact: dict[Priority, Impact]
    components: dict[Priority, ComponentStatus]


class CommunicationPolicy(Rulebook):
    """The audiences, what services are called outside, what is never said there, and the rhythm of each priority.

    `kept_apart` names the audiences that hear of a category of incidents at all (security.yaml).
    """

    zone: Zone
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1)]
    cadence: dict[Priority, dict[RuleId, Rhythm]]
    names: dict[str, PublicName] = Field(default_factory=dict)
    never_say: tuple[Name, ...] = ()
    status_page: StatusPage
    kept_apart: dict[RuleId, tuple[RuleId, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_audiences(self), *_in_teams(self), *_rhythms(self)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    def audience(self, name: str) -> Audience | None:
        """Return an audience by its id."""
        return next((one for one in self.audiences if one.id == name), None)

    def may_hear(self, audience: Audience, category: str) -> bool:
        """Say whether an audience hears of a category by the clock; outsiders never hear of what is kept apart."""
        if not category:
            return True
        named = self.kept_apart.get(category)
        return not audience.public and (named is None or audience.id in named)

    def zone_of(self, places: Places) -> str:
        """Return the zone of the times in the texts for a place."""
        return places.zone or self.zone

    def names_of(self, services: tuple[str, ...], language: str) -> tuple[str, ...]:
        """Return what these services are called outside; those without a name there are left out."""
        named = (self.names[one].of(language) for one in services if one in self.names)
        return tuple(dict.fromkeys(named))


def _in_teams(policy: CommunicationPolicy) -> Iterator[tuple[Loc, str]]:
    """Refuse a second name in Teams: one workflow carries all cards, so that two names would share its channel."""
    first = ""
    for index, one in enumerate(policy.audiences):
        for language, places in one.to.items():
            for place, name in enumerate(places.teams):
                first = first or name
                if name != first:
                    at: Loc = ("audiences", index, "to", language, "teams", place)
                    yield (
                        at,
                        f"one Teams workflow takes all cards, and {first} is it; write {first}, or another way",
                    )


def _audiences(policy: CommunicationPolicy) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, one in enumerate(policy.audiences):
        at: Loc = ("audiences", index)
        if one.id in seen:
            yield (*at, "id"), f"another audience is called {one.id}; give this one its own name"
        seen.add(one.id)
        for place, part in enumerate(one.hears):
            if part not in PARTS[one.level]:
                may = ", ".join(PARTS[one.level])
                yield (*at, "hears", place), f"the level {one.level} may not hear {part}; it may hear {may}"
        yield from _doors(one, at)


def _doors(one: Audience, at: Loc) -> Iterator[tuple[Loc, str]]:
    posts = [language for language, places in one.to.items() if places.statuspage]
    if one.public and one.approval is None:
        yield at, "a public audience names the groups under `approval`, or says `approval: none`"
    if posts and not one.public:
        yield (*at, "level"), "only what is public may go to the status page"
    if len(posts) > 1:
        yield (*at, "to", posts[1]), "the status page takes one language; the other one would overwrite it"


def _rhythms(policy: CommunicationPolicy) -> Iterator[tuple[Loc, str]]:
    known = {one.id for one in policy.audiences}
    for priority in Priority:
        if priority not in policy.cadence:
            yield ("cadence",), f"{priority.value} is missing; write {priority.value}: {{}} if nobody is told"
        for table, name in (
            (policy.status_page.impact, "impact"),
            (policy.status_page.components, "components"),
        ):
            if priority not in table:
                yield ("status_page", name), f"{priority.value} is missing"
    public = {one.id for one in policy.audiences if one.public}
    for category, names in policy.kept_apart.items():
        for place, name in enumerate(names):
            here: Loc = ("kept_apart", category, place)
            if name not in known:
                yield here, f"there is no audience {name}; there are {', '.join(sorted(known))}"
            if name in public:
                yield here, f"{name} is public, and outsiders do not hear of it by themselves; take it out"
    for priority, rhythms in policy.cadence.items():
        for name, rhythm in rhythms.items():
            at: Loc = ("cadence", priority.value, name)
            if name not in known:
                yield at, f"there is no audience {name}; there are {', '.join(sorted(known))}"
            if rhythm.every is not None and rhythm.every < SHORTEST:
                yield (*at, "every"), "more often than every 5m is noise; write 5m or more"

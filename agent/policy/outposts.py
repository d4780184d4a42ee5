"""outposts.yaml: the third parties that are looked at, what a good answer is, and who depends on them."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from agent.domain.alert import Severity
from agent.domain.outpost import is_public
from agent.policy.documents import Loc, Rulebook, refuse
from agent.policy.model import RuleId, Seconds

Grade = Literal["minor", "major", "critical"]
Text = Annotated[str, Field(min_length=1, max_length=200)]
LONGEST_TIMEOUT = 30
SHORTEST_EVERY = 10


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("this is no web address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("write an address that begins with https:// or http:// and names a host")
    if parts.username or parts.password:
        raise ValueError("an address here holds no credentials; what is looked at must be open to everyone")
    if parts.fragment or not value.isprintable() or " " in value:
        raise ValueError("write the address without a #, spaces and unprintable characters")
    return value


Address = Annotated[str, Field(max_length=500), AfterValidator(_address)]


class Expected(Rulebook):
    """What an answer must be like: one of these statuses, and `text` in the first 64 KiB of it if that is given."""

    status: Annotated[tuple[Annotated[int, Field(ge=100, le=599)], ...], Field(min_length=1)] = (200,)
    text: Text | None = None


class Flapping(Rulebook):
    """How many of the newest looks must agree before the state changes: more than half, so that both cannot hold."""

    looks: Annotated[int, Field(ge=1, le=20)] = 3
    of: Annotated[int, Field(ge=1, le=20)] = 5

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if not self.looks <= self.of < 2 * self.looks:
            raise ValueError("`looks` must be more than half of `of`, and at most all of it")
        return self


class Outpost(Rulebook):
    """One third party: `http_probe` asks an address of its own, `statuspage` reads what it says of itself.

    Of a status page `components` names the parts that count (all when empty), and from `down_from` on it counts as down.
    `private` allows an address inside our own network.
    """

    id: RuleId
    name: Text
    kind: Literal["http_probe", "statuspage"]
    url: Address
    expect: Expected = Expected()
    components: tuple[Text, ...] = ()
    down_from: Grade = "major"
    timeout: Seconds = 5
    every: Seconds = 60
    services: tuple[str, ...] = ()
    severity: Severity = Severity.MEDIUM
    private: bool = False


class OutpostPolicy(Rulebook):
    """The third parties and how their flapping is damped; there may be none."""

    flapping: Flapping = Flapping()
    outposts: tuple[Outpost, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse(_mistakes(self))
        return self

    @property
    def edges(self) -> frozenset[tuple[str, str]]:
        """Return (service, third party) for each dependency."""
        return frozenset((service, one.id) for one in self.outposts for service in one.services)


def _mistakes(policy: OutpostPolicy) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, one in enumerate(policy.outposts):
        at: Loc = ("outposts", index)
        if one.id in seen:
            yield (*at, "id"), f"another third party has the id {one.id}; give this one its own"
        seen.add(one.id)
        if one.id in one.services:
            yield (
                (*at, "services"),
                f"{one.id} is the third party itself; name our services that depend on it",
            )
        if not 1 <= one.timeout <= LONGEST_TIMEOUT:
            yield (*at, "timeout"), f"write a timeout from 1s to {LONGEST_TIMEOUT}s"
        if one.every < SHORTEST_EVERY:
            yield (*at, "every"), f"more often than every {SHORTEST_EVERY}s is a burden to others; write more"
        if one.kind == "http_probe" and ({"components", "down_from"} & one.model_fields_set):
            yield (
                (*at, "kind"),
                "components and down_from are of status pages; take them out, or write kind: statuspage",
            )
        if one.kind == "statuspage" and "expect" in one.model_fields_set:
            yield (*at, "expect"), "what a status page says is read as it is; take expect out"
        if not one.private and _inside(one.url):
            yield (
                (*at, "url"),
                "this address is inside our own network; write `private: true` if that is meant",
            )


def _inside(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    public = is_public(host)
    if public is not None:
        return not public
    return host == "localhost" or host.endswith((".localhost", ".internal", ".local"))

"""access.yaml: which groups may use which command in which channel."""

from collections.abc import Collection, Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from agent.domain.noun import Noun
from agent.locale.messages import text
from agent.policy.approvals import Group
from agent.policy.documents import Loc, Rulebook, refuse
from agent.policy.model import RuleId

CommandName = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$", max_length=40)]
ChannelName = Annotated[str, Field(pattern=r"^(#[a-z0-9][a-z0-9_-]{0,79}|[CDG][A-Z0-9]{2,20})$")]


class Allowed(Noun):
    """Whether somebody may; else `sentence` tells them why, and `groups_needed` who may."""

    ok: bool
    sentence: str = ""
    groups_needed: tuple[str, ...] = ()


class AccessRule(Rulebook):
    """Members of these groups may use these commands; `channels` (names with # or ids) limits where, for everybody."""

    id: RuleId
    commands: Annotated[tuple[CommandName, ...], Field(min_length=1)]
    groups: Annotated[tuple[Group, ...], Field(min_length=1)] | None = None
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _demands(self) -> Self:
        if self.groups is None and self.channels is None:
            raise ValueError("name groups, channels or both; commands for everyone stand under `everyone`")
        return self


class AccessPolicy(Rulebook):
    """`everyone` lists the open commands; a command needs every rule that names it, and one that is nowhere is shut."""

    everyone: tuple[CommandName, ...] = ()
    rules: tuple[AccessRule, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse(_mistakes(self))
        return self

    def allows(
        self, command: str, channel: str | Collection[str], groups: Collection[str], language: str = "en"
    ) -> Allowed:
        """Say whether a member of these groups may use a command in a channel (its name, its id, or both)."""
        rules = [rule for rule in self.rules if command in rule.commands]
        if not rules:
            if command in self.everyone:
                return Allowed(ok=True)
            return Allowed(ok=False, sentence=text(language, "access-unlisted", command=command))
        places = {channel} if isinstance(channel, str) else set(channel)
        for rule in rules:
            refused = _refusal(rule, command, places | {f"#{place}" for place in places}, groups, language)
            if refused is not None:
                return refused
        return Allowed(ok=True)


def _refusal(
    rule: AccessRule, command: str, places: set[str], groups: Collection[str], language: str
) -> Allowed | None:
    if rule.groups is not None and not set(rule.groups) & set(groups):
        named = ", ".join(f"@{group}" for group in rule.groups)
        sentence = text(language, "access-groups", command=command, groups=named, rule=rule.id)
        return Allowed(ok=False, sentence=sentence, groups_needed=rule.groups)
    if rule.channels is not None and not set(rule.channels) & places:
        named = ", ".join(rule.channels)
        return Allowed(
            ok=False,
            sentence=text(language, "access-channels", command=command, channels=named, rule=rule.id),
        )
    return None


def _mistakes(policy: AccessPolicy) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    shut = {command for rule in policy.rules for command in rule.commands}
    for index, command in enumerate(policy.everyone):
        if command in shut:
            yield ("everyone", index), f"a rule limits {command}; take it away here or there"
    for index, rule in enumerate(policy.rules):
        if rule.id in seen:
            yield ("rules", index, "id"), f"another rule has the id {rule.id}; give this one its own"
        seen.add(rule.id)

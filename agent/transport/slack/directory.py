"""The people of oncall.yaml as Slack needs them: shown by whichever id they are known, found by what people type."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.lifecycle.oncall import Roster
from agent.policy.load import Policies
from agent.policy.oncall import Person
from agent.transport.slack.markup import foreign, is_person, person
from agent.transport.slack.services import SlackServices

Named = Callable[[str], str]
_CODE = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class Directory:
    """Answers from the policies in force and, for people whom only the pager knows, from the roster."""

    policies: Policies
    roster: Roster | None

    def person(self, person_id: str) -> Person | None:
        """Return somebody by the id that a page keeps."""
        return self.roster.person(person_id) if self.roster else self.policies.oncall.person(person_id)

    def named(self, who: str) -> str:
        """Show somebody in mrkdwn: a Slack user is mentioned, anybody else is named."""
        if is_person(who):
            return person(who)
        known = self.person(who)
        if known is None:
            return foreign(who, 80)
        return person(known.slack) if known.slack and is_person(known.slack) else foreign(known.name, 80)

    def quietly(self, who: str) -> str:
        """Show somebody in mrkdwn without a mention, which would notify."""
        known = self.policies.oncall.person_in_slack(who) if is_person(who) else self.person(who)
        return foreign(known.name, 80) if known is not None else self.named(who)

    def user(self, words: str) -> str | None:
        """Return the Slack user whom `<@U1>`, `U1`, `@mina` or `Mina` names; None when nobody is meant for sure."""
        coded = _CODE.fullmatch(words.strip())
        if coded is not None:
            return coded[1]
        bare = words.strip().removeprefix("@")
        if is_person(bare):
            return bare
        wanted = bare.casefold()
        found = {
            one.slack
            for one in self.policies.oncall.people
            if one.slack and wanted in (one.id.casefold(), one.name.casefold())
        }
        return found.pop() if len(found) == 1 else None

    def callee(self, words: str) -> str | None:
        """Return the role, schedule or person of oncall.yaml that words name, in any case."""
        coded = _CODE.fullmatch(words.strip())
        if coded is not None or is_person(words.strip()):
            known = self.policies.oncall.person_in_slack(coded[1] if coded else words.strip())
            return known.id if known is not None else None
        wanted = words.strip().removeprefix("@").casefold()
        people = {one.name.casefold(): one.id for one in self.policies.oncall.people}
        names = {name.casefold(): name for name in self.callees()}
        return names.get(wanted) or people.get(wanted)

    def callees(self) -> list[str]:
        """Return every role, schedule and person that can be called, by id."""
        oncall = self.policies.oncall
        return [*oncall.roles, *(one.id for one in oncall.schedules), *(one.id for one in oncall.people)]

    def callee_name(self, callee: str) -> str:
        """Return a role, schedule or person as people say it."""
        known = self.policies.oncall.person(callee)
        return known.name if known is not None else callee


def directory_of(services: SlackServices) -> Directory:
    """Return the people whom these services know."""
    return Directory(services.policies, services.doors.roster)

"""Who may use what: the access policy with the person's groups read live, and people of other workspaces turned away."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import BadAnswer, Misconfigured, NotPermitted, OpsError
from agent.locale.messages import text
from agent.ports.recovery import Principal, Recovery
from agent.telemetry.logs import LogEvent
from agent.transport.slack.faults import BACKEND, speaking
from agent.transport.slack.services import SlackServices

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class HomeTeam:
    """The workspace that the token belongs to, asked once."""

    client: AsyncWebClient
    _id: str = ""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def id(self) -> str:
        """Return the workspace's id; raises Unavailable, Refused or BadAnswer when Slack does not tell."""
        async with self._lock:
            if not self._id:
                with speaking("asking for the own workspace"):
                    answer = await self.client.auth_test()
                self._id = str(answer.get("team_id") or "")
                if not self._id:
                    raise BadAnswer("Slack did not say which workspace this is.", backend=BACKEND)
            return self._id


@dataclass(frozen=True, slots=True)
class Gate:
    """Asked before anything is done for a person; whatever it cannot find out means no."""

    services: SlackServices
    home: HomeTeam

    async def admit(self, command: str, who: Principal, places: Collection[str]) -> None:
        """Return when the person may use the command in the channel; else raise NotPermitted with the reason."""
        access = self.services.access
        if access is None:
            return
        await self.demand_ours(command, who)
        asked: set[str] = set()
        member: set[str] = set()
        unread: list[str] = []
        while True:
            allowed = access.allows(command, places, member, self.services.language)
            if allowed.ok:
                return
            unknown = set(allowed.groups_needed) - asked
            if not unknown:
                log.info(LogEvent.SLACK, event_note="refused", command=command, user=who.user)
                raise NotPermitted(" ".join([allowed.sentence, *unread[:1]]))
            asked |= unknown
            member |= await _member_of(self.services, who, unknown, unread)

    async def admit_to_act(self, command: str, who: Principal, places: Collection[str]) -> Recovery:
        """Return the door to guarded recovery for a person of our own workspace who may use the command."""
        recovery = self.recovery()
        if who.bot:
            raise NotPermitted(text(self.services.language, "problem-bot-acts"))
        await self.demand_ours(command, who)
        await self.admit(command, who, places)
        return recovery

    async def demand_ours(self, command: str, who: Principal) -> None:
        """Return when the person is of our own workspace: a channel may be shared with people of others."""
        if who.team != await self.home.id():
            log.warning(LogEvent.SLACK, event_note="foreign workspace", command=command, user=who.user)
            raise NotPermitted(text(self.services.language, "problem-foreign-team"))

    def recovery(self) -> Recovery:
        """Return guarded recovery; raises Misconfigured where nothing can be changed."""
        if self.services.recovery is None:
            raise Misconfigured(text(self.services.language, "problem-recovery-off"))
        return self.services.recovery


async def groups_of(services: SlackServices, user: str, groups: Collection[str]) -> frozenset[str]:
    """Return in which of these groups somebody is; one that cannot be read counts as one without them."""
    return frozenset(await _member_of(services, Principal(user=user), groups, []))


async def _member_of(
    services: SlackServices, who: Principal, groups: Collection[str], unread: list[str]
) -> set[str]:
    found: set[str] = set()
    if services.groups is None or who.bot:
        return found
    for group in sorted(groups):
        try:
            if who.user in await services.groups.members(group):
                found.add(group)
        except OpsError as error:
            log.warning(LogEvent.SLACK_FAILED, doing="reading a group", reason=error.user_message)
            unread.append(error.user_message)
    return found

"""How the doors reach guarded recovery: they submit wishes, votes and questions, and never an effect."""

from datetime import datetime
from typing import Protocol

from agent.domain.action import Action, ActionRequest
from agent.domain.decision import Approval
from agent.domain.noun import Json, Noun
from agent.domain.recovery import Freeze, StopSwitch


class Principal(Noun):
    """Who asks: a chat user with their workspace; a bot never approves anything."""

    user: str
    team: str = ""
    bot: bool = False


class ActionKind(Noun):
    """One entry of the catalogue as people see it; `enabled` says whether its backend is configured for writes."""

    name: str
    description: str
    backend: str
    risk: str
    reversible: bool
    enabled: bool
    params_schema: dict[str, Json]


class VoteResult(Noun):
    """What became of a vote; `accepted` is False with the reason in `sentence` when it does not count."""

    accepted: bool
    sentence: str
    action: Action | None = None


class Recovery(Protocol):
    """Implemented by agent/execution. Sentences for people are in the team's language.

    `key` identifies a delivery (a click, a command), so that a repeat of it changes nothing. Raises NotFound,
    BadInput, NotPermitted, Conflict and BackendError of agent/errors.py.
    """

    def catalogue(self) -> tuple[ActionKind, ...]:
        """List every action."""
        ...

    async def propose(self, request: ActionRequest) -> Action:
        """Plan an action, let the policy decide, store it and show it on the incident's card."""
        ...

    async def vote(
        self, action_id: str, by: Principal, *, approve: bool, key: str, reason: str = ""
    ) -> VoteResult:
        """Count a person's word if every guard lets it; the last one that is needed queues the action."""
        ...

    async def change(self, action_id: str, params: dict[str, Json], by: Principal, *, key: str) -> Action:
        """Propose the same action with other parameters; the old one can no longer run."""
        ...

    async def cancel(self, action_id: str, by: Principal, *, key: str) -> Action:
        """Take back an action that has not begun, or stop verifying one."""
        ...

    async def undo(self, action_id: str, by: Principal, *, key: str) -> Action:
        """Take back an action that was done; the undo itself passes the policy."""
        ...

    async def settle(self, action_id: str, by: Principal, *, happened: bool, key: str) -> Action:
        """Say of an `unknown` action whether it happened, after a person has looked."""
        ...

    async def explain(self, action_id: str, *, language: str | None = None) -> str:
        """Return the decision's tree of reasons as Markdown, judged anew now, in a language or the team's."""
        ...

    async def freeze(self, by: Principal, *, until: datetime, reason: str, key: str) -> Freeze:
        """Declare a freeze for the bot's environment."""
        ...

    async def thaw(self, by: Principal, *, key: str) -> tuple[Freeze, ...]:
        """Lift every freeze that people declared; those of freezes.yaml stay."""
        ...

    async def stop(self, by: Principal, *, reason: str, key: str) -> StopSwitch:
        """Throw the stop switch: nothing queued begins, nothing is tried again."""
        ...

    async def resume(self, by: Principal, *, key: str) -> StopSwitch:
        """Release the stop switch."""
        ...

    async def pending(self) -> tuple[tuple[Action, Approval], ...]:
        """Return what waits for votes, oldest first."""
        ...


class Groups(Protocol):
    """Who is in which group, read live and kept briefly; raises Unavailable or NotFound, and then nobody is in it."""

    async def members(self, group: str) -> frozenset[str]:
        """Return the user ids of a group by its handle, such as `sre-oncall`."""
        ...

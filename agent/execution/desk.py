"""The counter where the doors hand in wishes and votes, and the handlers that carry them out."""

from dataclasses import replace
from datetime import datetime

from agent.analysis.redaction import Redactor
from agent.domain.action import Action, ActionRequest
from agent.domain.decision import Approval
from agent.domain.noun import Json
from agent.domain.recovery import Freeze, StopSwitch
from agent.errors import BadInput
from agent.execution import brakes, people, proposals, timers, undo
from agent.execution.catalogue_type import Catalogue
from agent.execution.guards import demand_ours
from agent.execution.kit import Kit, Pace
from agent.execution.looks import judged_again
from agent.execution.needs import (
    Attributes,
    Book,
    Decide,
    Edges,
    Explain,
    Judge,
    Life,
    LoadView,
    nobody_calls,
)
from agent.execution.report import existing
from agent.execution.run import advance_action
from agent.execution.votes import Cast, vote
from agent.execution.work import ACTION_ADVANCE, ACTION_EXPIRE, ACTION_UNDO
from agent.policy.evaluate import decide
from agent.policy.explain import explain
from agent.ports.clock import Clock
from agent.ports.handoffs import Handoffs
from agent.ports.jobs import Handler, Jobs
from agent.ports.recovery import ActionKind, Groups, Principal, VoteResult
from agent.ports.store import Store


class RecoveryDesk:
    """The Recovery port on the store, the queue and the catalogue; many may work on one database."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        catalogue: Catalogue,
        book: Book,
        groups: Groups,
        clock: Clock,
        *,
        attributes: Attributes,
        judge: Judge,
        life: Life,
        view: LoadView,
        environment: str,
        team: str | None,
        language: str,
        pace: Pace | None = None,
        redactor: Redactor | None = None,
        handoffs: Handoffs | None = None,
        edges: Edges = nobody_calls,
        decide: Decide = decide,
        explain: Explain = explain,
    ) -> None:
        self._kit = Kit(
            store=store,
            jobs=jobs,
            catalogue=catalogue,
            book=book,
            groups=groups,
            clock=clock,
            attributes=attributes,
            judge=judge,
            life=life,
            view=view,
            decide=decide,
            explain=explain,
            environment=environment,
            team=team,
            language=language,
            pace=pace or Pace(),
            redactor=redactor or Redactor(),
            handoffs=handoffs,
            edges=edges,
        )

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers of the jobs that actions give out."""
        return {
            ACTION_ADVANCE: self._advance,
            ACTION_EXPIRE: self._expire,
            ACTION_UNDO: self._due,
        }

    async def take_up(self) -> int:
        """Make sure at start that every action that is alive has its job; return how many are in hand."""
        return await timers.take_up(self._kit)

    def serve_team(self, team: str) -> None:
        """Take votes only from this workspace from now on, once its id is known."""
        self._kit = replace(self._kit, team=team)

    def catalogue(self) -> tuple[ActionKind, ...]:
        """List every action."""
        return self._kit.catalogue.kinds()

    async def propose(self, request: ActionRequest) -> Action:
        """Plan an action, let the policy decide, store it and show it on the incident's card."""
        if request.undo_of is not None or request.origin.startswith("undo:"):
            raise BadInput(self._kit.say("guarded-use-undo"), field="undo_of")
        return await proposals.propose(self._kit, request)

    async def vote(
        self, action_id: str, by: Principal, *, approve: bool, key: str, reason: str = ""
    ) -> VoteResult:
        """Count a person's word if every guard lets it; the last one that is needed queues the action."""
        return await vote(self._kit, Cast(action_id, by, approve, key, reason))

    async def change(self, action_id: str, params: dict[str, Json], by: Principal, *, key: str) -> Action:
        """Propose the same action with other parameters; the old one can no longer run."""
        demand_ours(self._kit, by)
        return await proposals.change(self._kit, action_id, params, by, key)

    async def cancel(self, action_id: str, by: Principal, *, key: str) -> Action:
        """Take back an action that has not begun, or stop verifying one."""
        return await people.cancel(self._kit, action_id, by, key)

    async def undo(self, action_id: str, by: Principal, *, key: str) -> Action:
        """Propose taking back an action that was done; the undo itself passes the policy."""
        return await people.undo(self._kit, action_id, by, key)

    async def settle(self, action_id: str, by: Principal, *, happened: bool, key: str) -> Action:
        """Say of an `unknown` action whether it happened, after a person has looked."""
        return await people.settle(self._kit, action_id, by, key, happened=happened)

    async def explain(self, action_id: str, *, language: str | None = None) -> str:
        """Return the decision's tree of reasons as Markdown, judged anew now, in a language or the team's."""
        async with self._kit.store.read() as tx:
            action = await existing(self._kit, tx, action_id)
        decision = await judged_again(self._kit, action)
        return self._kit.explain(decision, language=language or self._kit.language)

    async def freeze(self, by: Principal, *, until: datetime, reason: str, key: str) -> Freeze:
        """Declare a freeze for the bot's environment."""
        return await brakes.freeze(self._kit, by, until, reason, key)

    async def thaw(self, by: Principal, *, key: str) -> tuple[Freeze, ...]:
        """Lift every freeze that people declared."""
        return await brakes.thaw(self._kit, by, key)

    async def stop(self, by: Principal, *, reason: str, key: str) -> StopSwitch:
        """Throw the stop switch: nothing queued begins, nothing is tried again."""
        return await brakes.stop(self._kit, by, reason, key)

    async def resume(self, by: Principal, *, key: str) -> StopSwitch:
        """Release the stop switch."""
        return await brakes.resume(self._kit, by, key)

    async def pending(self) -> tuple[tuple[Action, Approval], ...]:
        """Return what waits for votes, oldest first."""
        async with self._kit.store.read() as tx:
            pairs = [(await tx.actions.get(one.action_id), one) for one in await tx.approvals.waiting()]
        found = [(action, approval) for action, approval in pairs if action is not None]
        return tuple(sorted(found, key=lambda pair: pair[0].number))

    async def _advance(self, payload: dict[str, Json]) -> None:
        await advance_action(self._kit, payload)

    async def _expire(self, payload: dict[str, Json]) -> None:
        await timers.expire(self._kit, str(payload["action_id"]))

    async def _due(self, payload: dict[str, Json]) -> None:
        await undo.due(self._kit, str(payload["action_id"]))

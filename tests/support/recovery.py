"""A guarded recovery that does nothing to any world: it remembers what it was asked and moves stored actions along."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.decision import Approval, ApprovalState, Vote, missing_votes
from agent.domain.recovery import Freeze, StopSwitch
from agent.errors import NotFound
from agent.lifecycle.announce import announce
from agent.policy.load import Policies
from agent.ports.clock import Clock
from agent.ports.recovery import ActionKind, Principal, VoteResult
from agent.ports.store import Store, Tx
from tests.support.deeds import sample_action, sample_approval, sample_plan

SCALE = {
    "type": "object",
    "required": ["namespace", "name", "replicas"],
    "properties": {
        "kind": {"enum": ["Deployment", "StatefulSet"], "default": "Deployment", "type": "string"},
        "namespace": {"type": "string", "maxLength": 63},
        "name": {"type": "string", "maxLength": 63},
        "replicas": {"type": "integer", "minimum": 1, "maximum": 100, "description": "how many pods"},
    },
}
ROLL_BACK = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "namespace": {"type": "string"},
        "name": {"type": "string"},
        "revision": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None},
    },
}


def kind(name: str, schema: dict[str, Any], *, enabled: bool = True) -> ActionKind:
    """Return an entry of the catalogue."""
    return ActionKind(
        name=name,
        description=f"does {name.replace('_', ' ')}",
        backend="kubernetes",
        risk="medium",
        reversible=True,
        enabled=enabled,
        params_schema=schema,
    )


@dataclass
class FakeRecovery:
    """Keeps to the port's contract towards its callers; the one rule that it knows is to count votes."""

    store: Store
    policies: Policies
    clock: Clock
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    trouble: Exception | None = None
    refusal: str = ""
    kinds: tuple[ActionKind, ...] = (
        kind("scale_workload", SCALE),
        kind("roll_back_workload", ROLL_BACK),
        kind("drain_node", {"type": "object", "properties": {}}, enabled=False),
    )
    explanation: str = "**needs** one on-call engineer\n- rule `rollback`: applies"
    _seen: set[str] = field(default_factory=set)

    def catalogue(self) -> tuple[ActionKind, ...]:
        return self.kinds

    def asked(self, what: str) -> list[dict[str, Any]]:
        """Return what one method was asked."""
        return [args for name, args in self.calls if name == what]

    async def waiting(self, incident_id: str, **changes: Any) -> Action:
        """Store an action of an incident (one that waits for votes unless told otherwise) and show it."""
        async with self.store.write() as tx:
            number = await tx.actions.next_number()
        now = self.clock.now()
        action = sample_action(number=number, at=now, incident_id=incident_id, **changes)
        return await self._store(action, sample_approval(action) if action.approval_id else None)

    async def propose(self, request: ActionRequest) -> Action:
        self._called("propose", request=request)
        async with self.store.write() as tx:
            number = await tx.actions.next_number()
        made = sample_action(
            number=number, name=request.name, params=request.params, by=request.by, at=self.clock.now()
        )
        action = made.model_copy(update={"request": request, "plan": sample_plan()})
        return await self._store(action, sample_approval(action))

    async def vote(
        self, action_id: str, by: Principal, *, approve: bool, key: str, reason: str = ""
    ) -> VoteResult:
        self._called("vote", action_id=action_id, by=by, approve=approve, key=key)
        action, approval = await self._found(action_id)
        if self.refusal or approval is None:
            return VoteResult(accepted=False, sentence=self.refusal or "It takes no votes.", action=action)
        if key in self._seen:
            return VoteResult(accepted=True, sentence="", action=action)
        self._seen.add(key)
        vote = Vote(
            by=by.user,
            choice="approve" if approve else "reject",
            at=self.clock.now(),
            groups=approval.requirements[0].groups,
        )
        voted = approval.model_copy(update={"votes": (*approval.votes, vote)})
        met = not any(missing_votes(one, "", voted.votes) for one in voted.requirements)
        async with self.store.write() as tx:
            await tx.approvals.save(voted)
            if not approve or met:
                state = ActionState.QUEUED if approve else ActionState.REJECTED
                action = await self._save(tx, action, state=state)
            else:
                await self._show(tx, action)
        return VoteResult(accepted=True, sentence="", action=action)

    async def change(self, action_id: str, params: dict[str, Any], by: Principal, *, key: str) -> Action:
        self._called("change", action_id=action_id, params=params, by=by, key=key)
        old, _ = await self._found(action_id)
        async with self.store.write() as tx:
            await self._save(tx, old, state=ActionState.STALE)
            number = await tx.actions.next_number()
        request = old.request.model_copy(update={"params": params, "by": by.user, "replaces": old.id})
        made = sample_action(number=number, at=self.clock.now(), incident_id=old.incident_id)
        action = made.model_copy(update={"request": request})
        return await self._store(action, sample_approval(action))

    async def cancel(self, action_id: str, by: Principal, *, key: str) -> Action:
        return await self._moved("cancel", action_id, by, key, ActionState.CANCELLED)

    async def undo(self, action_id: str, by: Principal, *, key: str) -> Action:
        return await self._moved("undo", action_id, by, key, ActionState.UNDOING)

    async def settle(self, action_id: str, by: Principal, *, happened: bool, key: str) -> Action:
        state = ActionState.VERIFYING if happened else ActionState.FAILED
        return await self._moved("settle", action_id, by, key, state, happened=happened)

    async def explain(self, action_id: str, *, language: str | None = None) -> str:
        self._called("explain", action_id=action_id)
        return self.explanation

    async def freeze(self, by: Principal, *, until: datetime, reason: str, key: str) -> Freeze:
        self._called("freeze", by=by, until=until, reason=reason, key=key)
        now = self.clock.now()
        freeze = Freeze(id=f"frz_{key}", since=now, until=until, by=by.user, reason=reason)
        async with self.store.write() as tx:
            await tx.brakes.freeze(freeze)
        return freeze

    async def thaw(self, by: Principal, *, key: str) -> tuple[Freeze, ...]:
        self._called("thaw", by=by, key=key)
        now = self.clock.now()
        async with self.store.write() as tx:
            held = await tx.brakes.freezes(now)
            lifted = [one.model_copy(update={"lifted_at": now, "lifted_by": by.user}) for one in held]
            for one in lifted:
                await tx.brakes.freeze(one)
        return tuple(lifted)

    async def stop(self, by: Principal, *, reason: str, key: str) -> StopSwitch:
        self._called("stop", by=by, reason=reason, key=key)
        return await self._throw(StopSwitch(stopped=True, by=by.user, reason=reason, at=self.clock.now()))

    async def resume(self, by: Principal, *, key: str) -> StopSwitch:
        self._called("resume", by=by, key=key)
        return await self._throw(StopSwitch(by=by.user, at=self.clock.now()))

    async def pending(self) -> tuple[tuple[Action, Approval], ...]:
        async with self.store.read() as tx:
            open_ones = await tx.approvals.waiting()
            found = [(await tx.actions.get(one.action_id), one) for one in open_ones]
        return tuple((action, one) for action, one in found if action and action.state is ActionState.WAITING)

    def _called(self, what: str, **args: Any) -> None:
        self.calls.append((what, args))
        if self.trouble is not None:
            raise self.trouble

    async def _throw(self, switch: StopSwitch) -> StopSwitch:
        async with self.store.write() as tx:
            await tx.brakes.throw(switch)
        return switch

    async def _moved(
        self, what: str, action_id: str, by: Principal, key: str, state: ActionState, **more: Any
    ) -> Action:
        self._called(what, action_id=action_id, by=by, key=key, **more)
        action, _ = await self._found(action_id)
        async with self.store.write() as tx:
            return await self._save(tx, action, state=state)

    async def _found(self, action_id: str) -> tuple[Action, Approval | None]:
        async with self.store.read() as tx:
            action = await tx.actions.get(action_id)
            approval = await tx.approvals.get(action.approval_id) if action and action.approval_id else None
        if action is None:
            raise NotFound("There is no such action.")
        return action, approval

    async def _store(self, action: Action, approval: Approval | None) -> Action:
        async with self.store.write() as tx:
            if approval is not None:
                expires = self.clock.now() + timedelta(minutes=15)
                kept = approval.model_copy(update={"expires_at": expires, "state": ApprovalState.OPEN})
                await tx.approvals.create(kept)
            await tx.actions.create(action)
            await self._show(tx, action)
        return action

    async def _save(self, tx: Tx, action: Action, **changes: Any) -> Action:
        saved = await tx.actions.save(action.model_copy(update=changes))
        await self._show(tx, saved)
        return saved

    async def _show(self, tx: Tx, action: Action) -> None:
        incident = await tx.incidents.get(action.incident_id or "")
        if incident is None:
            return
        await announce(tx, incident, self.policies, self.clock.now())

"""Lets a lifecycle policy of the log store manage indices, instead of deleting them from outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.index_writers import IndexWriter
from tools.connectors.readers import Index
from tools.log_analyzer.retention import LEAST_DAYS, MOST_DAYS
from tools.log_analyzer.writes.naming import BACKEND, IndexNames, identity, observed, target

_POLICY_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


class IndexLifecycleParams(Params):
    """Which indices shall be managed by which policy; with `create_after_days` a policy that is new and only deletes."""

    indices: IndexNames
    policy: str = Field(pattern=_POLICY_NAME)
    create_after_days: int | None = Field(default=None, ge=LEAST_DAYS, le=MOST_DAYS)


@dataclass(frozen=True, slots=True)
class SetIndexLifecycle:
    """Let the store's own lifecycle manage indices."""

    name: ClassVar[str] = "set_index_lifecycle"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Let a lifecycle policy of Elasticsearch manage exactly these log indices."
    params: ClassVar[type[Params]] = IndexLifecycleParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 60.0
    store: IndexWriter

    async def plan(self, params: IndexLifecycleParams, now: datetime) -> Plan:
        """Look at indices and policy; raises BadInput where an index would be deleted at once."""
        indices = await observed(self.store, params.indices)
        if all(_policy_of(index) == params.policy for index in indices):
            raise BadInput(f"They are all managed by {params.policy} already.", field="policy")
        after = await self._delete_after(params)
        for index in indices:
            if after is not None and (now - index.created_at).total_seconds() >= after * 86400:
                why = f"{index.name} would be deleted at once, being older than {after:g} days"
                raise BadInput(f"{why}; propose its deletion instead.", field="indices")
        ends = "never deletes" if after is None else f"deletes after {after:g} days"
        changes = [
            FieldChange(path=f"lifecycle of {one.name}", before=_policy_of(one), after=params.policy)
            for one in indices
        ]
        if params.create_after_days is not None:
            changes.insert(0, FieldChange(path=f"policy {params.policy}", after=ends))
        return Plan(
            target=target(indices, params.policy),
            changes=tuple(changes),
            radius=BlastRadius(count=len(indices), unit="indices"),
            reversible=True,
            seconds=1.0 * len(indices),
            args={"count": str(len(indices)), "policy": params.policy, "ends": ends},
            facts={"indices": len(indices), "delete_after_days": after},
            before={
                "indices": {one.name: identity(one) for one in indices},
                "policies": {one.name: _policy_of(one) for one in indices},
            },
        )

    async def _delete_after(self, params: IndexLifecycleParams) -> float | None:
        found = await self.store.policies()
        if found is None:
            raise BadInput("This log store has no index lifecycle management.", field="policy")
        known = {policy.name: policy for policy in found}
        if params.create_after_days is None:
            if params.policy not in known:
                raise NotFound(f"There is no lifecycle policy “{params.policy}”.")
            return known[params.policy].delete_after_days
        if params.policy in known:
            raise BadInput(
                f"There is a policy “{params.policy}” already; it is not overwritten.", field="policy"
            )
        return float(params.create_after_days)

    async def apply(self, params: IndexLifecycleParams, plan: Plan, key: str) -> Applied:
        """Create the policy where that is wanted, then attach the indices, if they still are the same ones."""
        current = await observed(self.store, params.indices)
        if target(current, params.policy).version != plan.target.version:
            raise Conflict("One of these indices is not the one that was looked at.")
        if {one.name: _policy_of(one) for one in current} != plan.before["policies"]:
            raise Conflict("Somebody changed the lifecycle of one of these indices in between.")
        if params.create_after_days is None:
            await self._demand_same(params, plan)
        else:
            if await self.store.policy_mark(params.policy) is not None:
                raise Conflict(f"Somebody created a policy “{params.policy}” in between.")
            await self.store.create_policy(params.policy, params.create_after_days, key)
        for name in params.indices:
            await self.store.attach_policy(name, params.policy)
        return Applied(detail=f"{len(params.indices)} indices are managed by {params.policy}")

    async def _demand_same(self, params: IndexLifecycleParams, plan: Plan) -> None:
        """Raise Conflict unless the policy still deletes when people were told that it does."""
        after = await self._delete_after(params)
        if after != plan.facts["delete_after_days"]:
            ends = "never deletes" if after is None else f"deletes after {after:g} days"
            raise Conflict(f"Somebody changed the policy “{params.policy}” in between: it {ends} by now.")

    async def happened(self, params: IndexLifecycleParams, plan: Plan, key: str) -> Happened:
        """Compare every index's policy with the one before and the one wanted."""
        now = await self._policies_now(params)
        if all(policy == params.policy for policy in now.values()):
            return Happened.YES
        return Happened.NO if now == plan.before["policies"] else Happened.UNKNOWN

    async def check(self, params: IndexLifecycleParams, plan: Plan, key: str) -> Check:
        """It holds as soon as every index says so."""
        now = await self._policies_now(params)
        there = sum(1 for policy in now.values() if policy == params.policy)
        state = CheckState.DONE if there == len(now) else CheckState.PENDING
        return Check(state=state, progress=(there, len(now)))

    async def undo(self, params: IndexLifecycleParams, plan: Plan, key: str) -> Applied:
        """Put every index back into its former policy, and delete the policy that was created for this."""
        before: Any = plan.before["policies"]
        for index in await observed(self.store, params.indices):
            if _policy_of(index) not in (params.policy, before[index.name]):
                raise Conflict(f"Somebody has given {index.name} another policy since.")
        for name in params.indices:
            # An index must leave its policy before it can begin another one from its start.
            await self.store.attach_policy(name, None)
            if before[name]:
                await self.store.attach_policy(name, before[name])
        if params.create_after_days is not None and await self._made_by(params, key):
            await self.store.delete_policy(params.policy)
        return Applied(detail=f"{len(params.indices)} indices are managed as before")

    async def undone(self, params: IndexLifecycleParams, plan: Plan, key: str) -> Happened:
        """Compare every index's policy with the one it had."""
        now = await self._policies_now(params)
        if now == plan.before["policies"]:
            return Happened.YES
        return Happened.NO if all(p == params.policy for p in now.values()) else Happened.UNKNOWN

    async def undo_check(self, params: IndexLifecycleParams, plan: Plan, key: str) -> Check:
        """It is over as soon as every index says so."""
        over = await self.undone(params, plan, key) is Happened.YES
        return Check(state=CheckState.DONE if over else CheckState.PENDING)

    async def _made_by(self, params: IndexLifecycleParams, key: str) -> bool:
        # An undo's key is made of the key of what it takes back.
        mine = key.removeprefix("undo:").partition(":")[0]
        return await self.store.policy_mark(params.policy) == mine

    async def _policies_now(self, params: IndexLifecycleParams) -> dict[str, str | None]:
        return {one.name: _policy_of(one) for one in await observed(self.store, params.indices)}


def _policy_of(index: Index) -> str | None:
    return index.lifecycle.policy if index.lifecycle and index.lifecycle.policy else None

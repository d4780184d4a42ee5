"""Actions and approvals, each saved with optimistic versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from agent.domain.action import Action, ActionState
from agent.domain.decision import Approval, ApprovalState
from agent.errors import Conflict
from agent.store.action_tables import actions, approvals
from agent.store.connection import ThreadConnection


class SqlActions:
    """Actions by id, number, incident and state."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def next_number(self) -> int:
        """Return the next free action number."""
        return int(await self._connection.scalar(select(func.max(actions.c.number))) or 0) + 1

    async def create(self, action: Action) -> None:
        """Store a new action."""
        await self._connection.create(insert(actions).values(id=action.id, **_action_columns(action)))

    async def get(self, action_id: str) -> Action | None:
        """Return an action by id."""
        found = await self._many(select(actions.c.body).where(actions.c.id == action_id))
        return found[0] if found else None

    async def by_number(self, number: int) -> Action | None:
        """Return an action by its number."""
        found = await self._many(select(actions.c.body).where(actions.c.number == number))
        return found[0] if found else None

    async def of_incident(self, incident_id: str) -> list[Action]:
        """Return an incident's actions, oldest first."""
        return await self._many(
            select(actions.c.body).where(actions.c.incident_id == incident_id).order_by(actions.c.number)
        )

    async def in_states(self, states: Sequence[ActionState], limit: int = 200) -> list[Action]:
        """Return the actions in these states, oldest first."""
        wanted = [state.value for state in states]
        return await self._many(
            select(actions.c.body).where(actions.c.state.in_(wanted)).order_by(actions.c.number).limit(limit)
        )

    async def recent(self, limit: int) -> list[Action]:
        """Return the newest actions."""
        return await self._many(select(actions.c.body).order_by(actions.c.number.desc()).limit(limit))

    async def of_name(self, name: str, since: datetime, limit: int = 1000) -> list[Action]:
        """Return the newest actions of a name that were asked for at or after a time."""
        named = select(actions.c.body).where(actions.c.name == name, actions.c.requested_at >= since)
        return await self._many(named.order_by(actions.c.number.desc()).limit(limit))

    async def save(self, action: Action) -> Action:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        saved = action.model_copy(update={"version": action.version + 1})
        done = await self._connection.execute(
            update(actions)
            .where(actions.c.id == action.id, actions.c.version == action.version)
            .values(**_action_columns(saved))
        )
        if done.rowcount != 1:
            raise Conflict(f"{action.handle} was changed by somebody else in between.")
        return saved

    async def _many(self, query: Any) -> list[Action]:
        return [Action.model_validate_json(body) for body in await self._connection.scalars(query)]


class SqlApprovals:
    """Approvals by id and state."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def create(self, approval: Approval) -> None:
        """Store a new approval."""
        await self._connection.create(insert(approvals).values(id=approval.id, **_approval_columns(approval)))

    async def get(self, approval_id: str) -> Approval | None:
        """Return an approval."""
        body = await self._connection.scalar(select(approvals.c.body).where(approvals.c.id == approval_id))
        return None if body is None else Approval.model_validate_json(body)

    async def waiting(self) -> list[Approval]:
        """Return open approvals, the first to expire first."""
        query = select(approvals.c.body).where(approvals.c.state == ApprovalState.OPEN.value)
        bodies = await self._connection.scalars(query.order_by(approvals.c.expires_at))
        return [Approval.model_validate_json(body) for body in bodies]

    async def save(self, approval: Approval) -> Approval:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        saved = approval.model_copy(update={"version": approval.version + 1})
        done = await self._connection.execute(
            update(approvals)
            .where(approvals.c.id == approval.id, approvals.c.version == approval.version)
            .values(**_approval_columns(saved))
        )
        if done.rowcount != 1:
            raise Conflict("Somebody else voted at the same moment. Look again and repeat.")
        return saved


def _action_columns(action: Action) -> dict[str, Any]:
    return {
        "number": action.number,
        "incident_id": action.incident_id,
        "name": action.name,
        "state": action.state.value,
        "requested_at": action.times.requested_at,
        "version": action.version,
        "body": action.model_dump_json(),
    }


def _approval_columns(approval: Approval) -> dict[str, Any]:
    return {
        "action_id": approval.action_id,
        "state": approval.state.value,
        "expires_at": approval.expires_at,
        "version": approval.version,
        "body": approval.model_dump_json(),
    }

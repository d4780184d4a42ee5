"""What actions have in common that can never be taken back."""

from typing import Any, ClassVar

from agent.domain.action import Plan
from agent.errors import BadInput
from tools.base import Applied, Check, CheckState, Happened


class OneWay:
    """An action without an undo; `why` completes the sentence "it cannot be taken back, because ..."."""

    reversible: ClassVar[bool] = False
    why: ClassVar[str]

    async def undo(self, params: Any, plan: Plan, key: str) -> Applied:
        """Refuse, with the reason."""
        raise BadInput(f"This cannot be taken back: {self.why}.")

    async def undone(self, params: Any, plan: Plan, key: str) -> Happened:
        """Say that it never was."""
        return Happened.NO

    async def undo_check(self, params: Any, plan: Plan, key: str) -> Check:
        """Say that it cannot be."""
        return Check(state=CheckState.FAILED, detail=f"This cannot be taken back: {self.why}.")

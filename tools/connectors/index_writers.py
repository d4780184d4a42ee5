"""What the writes of log indices need from a log store; only those writes and the connectors may name it."""

from typing import Protocol

from tools.connectors.readers import Backend, Index, LifecyclePolicy


class IndexWriter(Backend, Protocol):
    """A log store; a name always means exactly one index, whatever characters are in it."""

    async def index(self, name: str) -> Index:
        """Return exactly this index; raises NotFound, also for an alias or data stream of that name."""
        ...

    async def delete_index(self, name: str) -> None:
        """Delete exactly this index; raises NotFound."""
        ...

    async def lacks(self) -> tuple[str, ...]:
        """Return the rights that our key has not got; none where the store has no rights to ask for."""
        ...

    async def repositories(self) -> tuple[str, ...]:
        """Return the names of the snapshot repositories."""
        ...

    async def policies(self) -> tuple[LifecyclePolicy, ...] | None:
        """Return the store's lifecycle policies; None where it has no such thing."""
        ...

    async def attach_policy(self, name: str, policy: str | None) -> None:
        """Let a lifecycle policy manage an index; None takes it out of its policy."""
        ...

    async def create_policy(self, name: str, delete_after_days: int, mark: str) -> None:
        """Create a policy that only deletes after some days; its metadata bears the mark."""
        ...

    async def delete_policy(self, name: str) -> None:
        """Delete a policy; the store refuses while an index is in it."""
        ...

    async def policy_mark(self, name: str) -> str | None:
        """Return the mark that `create_policy` left in a policy, empty without one; None when there is no policy."""
        ...

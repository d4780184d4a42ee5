"""The policies in force while the bot runs: read anew when a file has changed, kept as they were when it is wrong."""

from collections.abc import Callable
from pathlib import Path

from agent.errors import Misconfigured
from agent.policy.load import Policies, folder_digest, load_policies


def _anything(policies: Policies) -> None:
    return None


class PolicyBook:
    """`current` are the last good policies; `problem` says what is wrong with the files now, None when nothing is."""

    def __init__(self, folder: Path, demand: Callable[[Policies], None] = _anything) -> None:
        """Read the folder; raises Misconfigured, since a bot must not start without rules.

        `demand` raises Misconfigured for rules that are sound in themselves and name what does not exist: such a rule
        guards nothing, while it runs no less than at its start.
        """
        self.folder = folder
        self._demand = demand
        self.current: Policies = self._load()
        self.problem: str | None = None
        self._seen = self.current.digest

    def reload(self) -> str | None:
        """Read changed files and return what is wrong with them; cheap when nothing changed. Does blocking file reads."""
        digest = folder_digest(self.folder)
        if digest == self._seen:
            return self.problem
        try:
            self.current = self._load()
        except Misconfigured as error:
            self.problem = error.user_message
        else:
            # Taken from what was really read: a file may have changed again in between.
            digest = self.current.digest
            self.problem = None
        self._seen = digest
        return self.problem

    def _load(self) -> Policies:
        found = load_policies(self.folder)
        self._demand(found)
        return found

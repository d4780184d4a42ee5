"""The policies in force while the bot runs: read anew when a file has changed, kept as they were when it is wrong."""

from pathlib import Path

from agent.errors import Misconfigured
from agent.policy.load import Policies, folder_digest, load_policies


class PolicyBook:
    """`current` are the last good policies; `problem` says what is wrong with the files now, None when nothing is."""

    def __init__(self, folder: Path) -> None:
        """Read the folder; raises Misconfigured, since a bot must not start without rules."""
        self.folder = folder
        self.current: Policies = load_policies(folder)
        self.problem: str | None = None
        self._seen = self.current.digest

    def reload(self) -> str | None:
        """Read changed files and return what is wrong with them; cheap when nothing changed. Does blocking file reads."""
        digest = folder_digest(self.folder)
        if digest == self._seen:
            return self.problem
        try:
            self.current = load_policies(self.folder)
        except Misconfigured as error:
            self.problem = error.user_message
        else:
            # Taken from what was really read: a file may have changed again in between.
            digest = self.current.digest
            self.problem = None
        self._seen = digest
        return self.problem

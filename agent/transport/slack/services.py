"""What the Slack app is given: the core's doors, and nothing of the tools or the model behind them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from agent.analysis.redaction import Redactor
from agent.domain.answer import Answer, AnswerPart, Question
from agent.domain.incident import Incident
from agent.domain.probe import Probe
from agent.domain.runbook import Runbook
from agent.intake.work import investigation
from agent.operations.rerun import Rerun
from agent.policy.load import Policies
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.recovery import Groups, Recovery
from agent.ports.store import Store, Tx
from agent.transport.slack.doors import Doors
from agent.transport.slack.languages import Languages
from agent.transport.slack.viewers import Viewers


class AnswerDesk(Protocol):
    """Answers commands and questions, in the team's language unless told otherwise; raises BadInput with a sentence for
    what it cannot read."""

    async def status(self, *, language: str | None = None, whole: bool = True) -> Answer:
        """Tell how everything is; without `whole` what is kept apart has no details."""
        ...

    async def health(self, *, language: str | None = None) -> Answer:
        """Tell how the services are."""
        ...

    async def incidents(self, *, language: str | None = None, whole: bool = True) -> Answer:
        """List open and recent incidents; without `whole` what is kept apart has no details."""
        ...

    async def metrics(self, args: str, *, language: str | None = None) -> Answer:
        """Show a signal of a service, such as `checkout latency 30m`."""
        ...

    async def logs(self, args: str, *, language: str | None = None) -> Answer:
        """Show log lines, such as `payment errors 15m`."""
        ...

    async def pods(self, args: str, *, language: str | None = None) -> Answer:
        """Show the pods of a service."""
        ...

    async def slow(self, args: str = "", *, language: str | None = None) -> Answer:
        """Say which endpoints of a service, or of all, are slow."""
        ...

    async def calibration(self, *, language: str | None = None) -> Answer:
        """Tell how often diagnoses were right when they were so sure."""
        ...

    async def alerts(self, args: str, *, language: str | None = None) -> Answer:
        """Show what fires."""
        ...

    def ask(self, question: Question) -> AsyncIterator[AnswerPart]:
        """Answer a free question: steps while working, then one Answer."""
        ...


class RepeatedReads(Protocol):
    """Repeats the reads behind a claim; raises NotFound when they are gone and NotPermitted when asked too often."""

    async def again(self, incident_id: str, evidence_ids: Sequence[str], person: str) -> Sequence[Rerun]:
        """Return each of these reads as it was and as it is now."""
        ...


class NamedGroups(Groups, Protocol):
    """User groups that can also be mentioned."""

    async def mention(self, group: str) -> str:
        """Return the code that notifies a group; raises as `members` does."""
        ...


class Allowed(Protocol):
    """Whether a command may be used; else a sentence why not, and the groups of which any one may."""

    @property
    def ok(self) -> bool:
        """Say whether it may."""
        ...

    @property
    def sentence(self) -> str:
        """Return why not, for the person."""
        ...

    @property
    def groups_needed(self) -> tuple[str, ...]:
        """Return the groups that may, by handle; empty when no group would help."""
        ...


class Access(Protocol):
    """Who may use which command where."""

    def allows(
        self, command: str, channel: str | Collection[str], groups: Collection[str], language: str = "en"
    ) -> Allowed:
        """Judge a command (`resolve`) in a channel (its id, its name, or both) by the groups of the person."""
        ...


async def _no_probes() -> Sequence[Probe]:
    return ()


def _no_windows(now: datetime) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class SlackServices:
    """`wake` rings the outbox after a commit, `blob` returns a picture by digest, `probes` checks the backends,
    `jobs` takes the investigation of what people declare or reopen, `viewers` are the people with an open Home tab.

    `recovery` is None where nothing can be changed; without `access` everybody may use every command, and without
    `groups` nobody is in any group. `windows` names the freezes of freezes.yaml that hold at a time. `rerun` repeats
    the reads behind a claim, `runbooks` are the team's, and `redactor` looks at what people say in private before the
    bot says it in public. `languages` knows who reads what; without it everybody reads the team's.
    `doors` lead to people's work in incidents.
    """

    store: Store
    desk: AnswerDesk
    # Whole policies in a traceback would bury what it is about.
    policies: Policies = field(repr=False)
    clock: Clock
    wake: Callable[[], None]
    blob: Callable[[str], Awaitable[bytes | None]]
    language: str = "en"
    environment: str = "production"
    probes: Callable[[], Awaitable[Sequence[Probe]]] = field(default=_no_probes)
    jobs: Jobs | None = None
    viewers: Viewers = field(default_factory=Viewers)
    recovery: Recovery | None = field(default=None, repr=False)
    groups: NamedGroups | None = None
    access: Access | None = field(default=None, repr=False)
    windows: Callable[[datetime], Sequence[str]] = field(default=_no_windows)
    rerun: RepeatedReads | None = field(default=None, repr=False)
    runbooks: tuple[Runbook, ...] = field(default=(), repr=False)
    redactor: Redactor = field(default_factory=Redactor, repr=False)
    languages: Languages | None = None
    doors: Doors = field(default_factory=Doors, repr=False)

    async def investigate(self, tx: Tx, incident: Incident) -> None:
        """Have an incident looked into, in the transaction that opened it."""
        if self.jobs is not None:
            await self.jobs.enqueue(tx, investigation(incident))


async def picture_bytes(services: SlackServices, digest: str) -> bytes | None:
    """Return a picture from memory or, after a restart, from the store."""
    data = await services.blob(digest)
    if data is not None:
        return data
    async with services.store.read() as tx:
        return await tx.evidence.blob(digest)

"""What a recovery's runner works with, and how an incident stands when it looks at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.diagnosis.admission import rules_cause
from agent.domain.action import Action, ActionState
from agent.domain.alert import AlertRecord
from agent.domain.decision import Autonomy
from agent.domain.evidence import Diagnosis, Finding
from agent.domain.incident import Incident, IncidentStatus
from agent.domain.recovery import Freeze, RecoveryRun, RecoveryState, StopSwitch
from agent.domain.timeline import reopenings
from agent.domain.view import MOST_ALERTS
from agent.execution.needs import Book, Life
from agent.execution.revisions import LOOKED_AT
from agent.locale.messages import text
from agent.policy.recoveries import RecoveryPolicy, Step
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.reads import Reads
from agent.ports.recovery import Recovery
from agent.ports.store import Store, Tx

BOT = "ops-monitor"
ORIGIN = "recovery:"


@dataclass(frozen=True, slots=True)
class RecoveryKit:
    """The runner's neighbours; `time_scale` shortens every duration of the policy files where time runs faster."""

    store: Store
    jobs: Jobs
    desk: Recovery
    reads: Reads
    book: Book
    life: Life
    clock: Clock
    environment: str
    language: str
    time_scale: float = 1.0
    autonomy: Autonomy | None = None

    @property
    def off(self) -> bool:
        """Say whether nothing at all is proposed in this environment."""
        level = self.autonomy or self.book.current.autonomy.of(self.environment)
        return level is Autonomy.OFF

    def lasting(self, seconds: float) -> timedelta:
        """Return a duration of the policy files as it lasts here."""
        return timedelta(seconds=seconds * self.time_scale)

    def say(self, message: str, /, **args: object) -> str:
        """Return a sentence for people in the team's language."""
        return text(self.language, message, **args)

    def policy(self, name: str) -> RecoveryPolicy | None:
        """Return a recovery that the policies hold now."""
        return next((one for one in self.book.current.recoveries if one.id == name), None)


@dataclass(frozen=True, slots=True)
class Scene:
    """One incident with everything that a recovery is begun, stopped or moved on by; `deeds` are the latest actions
    for whatever incident, `reopened` the moments at which the incident came back to life."""

    incident: Incident
    alerts: tuple[AlertRecord, ...]
    diagnosis: Diagnosis | None
    actions: tuple[Action, ...]
    runs: tuple[RecoveryRun, ...]
    freezes: tuple[Freeze, ...]
    switch: StopSwitch
    now: datetime
    deeds: tuple[Action, ...] = ()
    reopened: tuple[datetime, ...] = ()

    @property
    def firing(self) -> tuple[AlertRecord, ...]:
        """Return the alerts that fire."""
        return tuple(record for record in self.alerts if record.alert.firing)

    @property
    def cause(self) -> Finding | None:
        """Return the cause that the rules found; what a model says begins and steers no recovery."""
        return rules_cause(self.diagnosis) if self.diagnosis else None

    @property
    def recovered(self) -> bool:
        """Say whether people no longer suffer: the harm is held off, over, or nothing fires any more."""
        quiet = bool(self.alerts) and not self.firing
        held_off = self.incident.status is IncidentStatus.MITIGATED and not self.harmed_again
        return held_off or quiet or not self.incident.status.open

    @property
    def harmed_again(self) -> bool:
        """Say whether an alert fires that began after the harm was held off: it tells of another trouble."""
        since = self.incident.times.mitigated_at
        return since is not None and any(record.alert.starts_at > since for record in self.firing)

    @property
    def since(self) -> datetime:
        """Return when the incident was opened last."""
        return self.reopened[-1] if self.reopened else self.incident.times.opened_at

    @property
    def opening(self) -> int:
        """Return how often the incident has been opened."""
        return len(self.reopened) + 1

    @property
    def had(self) -> frozenset[str]:
        """Return the recoveries that this opening has had, or has now."""
        return frozenset(run.recovery for run in self.runs if run.opening == self.opening)

    @property
    def rejected(self) -> bool:
        """Say whether a person has said no to what a recovery proposed since the incident was opened."""
        return any(
            action.state is ActionState.REJECTED
            and action.request.origin.startswith(ORIGIN)
            and action.times.requested_at >= self.since
            for action in self.actions
        )

    @property
    def running(self) -> RecoveryRun | None:
        """Return the run that is under way."""
        return next((run for run in self.runs if run.state is RecoveryState.RUNNING), None)

    def action(self, action_id: str | None) -> Action | None:
        """Return one of the incident's actions."""
        return next((action for action in self.actions if action.id == action_id), None)

    def of_origin(self, origin: str) -> Action | None:
        """Return the newest action that a step has proposed, also one by which people or the bot replaced it."""
        found = next((action for action in reversed(self.actions) if action.request.origin == origin), None)
        return self.newest(found) if found else None

    def newest(self, action: Action) -> Action:
        """Return what an action was replaced by in the end, or itself."""
        for later in self.actions:
            if later.request.replaces == action.id:
                return self.newest(later)
        return action

    @property
    def busy(self) -> bool:
        """Say whether another action waits for votes or is being done, so that a further one has to wait."""
        waiting = (ActionState.WAITING, ActionState.QUEUED, ActionState.UNKNOWN)
        return any(action.state in waiting or action.state.in_hand for action in self.actions)


async def scene_of(tx: Tx, incident_id: str, environment: str, now: datetime) -> Scene | None:
    """Gather an incident's scene in one transaction; None when there is no such incident."""
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        return None
    freezes = await tx.brakes.freezes(now)
    return Scene(
        incident=incident,
        alerts=tuple(await tx.alerts.of_incident(incident_id, most=MOST_ALERTS)),
        diagnosis=await tx.evidence.diagnosis(incident_id),
        actions=tuple(await tx.actions.of_incident(incident_id)),
        runs=tuple(await tx.recoveries.of_incident(incident_id)),
        freezes=tuple(freeze for freeze in freezes if freeze.environment in ("", environment)),
        switch=await tx.brakes.switch(),
        now=now,
        deeds=tuple(await tx.actions.recent(LOOKED_AT)),
        reopened=tuple(event.at for event in reopenings(await tx.timeline.of(incident_id))),
    )


async def step_of_origin(tx: Tx, recoveries: Sequence[RecoveryPolicy], origin: str) -> Step | None:
    """Return the step of a recovery that proposed an action, also the one whose traffic it returns; None for others."""
    run_id, _, name = origin.removeprefix(ORIGIN).partition("#")
    run = await tx.recoveries.get(run_id) if origin.startswith(ORIGIN) else None
    recovery = next((one for one in recoveries if run is not None and one.id == run.recovery), None)
    return recovery.step(name.partition("@")[0]) if recovery else None


def plain(words: str) -> str:
    """Return foreign words so that chat takes them for nothing but text."""
    table: Mapping[str, str] = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return "".join(table.get(letter, letter) for letter in words)

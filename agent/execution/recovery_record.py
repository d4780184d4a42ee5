"""Every change of a recovery's run: saved by compare-and-set, audited, told in the timeline and shown on the card."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.domain.audit import AuditKind
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.recovery import RecoveryRun, RecoveryState, StepRun, StepState
from agent.domain.timeline import TimelineKind
from agent.execution.scene import BOT, RecoveryKit, plain
from agent.execution.work import recovery_advance, recovery_consider
from agent.policy.recoveries import RecoveryPolicy
from agent.policy.routing import route_incident
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx

# A safety net: whoever ends an action wakes its recovery, and this is for the case that nobody did.
POLL_SECONDS = 15.0


async def begin(kit: RecoveryKit, tx: Tx, run: RecoveryRun, recovery: RecoveryPolicy) -> None:
    """Store a new run and have its first step done; raises Conflict when this incident had this recovery already."""
    await tx.recoveries.create(run)
    title = recovery.title.in_language(kit.language)
    words = kit.say("recovery-begun", title=title, service=str(run.facts.get("service", "?")))
    await _told(kit, tx, run, AuditKind.RECOVERY_STARTED, TimelineKind.RECOVERY_STARTED, words)
    await kit.jobs.enqueue(tx, recovery_advance(run.id))


async def changed(
    kit: RecoveryKit, tx: Tx, run: RecoveryRun, change: Mapping[str, Any], step: StepRun | None = None
) -> RecoveryRun:
    """Save a change of a run; with a step, audit that it moved and show it on the card."""
    saved = await tx.recoveries.save(run.model_copy(update=dict(change)))
    if step is not None:
        words = f"{step.name}: {step.state.value}{f' – {step.why}' if step.why else ''}"
        await _told(kit, tx, saved, AuditKind.RECOVERY_STEP, None, words, step=step)
    return saved


async def ended(
    kit: RecoveryKit,
    tx: Tx,
    run: RecoveryRun,
    state: RecoveryState,
    why: str,
    recovery: RecoveryPolicy | None,
) -> None:
    """Save the end of a run and tell of it."""
    done = await tx.recoveries.save(
        run.model_copy(update={"state": state, "why": why, "ended_at": kit.clock.now()})
    )
    title = recovery.title.in_language(kit.language) if recovery else run.recovery
    words = kit.say("recovery-ended", title=title, why=why)
    await _told(kit, tx, done, AuditKind.RECOVERY_ENDED, TimelineKind.RECOVERY_ENDED, words)


async def _told(
    kit: RecoveryKit,
    tx: Tx,
    run: RecoveryRun,
    audit: AuditKind,
    timeline: TimelineKind | None,
    words: str,
    *,
    step: StepRun | None = None,
) -> None:
    now = kit.clock.now()
    data: dict[str, Json] = {"run": run.id, "recovery": run.recovery, "state": run.state.value, "text": words}
    if step is not None:
        data |= {"step": step.name, "step_state": step.state.value, "why": step.why}
    action_id = step.action_id if step is not None else None
    await tx.audit.append(audit, BOT, now, data, incident_id=run.incident_id, action_id=action_id)
    if timeline is not None:
        await tx.timeline.append(run.incident_id, timeline, BOT, now, data)
    incident = await tx.incidents.get(run.incident_id)
    if incident is not None:
        await kit.life.announce(tx, incident, kit.book.current, now)


async def reply(kit: RecoveryKit, tx: Tx, incident: Incident, key: str, words: str) -> None:
    """Want one message in the incident's thread, once per key; the words must be safe for chat already."""
    await tx.outbox.request(
        f"recovery:{key}",
        SlotKind.REPLY,
        channel=route_incident(kit.book.current, incident).channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload={"text": words},
        at=kit.clock.now(),
    )


async def notify(
    kit: RecoveryKit,
    tx: Tx,
    incident: Incident,
    run: RecoveryRun,
    step: str,
    *,
    to: tuple[str, ...],
    words: str,
    page: bool,
) -> None:
    """Tell groups of people in the incident's thread; a page itself is not sent by the bot yet, and the words say so."""
    groups = ", ".join(f"@{group}" for group in to)
    message = "recovery-to-be-paged" if page else "recovery-to-be-told"
    await reply(kit, tx, incident, f"{run.id}#{step}", kit.say(message, groups=groups, words=plain(words)))


async def soon(kit: RecoveryKit, tx: Tx, run: RecoveryRun, at: datetime | None = None) -> None:
    """Have a run looked at again: at once, or at a time."""
    await kit.jobs.enqueue(tx, recovery_advance(run.id, at))


async def consider_again(kit: RecoveryKit, tx: Tx, incident_id: str, at: datetime | None = None) -> None:
    """Have an incident's recoveries considered again: at once, or at a time."""
    job = recovery_consider(incident_id)
    await kit.jobs.enqueue(tx, job.model_copy(update={"run_at": at}))


def with_step(run: RecoveryRun, name: str, state: StepState, **more: Any) -> tuple[StepRun, ...]:
    """Return the run's steps with one of them changed."""
    return tuple(
        step.model_copy(update={"state": state, **more}) if step.name == name else step for step in run.steps
    )

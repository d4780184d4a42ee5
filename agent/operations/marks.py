"""What happened in production as marks for dashboards: deployments, actions and incidents, each told once and kept true."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from agent.analysis.redaction import Redactor
from agent.domain.action import Action, ActionState
from agent.domain.deployment import Deployment
from agent.domain.incident import Incident
from agent.errors import OpsError, Refused
from agent.locale.messages import text
from agent.operations.releases_words import name_of
from agent.operations.veil import veiled
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

EVERY = 30.0
# What is older was marked by a bot that ran then, or concerns nobody any more.
LOOK_BACK = timedelta(hours=24)
_MOST = 200
_LONGEST = 300
# One mark may be odd; when so many are refused and none accepted, none will be.
_MOST_REFUSED = 5
_log = get_log("dashboards")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened: `id` tells it from every other, `kind` and `service` choose where it is drawn."""

    id: str
    kind: str
    service: str
    text: str
    at: datetime
    until: datetime | None = None


class MarkBoard(Protocol):
    """Where marks are drawn; raises BackendError."""

    async def put(self, mark: Mark) -> None:
        """Draw a mark, or draw the one with its id anew."""
        ...


@dataclass(slots=True)
class Marker:
    """Tells the board what has happened since it last looked."""

    store: Store
    board: MarkBoard
    clock: Clock
    redactor: Redactor
    language: str
    _told: dict[str, Mark] = field(default_factory=dict)

    async def run(self) -> None:
        """Look again and again; what cannot be told now is told the next time."""
        while True:
            try:
                await self.look()
            except OpsError as error:
                _log.warning(LogEvent.TASK_FAILED, task="marks", error=error.user_message)
            await asyncio.sleep(EVERY)

    async def look(self) -> int:
        """Tell every mark that is new or has changed, and return how many were told."""
        since = self.clock.now() - LOOK_BACK
        async with self.store.read() as tx:
            deployments = await tx.deployments.since(since, _MOST)
            actions = await tx.actions.recent(_MOST)
            incidents = await tx.incidents.recent(_MOST)
        marks = [
            *(deployment_mark(one, self.language) for one in deployments),
            *(made for one in actions if (made := action_mark(one, self.language)) is not None),
            *(incident_mark(one, self.language) for one in incidents),
        ]
        fresh = [mark for mark in self._safe(marks) if mark.at >= since and self._told.get(mark.id) != mark]
        told, refused = 0, list[tuple[Mark, Refused]]()
        for mark in sorted(fresh, key=lambda one: one.at):
            try:
                await self.board.put(mark)
            except Refused as error:
                refused.append((mark, error))
                if not told and len(refused) == _MOST_REFUSED:
                    raise
                continue
            self._told[mark.id] = mark
            told += 1
        self._give_up(refused, accepted=bool(told or self._told))
        self._told = {key: mark for key, mark in self._told.items() if mark.at >= since}
        return told

    def _give_up(self, refused: Sequence[tuple[Mark, Refused]], *, accepted: bool) -> None:
        """Leave out what is refused while others are not; where nothing is accepted the right is missing, so raise."""
        if refused and not accepted:
            raise refused[0][1]
        for mark, error in refused:
            _log.warning(LogEvent.TASK_FAILED, task="marks", error=error.user_message)
            self._told[mark.id] = mark

    def _safe(self, marks: Sequence[Mark]) -> list[Mark]:
        # Names of releases and titles come from outside, and a dashboard may hang on a wall.
        return [replace(mark, text=self.redactor.text(mark.text)[:_LONGEST]) for mark in marks]


def deployment_mark(one: Deployment, lang: str) -> Mark:
    """Return the mark of a release: a span from its begin to its end."""
    state = text(lang, f"release-state-{one.state.value}")
    said = text(lang, "mark-deployment", name=one.spoken or name_of(one), service=one.service, state=state)
    return Mark(f"deployment:{one.id}", "deployment", one.service, said, one.at, one.finished_at)


def action_mark(one: Action, lang: str) -> Mark | None:
    """Return the mark of an action that changed something; None while it has not."""
    if one.times.applied_at is None:
        return None
    title = text(lang, f"action-{one.name}", **one.plan.args)
    undone = one.state is ActionState.UNDONE
    said = text(lang, "mark-action-undone" if undone else "mark-action", handle=one.handle, title=title)
    service = one.plan.radius.services[0] if one.plan.radius.services else one.plan.target.name
    return Mark(f"action:{one.id}", "action", service, said, one.times.applied_at)


def incident_mark(one: Incident, lang: str) -> Mark:
    """Return the mark of an incident: a span from the beginning of the trouble to its end."""
    said = text(
        lang, "mark-incident", name=one.name, priority=one.priority.value, title=veiled(one, lang).title
    )
    return Mark(
        f"incident:{one.id}", "incident", one.service, said, one.times.started_at, one.times.resolved_at
    )

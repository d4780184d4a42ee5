"""Drives guarded recovery as people do, by clicks in the demo's workspace, and reads what came of it from the database."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditEvent
from agent.domain.incident import Incident, IncidentStatus
from agent.domain.recovery import RecoveryRun, StepState
from agent.domain.timeline import A_MOMENT
from agent.operations.audit import entries, verify
from agent.store.engine import open_store
from demo.show import Show
from demo.workspace.acts.elements import placed
from tests.support.backends import eventually
from tests.support.product import ALERT_CHANNELS, refusals, roots, shown
from tests.support.workspace import JUN, MINA

__all__ = ["JUN", "MINA", "SAM", "Clicker"]

Json = dict[str, Any]
SAM = "U0SAM00005"
"""Sam is in no user group, so nothing may be approved by him."""
APPROVE = "action.approve"
PATIENCE = 240.0
CLICKED_AGAIN_AFTER = 20.0


@dataclass
class Clicker:
    """One running demo, seen through its cards and its database; times are of this process's clock."""

    show: Show
    clicked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def workspace(self) -> Any:
        """Return the workspace in which people click."""
        return self.show.workspace.workspace

    # What the product remembers

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read the bot's database as another process does."""
        path = self.show.settings.home / "ops-monitor.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(query, values).fetchall()

    def actions(self, incident_id: str | None = None) -> list[Action]:
        """Return every action, the oldest first, or those of an incident."""
        found = self.rows("select body from actions order by number")
        every = [Action.model_validate_json(body) for (body,) in found]
        return [one for one in every if incident_id in (None, one.incident_id)]

    def action(self, name: str, incident_id: str | None = None) -> Action | None:
        """Return the newest action of a name."""
        return next((a for a in reversed(self.actions(incident_id)) if a.name == name), None)

    def runs(self, recovery: str | None = None) -> list[RecoveryRun]:
        """Return every run, the oldest first, or those of one recovery."""
        found = self.rows("select body from recoveries order by started_at")
        every = [RecoveryRun.model_validate_json(body) for (body,) in found]
        return [run for run in every if recovery in (None, run.recovery)]

    def incidents(self) -> list[Incident]:
        """Return every incident, the oldest first."""
        found = self.rows("select body from incidents order by number")
        return [Incident.model_validate_json(body) for (body,) in found]

    def incident(self, incident_id: str) -> Incident:
        """Return one incident as it is now."""
        return next(one for one in self.incidents() if one.id == incident_id)

    def incident_of(self, recovery: str) -> Incident | None:
        """Return the incident of the newest run of a recovery."""
        runs = self.runs(recovery)
        return self.incident(runs[-1].incident_id) if runs else None

    async def audit(self) -> list[AuditEvent]:
        """Return the audit record; fails when its chain is broken."""
        store = await open_store(f"sqlite:///{self.show.settings.home / 'ops-monitor.db'}")
        try:
            report = await verify(store)
            assert report.ok, report.problem
            return [event async for event in entries(store)]
        finally:
            await store.close()

    # What people see and do

    def cards(self) -> list[Json]:
        """Return the cards of incidents: every message in the alert channels that starts a thread."""
        return roots(self.show.workspace)

    def card(self, incident: Incident) -> Json:
        """Return the one card of an incident, where it is now; a card moves when its priority rises."""
        ts = self.incident(incident.id).conversation.ts
        return next((message for message in self.cards() if message["ts"] == ts), {"text": ""})

    async def one_card_each(self) -> None:
        """Wait until every incident has its card; fails when one has two."""

        def matched() -> bool:
            return len(self.cards()) == len(self.incidents())

        await self.until(matched, "one card an incident", 60)

    def channel(self, ts: str) -> str:
        """Return the alert channel in which a message is."""
        return next(
            name for name in ALERT_CHANNELS if any(m["ts"] == ts for m in self.workspace.history(name))
        )

    def buttons(self, verb: str = APPROVE) -> list[tuple[str, str]]:
        """Return (ts of the card, id of the action) of every button of a kind that people see now."""
        return list(self._buttons(verb))

    def _buttons(self, verb: str) -> Iterator[tuple[str, str]]:
        for message in self.cards():
            for _, element in placed(message.get("blocks") or []):
                if element.get("action_id") == verb:
                    yield message["ts"], str(element["value"])

    async def button_of(self, name: str, verb: str = APPROVE, within: float = PATIENCE) -> tuple[str, str]:
        """Wait until people can press a button of the newest action of this name."""

        def there() -> tuple[str, str] | None:
            newest = self.action(name)
            return next((pair for pair in self.buttons(verb) if newest and pair[1] == newest.id), None)

        found: tuple[str, str] = await self.until(there, f"a button {verb} of {name}", within)
        return found

    async def step_begun(self, recovery: str, step: str, within: float = PATIENCE) -> None:
        """Wait until a step of the newest run of a recovery is under way or over."""

        def begun() -> bool:
            runs = self.runs(recovery)
            return bool(runs) and any(
                one.name == step and one.state is not StepState.PENDING for one in runs[-1].steps
            )

        await self.until(begun, f"{step} of {recovery}", within)

    async def press(self, user: str, button: tuple[str, str], verb: str = APPROVE) -> None:
        """Click one button of one action; what comes of it shows later."""
        ts, action_id = button
        there = [
            block
            for message in self.cards()
            if message["ts"] == ts
            for block, element in placed(message["blocks"])
            if element.get("action_id") == verb and element.get("value") == action_id
        ]
        assert there, f"the button {verb} of {action_id} is gone\n{self.story()}"
        block_id = there[0]["block_id"]
        outcome = await self.workspace.click(user, self.channel(ts), ts, verb, block_id=block_id)
        assert outcome.ok, outcome
        self.clicked.append((user, action_id))

    async def refused(self, user: str, button: tuple[str, str], verb: str = APPROVE) -> str:
        """Click and return what only that person is then told."""
        channel = self.channel(button[0])
        before = len(self.workspace.whispers(user, channel))
        await self.press(user, button, verb)
        whispers = await self.until(
            lambda: self.workspace.whispers(user, channel)[before:], f"a word to {user}"
        )
        return shown(whispers[-1])

    @asynccontextmanager
    async def approving(self, user: str = MINA) -> AsyncIterator[None]:
        """Have somebody agree to everything that is asked while the block runs, again where a click came to nothing."""
        task = asyncio.create_task(self._approve(user))
        try:
            yield
        finally:
            task.cancel()
            [ended] = await asyncio.gather(task, return_exceptions=True)
            # Somebody who stopped clicking on the way would look like a product that asks nobody.
            if isinstance(ended, Exception):
                raise ended

    async def _approve(self, user: str) -> None:
        loop = asyncio.get_running_loop()
        pressed: dict[str, float] = {}
        while True:
            waiting = {one.id for one in self.actions() if one.state is ActionState.WAITING}
            # A vote is refused while a backend does not answer, and people then click once more.
            soon = loop.time() - CLICKED_AGAIN_AFTER
            left = (b for b in self.buttons() if b[1] in waiting and pressed.get(b[1], soon) <= soon)
            # One at a time: a card may be drawn anew while another is clicked.
            if (button := next(left, None)) is not None:
                await self.press(user, button)
                pressed[button[1]] = loop.time()
            await asyncio.sleep(0.3)

    # Waiting

    async def until(
        self, fact: Callable[[], Awaitable[Any]] | Callable[[], Any], what: str, within: float = PATIENCE
    ) -> Any:
        """Wait for a fact and return it; a failure tells what there was instead."""
        try:
            return await eventually(fact, within=within, every=0.25)
        except TimeoutError:
            there = f"firing: {await self.firing()}; faults: {await self.faults()}"
            raise AssertionError(f"not in {within:.0f} s: {what}\n{there}\n{self.story()}") from None

    async def ended(self, recovery: str, within: float = PATIENCE) -> RecoveryRun:
        """Wait until the newest run of a recovery is over, roll-back included."""
        run: RecoveryRun = await self.until(
            lambda: next((r for r in self.runs(recovery)[-1:] if r.state.ended), None),
            f"the end of {recovery}",
            within,
        )
        return run

    async def resolved(self, incident_id: str, within: float = PATIENCE) -> Incident:
        """Wait until an incident is resolved."""
        await self.until(
            lambda: self.incident(incident_id).status is IncidentStatus.RESOLVED, "resolved", within
        )
        return self.incident(incident_id)

    async def at_ease(self, within: float = PATIENCE) -> None:
        """Wait until nothing is open or fires, for longer than a moment, so that the next fault is a story of its own."""

        async def calm() -> bool:
            quiet = all(not one.status.open for one in self.incidents())
            ends = [one.times.resolved_at for one in self.incidents() if one.times.resolved_at]
            over = datetime.now(UTC) - max(ends, default=datetime.min.replace(tzinfo=UTC)) > A_MOMENT
            return quiet and over and not await self.show.world.prometheus.firing()

        await self.until(calm, "a calm shop", within)

    async def firing(self) -> list[str]:
        """Return what fires, as `rule/service`."""
        found = await self.show.world.prometheus.firing()
        return sorted(f"{a['labels']['alertname']}/{a['labels'].get('service', '')}" for a in found)

    async def fault(self, name: str) -> bool:
        """Say whether the panel shows a fault as active."""
        state = await self.show.world.panel.describe()
        return next(item.active for item in state.items if item.id == name)

    async def over(self, name: str, within: float = PATIENCE) -> None:
        """Wait until a fault is over: Pods that end linger for a while with whatever ails them."""

        async def gone() -> bool:
            return not await self.fault(name)

        await self.until(gone, f"the end of the fault {name}", within)

    async def faults(self) -> list[str]:
        """Return the faults that the panel shows as active."""
        return [item.id for item in (await self.show.world.panel.describe()).items if item.active]

    async def nothing_refused(self) -> None:
        """Fail when the workspace refused a call, or the audit chain is broken."""
        assert refusals(self.show.workspace) == []
        await self.audit()

    def story(self) -> str:
        """Return what has happened, for people who read a failed test."""
        now = datetime.now(UTC)
        lines = [f"{now:%H:%M:%S} now"]
        for incident in self.incidents():
            lines.append(f"{incident.name} {incident.status} {incident.title}")
        for run in self.runs():
            lines.append(f"run {run.recovery} {run.state}: {run.why}")
            lines += [f"  {step.name} {step.state}: {step.why}" for step in run.steps]
        for one in self.actions():
            begun, over = one.times.started_at, one.times.ended_at
            times = " ".join(f"{at:%H:%M:%S}" for at in (one.times.requested_at, begun, over) if at)
            lines.append(f"{one.handle} {one.name} {one.state}/{one.outcome} {times}: {one.detail}")
            lines.append(f"  {json.dumps(one.request.params)} {one.decision.verdict}")
        lines += [f"card {card['ts']}: {shown(card)}" for card in self.cards()]
        lines.append(f"clicks: {self.clicked}")
        return "\n".join(lines)

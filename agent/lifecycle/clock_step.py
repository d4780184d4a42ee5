"""One look at an incident: everything that is owed by now is done, each deed with its key, and the next look is noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.domain.incident import Priority
from agent.domain.page import PageState, Way
from agent.lifecycle.announce import announce
from agent.lifecycle.clock_others import Others
from agent.lifecycle.obligation import Life, Obligation, Owed
from agent.lifecycle.obligations import obligations
from agent.lifecycle.oncall import Roster, Rules, serving
from agent.lifecycle.paging_deeds import Deeds
from agent.policy.communications import Cadence, cadence
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.clock import Clock
from agent.ports.store import Store, Tx

_MOST_DEEDS = 60
_SHOWN = frozenset(
    {
        Owed.CALL,
        Owed.BACK_UP,
        Owed.CALL_AT_TARGET,
        Owed.NEAR,
        Owed.MISSED,
        Owed.ANSWERED,
        Owed.WITHDRAW,
        Owed.POSTED,
    }
)


@dataclass(frozen=True, slots=True)
class LifeStep:
    """Does what is owed; calls in a transaction of their own, so that nothing else that fails can take them back."""

    store: Store
    clock: Clock
    rules: Rules
    roster: Roster
    deeds: Deeds
    others: Others
    rhythm: Callable[[Policies, Priority, str], Mapping[str, Cadence]] = cadence
    wake: Callable[[], None] | None = None

    async def urgent(self, incident_id: str) -> bool:
        """Do what is owed in calls; say whether something else is owed by now."""
        return await self._do_due(incident_id, urgent=True)

    async def rest(self, incident_id: str) -> bool:
        """Do everything that is owed; say whether something is still left."""
        return await self._do_due(incident_id, urgent=False)

    async def _do_due(self, incident_id: str, *, urgent: bool) -> bool:
        now = self.clock.now()
        async with self.store.write() as tx:
            shown, waiting = False, None
            for _ in range(_MOST_DEEDS):
                life = await self.life(tx, incident_id, now)
                owed = obligations(life) if life is not None else []
                due = [one for one in owed if one.at <= now and (one.what.urgent or not urgent)]
                waiting = min((one.at for one in owed), default=None)
                if life is None or not due:
                    break
                await self._do(tx, life, due[0], due, now)
                shown |= due[0].what in _SHOWN
            if shown:
                incident = await tx.incidents.get(incident_id)
                if incident is not None:
                    await announce(tx, incident, self.rules.current, now)
            await tx.life.settle(incident_id, waiting)
            if self.wake is not None:
                tx.after_commit(self.wake)
        return waiting is not None and waiting <= now

    async def life(self, tx: Tx, incident_id: str, now: datetime) -> Life | None:
        """Return everything that an incident's obligations follow from, or None when there is no such incident."""
        incident = await tx.incidents.get(incident_id)
        if incident is None:
            return None
        policies = self.rules.current
        pages = await tx.pages.of_incident(incident_id)
        writes = self.others.handoffs is not None
        rhythms = self.rhythm(policies, incident.priority, incident.category) if writes else {}
        wanted = self.others.after.wanted
        return Life(
            incident=incident,
            route=route_incident(policies, incident),
            policies=policies,
            now=now,
            who=self.roster.who,
            serving=serving(policies, incident),
            done=await tx.life.all_done(incident_id),
            pages=pages,
            posted=frozenset([page.id for page in pages if await _posted(tx, page.id, page.way, page.state)]),
            tasks=await tx.tasks.of_incident(incident_id),
            updates=await tx.updates.of_incident(incident_id) if writes or wanted else (),
            cadence=rhythms,
            wanted=wanted,
        )

    async def _do(self, tx: Tx, life: Life, one: Obligation, due: list[Obligation], now: datetime) -> None:
        incident, deeds = life.incident, self.deeds
        if one.key and not await tx.life.done(incident.id, one.key, one.mark or now):
            return
        match one.what:
            case Owed.MARK:
                return
            case Owed.CALL:
                await deeds.call(tx, life, one, now)
            case Owed.CALL_AT_TARGET:
                await deeds.call_at_target(tx, life, now)
            case Owed.SEND:
                await deeds.send(tx, life, one, now)
            case Owed.POSTED:
                await deeds.posted(tx, one.about, now)
            case Owed.BACK_UP:
                await deeds.back_up(tx, life, one, now)
            case Owed.ANSWERED:
                await deeds.answered(tx, life, now)
            case Owed.WITHDRAW:
                await deeds.withdraw(tx, life, now)
            case Owed.TELL_PAGER:
                await deeds.tell_pager(tx, life, one, now)
            case _:
                await self.others.do(tx, life, one, due, now)


async def _posted(tx: Tx, page_id: str, way: Way, state: PageState) -> bool:
    if way is not Way.SLACK or state is not PageState.WANTED:
        return False
    slot = await tx.outbox.get(f"page:{page_id}")
    return slot is not None and slot.ts is not None

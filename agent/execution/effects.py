"""One effect on the world, applied or taken back, done at most once: reserved, leased, and compared with the world."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from agent.domain.action import Action, ActionState, Plan
from agent.domain.noun import Json
from agent.errors import Conflict, OpsError, TimedOut, Unavailable
from agent.execution.kit import Kit
from agent.ports.actions import LedgerEntry, LedgerState
from agent.ports.store import Tx
from tools.base import Applied, Check, Happened, Params, Write

# An effect that provably did not happen is begun this many times, and no more.
MOST_ATTEMPTS = 4
UNDOABLE = (ActionState.SUCCEEDED, ActionState.FAILED, ActionState.VERIFYING)
# A process that dies each time it looks after an effect is asked no further; a person is.
_MOST_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Effect:
    """What is to be done under which key of the ledger; `marker` is the key that the write leaves in the world."""

    key: str
    marker: str
    write: Write
    params: Params
    plan: Plan
    undoing: bool

    async def do(self) -> Applied:
        """Change the world."""
        act = self.write.undo if self.undoing else self.write.apply
        return await act(self.params, self.plan, self.marker)

    async def happened(self) -> Happened:
        """Ask the world whether the change took place."""
        ask = self.write.undone if self.undoing else self.write.happened
        return await ask(self.params, self.plan, self.marker)

    async def check(self) -> Check:
        """Ask how far the change has come."""
        ask = self.write.undo_check if self.undoing else self.write.check
        return await ask(self.params, self.plan, self.marker)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an effect: `moved`, `not-done` and `withheld` are proofs that nothing happened, `later` is none."""

    kind: Literal["done", "moved", "not-done", "withheld", "unknown", "later"]
    detail: str = ""
    facts: dict[str, Json] = field(default_factory=dict)
    reconciled: bool = False


class _LeaseLost(Exception):
    """Somebody else has taken the effect over."""


def apply_key(action: Action) -> str:
    """Return the ledger's key of an action's effect."""
    return f"apply:{action.incident_id or '-'}:{action.digest}:{action.id}"


def undo_key(action_id: str) -> str:
    """Return the ledger's key of taking an action back."""
    return f"undo:{action_id}"


def entry_of(kit: Kit, action: Action, effect: Effect) -> LedgerEntry:
    """Return the ledger's new entry for an effect, leased to this process."""
    return LedgerEntry(
        key=effect.key,
        action_id=action.id,
        # An undo must not use up what the action itself may do.
        action=f"undo:{action.name}" if effect.undoing else action.name,
        incident_id=action.incident_id,
        target=effect.plan.target.key,
        state=LedgerState.EXECUTING,
        owner=kit.owner,
        lease_until=kit.later(kit.pace.lease),
        reserved_at=kit.now(),
    )


async def key_of(tx: Tx, action: Action) -> str:
    """Return the ledger's key of what an action is about: its own effect, or taking back itself or another one."""
    if action.state is ActionState.UNDOING:
        return undo_key(action.id)
    if action.request.undo_of is None:
        return apply_key(action)
    key = undo_key(action.request.undo_of)
    before = await tx.ledger.get(key)
    if before is not None and before.action_id != action.id and before.state is LedgerState.FAILED:
        # An earlier undo provably changed nothing; this one is another effect, agreed to by people.
        return f"{key}:{action.id}"
    return key


async def effect_of(kit: Kit, tx: Tx, action: Action) -> Effect:
    """Return the effect that an action is about; raises Misconfigured or BadInput when this bot cannot do it (any more)."""
    write = kit.catalogue.write(action.name)
    params = kit.catalogue.params(action.name, action.request.params)
    key, plan = await key_of(tx, action), action.plan
    if action.state is ActionState.UNDOING:
        return Effect(key, key, write, params, plan, undoing=True)
    if action.request.undo_of is None:
        return Effect(key, action.id, write, params, plan, undoing=False)
    original = await tx.actions.get(action.request.undo_of)
    return Effect(key, key, write, params, original.plan if original else plan, undoing=True)


async def finish(kit: Kit, tx: Tx, effect: Effect, state: LedgerState, result: str) -> bool:
    """Record how an effect ended; False when it is no longer ours to say."""
    return await tx.ledger.finish(effect.key, kit.owner, state, kit.now(), result)


async def carry_on(kit: Kit, effect: Effect, may_begin: Callable[[], Awaitable[str | None]]) -> Result:
    """Go on with an effect that somebody had begun: ask the world first, and begin again only if nothing happened.

    `may_begin` returns why it must not be begun again, or None.
    """
    if effect.key in kit.flying:
        return Result("later")
    async with kit.store.write() as tx:
        entry = await tx.ledger.take_over(effect.key, kit.owner, kit.now(), kit.later(kit.pace.lease))
    if entry is None:
        return Result("later")
    if entry.attempt > _MOST_LOOKS:
        return Result("unknown", kit.say("guarded-cannot-tell"))
    found = await _proof(kit, effect, entry, kit.say("guarded-not-done"))
    if found.kind != "not-done":
        return found
    if entry.attempt > MOST_ATTEMPTS:
        return found
    why = await may_begin()
    if why is not None:
        return Result("withheld", why)
    async with kit.store.write() as tx:
        # All this looking may have outlived the lease: whoever took it meanwhile is the one to begin.
        held = await tx.ledger.extend(effect.key, kit.owner, kit.later(kit.pace.lease))
    return await begin(kit, effect, entry) if held else Result("later")


async def begin(kit: Kit, effect: Effect, entry: LedgerEntry) -> Result:
    """Do it while the lease is kept alive; whatever goes wrong, the world is asked whether it happened."""
    if effect.key in kit.flying:
        return Result("later")
    kit.flying.add(effect.key)
    try:
        applied = await _leased(kit, effect)
        return Result("done", applied.detail, applied.facts)
    except _LeaseLost:
        return Result("later")
    except OpsError as error:
        found = await _proof(kit, effect, entry, error.user_message)
        return _judged(found, error, entry)
    finally:
        kit.flying.discard(effect.key)


def _judged(found: Result, error: OpsError, entry: LedgerEntry) -> Result:
    if found.kind != "not-done":
        return found
    if isinstance(error, Conflict):
        return Result("moved", error.user_message)
    # What is still on its way may yet arrive, so the next attempt waits and asks the world once more.
    if error.retryable and entry.attempt < MOST_ATTEMPTS:
        return Result("later", error.user_message)
    return found


async def _proof(kit: Kit, effect: Effect, entry: LedgerEntry, why: str) -> Result:
    """Return what the world says of an effect whose end was not seen."""
    try:
        async with asyncio.timeout(_limit(kit, effect)):
            happened = await effect.happened()
    except (OpsError, TimeoutError) as error:
        said = error.user_message if isinstance(error, OpsError) else kit.say("guarded-cannot-tell")
        over = (kit.now() - entry.reserved_at).total_seconds() > kit.pace.patience
        return Result("unknown" if over else "later", said)
    if happened is Happened.YES:
        return Result("done", kit.say("guarded-reconciled"), reconciled=True)
    if happened is Happened.NO:
        return Result("not-done", why)
    return Result("unknown", why)


async def _leased(kit: Kit, effect: Effect) -> Applied:
    work = asyncio.ensure_future(effect.do())
    keeper = asyncio.ensure_future(_keep(kit, effect.key))
    try:
        done, _ = await asyncio.wait(
            {work, keeper}, timeout=_limit(kit, effect), return_when=asyncio.FIRST_COMPLETED
        )
        if work in done:
            return work.result()
        if keeper in done:
            raise _LeaseLost
        backend = effect.write.backend
        raise TimedOut(kit.say("guarded-no-answer", backend=backend), backend=backend)
    finally:
        work.cancel()
        keeper.cancel()
        await asyncio.wait({work, keeper}, timeout=1.0)
        for task in (work, keeper):
            if task.done() and not task.cancelled():
                task.exception()


async def _keep(kit: Kit, key: str) -> None:
    """Renew the lease until it is no longer ours."""
    while True:
        await asyncio.sleep(kit.pace.lease / 3)
        with suppress(Unavailable):
            async with kit.store.write() as tx:
                if not await tx.ledger.extend(key, kit.owner, kit.later(kit.pace.lease)):
                    return


def _limit(kit: Kit, effect: Effect) -> float:
    return min(effect.write.timeout_seconds, kit.pace.apply)


async def looked(kit: Kit, effect: Effect) -> Check | None:
    """Return how far an effect has come, or None when its backend cannot say now."""
    try:
        async with asyncio.timeout(_limit(kit, effect)):
            return await effect.check()
    except (OpsError, TimeoutError):
        return None

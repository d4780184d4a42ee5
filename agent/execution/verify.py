"""Has it helped? An action proves itself by the alerts that it was to end, or it is taken back."""

from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.errors import BadInput, Misconfigured, OpsError
from agent.execution.effects import effect_of, looked
from agent.execution.endings import fail, fall_back, succeed
from agent.execution.kit import Kit
from agent.execution.needs import Judgement
from agent.execution.report import existing, move
from agent.execution.unreachable import out_of_reach
from agent.execution.work import Looks, Phase, advance
from agent.locale.format import duration
from agent.ports.store import Tx
from tools.base import CheckState

# One good look may be chance: a counter that was just reset, a scrape that failed.
_GOOD_LOOKS = 2
# Taking back what had just helped is harm too, so it takes more to believe that an action did some.
_BAD_LOOKS = 3
_RISING_LOOKS = 5
_UNPROVED = {"same": "no-better", "worse": "no-better", "unverifiable": "unverifiable"}


async def verify(kit: Kit, action: Action, phase: Phase) -> None:
    """Look once whether an action has helped."""
    since = phase.since or kit.now()
    if action.incident_id is None:
        await _by_its_own_check(kit, action, since)
        return
    judgement = await _judge(kit, action)
    if judgement.by_check:
        await _by_its_own_check(kit, action, since)
        return
    looks = _counted(kit, judgement, phase.looks, since)
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not ActionState.VERIFYING:
            return
        if looks.better >= _GOOD_LOOKS:
            await _helped(kit, tx, current, judgement)
        elif _harmed(kit, judgement, looks, since):
            await fall_back(kit, tx, current, "worse", judgement.sentence)
        elif not looks.better and _over(kit, since, judgement.settles_seconds, unsure=looks.worse > 0):
            await fall_back(kit, tx, current, _UNPROVED[judgement.verdict], judgement.sentence)
        else:
            if current.detail != judgement.sentence:
                current = await move(kit, tx, current, {"detail": judgement.sentence}, None)
            next_look = kit.later(kit.pace.poll)
            await kit.jobs.enqueue(tx, advance(current, next_look, since=since, looks=looks))


def _counted(kit: Kit, judgement: Judgement, before: Looks, since: datetime) -> Looks:
    """Return the looks in a row with this one; what rises counts once all of the rise came after the effect."""
    match judgement.verdict:
        case "better":
            return Looks(better=before.better + 1)
        case "worse":
            over = judgement.rises_over_seconds
            rises = over > 0 and kit.now() >= since + timedelta(seconds=over)
            return Looks(worse=before.worse + 1, rising=before.rising + 1 if rises else 0)
        case _:
            return Looks()


def _harmed(kit: Kit, judgement: Judgement, looks: Looks, since: datetime) -> bool:
    """Say whether an action surely made things worse, by what is from after its effect and was seen several times."""
    settled = kit.now() >= since + timedelta(seconds=judgement.settles_seconds)
    return looks.rising >= _RISING_LOOKS or (settled and looks.worse >= _BAD_LOOKS)


async def _helped(kit: Kit, tx: Tx, action: Action, judgement: Judgement) -> None:
    began = action.times.started_at or kit.now()
    took = kit.say("guarded-recovered", duration=duration(kit.language, kit.now() - began))
    await succeed(kit, tx, action, "recovered", f"{took} {judgement.sentence}".strip(), mitigates=True)


async def _judge(kit: Kit, action: Action) -> Judgement:
    """Ask the judge; one who cannot be asked has verified nothing."""
    async with kit.store.read() as tx:
        view = await kit.view(tx, action.incident_id or "", kit.book.current, kit.now())
    if view is None:
        return Judgement(verdict="unverifiable", sentence=kit.say("guarded-no-such-incident"))
    try:
        return await kit.judge.judge(action, view)
    except OpsError as error:
        return Judgement(verdict="unverifiable", sentence=error.user_message)


async def _by_its_own_check(kit: Kit, action: Action, since: datetime) -> None:
    try:
        async with kit.store.read() as tx:
            effect = await effect_of(kit, tx, action)
    except (BadInput, Misconfigured) as error:
        await out_of_reach(kit, action, error, since)
        return
    check = await looked(kit, effect)
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not ActionState.VERIFYING:
            return
        if check is not None and check.state is CheckState.DONE:
            await succeed(kit, tx, current, "done", check.detail)
        elif check is not None and check.state is CheckState.FAILED:
            await fail(kit, tx, current, "failed", check.detail)
        elif _over(kit, since):
            await fail(kit, tx, current, "timed-out", kit.say("guarded-cannot-check"))
        else:
            await kit.jobs.enqueue(tx, advance(current, kit.later(kit.pace.poll), since=since))


def _over(kit: Kit, since: datetime, settles_seconds: float = 0.0, *, unsure: bool = False) -> bool:
    """Say whether the time to prove itself is up; what begins to look bad then gets the looks that it takes to be sure."""
    more = _BAD_LOOKS * kit.pace.poll if unsure else 0.0
    return kit.now() >= since + timedelta(seconds=max(kit.pace.verify, settles_seconds) + more)

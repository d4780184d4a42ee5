"""Whatever happens in whatever order, on two processes that die: no effect without an agreement, and none twice."""

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.action import Action, ActionState
from agent.domain.decision import ApprovalState, missing_votes
from agent.errors import OpsError
from agent.execution.desk import RecoveryDesk
from agent.store.audit import digest_of
from tests.support.guarded import SRE, TWO, FragileStore, Guarded, guarded_at, person
from tests.support.writes import Crash

PEOPLE = ("ada", "bob", "dan", "ops-monitor")
POINTS = ("before", "after", "happened", "undo-before", "undo-after")
STORY = st.tuples(st.just("story"), st.sampled_from(POINTS), st.booleans())
EVENTS = st.one_of(
    STORY,
    STORY,
    STORY,
    st.tuples(st.just("vote"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("propose"), st.integers(4, 6), st.booleans()),
    st.tuples(st.just("steps"), st.integers(1, 6), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from((1, 6, 20, 400)), st.booleans()),
    st.tuples(st.just("dies"), st.sampled_from(POINTS), st.booleans()),
    st.tuples(st.just("fails"), st.sampled_from(POINTS), st.booleans()),
    st.tuples(st.just("commit"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("stop"), st.just(0), st.booleans()),
    st.tuples(st.just("freeze"), st.just(0), st.booleans()),
    st.tuples(st.just("touch"), st.just(0), st.booleans()),
    st.tuples(st.just("undo"), st.just(0), st.booleans()),
    st.tuples(st.just("cancel"), st.just(0), st.booleans()),
    st.tuples(st.just("judge"), st.sampled_from(("better", "same", "worse")), st.booleans()),
)


class Chaos:
    """Plays events against two desks on one database and keeps count of the effects."""

    def __init__(self, guarded: Guarded) -> None:
        self.guarded = guarded
        self.desks: list[RecoveryDesk] = [guarded.desk, guarded.another_desk()]
        self.incident_id = ""
        self.keys = 0

    async def play(self, kind: str, what: object, flag: bool) -> None:
        """Do one thing on the desk that the flag names; a crash is followed by another process in its place."""
        desk = int(flag)
        self.guarded.desk = self.desks[desk]
        self.keys += 1
        try:
            await getattr(self, kind)(what, flag)
        except Crash:
            self.desks[desk] = self.guarded.another_desk()
        except OpsError:
            # A refusal with a sentence; what may come of it is checked at the end.
            pass

    async def story(self, point: str, dies: bool) -> None:
        """Agree to what waits and begin it, with an accident on the way: what chance alone would seldom bring about."""
        await self.propose(5, dies)
        waiting = await self.newest(ActionState.WAITING)
        for who in ("ada", "bob"):
            if waiting is not None:
                await self.guarded.approve(waiting, who)
        (self.guarded.world.crash_at if dies else self.guarded.world.trouble).append(point)
        await self.steps(3, dies)

    async def vote(self, who: str, approve: bool) -> None:
        waiting = await self.newest(ActionState.WAITING)
        if waiting is not None:
            for _ in range(2):
                await self.guarded.vote(waiting, who, approve=approve or who == "bob", key=f"k{self.keys}")

    async def propose(self, size: int, flag: bool) -> None:
        await self.guarded.propose(size=size, incident_id=self.incident_id if flag else None)

    async def steps(self, count: int, _: bool) -> None:
        for _ in range(count):
            await self.guarded.step()

    async def wait(self, seconds: float, _: bool) -> None:
        self.guarded.clock.advance(seconds)

    async def dies(self, point: str, _: bool) -> None:
        self.guarded.world.crash_at = [point]

    async def fails(self, point: str, _: bool) -> None:
        self.guarded.world.trouble = [point]

    async def commit(self, number: int, flag: bool) -> None:
        fragile = FragileStore(self.guarded.store, number, "before" if number % 2 else "after")
        self.desks[int(flag)] = self.guarded.another_desk(fragile)

    async def stop(self, _: int, flag: bool) -> None:
        if flag:
            await self.guarded.desk.stop(person("bob"), reason="chaos", key=f"k{self.keys}")
        else:
            await self.guarded.desk.resume(person("bob"), key=f"k{self.keys}")

    async def freeze(self, _: int, flag: bool) -> None:
        until = self.guarded.clock.now() + timedelta(minutes=5)
        if flag:
            await self.guarded.desk.freeze(person("bob"), until=until, reason="chaos", key=f"k{self.keys}")
        else:
            await self.guarded.desk.thaw(person("bob"), key=f"k{self.keys}")

    async def touch(self, _: int, __: bool) -> None:
        self.guarded.world.touch("web")

    async def undo(self, _: int, __: bool) -> None:
        done = await self.newest(ActionState.SUCCEEDED)
        if done is not None:
            await self.guarded.desk.undo(done.id, person("cyd"), key=f"k{self.keys}")

    async def cancel(self, _: int, __: bool) -> None:
        waiting = await self.newest(ActionState.WAITING)
        if waiting is not None:
            await self.guarded.desk.cancel(waiting.id, person("cyd"), key=f"k{self.keys}")

    async def judge(self, verdict: str, _: bool) -> None:
        self.guarded.judge.coming = [verdict]

    async def newest(self, state: ActionState) -> Action | None:
        found = [action for action in await self.guarded.all() if action.state is state]
        return found[-1] if found else None

    async def settle_down(self) -> None:
        """Let everything that is under way come to its end."""
        guarded = self.guarded
        guarded.world.crash_at, guarded.world.trouble = [], []
        guarded.desk = guarded.another_desk()
        await guarded.desk.resume(person("bob"), key="at the end")
        guarded.clock.advance(20)
        await guarded.run(4000)


async def agreed(guarded: Guarded, action: Action) -> bool:
    approval = await guarded.approval(action)
    people = {vote.by for vote in approval.agreed}
    enough = all(missing_votes(one, approval.requester, approval.votes) == 0 for one in approval.requirements)
    return approval.state is ApprovalState.USED and enough and people <= {"ada", "bob"}


async def check(guarded: Guarded) -> None:
    actions = {action.id: action for action in await guarded.all()}
    twice = Counter({key: count for key, count in guarded.world.effects.items() if count > 1})
    assert Counter() == twice
    for key in guarded.world.effects:
        action = actions[key.removeprefix("undo:").partition(":")[0]]
        assert await agreed(guarded, action), f"{key} without an agreement"
    for action in actions.values():
        assert action.state.ended or action.state is ActionState.UNKNOWN, action.state
        done = action.times.applied_at is not None and action.request.undo_of is None
        assert (guarded.world.effects[action.id] == 1) == done, action
    entries = await guarded.audit()
    assert all(digest_of(entry) == entry.digest for entry in entries)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=st.lists(EVENTS, min_size=8, max_size=40), two=st.booleans(), fenced=st.booleans())
def test_chaos(events: list[tuple[str, object, bool]], two: bool, fenced: bool) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with guarded_at(Path(folder)) as guarded:
                guarded.rules.requirements = (TWO if two else SRE,)
                guarded.world.fenced = fenced
                chaos = Chaos(guarded)
                chaos.incident_id = (await guarded.incident()).id
                await guarded.propose(incident_id=chaos.incident_id)
                for kind, what, flag in events:
                    await chaos.play(kind, what, flag)
                await chaos.settle_down()
                await check(guarded)

    asyncio.run(play())

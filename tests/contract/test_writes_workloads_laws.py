"""What holds for every change of a workload, node or setting, tried with exactly the shipped rights."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.action import Plan
from agent.errors import BadInput, Conflict, Refused, TimedOut
from agent.locale.messages import LANGUAGES, text
from tests.support.workload_cases import CASES, CLOSED, OPEN, PAYMENT, Case
from tests.support.writing_cluster import NAMESPACES, WritingWorld, finished, writing_world
from tools.base import CheckState, Happened, Write
from tools.connectors.writers import ClusterWriter
from tools.incident_responder.writes.pods import DeletePod

pytestmark = pytest.mark.slow(35)

REVERSIBLE = [name for name, case in CASES.items() if case.write.reversible]


@dataclass
class Stage:
    """A prepared world with one action in it."""

    world: WritingWorld
    case: Case

    def write(self, cluster: ClusterWriter | None = None) -> Write:
        found: Write = self.case.write(cluster or self.world.writer, NAMESPACES)
        return found

    @property
    def params(self) -> Any:
        return self.case.write.params(**self.case.params)

    async def target(self) -> dict[str, Any]:
        return await self.world.admin.get(*self.case.target)

    async def wanted(self) -> dict[str, Any]:
        """Return all that somebody could want of the target, without what the cluster writes into it."""
        item = await self.target()
        kept = {key: value for key, value in item.items() if key not in ("metadata", "status")}
        spec = {key: value for key, value in kept.get("spec", {}).items() if key != "taints"}
        return {**kept, "spec": spec, "labels": item["metadata"].get("labels")}

    async def somebody_else(self, body: Mapping[str, Any] | None = None) -> None:
        await self.world.admin.patch(*self.case.target, dict(body or self.case.foreign))


async def plan_of(stage: Stage) -> Plan:
    return await stage.write().plan(stage.params, datetime.now(UTC))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


@pytest_asyncio.fixture(params=CASES)
async def stage(request: pytest.FixtureRequest, world: WritingWorld) -> Stage:
    case = CASES[request.param]
    await case.prepare(world)
    return Stage(world, case)


@pytest_asyncio.fixture(params=REVERSIBLE)
async def reversible(request: pytest.FixtureRequest, world: WritingWorld) -> Stage:
    case = CASES[request.param]
    await case.prepare(world)
    return Stage(world, case)


async def test_a_plan_changes_nothing_and_reads_well(stage: Stage) -> None:
    before = await stage.world.quiet()
    plan = await plan_of(stage)
    again = await plan_of(stage)
    titles = {
        language: text(language, f"action-{stage.case.write.name}", **plan.args) for language in LANGUAGES
    }

    assert before == await stage.world.versions()
    assert titles["en"].startswith(stage.case.title)
    assert not [title for title in titles.values() if "{" in title]
    assert plan.changes
    assert plan.target == again.target
    assert plan.target.name == stage.case.target[2]
    assert stage.case.write.reversible is plan.reversible


async def test_it_happens_once_and_arrives(stage: Stage) -> None:
    write, plan = stage.write(), await plan_of(stage)
    before = await write.happened(stage.params, plan, "act-1")
    await write.apply(stage.params, plan, "act-1")
    once = await stage.wanted()
    after = await write.happened(stage.params, plan, "act-1")
    await write.apply(stage.params, plan, "act-1")

    assert Happened.NO is before
    assert Happened.YES is after
    assert once == await stage.wanted()
    assert CheckState.DONE is (await finished(write, stage.params, plan, "act-1")).state
    assert Happened.YES is await write.happened(stage.params, plan, "act-1")


async def test_a_lost_answer_is_cleared_up_by_looking(stage: Stage) -> None:
    write, plan = stage.write(stage.world.losing), await plan_of(stage)
    with pytest.raises(TimedOut):
        await write.apply(stage.params, plan, "act-1")
    found = await write.happened(stage.params, plan, "act-1")
    generation = (await stage.target())["metadata"].get("generation")
    stage.world.losing.losing = False
    await write.apply(stage.params, plan, "act-1")

    assert Happened.YES is found
    assert generation == (await stage.target())["metadata"].get("generation")
    assert CheckState.DONE is (await finished(write, stage.params, plan, "act-1")).state


async def test_what_was_changed_since_the_preview_is_left_alone(stage: Stage) -> None:
    write, plan = stage.write(), await plan_of(stage)
    await stage.somebody_else()
    there = await stage.wanted()

    with pytest.raises(Conflict, match="changed since the preview"):
        await write.apply(stage.params, plan, "act-1")
    assert there == await stage.wanted()
    assert Happened.YES is not await write.happened(stage.params, plan, "act-1")


async def test_the_mark_of_another_action_proves_nothing(stage: Stage) -> None:
    write, plan = stage.write(), await plan_of(stage)
    await write.apply(stage.params, plan, "act-1")

    assert Happened.YES is not await write.happened(stage.params, plan, "act-2")
    with pytest.raises(Conflict):
        await write.apply(stage.params, plan, "act-2")


async def test_an_undo_puts_everything_back(reversible: Stage) -> None:
    write, params = reversible.write(), reversible.params
    before = await reversible.wanted()
    plan = await plan_of(reversible)
    await write.apply(params, plan, "act-1")
    await finished(write, params, plan, "act-1")
    not_yet = await write.undone(params, plan, "undo-1")
    await write.undo(params, plan, "undo-1")
    found = await finished(write, params, plan, "undo-1", undo=True)
    await write.undo(params, plan, "undo-1")

    assert Happened.NO is not_yet
    assert CheckState.DONE is found.state
    assert Happened.YES is await write.undone(params, plan, "undo-1")
    assert before == await reversible.wanted()


async def test_an_undo_leaves_alone_what_somebody_else_changed(reversible: Stage) -> None:
    write, params = reversible.write(), reversible.params
    plan = await plan_of(reversible)
    await write.apply(params, plan, "act-1")
    foreign = OPEN if reversible.case.foreign == CLOSED else reversible.case.foreign
    await reversible.somebody_else(CLOSED if reversible.case.foreign == OPEN else foreign)
    there = await reversible.wanted()

    with pytest.raises(Conflict, match="somebody else"):
        await write.undo(params, plan, "undo-1")
    assert there == await reversible.wanted()
    assert Happened.YES is not await write.undone(params, plan, "undo-1")
    assert CheckState.FAILED is (await write.check(params, plan, "act-1")).state


async def test_the_account_that_reads_may_change_nothing(stage: Stage) -> None:
    plan = await plan_of(stage)

    with pytest.raises(Refused, match="does not let us"):
        await stage.write(stage.world.reader).plan(stage.params, datetime.now(UTC))
    with pytest.raises(Refused, match="does not let us"):
        await stage.write(stage.world.reader).apply(stage.params, plan, "act-1")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.target[1]])
async def test_other_namespaces_are_out_of_reach(name: str, world: WritingWorld) -> None:
    case = CASES[name]
    write = case.write(world.writer, ("elsewhere",))

    with pytest.raises(BadInput, match="only in: elsewhere"):
        await write.plan(case.write.params(**case.params), datetime.now(UTC))


HOSTILE = (
    "../secrets/x",
    "payment/scale",
    "payment?dryRun=All",
    "pay*",
    "*",
    "..",
    "",
    "-payment",
    "Payment",
    "pay ment",
    "payment\n",
    "결제",
    "payment%2Fstatus",
    "a..b",
    "x" * 254,
)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("write", [*{case.write: None for case in CASES.values()}, DeletePod])
def test_a_name_is_a_name(write: type, hostile: str) -> None:
    case = next((found for found in CASES.values() if found.write is write), None)
    good = dict(case.params if case else PAYMENT)
    for name in good.keys() & {"name", "namespace", "container"}:
        with pytest.raises(ValueError, match=name):
            write.params(**{**good, name: hostile})
    with pytest.raises(ValueError, match="extra"):
        write.params(**good, command="rm -rf /")

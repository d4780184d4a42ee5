"""A follow-up in the tracker: filed once, its key kept at the task, ended when the task is, however Jira calls that."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.domain.notification import Channel, NotificationState
from agent.domain.task import Task
from agent.lifecycle import tasks
from agent.lifecycle.tickets import end_ticket, file_ticket
from agent.ports.store import Tx
from agent.telemetry.metrics import build_metrics
from agent.transport.courier import Courier
from agent.transport.courier_delivery import Ways
from demo.vendors.door import VendorServer
from demo.vendors.jira import JiraVendor
from tests.support.alerts import Desk
from tests.support.store import store_at
from tools.connectors.jira import JiraIssues


@dataclass
class Tracker:
    """The bot's desk, with a courier that reaches a Jira."""

    desk: Desk
    jira: JiraVendor
    courier: Courier
    task: Task

    async def file(self) -> bool:
        async with self.desk.store.write() as tx:
            return await file_ticket(tx, self.task, description="Why: it was full.", at=self.desk.clock.now())

    async def end(self) -> None:
        async with self.desk.store.write() as tx:
            await tasks.finish(tx, self.desk.policies, self.task.id, by="ada", at=self.desk.clock.now())

    async def statuses(self) -> list[str]:
        return [issue["fields"]["status"]["name"] for issue in self.jira.issues.values()]


@pytest.fixture
async def tracker(tmp_path: Path) -> AsyncIterator[Tracker]:
    vendor = JiraVendor(done="완료")
    async with store_at(tmp_path) as store, VendorServer(vendor) as server:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment", namespace="shop")
        [incident] = await desk.incidents()
        async with store.write() as tx:
            task = await tasks.add(
                tx,
                desk.policies,
                incident.id,
                text="Raise the pool's bound",
                by="ada",
                at=desk.clock.now(),
                key="tsk_1",
                kind="follow_up",
            )
        issues = JiraIssues(
            server.url,
            token=vendor.token,
            username=vendor.username,
            project="OPS",
            issue_type="Task",
            timeout_seconds=30,
        )

        async def settled(tx: Tx, notification: object, now: object) -> None:
            await tasks.ticket_settled(tx, desk.policies, notification, now)

        ways = Ways({Channel.JIRA: issues}, settled={"task": settled})
        metrics = build_metrics(CollectorRegistry())
        yield Tracker(desk, vendor, Courier(store, ways, desk.clock, metrics, Redactor()), task)
        await issues.close()


async def test_a_follow_up_is_filed_once_and_ended_with_its_task(tracker: Tracker) -> None:
    assert [True, False] == [await tracker.file(), await tracker.file()]
    await tracker.courier.deliver_due()
    async with tracker.desk.store.read() as tx:
        kept = await tx.tasks.get("tsk_1")
    assert ("OPS-1", ["To Do"]) == (kept.ticket, await tracker.statuses())

    await tracker.end()
    await tracker.end()
    await tracker.courier.deliver_due()

    async with tracker.desk.store.read() as tx:
        left = [n for state in NotificationState for n in await tx.notifications.in_state(state)]
    assert (["완료"], {NotificationState.SENT}) == (await tracker.statuses(), {n.state for n in left})
    assert 2 == len(left)


async def test_a_task_that_ends_before_its_ticket_left_is_opened_and_then_ended(tracker: Tracker) -> None:
    await tracker.file()
    await tracker.end()
    await tracker.courier.deliver_due()
    await tracker.courier.deliver_due()

    assert ["완료"] == await tracker.statuses()


async def test_a_task_that_was_never_filed_is_none_of_the_trackers_business(tracker: Tracker) -> None:
    await tracker.end()
    async with tracker.desk.store.write() as tx:
        assert not await end_ticket(tx, tracker.task, at=tracker.desk.clock.now())
    await tracker.courier.deliver_due()

    assert {} == tracker.jira.issues

"""Maintenance jobs and verification tests against the demo cluster, which runs their pods for real."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import BadInput, Conflict, NotFound
from tests.support.backends import eventually
from tests.support.street import Street, manifest, settled, street
from tools.base import CheckState, Happened
from tools.connectors.writers import CRON_JOBS
from tools.incident_responder.writes.jobs import CronJobParams, RunMaintenanceJob, ScheduleVerification
from tools.incident_responder.writes.marks import ACTION

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
UPKEEP = CronJobParams(namespace="shop", cronjob="ledger-upkeep")
CHECKS = CronJobParams(namespace="shop", cronjob="shop-checks")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(tmp_path, *manifest("jobs")) as found:
        yield found


def jobs(town: Street) -> list[dict[str, Any]]:
    return town.cluster.store.select(("batch", "jobs"), "shop")


async def test_a_maintenance_job_runs_once_to_its_end(tmp_path: Path) -> None:
    async with street(tmp_path, *manifest("jobs", "ledger-db")) as town:
        await town.open("ledger-db", 1)
        write = RunMaintenanceJob(town.writer, ("shop",))
        plan = await write.plan(UPKEEP, NOW)
        before = jobs(town)
        assert await write.happened(UPKEEP, plan, "act-1") is Happened.NO
        applied = await write.apply(UPKEEP, plan, "act-1")
        await write.apply(UPKEEP, plan, "act-1")
        state = await settled(write, UPKEEP, plan, "act-1")
        [job] = jobs(town)
        [pod] = [
            p
            for p in town.cluster.store.select(("", "pods"), "shop")
            if "job-name" in p["metadata"]["labels"]
        ]
        cron = await town.admin.get(CRON_JOBS, "shop", "ledger-upkeep")

    assert before == []
    assert plan.reversible is False
    assert plan.args["image"] == "registry.example/ledger-upkeep:v1"
    assert state is CheckState.DONE
    assert applied.facts["job"] == job["metadata"]["name"]
    assert job["metadata"]["annotations"][ACTION] == "act-1"
    assert job["metadata"]["ownerReferences"][0]["name"] == "ledger-upkeep"
    assert job["status"]["succeeded"] == 1
    assert pod["status"]["phase"] == "Succeeded"
    assert "lastScheduleTime" not in cron.get("status", {})


async def test_a_job_whose_work_fails_is_a_failed_check(town: Street) -> None:
    # Without a ledger there is nobody to keep up.
    write = RunMaintenanceJob(town.writer, ("shop",))
    plan = await write.plan(UPKEEP, NOW)
    await write.apply(UPKEEP, plan, "act-1")
    assert await settled(write, UPKEEP, plan, "act-1") is CheckState.FAILED
    check = await write.check(UPKEEP, plan, "act-1")
    assert "backoff limit" in check.detail
    assert check.progress == (0, 1)
    with pytest.raises(BadInput, match="stays done"):
        await write.undo(UPKEEP, plan, "undo-1")


async def test_a_cron_job_that_was_changed_since_the_preview_is_not_run(town: Street) -> None:
    write = RunMaintenanceJob(town.writer, ("shop",))
    plan = await write.plan(UPKEEP, NOW)
    changed = {"spec": {"jobTemplate": {"spec": {"backoffLimit": 5}}}}
    await town.admin.patch(CRON_JOBS, "shop", "ledger-upkeep", changed, kind="merge")
    with pytest.raises(Conflict):
        await write.apply(UPKEEP, plan, "act-1")
    assert jobs(town) == []


async def test_a_job_that_cleans_itself_up_leaves_no_proof_of_absence(town: Street) -> None:
    template = {"spec": {"jobTemplate": {"spec": {"ttlSecondsAfterFinished": 1}}}}
    await town.admin.patch(CRON_JOBS, "shop", "ledger-upkeep", template, kind="merge")
    write = RunMaintenanceJob(town.writer, ("shop",))
    plan = await write.plan(UPKEEP, NOW)
    assert await write.happened(UPKEEP, plan, "act-1") is Happened.UNKNOWN


async def test_two_at_once_are_refused_where_the_owner_forbids_it(town: Street) -> None:
    town.cluster.halt("jobs")
    write = RunMaintenanceJob(town.writer, ("shop",))
    await write.apply(UPKEEP, await write.plan(UPKEEP, NOW), "act-1")

    async def refused() -> bool:
        try:
            await write.plan(UPKEEP, NOW)
        except BadInput as error:
            return "two at once" in str(error)
        return False

    await eventually(refused, every=0.02)


async def test_only_cron_jobs_that_their_owner_opened_for_it(town: Street) -> None:
    run, wake = RunMaintenanceJob(town.writer, ("shop",)), ScheduleVerification(town.writer, ("shop",))
    with pytest.raises(BadInput, match="purpose=maintenance"):
        await run.plan(CHECKS, NOW)
    with pytest.raises(BadInput, match="purpose=verification"):
        await wake.plan(UPKEEP, NOW)
    with pytest.raises(NotFound):
        await run.plan(CronJobParams(namespace="shop", cronjob="nothing"), NOW)
    with pytest.raises(BadInput, match="only in: shop"):
        await wake.plan(CronJobParams(namespace="batch", cronjob="shop-checks"), NOW)


async def test_verification_tests_wake_up_and_go_back_to_sleep(town: Street) -> None:
    write = ScheduleVerification(town.writer, ("shop",))
    plan = await write.plan(CHECKS, NOW)
    assert await write.happened(CHECKS, plan, "act-1") is Happened.NO
    await write.apply(CHECKS, plan, "act-1")
    awake = await town.admin.get(CRON_JOBS, "shop", "shop-checks")
    assert await settled(write, CHECKS, plan, "act-1") is CheckState.DONE
    with pytest.raises(BadInput, match="already"):
        await write.plan(CHECKS, NOW)
    await write.undo(CHECKS, plan, "undo-1")
    asleep = await town.admin.get(CRON_JOBS, "shop", "shop-checks")

    assert [(c.path, c.before, c.after) for c in plan.changes] == [("spec.suspend", "true", "false")]
    assert (awake["spec"].get("suspend", False), asleep["spec"]["suspend"]) == (False, True)
    assert await settled(write, CHECKS, plan, "undo-1", undo=True) is CheckState.DONE
    assert await write.happened(CHECKS, plan, "act-1") is Happened.YES
    assert await write.undone(CHECKS, plan, "undo-1") is Happened.YES


async def test_tests_that_were_missed_while_asleep_are_run_once_when_they_wake(town: Street) -> None:
    long_ago = {"status": {"lastScheduleTime": "2026-01-01T00:00:00Z"}}
    await town.admin.patch(CRON_JOBS, "shop", "shop-checks", long_ago, kind="merge", subresource="status")
    write = ScheduleVerification(town.writer, ("shop",))
    await write.apply(CHECKS, await write.plan(CHECKS, NOW), "act-1")
    [job] = await eventually(lambda: jobs(town), every=0.02)
    cron = await town.admin.get(CRON_JOBS, "shop", "shop-checks")
    assert job["metadata"]["name"].startswith("shop-checks-")
    assert cron["status"]["lastScheduleTime"] > "2026-02"


async def test_an_undo_respects_a_schedule_that_somebody_changed_meanwhile(town: Street) -> None:
    write = ScheduleVerification(town.writer, ("shop",))
    plan = await write.plan(CHECKS, NOW)
    await write.apply(CHECKS, plan, "act-1")
    hourly = {"spec": {"schedule": "0 * * * *"}}
    await town.admin.patch(CRON_JOBS, "shop", "shop-checks", hourly, kind="merge")
    with pytest.raises(Conflict, match="by somebody else"):
        await write.undo(CHECKS, plan, "undo-1")
    assert (await write.check(CHECKS, plan, "act-1")).state is CheckState.FAILED


@pytest.mark.parametrize("name", ["../x", "a/b", "*", "", "A", "a" * 60, "a.b"])
def test_hostile_names_never_reach_the_cluster(name: str) -> None:
    with pytest.raises(ValidationError):
        CronJobParams(namespace="shop", cronjob=name)

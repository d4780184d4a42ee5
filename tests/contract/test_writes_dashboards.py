"""Publishing dashboards as an action against a double of Grafana, with people who save in between and lost answers."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.decision import Autonomy, Verdict
from agent.errors import BadInput, Conflict, OpsError, Unavailable
from agent.execution.catalogue_type import Catalogue
from agent.store.engine import SqlStore
from demo.vendors.door import VendorServer
from demo.vendors.grafana import GrafanaVendor
from tests.support.guarded import Guarded, Rules, person
from tests.support.store import store_at
from tools.base import CheckState, Happened
from tools.connectors.grafana import GrafanaDashboards
from tools.dashboard_builder.writes import DashboardParams, PublishDashboard

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
OPERATIONS = DashboardParams(dashboard="operations")
UID = "ops-operations"
INCIDENT = DashboardParams.model_validate(
    {
        "dashboard": "incident",
        "incident": {"number": 12, "title": "payment is slow", "services": ["payment"], "since": NOW},
    }
)


@pytest_asyncio.fixture
async def vendor() -> GrafanaVendor:
    return GrafanaVendor(teams=("SRE", "DevOps team"))


@pytest_asyncio.fixture
async def write(vendor: GrafanaVendor) -> AsyncIterator[PublishDashboard]:
    async with VendorServer(vendor) as server:
        connector = GrafanaDashboards(server.url, token=vendor.token, timeout_seconds=30)
        yield PublishDashboard(connector)
        await connector.close()


async def test_a_dashboard_is_seen_published_followed_and_taken_away_again(
    write: PublishDashboard, vendor: GrafanaVendor
) -> None:
    plan = await write.plan(OPERATIONS, NOW)
    before = await write.happened(OPERATIONS, plan, "act-1")
    applied = await write.apply(OPERATIONS, plan, "act-1")

    assert ("absent", UID) == (plan.target.version, plan.target.name)
    assert [
        ("folder", "Operations: live, read by DevOps team, SRE"),
        ("dashboard", "Operations with 11 panels"),
    ] == [(change.path, change.after) for change in plan.changes]
    assert ("Grafana has no team “On-call engineers”; they are left out.",) == plan.warnings
    assert (Happened.NO, Happened.YES) == (before, await write.happened(OPERATIONS, plan, "act-1"))
    assert CheckState.DONE is (await write.check(OPERATIONS, plan, "act-1")).state
    assert "/d/ops-operations" in applied.detail
    readers = {item["teamId"] for item in vendor.folders["ops-operations"]["permissions"]}
    assert set(vendor.team_ids.values()) == readers

    await write.undo(OPERATIONS, plan, "undo:act-1")

    assert {} == vendor.dashboards
    assert Happened.YES is await write.undone(OPERATIONS, plan, "undo:act-1")
    assert CheckState.DONE is (await write.undo_check(OPERATIONS, plan, "undo:act-1")).state


async def test_undo_brings_back_the_version_before(write: PublishDashboard, vendor: GrafanaVendor) -> None:
    await write.apply(OPERATIONS, await write.plan(OPERATIONS, NOW), "act-1")
    vendor.edit_by_hand(UID, "mina", title="Our operations")
    plan = await write.plan(OPERATIONS, NOW)
    await write.apply(OPERATIONS, plan, "act-2")
    published = vendor.dashboards[UID][-1]["data"]["title"]
    await write.undo(OPERATIONS, plan, "undo:act-2")

    assert ("Operations", "Our operations") == (published, vendor.dashboards[UID][-1]["data"]["title"])
    assert 1 == plan.facts["changed_by_hand"]
    assert (
        "It was changed by hand once since the last publication, by mina; that is replaced.",
    ) == plan.warnings
    assert Happened.YES is await write.undone(OPERATIONS, plan, "undo:act-2")
    with pytest.raises(Conflict, match="saved this dashboard since"):
        await write.undo(OPERATIONS, plan, "undo:act-2")


async def test_whoever_saves_after_the_look_is_not_overwritten(
    write: PublishDashboard, vendor: GrafanaVendor
) -> None:
    await write.apply(OPERATIONS, await write.plan(OPERATIONS, NOW), "act-1")
    vendor.edit_by_hand(UID, "mina", refresh="5m")
    plan = await write.plan(OPERATIONS, NOW)
    vendor.edit_by_hand(UID, "joon", refresh="1h")

    with pytest.raises(Conflict):
        await write.apply(OPERATIONS, plan, "act-2")
    assert "1h" == vendor.dashboards[UID][-1]["data"]["refresh"]
    assert Happened.NO is await write.happened(OPERATIONS, plan, "act-2")


async def test_what_is_published_already_is_not_published_again(write: PublishDashboard) -> None:
    await write.apply(OPERATIONS, await write.plan(OPERATIONS, NOW), "act-1")

    with pytest.raises(BadInput, match="published already"):
        await write.plan(OPERATIONS, NOW)


async def test_what_comes_from_files_is_left_to_the_files(
    write: PublishDashboard, vendor: GrafanaVendor
) -> None:
    await write.apply(OPERATIONS, await write.plan(OPERATIONS, NOW), "act-1")
    vendor.edit_by_hand(UID, "provisioning", refresh="5m")
    vendor.provisioned.add(UID)

    with pytest.raises(BadInput, match="provisioning files"):
        await write.plan(OPERATIONS, NOW)


async def test_rights_that_people_gave_a_folder_are_left_as_they_are(
    write: PublishDashboard, vendor: GrafanaVendor
) -> None:
    await write.apply(OPERATIONS, await write.plan(OPERATIONS, NOW), "act-1")
    vendor.folders["ops-operations"]["permissions"] = [{"role": "Viewer", "permission": 1}]
    overview = DashboardParams(dashboard="overview")
    plan = await write.plan(overview, NOW)
    await write.apply(overview, plan, "act-2")

    assert ["dashboard"] == [change.path for change in plan.changes]
    assert [{"role": "Viewer", "permission": 1}] == vendor.folders["ops-operations"]["permissions"]


async def test_no_folder_is_left_open_when_nobody_can_tell_who_may_read_it(
    write: PublishDashboard, vendor: GrafanaVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await write.plan(OPERATIONS, NOW)

    async def away(names: object) -> None:
        raise Unavailable("Grafana cannot answer now.", backend="grafana")

    monkeypatch.setattr(write.dashboards, "teams", away)
    with pytest.raises(Unavailable):
        await write.apply(OPERATIONS, plan, "act-1")

    assert ({}, {}) == (vendor.folders, vendor.dashboards)


async def test_a_lost_answer_is_found_out(write: PublishDashboard, vendor: GrafanaVendor) -> None:
    plan = await write.plan(OPERATIONS, NOW)
    await write.apply(OPERATIONS, plan, "act-1")
    vendor.edit_by_hand(UID, "mina", refresh="5m")
    again = await write.plan(OPERATIONS, NOW)
    vendor.faults.set(lost_answer=True, times=1)
    error: OpsError | None = None
    try:
        await write.apply(OPERATIONS, again, "act-2")
    except OpsError as lost:
        error = lost

    assert isinstance(error, Unavailable)
    assert Happened.YES is await write.happened(OPERATIONS, again, "act-2")
    assert 3 == len(vendor.dashboards[UID])


async def test_an_incident_has_a_dashboard_of_its_own(write: PublishDashboard, vendor: GrafanaVendor) -> None:
    plan = await write.plan(INCIDENT, NOW)
    await write.apply(INCIDENT, plan, "act-1")
    model = vendor.dashboards["ops-inc-12"][-1]["data"]
    [service] = [one for one in model["templating"]["list"] if one["name"] == "service"]

    assert "INC-12: payment is slow" == model["title"]
    assert ["payment"] == service["current"]["value"]
    assert {"from": "2026-03-02T09:00:00.000Z", "to": "now"} == model["time"]


@pytest.mark.parametrize(
    "raw",
    [
        {"dashboard": "incident"},
        {"dashboard": "operations", "incident": INCIDENT.incident},
        {"dashboard": "../etc"},
        {"dashboard": "incident", "incident": {"number": 1, "services": [], "since": NOW}},
        {
            "dashboard": "incident",
            "incident": {"number": 1, "services": ["a"], "since": NOW, "link": "javascript:1"},
        },
    ],
)
def test_parameters_that_fit_no_dashboard_are_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"dashboard|incident"):
        DashboardParams.model_validate(raw)


async def test_an_unknown_dashboard_is_refused_with_those_that_are_like_it(write: PublishDashboard) -> None:
    with pytest.raises(BadInput, match="operations"):
        await write.plan(DashboardParams(dashboard="operation"), NOW)


async def test_by_the_shipped_rules_a_person_publishes_without_a_vote_and_takes_it_back(
    write: PublishDashboard, vendor: GrafanaVendor, tmp_path: Path
) -> None:
    async with store_at(tmp_path) as store:
        house = Guarded(store)
        house.rules = Rules(verdict=Verdict.PERMIT, autonomy=Autonomy.AUTO)
        house.desk = house.another_desk(catalogue=Catalogue([PublishDashboard], {write.name: write}))
        wish = ActionRequest(name=write.name, params={"dashboard": "slo"}, by="mina")
        action = await house.desk.propose(wish)
        await house.run()
        done = await _stored(store, action.id)
        there = list(vendor.dashboards)
        undo = await house.desk.undo(action.id, person("ada"), key="click")
        await house.run()
        undone = await _stored(store, action.id)

    assert (ActionState.SUCCEEDED, ["ops-slo"]) == (done.state, there), done.detail
    assert (ActionState.UNDONE, {}) == (undone.state, vendor.dashboards), (undone.detail, undo.detail)


async def _stored(store: SqlStore, action_id: str) -> Action:
    async with store.read() as tx:
        found = await tx.actions.get(action_id)
    assert found is not None
    return found

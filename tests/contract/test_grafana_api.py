"""Dashboards, folders, rights and annotations against a double of Grafana that was written from its public documentation."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from agent.errors import BadAnswer, Conflict, Misconfigured, NotFound, Overloaded, Refused, Unavailable
from demo.vendors.door import VendorServer
from demo.vendors.grafana import VERSION, GrafanaVendor
from tests.support.scripted_http import GARBAGE, ended, scripted
from tools.connectors.grafana import GrafanaDashboards, dashboard_link
from tools.connectors.grafana_annotations import Annotation, GrafanaAnnotations

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MODEL = {"uid": "ops-x", "title": "X", "panels": [], "schemaVersion": 41}


@pytest_asyncio.fixture(params=[True, False], ids=["versions in a page", "versions in a list"])
async def vendor(request: pytest.FixtureRequest) -> GrafanaVendor:
    return GrafanaVendor(teams=("SRE", "DevOps team"), wraps_versions=bool(request.param))


@pytest_asyncio.fixture
async def grafana(vendor: GrafanaVendor) -> AsyncIterator[GrafanaDashboards]:
    async with VendorServer(vendor) as server:
        connector = GrafanaDashboards(server.url, token=vendor.token, timeout_seconds=30)
        await connector.create_folder("ops", "Operations")
        yield connector
        await connector.close()


async def test_a_dashboard_is_created_read_changed_and_deleted(grafana: GrafanaDashboards) -> None:
    assert await grafana.dashboard("ops-x") is None
    assert () == await grafana.versions("ops-x")
    first = await grafana.save(MODEL, "ops", version=None, message="one")
    second = await grafana.save({**MODEL, "title": "Y"}, "ops", version=first, message="two")
    stored = await grafana.dashboard("ops-x")

    assert (1, 2) == (first, second)
    assert stored is not None
    assert ("Y", 2, "ops", False) == (
        stored.model["title"],
        stored.version,
        stored.folder,
        stored.provisioned,
    )
    assert [(2, "two"), (1, "one")] == [(s.version, s.message) for s in await grafana.versions("ops-x")]
    assert "X" == (await grafana.content("ops-x", 1))["title"]
    with pytest.raises(NotFound):
        await grafana.content("ops-x", 7)
    await grafana.delete("ops-x")
    assert await grafana.dashboard("ops-x") is None
    with pytest.raises(NotFound):
        await grafana.delete("ops-x")


async def test_nobody_saves_over_a_version_that_they_have_not_seen(
    grafana: GrafanaDashboards, vendor: GrafanaVendor
) -> None:
    version = await grafana.save(MODEL, "ops", version=None, message="one")
    vendor.edit_by_hand("ops-x", "mina", title="Mine")

    with pytest.raises(Conflict):
        await grafana.save(MODEL, "ops", version=version, message="two")
    with pytest.raises(Conflict):
        await grafana.save(MODEL, "ops", version=None, message="two")
    found = await grafana.versions("ops-x")

    assert ["mina", "sa-ops-monitor"] == [save.by for save in found]


async def test_folders_are_made_once_and_read_by_the_teams_that_exist(
    grafana: GrafanaDashboards, vendor: GrafanaVendor
) -> None:
    await grafana.create_folder("ops", "Operations")
    teams = await grafana.teams(("SRE", "Nobody", "DevOps team"))
    await grafana.let_read("ops", sorted(teams.values()))

    assert (True, False) == (await grafana.has_folder("ops"), await grafana.has_folder("other"))
    assert vendor.team_ids == teams
    assert [{"teamId": n, "permission": 1} for n in sorted(teams.values())] == vendor.folders["ops"][
        "permissions"
    ]


async def test_annotations_are_found_again_by_their_tags(vendor: GrafanaVendor) -> None:
    async with VendorServer(vendor) as server:
        marks = GrafanaAnnotations(server.url, token=vendor.token, timeout_seconds=30)
        deployed = Annotation("payment v2", ("ops-monitor", "deployment", "dep_1"), NOW)
        await marks.add(deployed)
        await marks.add(Annotation("other", ("ops-monitor",), NOW, NOW + timedelta(minutes=3)))
        [found] = await marks.find(("ops-monitor", "dep_1"), NOW - timedelta(hours=1), NOW)
        await marks.change(
            Annotation("payment v2, ended", found.tags, NOW, NOW + timedelta(minutes=2), found.id)
        )
        [changed] = await marks.find(("dep_1",), NOW - timedelta(hours=1), NOW)
        nothing = await marks.find(("dep_1",), NOW - timedelta(hours=2), NOW - timedelta(hours=1))
        await marks.close()

    assert (deployed.text, deployed.tags, NOW, None) == (found.text, found.tags, found.at, found.until)
    assert ("payment v2, ended", NOW + timedelta(minutes=2)) == (changed.text, changed.until)
    assert () == nothing


async def test_the_probe_tells_a_wrong_token_and_names_the_fix(vendor: GrafanaVendor) -> None:
    async with VendorServer(vendor) as server:
        good = GrafanaDashboards(server.url, token=vendor.token, timeout_seconds=30)
        bad = GrafanaDashboards(server.url, token="wrong", timeout_seconds=30)
        yes, no = await good.probe(), await bad.probe()
        await good.close()
        await bad.close()

    assert (True, f"version {VERSION}, the token is good") == (yes.ok, yes.detail)
    assert not no.ok
    assert no.fix is not None
    assert "OPS_GRAFANA_TOKEN" in no.fix
    assert "wrong" not in no.detail


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"down": True}, Unavailable), ({"rate_limited": True}, Overloaded)],
)
async def test_a_grafana_that_cannot_answer_is_our_error(
    grafana: GrafanaDashboards, vendor: GrafanaVendor, fault: dict[str, bool], error: type[Exception]
) -> None:
    vendor.faults.set(**fault)

    with pytest.raises(error):
        await grafana.dashboard("ops-x")


async def test_a_refusal_carries_grafanas_own_words(grafana: GrafanaDashboards) -> None:
    with pytest.raises(Refused, match="folder not found"):
        await grafana.save(MODEL, "elsewhere", version=None, message="")


@pytest.mark.parametrize("name", sorted(GARBAGE))
async def test_garbage_is_an_error_of_ours(name: str) -> None:
    async with scripted(GARBAGE[name]) as script:
        connector = GrafanaDashboards(script.url, token="t", timeout_seconds=1)
        marks = GrafanaAnnotations(script.url, token="t", timeout_seconds=1)
        reads = (
            connector.dashboard("ops-x"),
            connector.save(MODEL, "ops", version=None, message=""),
            connector.teams(("SRE",)),
        )
        found = [await ended(read) for read in reads]
        await ended(connector.content("ops-x", 1))
        await ended(connector.versions("ops-x"))
        await ended(marks.find(("a",), NOW, NOW))
        await connector.close()
        await marks.close()

    assert all(isinstance(one, BadAnswer | Unavailable) for one in found if one != {}), found


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Misconfigured):
        GrafanaDashboards("grafana:3000", token="t", timeout_seconds=1)


def test_links_name_variables_and_times() -> None:
    made = dashboard_link("https://grafana.example/", "ops-x", {"service": "pay&me", "from": "now-1h"})

    assert "https://grafana.example/d/ops-x?var-service=pay%26me&from=now-1h" == made

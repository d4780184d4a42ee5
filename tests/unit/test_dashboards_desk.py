"""Dashboards for chat: pictures of what the panels would show, addresses where Grafana has them, and what is wished."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.app.dashboards import DashboardDesk, subject_of
from agent.domain.action import ActionState
from agent.errors import BadInput, Unavailable
from agent.store.engine import SqlStore
from demo.vendors.door import VendorServer
from demo.vendors.grafana import GrafanaVendor
from tests.support.deeds import sample_action
from tests.support.panels import PNG, EvenMetrics, KeptPages
from tests.support.store import StillClock, store_at
from tests.support.views import diagnosed_view, resolved_view
from tools.connectors.grafana import GrafanaDashboards
from tools.dashboard_builder.writes import DashboardParams
from tools.signals import SignalBook

AWAY = Unavailable("Prometheus cannot be reached.", backend="prometheus")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as found:
        yield found


@pytest.fixture
def desk(store: SqlStore) -> DashboardDesk:
    return DashboardDesk(store, StillClock(), SignalBook(), KeptPages(), metrics=EvenMetrics())


def asked(desk: DashboardDesk) -> list[str]:
    assert isinstance(desk.metrics, EvenMetrics)
    return desk.metrics.asked


def pages(desk: DashboardDesk) -> KeptPages:
    assert isinstance(desk.painter, KeptPages)
    return desk.painter


async def test_without_grafana_a_dashboard_is_a_picture_of_its_own_queries(desk: DashboardDesk) -> None:
    shown = await desk.shown("executive")
    [page] = pages(desk).pages

    assert (PNG, None, "", ()) == (shown.picture, shown.line.link, shown.trouble, shown.silent)
    assert "Availability now: 50 %" in shown.alt
    numbers = [tile for tile in page.tiles if tile.chart is None]
    assert [("50 %", "bad"), ("50 %", "bad")] == [(tile.value, tile.tone) for tile in numbers[:2]]
    assert all("$" not in query for query in asked(desk))


async def test_a_panel_without_data_says_why_and_is_no_zero(desk: DashboardDesk) -> None:
    quiet = replace(desk, metrics=EvenMetrics(silent=("customer_satisfaction", "revenue")))
    shown = await quiet.shown("executive")
    notes = {tile.title: (tile.value, tile.note) for tile in pages(quiet).pages[0].tiles}

    assert ("Customer satisfaction", "Revenue", "Revenue below the same hour a week ago") == shown.silent
    assert "no data" == notes["Customer satisfaction"][0]
    assert notes["Customer satisfaction"][1].startswith("no data. Needs `customer_satisfaction_score`")
    assert "Customer satisfaction" not in shown.alt


async def test_a_store_that_is_away_is_told_in_each_tile(desk: DashboardDesk) -> None:
    away = replace(desk, metrics=EvenMetrics(trouble=AWAY))
    shown = await away.shown("slo")

    assert PNG == shown.picture
    assert {"Prometheus cannot be reached."} == {tile.note for tile in pages(away).pages[0].tiles}
    assert shown.alt.endswith("No panel has data.")


async def test_what_cannot_be_drawn_is_told(desk: DashboardDesk) -> None:
    broken = await replace(desk, painter=KeptPages(broken=True)).shown("slo")
    nothing = await replace(desk, metrics=None).shown("slo")

    assert (None, "The chart could not be drawn.") == (broken.picture, broken.trouble)
    assert (None, "Prometheus is not configured.") == (nothing.picture, nothing.trouble)
    with pytest.raises(BadInput, match="There is no dashboard"):
        await desk.shown("nonsense")


async def test_no_link_bears_what_the_address_is_opened_with(desk: DashboardDesk) -> None:
    behind = replace(desk, grafana_url="https://bot:hunter2@grafana.example/team/?apiKey=hunter2")
    links = {line.link for line in await behind.listed()}

    assert "https://grafana.example/team/d/ops-slo" in links
    assert not any("hunter2" in str(link) for link in links)


async def test_grafana_is_linked_only_where_it_has_the_dashboard(desk: DashboardDesk) -> None:
    vendor = GrafanaVendor()
    async with VendorServer(vendor) as server:
        grafana = GrafanaDashboards(server.url, token=vendor.token, timeout_seconds=30)
        linked = replace(desk, grafana=grafana, grafana_url=server.url)
        before = await linked.shown("slo")
        await grafana.create_folder("ops", "Ops")
        await grafana.save({"uid": "ops-slo", "title": "S"}, "ops", version=None, message="")
        after = await linked.shown("slo")
        listed = await linked.listed()
        vendor.faults.set(down=True)
        away = await linked.shown("slo")
        await grafana.close()

    assert (PNG, None) == (before.picture, before.line.link)
    assert (None, f"{server.url}/d/ops-slo") == (after.picture, after.line.link)
    assert (PNG, None) == (away.picture, away.line.link)
    assert "Grafana cannot answer now" in away.trouble
    assert {f"{server.url}/d/ops-slo"} == {line.link for line in listed if line.link}
    assert len(listed) > 5


async def test_an_incidents_page_shows_its_services_its_time_and_what_was_done(desk: DashboardDesk) -> None:
    view = diagnosed_view()
    at = desk.clock.now()
    done = sample_action(number=7, at=at, state=ActionState.SUCCEEDED)
    done = done.model_copy(update={"times": done.times.model_copy(update={"applied_at": at})})
    shown = await desk.of_incident(view.model_copy(update={"actions": (done,)}))
    [page] = pages(desk).pages
    charts = [tile.chart for tile in page.tiles if tile.chart]

    assert f"INC-{view.incident.number}: {view.incident.title}" == shown.line.title
    assert {view.incident.times.started_at.timestamp()} == {
        chart.incident[0] for chart in charts if chart.incident
    }
    assert {("A-7 " + done.name,)} == {tuple(m.label for m in chart.markers) for chart in charts}
    assert all(
        f'service=~"({"|".join(view.services)})"' in query or "pod=~" in query for query in asked(desk)
    )


def test_what_is_wished_is_what_the_action_takes(desk: DashboardDesk) -> None:
    view = resolved_view()
    wish = DashboardParams.model_validate(desk.incident_wish(view, "https://slack.example/p1"))
    subject = wish.incident

    assert "slo" == DashboardParams.model_validate(desk.wish("Service level objectives")).dashboard
    assert subject is not None
    assert (view.incident.number, view.services) == (subject.number, subject.services)
    assert (view.incident.times.resolved_at, "https://slack.example/p1") == (subject.until, subject.link)


def test_an_incident_without_a_service_has_nothing_to_draw() -> None:
    view = diagnosed_view()
    bare = view.model_copy(
        update={"alerts": (), "incident": view.incident.model_copy(update={"service": ""})}
    )

    with pytest.raises(BadInput, match="No service"):
        subject_of(bare)


def test_the_link_of_an_incident_is_its_own_once_published_and_the_applications_before(
    desk: DashboardDesk,
) -> None:
    view, linked = diagnosed_view(), replace(desk, grafana_url="https://g.example")
    start = view.incident.times.started_at - timedelta(hours=1)
    published = sample_action(
        number=1, name="publish_dashboard", at=desk.clock.now(), state=ActionState.SUCCEEDED
    )
    link = linked.link_of(view)

    assert desk.link_of(view) is None
    assert link is not None
    assert link.startswith(f"https://g.example/d/ops-application?var-service={view.services[0]}&from=")
    assert f"from={start.timestamp() * 1000:.0f}&to=now" in link
    own = linked.link_of(view.model_copy(update={"actions": (published,)}))
    assert f"https://g.example/d/ops-inc-{view.incident.number}" == own

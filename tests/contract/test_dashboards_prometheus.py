"""Every query of every dashboard on a real Prometheus that has each metric: it runs, and brings data."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from agent.app.dashboards_terminal import check
from agent.errors import Unavailable
from agent.settings import Settings
from tests.support.backends import eventually, prometheus_with_past
from tests.support.metrics_past import openmetrics_past
from tools.connectors.prometheus import PrometheusMetrics
from tools.dashboard_builder.ask import ask_boards
from tools.dashboard_builder.catalogue import board_named, boards
from tools.dashboard_builder.incident import Subject, incident
from tools.dashboard_builder.picture import board_picture
from tools.dashboard_builder.queries import dialect_of
from tools.painter import ProcessPainter

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
END = datetime.now(UTC).replace(microsecond=0)
PNG = b"\x89PNG"
# The terminal asks for its own present, which may come long after the modules of a worker were collected.
LONGEST_RUN = 30 * 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def metrics(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrometheusMetrics]:
    folder = tmp_path_factory.mktemp("dashboards")
    server = await prometheus_with_past(
        folder, openmetrics_past(END.timestamp() + LONGEST_RUN), retention="15d"
    )
    async with server:
        reader = PrometheusMetrics(server.url, timeout_seconds=30)
        await eventually(lambda: reader.instant("up", END))
        yield reader
        await reader.close()


async def test_every_query_brings_data_where_every_metric_exists(metrics: PrometheusMetrics) -> None:
    subject = Subject(number=1, services=("payment",), since=END)
    every = (*boards(), incident(subject))
    answers = await ask_boards(metrics, every, END)

    assert len(answers) == sum(len(panel.queries) for board in every for panel in board.panels())
    assert [] == [(a.board, a.panel, a.query, a.detail) for a in answers if a.outcome != "data"]


async def test_the_recipes_that_this_store_answers_are_chosen_and_bring_data(
    metrics: PrometheusMetrics,
) -> None:
    dialect = await dialect_of(metrics, END)
    answers = await ask_boards(metrics, boards(dialect), END)

    assert {} == dialect.chosen
    assert {"data"} == {answer.outcome for answer in answers}


async def test_an_incidents_dashboard_of_a_service_without_metrics_says_why_it_is_empty(
    metrics: PrometheusMetrics,
) -> None:
    answers = await ask_boards(metrics, [incident(Subject(number=1, services=("nobody",), since=END))], END)

    assert {"no data"} == {answer.outcome for answer in answers}
    assert all(answer.explained for answer in answers)


async def test_a_picture_of_a_dashboard_is_drawn_from_its_own_queries(metrics: PrometheusMetrics) -> None:
    painter = ProcessPainter()
    made = await board_picture(metrics, board_named("operations"), END)
    picture = await painter.draw_page(made.page)
    await painter.close()

    assert PNG == picture[:4]
    assert () == made.silent
    assert "Error rate (5xx): 1 %" in made.alt


async def test_more_names_than_an_address_holds_are_looked_for_in_parts(metrics: PrometheusMetrics) -> None:
    names = [f"a_metric_that_nobody_has_{number}" for number in range(200)]

    assert frozenset({"up"}) == await metrics.existing([*names, "up"], END)


async def test_the_terminals_check_counts_what_has_data(metrics: PrometheusMetrics) -> None:
    said: list[str] = []
    settings = Settings(prometheus_url=metrics.link("", 1, END).partition("/graph")[0])
    code = await check(settings, ("overview", "slo"), said.append)

    assert (0, "10 queries: 10 data, 0 no data, 0 errors") == (code, said[-1])
    assert "data     overview · Service Health: 1 series" in said


async def test_the_terminals_check_tells_a_store_that_is_away() -> None:
    said: list[str] = []
    with pytest.raises(Unavailable):
        await check(Settings(prometheus_url="http://127.0.0.1:9"), ("slo",), said.append)

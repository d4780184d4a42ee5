"""Dashboards: what they must contain, that their queries are PromQL, and that Grafana's JSON and the documents agree."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.errors import BadInput
from tests.support.dashboard_table import board_rows, panel_rows, seed_rows
from tools.dashboard_builder.build import grafana_json
from tools.dashboard_builder.catalogue import board_named, boards, names
from tools.dashboard_builder.folders import FOLDERS
from tools.dashboard_builder.incident import Subject, incident
from tools.dashboard_builder.model import Board, Panel, Query, panel_named
from tools.dashboard_builder.provisioning import provisioning_files
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, asked, chosen, recipe_for, signal_query
from tools.metrics_collector.promql import check
from tools.recipes import expand
from tools.signals import SIGNALS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dashboards.md").read_text("utf-8")
SINCE = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
INCIDENT = incident(
    Subject(number=12, title="payment is slow", services=("payment", "checkout"), since=SINCE)
)
EVERY = (*boards(), INCIDENT)
TITLES = {
    "executive": ("Availability", "Customer satisfaction", "Revenue below", "Mean time to resolution"),
    "operations": ("Instances that answer", "Active incidents", "P95 response time", "CPU of the servers"),
    "application": ("Request rate", "P99", "Error rate by endpoint", "Connection pool", "Third parties"),
    "infrastructure": ("CPU", "Memory", "Disk", "Network", "Pods", "Cost"),
    "ecommerce": ("Request Rate", "Response Time Percentiles", "Error Rate"),
    "overview": ("Service Health", "Request Rate", "Error Rate", "Response Time (P95)"),
    "business": ("Active Users", "Textbooks Created Today", "Learning Sessions", "AI Token Usage"),
    "security": ("Failed Login Attempts", "API Rate Limit Violations", "Suspicious Activities"),
}
REFRESH = {"executive": "5s", "operations": "1m", "application": "30s", "infrastructure": "1m"}
_CHOICES = re.compile('[a-z_]+=~"[^"]*[$](service|environment)[^"]*",?')
every_board = pytest.mark.parametrize("board", EVERY, ids=lambda board: board.name)


def queries() -> Iterator[tuple[Board, Panel, Query]]:
    """Yield every query with its place."""
    for board in EVERY:
        for panel in board.panels():
            for query in panel.queries:
                yield board, panel, query


def panels_in(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of Grafana's JSON without its rows."""
    return [panel for panel in model["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("name", TITLES)
def test_a_dashboard_holds_what_was_asked_for(name: str) -> None:
    titles = [panel.title for panel in board_named(name).panels()]

    assert [] == [wanted for wanted in TITLES[name] if not any(wanted in title for title in titles)]


def test_the_layers_refresh_as_the_role_says() -> None:
    assert {board_named(name).refresh: name for name in REFRESH} == {v: k for k, v in REFRESH.items()}
    assert list(REFRESH.values()) == [grafana_json(board_named(name))["refresh"] for name in REFRESH]


def test_every_query_is_promql_once_its_variables_have_values() -> None:
    left = [(b.name, p.title) for b, p, q in queries() if "$" in asked(q.expr) or "<" in asked(q.expr)]

    assert [] == left
    for _, _, query in queries():
        assert check(asked(query.expr)) == asked(query.expr).strip()
        check(asked(query.expr, service="a|b", environment="shop", window="120s", span="3h"))


def test_a_panel_asks_what_the_reads_ask() -> None:
    for _, _, query in queries():
        if not query.signal:
            continue
        signal = SIGNALS[query.signal]
        form = _CHOICES.sub("", query.expr).replace(",}", "}")
        read = {
            expand(recipe, None, None, 7).replace("[7s]", window).replace(",}", "}")
            for recipe in signal.recipes
            for window in ("[$__rate_interval]", "[5m]", "[30d]")
        }
        assert any(one in form for one in read), (query.signal, form)


def test_names_ids_and_titles_are_told_apart() -> None:
    assert len({board.uid for board in EVERY}) == len({board.title for board in EVERY}) == len(EVERY)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", board.uid) for board in EVERY)
    assert {board.folder for board in EVERY} <= set(FOLDERS)
    for board in EVERY:
        titles = [panel.title for panel in board.panels()]
        assert len(set(titles)) == len(titles), board.name


@every_board
def test_grafanas_json_says_what_the_dashboard_says(board: Board) -> None:
    model = grafana_json(board)
    shown = panels_in(model)

    assert (41, board.uid, board.title) == (model["schemaVersion"], model["uid"], model["title"])
    assert {"id", "version"}.isdisjoint(model)
    assert [p.title for p in board.panels()] == [panel["title"] for panel in shown]
    assert [[q.expr for q in p.queries] for p in board.panels()] == [
        [target["expr"] for target in panel["targets"]] for panel in shown
    ]
    assert len({panel["id"] for panel in model["panels"]}) == len(model["panels"])
    assert {"${datasource}"} == {target["datasource"]["uid"] for p in shown for target in p["targets"]}
    assert {"no data"} == {panel["fieldConfig"]["defaults"]["noValue"] for panel in shown}
    assert model == json.loads(json.dumps(model))


@every_board
def test_panels_lie_beside_each_other_and_never_on_each_other(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in grafana_json(board)["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert taken.isdisjoint(cells), panel["title"]
        taken |= cells


@every_board
def test_every_variable_that_a_query_names_can_be_chosen(board: Board) -> None:
    model = grafana_json(board)
    known = {one["name"] for one in model["templating"]["list"]}
    used = set(re.findall(r"\$(service|environment)\b", json.dumps([p["targets"] for p in panels_in(model)])))

    assert used <= known
    assert "datasource" in known


@pytest.mark.parametrize(
    ("panel", "steps"),
    [
        (Panel("a", (), limits=(1,)), [(None, "green"), (1, "red")]),
        (Panel("a", (), limits=(1, 5)), [(None, "green"), (1, "yellow"), (5, "red")]),
        (Panel("a", (), limits=(0.999,), higher_is_worse=False), [(None, "red"), (0.999, "green")]),
        (
            Panel("a", (), limits=(0.2, 0.0), higher_is_worse=False),
            [(None, "red"), (0.0, "yellow"), (0.2, "green")],
        ),
        (Panel("a", ()), [(None, "green")]),
    ],
)
def test_colours_go_from_good_to_bad(panel: Panel, steps: list[tuple[float | None, str]]) -> None:
    board = Board("x", "X", "", FOLDERS[0], (type(INCIDENT.sections[0])("S", (panel,)),))
    [shown] = panels_in(grafana_json(board))

    assert steps == [
        (s["value"], s["color"]) for s in shown["fieldConfig"]["defaults"]["thresholds"]["steps"]
    ]


def test_the_committed_files_are_those_that_are_written() -> None:
    home = ROOT / "deploy" / "grafana"
    files = {str(path): content for path, content in provisioning_files(boards()).items()}
    there = {str(p.relative_to(home)): p.read_text("utf-8") for p in home.rglob("*") if p.is_file()}

    assert sorted(there) == sorted(files)
    assert [] == [path for path in files if there[path] != files[path]], (
        "run: ops-monitor dashboards export deploy/grafana"
    )


def test_the_documents_name_every_dashboard_and_panel_as_the_code_does() -> None:
    for rows in (board_rows(), panel_rows(), seed_rows()):
        assert [] == [row for row in rows if row not in PAGE]
    table = PAGE.split("## Panels", 1)[1].split("###", 1)[0]
    assert len(list(panel_rows())) == len(re.findall(r"^\| (?!dashboard|-)", table, re.M))


def test_an_incidents_dashboard_shows_its_services_around_its_time() -> None:
    over = Subject(
        number=3,
        title="x",
        services=("pay",),
        since=SINCE,
        until=SINCE + timedelta(hours=2),
        link="https://s/1",
    )
    model = grafana_json(incident(over))
    chosen = {one["name"]: one.get("current", {}).get("value") for one in model["templating"]["list"]}

    assert ["pay"] == chosen["service"]
    assert {"from": "2026-03-02T09:00:00.000Z", "to": "2026-03-02T12:30:00.000Z"} == model["time"]
    assert ("", "30s") == (model["refresh"], grafana_json(INCIDENT)["refresh"])
    assert "https://s/1" in [link.get("url") for link in model["links"]]
    assert ["Deployments", "Actions", "Incidents"] == [one["name"] for one in model["annotations"]["list"]]


@pytest.mark.parametrize(
    "wrong",
    [{"services": ()}, {"number": 0}, {"link": "ftp://x"}, {"services": tuple("abcdef")}, {"more": 1}],
)
def test_a_subject_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Subject(**{"number": 1, "services": ("a",), "since": SINCE, **wrong})


def test_an_unknown_name_is_answered_with_those_that_are_like_it() -> None:
    assert board_named(" OPS-Operations ").name == board_named("operations").name == "operations"
    assert "slo" == board_named("Service level objectives").name
    with pytest.raises(BadInput, match="executive"):
        board_named("executiv")
    with pytest.raises(BadInput, match=", ".join(names())):
        board_named("???")


def test_a_store_with_other_metrics_is_asked_in_its_own_words() -> None:
    signal = SIGNALS["request_rate"]
    dialect = Dialect({"request_rate/service": "Istio"})

    assert signal.recipes[0] == recipe_for(signal, "service", DEFAULT_DIALECT)
    query = signal_query("request_rate", dialect=dialect)
    assert (
        'istio_requests_total{reporter="destination",destination_canonical_service=~"$service"' in query.expr
    )
    assert "{{destination_canonical_service}}" == query.legend
    assert panel_named(board_named("application", dialect), "Request rate") != panel_named(
        board_named("application"), "Request rate"
    )


@given(st.text(max_size=60).filter(lambda name: name.strip().lower().removeprefix("ops-") not in names()))
def test_whatever_people_type_is_answered_with_names(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        board_named(name)

    assert any(known in refused.value.user_message for known in names())


@given(
    st.text(max_size=200), st.lists(st.sampled_from(["pay", "a b", "ü", "x" * 200]), min_size=1, max_size=5)
)
def test_an_incident_of_any_title_becomes_json(title: str, services: list[str]) -> None:
    board = incident(Subject(number=1, title=title, services=tuple(services), since=SINCE))
    model = json.loads(json.dumps(grafana_json(board)))

    assert model["title"].startswith("INC-1")
    assert "\n" not in model["title"]


@given(st.lists(st.text(min_size=1, max_size=40), max_size=5))
def test_no_service_name_is_more_than_a_name(services: list[str]) -> None:
    bare = signal_query("up").expr
    shape = re.compile(r'"(?:[^"\\]|\\.)*"')
    named = asked(bare, service=chosen(services))

    # Strings aside, the query is the same whatever the names are.
    assert shape.sub("", asked(bare)) == shape.sub("", named)
    check(named)


def test_several_services_are_one_choice() -> None:
    assert ".*" == chosen(())
    assert r"(pay\\.v2|a\"b)" == chosen(("pay.v2", 'a"b'))
    assert 'pod=~"(a|b)-.+"' in asked(signal_query("restarts").expr, service=chosen(("a", "b")))

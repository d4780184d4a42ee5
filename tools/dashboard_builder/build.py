"""Writes a dashboard as Grafana's JSON with Grafana's own builder library; loaded only where that is wanted."""

import json
from collections.abc import Iterator

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models

from tools.connectors.readers import JsonObject
from tools.dashboard_builder.model import Board, Marks, Panel, Query

DATASOURCE = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
OWN_STORE = common_models.DataSourceRef(type_val="grafana", uid="-- Grafana --")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UNITS = {
    "1/s": "reqps",
    "events/s": "cps",
    "bytes/s": "Bps",
    "seconds": "s",
    "ratio": "percentunit",
    "percent": "percent",
    "days": "d",
    "count": "short",
    "cores": "short",
    "score": "short",
    "1/h": "short",
    "USD": "currencyUSD",
    "USD/h": "currencyUSD",
}
GREEN, YELLOW, RED = "green", "yellow", "red"
# What can never be negative begins at zero, or a ripple looks like a cliff.
_FROM_ZERO = frozenset({"1/s", "events/s", "bytes/s", "seconds"})
_Viz = timeseries.Panel | stat.Panel | table.Panel | bargauge.Panel


def grafana_json(board: Board) -> JsonObject:
    """Return the dashboard as Grafana imports it: without an id of its own, so that `uid` alone names it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.purpose)
        .tags(["ops-monitor", board.folder.uid])
        .refresh(board.refresh)
        .time(board.since, board.until)
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .editable()
    )
    _choices(made, board)
    _links(made, board)
    for marks in board.marks:
        made.annotation(_annotation(marks))
    for section in board.sections:
        made.with_row(dashboard.Row(section.title))
        for panel in section.panels:
            made.with_panel(_panel(panel))
    found = _plain(made.build())
    # These belong to the server that keeps the dashboard.
    for name in ("id", "version"):
        found.pop(name, None)
    return found


def _plain(built: models.Dashboard) -> JsonObject:
    found: JsonObject = json.loads(json.dumps(built, cls=JSONEncoder))
    for place, panel in enumerate(_flat(found.get("panels", [])), 1):
        panel["id"] = place
    return found


def _flat(panels: list[JsonObject]) -> Iterator[JsonObject]:
    for panel in panels:
        yield panel
        yield from _flat(panel.get("panels") or [])


def _choices(made: dashboard.Dashboard, board: Board) -> None:
    made.with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    if not board.choices:
        return
    made.with_variable(_label_choice("environment", "Environment (namespace)", "label_values(up, namespace)"))
    services = _label_choice("service", "Service", 'label_values(up{namespace=~"$environment"}, service)')
    if board.services:
        chosen = list(board.services)
        services.current(models.VariableOption(selected=True, text=chosen, value=chosen))
    made.with_variable(services)


def _label_choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": f"{name}-choice"})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        # Series without the label are part of everything.
        .all_value(".*")
        .current(everything)
    )


def _links(made: dashboard.Dashboard, board: Board) -> None:
    for title, url in board.links:
        made.link(
            dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).url(url).target_blank(True)
        )
    others = dashboard.DashboardLink("Dashboards").type(models.DashboardLinkType.DASHBOARDS)
    made.link(others.tags(["ops-monitor"]).as_dropdown(True).keep_time(True).include_vars(board.choices))


def _annotation(marks: Marks) -> dashboard.AnnotationQuery:
    wanted = dashboard.AnnotationTarget().limit(100).match_any(False).tags(list(marks.tags)).type("tags")
    return (
        dashboard.AnnotationQuery()
        .name(marks.title)
        .datasource(OWN_STORE)
        .enable(True)
        .icon_color(marks.colour)
        .target(wanted)
    )


def _panel(panel: Panel) -> _Viz:
    made = _shape(panel)
    made.title(panel.title).description(_words(panel)).span(panel.width).height(panel.height)
    made.datasource(DATASOURCE).unit(_UNITS.get(panel.unit, "short")).thresholds(_thresholds(panel))
    # Zero would be a lie where nothing was measured.
    made.no_value("no data")
    if panel.unit in _FROM_ZERO or (panel.unit == "ratio" and panel.higher_is_worse):
        made.min(0)
    for letter, query in zip(_LETTERS, panel.queries, strict=False):
        made.with_target(_target(query, letter, instant=panel.kind in ("table", "bars", "number")))
    return made


def _words(panel: Panel) -> str:
    reason = f"\n\nNo data? {panel.no_data}" if panel.no_data else ""
    return f"{panel.says}{reason}"


def _shape(panel: Panel) -> _Viz:
    if panel.kind == "number":
        return stat.Panel().reduce_options(_newest()).graph_mode(common_models.BigValueGraphMode.NONE)
    if panel.kind == "bars":
        return bargauge.Panel().reduce_options(_newest()).orientation(common_models.VizOrientation.HORIZONTAL)
    if panel.kind == "table":
        return table.Panel()
    return _course(panel)


def _newest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _course(panel: Panel) -> timeseries.Panel:
    legend = (
        common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.TABLE)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    tooltip = common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    made = timeseries.Panel().legend(legend).tooltip(tooltip.sort(common_models.SortOrder.DESCENDING))
    made.line_width(2).fill_opacity(30 if panel.stacked else 6).show_points(
        common_models.VisibilityMode.NEVER
    )
    # A gap in the samples is a gap in the picture.
    made.span_nulls(False)
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if panel.limits:
        lines = common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)
        made.thresholds_style(lines)
    return made


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(_steps(panel))


def _steps(panel: Panel) -> list[models.Threshold]:
    """Return the colours from the lowest value up; the first has no value of its own."""
    limits = panel.limits
    if not limits:
        return [models.Threshold(value=None, color=GREEN)]
    worse = [RED] if len(limits) == 1 else [YELLOW, RED]
    if panel.higher_is_worse:
        steps = [(None, GREEN), *zip(limits, worse, strict=True)]
    else:
        colours = [*reversed(worse), GREEN]
        steps = list(zip((None, *sorted(limits)), colours, strict=True))
    return [models.Threshold(value=value, color=colour) for value, colour in steps]


def _target(query: Query, letter: str, *, instant: bool) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expr).legend_format(query.legend or "__auto").ref_id(letter)
    made.datasource(DATASOURCE)
    if instant:
        return made.instant().format(prometheus_models.PromQueryFormat.TIME_SERIES)
    return made.range()

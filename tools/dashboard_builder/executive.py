"""The dashboard for business leaders: what was promised, and what incidents cost."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.bot_metrics import OPENED_IN_A_DAY, mean_seconds
from tools.dashboard_builder.folders import EXECUTIVE
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel, signal_query

SOURCE = "role: layered dashboard structure"


def executive(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard for leaders: availability, satisfaction, money, time to resolution."""
    promises = Section(
        "Promises",
        (
            _availability("Availability now", "5m", dialect),
            _availability("Availability, last 30 days", "30d", dialect),
            _resolution(),
            _satisfaction(dialect),
        ),
    )
    money = Section(
        "Business", (_revenue(dialect), _impact(), signal_panel("availability", dialect=dialect), _opened())
    )
    return Board(
        "executive",
        "Executive",
        "For business leaders: what customers were promised, and what incidents cost.",
        EXECUTIVE,
        (promises, money),
        refresh="5s",
        since="now-24h",
        source=SOURCE,
        marks=USUAL_MARKS,
    )


def _availability(title: str, window: str, dialect: Dialect) -> Panel:
    worst = signal_query("availability", dialect=dialect, window=window, around="min(<q>)")
    return Panel(
        title,
        (Query(worst.expr, "worst service", worst.signal),),
        unit="ratio",
        kind="number",
        says="Requests not answered with a 5xx status, of the worst service, as far back as samples go. Target 99.9 %.",
        limits=(0.999,),
        higher_is_worse=False,
        width=6,
        height=5,
    )


def _satisfaction(dialect: Dialect) -> Panel:
    asked = signal_query("customer_satisfaction", dialect=dialect, around="avg(<q>)")
    return Panel(
        "Customer satisfaction",
        (asked,),
        unit="score",
        kind="number",
        says="The newest average of what customers say, in the scale of whoever asks them.",
        no_data=why.NO_SURVEY,
        width=6,
        height=5,
    )


def _resolution() -> Panel:
    return Panel(
        "Mean time to resolution, last 30 days",
        (mean_seconds("incident_resolve", "30d"),),
        unit="seconds",
        kind="number",
        says="From the beginning of the trouble to its end (MTTR), over all priorities.",
        limits=(4 * 3600,),
        no_data=why.NO_INCIDENT_YET,
        width=6,
        height=5,
    )


def _revenue(dialect: Dialect) -> Panel:
    now = signal_query("revenue", dialect=dialect, legend="{{currency}}", around="sum by (currency) (<q>)")
    return Panel(
        "Revenue",
        (now,),
        unit="money/h",
        says="Revenue per hour at the current rate, per currency.",
        no_data=why.NO_BUSINESS,
    )


def _impact() -> Panel:
    now = "sum by (currency) (rate(revenue_total[1h]))"
    before = "sum by (currency) (rate(revenue_total[1h] offset 1w))"
    return Panel(
        "Revenue below the same hour a week ago",
        (Query(f"clamp_min({before} - {now}, 0) * 3600", "{{currency}}"),),
        unit="money/h",
        says="What an hour brings less than a week ago: an estimate of what incidents cost, never a booking.",
        no_data=why.NO_WEEK,
    )


def _opened() -> Panel:
    return Panel(
        "Incidents opened per day",
        (OPENED_IN_A_DAY,),
        unit="count",
        kind="bars",
        says="Incidents that the bot opened in the last 24 hours, by priority.",
        no_data=why.NO_BOT,
    )

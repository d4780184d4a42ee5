"""The subcommands that show where the team stands."""

from agent.transport.slack.requests import Subcommand
from agent.transport.slack.standing.checks import CHECKS
from agent.transport.slack.standing.dashboards import DASHBOARD
from agent.transport.slack.standing.reports import REPORT
from agent.transport.slack.standing.slo import SLO
from agent.transport.slack.standing.slow import SLOW

STANDING: tuple[Subcommand, ...] = (
    SLO,
    DASHBOARD,
    CHECKS,
    REPORT,
    SLOW,
)
"""In the order in which help lists them."""

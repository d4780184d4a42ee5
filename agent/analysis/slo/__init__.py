"""The arithmetic of objectives and error budgets: plain numbers in, plain numbers out; never a query or a clock."""

from agent.analysis.slo.burn import BURN_SECONDS, STANDARD_BURNS, Pair, burn_pairs, burn_rate, burn_rates
from agent.analysis.slo.counts import Count, Span, joined, seconds_of
from agent.analysis.slo.credits import credit_of
from agent.analysis.slo.forecast import forecast
from agent.analysis.slo.periods import period_before, period_of
from agent.analysis.slo.state import share_spent, state, unknown
from agent.analysis.slo.tally import Tally, allowance, allowed, tally

__all__ = [
    "BURN_SECONDS",
    "STANDARD_BURNS",
    "Count",
    "Pair",
    "Span",
    "Tally",
    "allowance",
    "allowed",
    "burn_pairs",
    "burn_rate",
    "burn_rates",
    "credit_of",
    "forecast",
    "joined",
    "period_before",
    "period_of",
    "seconds_of",
    "share_spent",
    "state",
    "tally",
    "unknown",
]

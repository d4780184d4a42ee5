"""Which burn-rate alerts an objective has, by the alert policies that it names."""

from agent.analysis.slo.burn import scaled_seconds
from agent.domain.slo import Budgeting, BurnAlert, CalendarWindow, RollingWindow
from agent.policy.documents import Loc, Misplaced
from agent.policy.slo_documents import AlertConditionSpec, AlertPolicyDocument, InlineCondition, SloSpec
from agent.policy.slo_queries import PROMETHEUS
from agent.policy.slo_shelves import Shelves
from agent.policy.slo_terms import seconds_of_shorthand

# The short window is a twelfth, and a range of less than this holds too few scrapes to tell a rate.
SHORTEST_SECONDS = 12 * 60


def alerts_of(
    spec: SloSpec, shelves: Shelves, window: RollingWindow | CalendarWindow | None, source: str
) -> tuple[BurnAlert, ...]:
    """Return the alerts, with the windows of the policies, meant for 30 days, scaled to the objective's period.

    Raises Misplaced.
    """
    found: list[BurnAlert] = []
    wrong: list[tuple[Loc, str]] = []
    for index, name in enumerate(spec.alertPolicies):
        place: Loc = ("spec", "alertPolicies", index)
        policy = shelves.alerts.get(name)
        if policy is None:
            known = ", ".join(shelves.alerts) or "none yet"
            wrong.append((place, f"no document of kind AlertPolicy is called {name}; known: {known}"))
            continue
        if spec.budgetingMethod is not Budgeting.OCCURRENCES:
            wrong.append((place, "burn-rate alerts count events: they need budgetingMethod: Occurrences"))
            continue
        if source != PROMETHEUS:
            wrong.append((place, f"burn-rate alerts are rules of a Prometheus; this is asked of {source}"))
            continue
        try:
            found += _of_policy(policy, shelves, window)
        except ValueError as error:
            wrong.append((place, str(error)))
    if wrong:
        raise Misplaced(*wrong)
    return tuple(found)


def _of_policy(
    policy: AlertPolicyDocument, shelves: Shelves, window: RollingWindow | CalendarWindow | None
) -> list[BurnAlert]:
    return [_alert(_condition(one, shelves), window) for one in policy.spec.conditions]


def _condition(given: InlineCondition, shelves: Shelves) -> AlertConditionSpec:
    if given.spec is not None:
        return given.spec
    known = shelves.conditions.get(given.conditionRef or "")
    if known is None:
        raise ValueError(f"its conditionRef {given.conditionRef} is no document of kind AlertCondition")
    return known.spec


def _alert(given: AlertConditionSpec, window: RollingWindow | CalendarWindow | None) -> BurnAlert:
    seconds = seconds_of_shorthand(given.condition.lookbackWindow)
    if window is not None:
        seconds = scaled_seconds(seconds, window)
    if seconds < SHORTEST_SECONDS:
        raise ValueError(
            f"its window {given.condition.lookbackWindow} (of 30 days) is {seconds // 60} min of this period, and a "
            "twelfth of that holds too few scrapes: leave alertPolicies out here, or take a longer timeWindow"
        )
    return BurnAlert(severity=given.severity, burn=given.condition.threshold, seconds=seconds)

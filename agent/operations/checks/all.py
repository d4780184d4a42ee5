"""The list of checks; every name of it has its parameters in agent/policy/check_params.py."""

from typing import Any

from agent.operations.checks.alerts import AlertsCheck
from agent.operations.checks.engine import Check
from agent.operations.checks.metrics import MetricsCheck
from agent.operations.checks.performance import PerformanceCheck
from agent.operations.checks.planned import PlannedCheck
from agent.operations.checks.services import ServicesCheck
from agent.operations.checks.upkeep import UPKEEP_CHECKS

CHECKS: tuple[Check[Any], ...] = (
    ServicesCheck(),
    AlertsCheck(),
    MetricsCheck(),
    PerformanceCheck(),
    PlannedCheck(),
    *UPKEEP_CHECKS,
)

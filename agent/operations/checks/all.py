"""The list of checks; every name of it has its parameters in agent/policy/check_params.py."""

from typing import Any

from agent.operations.checks.engine import Check

CHECKS: tuple[Check[Any], ...] = ()

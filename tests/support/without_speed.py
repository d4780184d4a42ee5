"""A demo without alerts about response times: on a busy machine everything is slow, which is no trouble of the shop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import demo.world
from demo.backends.rules import demo_rules
from demo.show import Show
from tests.support.backends import eventually
from tests.support.clicks import Clicker
from tests.support.shows import show_settings

SPEED = frozenset({"HighResponseTime", "HighLatency"})


def patient_rules() -> dict[str, dict[str, Any]]:
    """Return the demo's rules, in which a service is down only when it is for longer than a busy machine stands still."""
    files = demo_rules()
    for rule in (rule for file in files.values() for group in file["groups"] for rule in group["rules"]):
        if rule.get("alert") == "ServiceDown":
            rule["for"] = "10s"
    return files


def without_speed() -> dict[str, dict[str, Any]]:
    """Return these rules without those about response times."""
    files = patient_rules()
    for group in (group for file in files.values() for group in file["groups"]):
        group["rules"] = [rule for rule in group["rules"] if rule.get("alert") not in SPEED]
    return files


@asynccontextmanager
async def steady_show(home: Path) -> AsyncIterator[Clicker]:
    """Run a demo with these rules, and give the people who click in it once its users are there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.world, "demo_rules", without_speed)
        async with Show(show_settings(home), say=lambda _: None) as show:
            await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=60)
            yield Clicker(show)

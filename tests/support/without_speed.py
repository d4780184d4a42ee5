"""A demo without alerts about response times: on a busy machine everything is slow, which is no trouble of the shop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import demo.world
from demo.backends.rules import demo_rules
from demo.settings import DemoSettings
from demo.show import Show
from tests.support.backends import eventually
from tests.support.clicks import Clicker

SPEED = frozenset({"HighResponseTime", "HighLatency"})


def without_speed() -> dict[str, dict[str, Any]]:
    """Return the demo's rules without those about response times."""
    files = demo_rules()
    for group in (group for file in files.values() for group in file["groups"]):
        group["rules"] = [rule for rule in group["rules"] if rule.get("alert") not in SPEED]
    return files


@asynccontextmanager
async def steady_show(home: Path) -> AsyncIterator[Clicker]:
    """Run a demo with these rules, and give the people who click in it once its users are there."""
    settings = DemoSettings(home=home).with_free_ports()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.world, "demo_rules", without_speed)
        async with Show(settings, say=lambda _: None) as show:
            await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=60)
            yield Clicker(show)

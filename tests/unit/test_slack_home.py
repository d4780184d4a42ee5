"""The Home tab, in each state and with hostile names, as Slack would take it."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.answer import Answer
from agent.domain.probe import Probe
from agent.domain.results import TableResult
from agent.transport.slack.home import home_blocks, render_home
from agent.transport.slack.services import SlackServices
from tests.support.alerts import shipped_policies
from tests.support.blockkit import wrong_with_view
from tests.support.hostile import stored
from tests.support.store import StillClock, store_at
from tests.support.views import sample_incident

POLICIES = shipped_policies()


@dataclass
class SlowDesk:
    """Never answers."""

    async def health(self, *, language: str | None = None) -> Answer:
        raise TimeoutError


def services(store: Any = None, desk: Any = None, language: str = "en") -> SlackServices:
    async def blob(_digest: str) -> bytes | None:
        return None

    return SlackServices(store, desk, POLICIES, StillClock(), lambda: None, blob, language=language)


@given(stored, stored, stored, st.integers(0, 14), st.sampled_from(["en", "ko"]))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_home_fits_whatever_it_shows(title: str, name: str, cell: str, count: int, language: str) -> None:
    incidents = [sample_incident(title=title, number=n, acknowledged_by=name or None) for n in range(count)]
    status = Answer(text=name, table=TableResult(columns=("service", "up"), rows=((cell, cell),) * 30))
    probes = [Probe(name=name, ok=False, detail=cell, fix=cell)] * 14
    shown = home_blocks(services(language=language), incidents, status, probes)

    assert wrong_with_view({"type": "home", "blocks": list(shown)}) == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_quiet_day_says_so(language: str) -> None:
    words = str(home_blocks(services(language=language), [], None, []))

    assert {"en": "Nothing is on fire", "ko": "문제가 없습니다"}[language] in words
    assert "P0, P1 → <#alerts-critical>" in words


async def test_a_slow_backend_does_not_keep_home_away(tmp_path: Any) -> None:
    async with store_at(tmp_path) as store:
        shown = await render_home(services(store, SlowDesk()))

    assert "did not answer in time" in str(shown)

"""By which ways people can be called follows from the settings, and what is missing is said by a check."""

import pytest

from agent.app.living import _people, means_of
from agent.domain.page import Way
from agent.lifecycle.paging_pages import Means
from agent.settings import Settings
from tests.support.life import PEOPLE, peopled


@pytest.mark.parametrize(
    ("given", "ways", "requests"),
    [
        ({}, set(), False),
        ({"pagerduty_routing_key": "k"}, {Way.PAGERDUTY}, False),
        (
            {"pagerduty_routing_key": "k", "pagerduty_api_key": "a", "pagerduty_from": "a@example.org"},
            {Way.PAGERDUTY},
            True,
        ),
        ({"twilio_account_sid": "AC1", "smtp_host": "localhost"}, {Way.SMS, Way.EMAIL}, False),
        ({"sns_region": "eu-central-1", "slack_bot_token": "t"}, {Way.SMS, Way.SLACK}, False),
    ],
)
def test_ways_follow_from_the_settings(given: dict[str, str], ways: set[Way], requests: bool) -> None:
    means = means_of(Settings.model_validate(given))
    assert (set(means.ways), means.requests) == (ways, requests)


@pytest.mark.parametrize(
    ("people", "ok", "said"),
    [
        ("{zone: UTC}", True, "PagerDuty service"),
        (PEOPLE, True, "4 people, 1 schedules"),
        (PEOPLE.replace("Team Lead: [bob]", "Team Lead: []"), False, "nobody stands for Team Lead"),
        ("{zone: UTC, people: [{id: a, name: A}]}", False, "0 schedules"),
    ],
)
def test_a_check_says_who_would_be_called(people: str, ok: bool, said: str) -> None:
    probe = _people(peopled(people).oncall, Means())
    assert probe.ok is ok
    assert said in probe.detail
    assert ok is (probe.fix is None) or "names nobody" in probe.detail


def test_with_nobody_and_no_pager_the_check_fails() -> None:
    probe = _people(peopled("{zone: UTC}").oncall, Means(ways=frozenset({Way.SLACK})))
    assert (probe.ok, "nobody is called" in probe.detail) == (False, True)

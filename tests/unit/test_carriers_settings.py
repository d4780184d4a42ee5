"""From settings to what carries mail, status posts, tickets and cards, with one sentence for what is missing."""

from contextlib import AsyncExitStack

import pytest

from agent.app.carriers import open_carriers
from agent.domain.notification import Channel
from agent.settings import Settings

WHOLE = {
    "smtp_host": "mail.example.com",
    "statuspage_api_key": "key",
    "statuspage_page_id": "page",
    "jira_url": "https://example.atlassian.net",
    "jira_token": "token",
    "teams_webhook_url": "https://teams.example.com/x?sig=secret",
}
OURS = {Channel.EMAIL, Channel.STATUSPAGE, Channel.JIRA, Channel.TEAMS}


async def test_what_is_set_up_is_built() -> None:
    async with AsyncExitStack() as stack:
        carriers, missing = open_carriers(stack, Settings(**WHOLE))

        assert OURS <= set(carriers)
        assert not OURS & set(missing)
        assert all(channel is carrier.channel for channel, carrier in carriers.items())


async def test_what_is_not_set_up_says_what_to_set() -> None:
    async with AsyncExitStack() as stack:
        carriers, missing = open_carriers(stack, Settings())

    assert not OURS & set(carriers)
    assert ["OPS_SMTP_HOST", "OPS_STATUSPAGE_PAGE_ID", "OPS_JIRA_TOKEN", "OPS_TEAMS_WEBHOOK_URL"] == [
        missing[channel].rstrip(".").split()[-1]
        for channel in (Channel.EMAIL, Channel.STATUSPAGE, Channel.JIRA, Channel.TEAMS)
    ]


@pytest.mark.parametrize(
    ("channel", "change", "named"),
    [
        (Channel.EMAIL, {"smtp_username": "me"}, "OPS_SMTP_PASSWORD"),
        (Channel.EMAIL, {"smtp_security": "none"}, "OPS_SMTP_SECURITY"),
        (Channel.EMAIL, {"smtp_from": "nobody"}, "OPS_SMTP_FROM"),
        (Channel.STATUSPAGE, {"statuspage_page_id": None}, "OPS_STATUSPAGE_PAGE_ID"),
        (Channel.JIRA, {"jira_token": None}, "OPS_JIRA_TOKEN"),
        (Channel.JIRA, {"jira_url": "example.atlassian.net"}, "Jira"),
        (
            Channel.TEAMS,
            {"teams_webhook_url": "http://teams.example.com/x?sig=secret"},
            "OPS_TEAMS_WEBHOOK_URL",
        ),
        (Channel.TEAMS, {"tls_ca_file": "/no/such/file.pem"}, "OPS_TLS_CA_FILE"),
    ],
)
async def test_a_contradiction_is_named_and_stops_only_its_own_way(
    channel: Channel, change: dict[str, str | None], named: str
) -> None:
    async with AsyncExitStack() as stack:
        carriers, missing = open_carriers(stack, Settings(**{**WHOLE, **change}))

    assert channel not in carriers
    assert named in missing[channel]
    assert "secret" not in missing[channel]
    assert "tls_ca_file" in change or OURS - {channel} <= set(carriers)

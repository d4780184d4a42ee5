"""What carries messages to the world outside chat: one connector for each channel that the settings name."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from agent.app.correspondence import open_jira, open_mail, open_statuspage, open_teams
from agent.domain.notification import Channel
from agent.errors import Misconfigured
from agent.ports.notifier import Notifier, Schedules
from agent.settings import Settings
from tools.connectors.pagerduty import PagerDutyEvents
from tools.connectors.pagerduty_rest import PagerDutyRest
from tools.connectors.sms_twilio import TwilioMessages

# Vendors accept a message within seconds or not at all; the courier's own deadline stands behind this one.
TIMEOUT_SECONDS = 10.0

TITLES: Mapping[Channel, str] = {
    Channel.PAGERDUTY: "PagerDuty",
    Channel.SMS: "Text messages",
    Channel.EMAIL: "E-mail",
    Channel.STATUSPAGE: "Status page",
    Channel.JIRA: "Jira",
    Channel.TEAMS: "Microsoft Teams",
}
MISSING: Mapping[Channel, str] = {
    Channel.PAGERDUTY: "PagerDuty is not set up: set OPS_PAGERDUTY_ROUTING_KEY.",
    Channel.SMS: "Text messages are not set up: set OPS_TWILIO_ACCOUNT_SID, OPS_TWILIO_AUTH_TOKEN and OPS_TWILIO_FROM,"
    " or OPS_SNS_REGION.",
    Channel.EMAIL: "E-mail is not set up: set OPS_SMTP_HOST.",
    Channel.STATUSPAGE: "The status page is not set up: set OPS_STATUSPAGE_API_KEY and OPS_STATUSPAGE_PAGE_ID.",
    Channel.JIRA: "Jira is not set up: set OPS_JIRA_URL and OPS_JIRA_TOKEN.",
    Channel.TEAMS: "Microsoft Teams is not set up: set OPS_TEAMS_WEBHOOK_URL.",
}

Build = Callable[[AsyncExitStack, Settings], Notifier | None]
"""Returns None for a channel whose settings are absent; raises Misconfigured for settings that cannot work."""


def open_carriers(
    stack: AsyncExitStack, settings: Settings
) -> tuple[dict[Channel, Notifier], dict[Channel, str]]:
    """Build what carries each channel; for one that is not set up, or wrongly, say what has to be set."""
    carriers: dict[Channel, Notifier] = {}
    missing = dict(MISSING)
    for channel, build in _BUILDERS:
        try:
            carrier = build(stack, settings)
        except Misconfigured as error:
            missing[channel] = error.user_message
            continue
        if carrier is not None:
            carriers[channel] = carrier
            del missing[channel]
    return carriers, missing


def open_schedules(stack: AsyncExitStack, settings: Settings) -> Schedules | None:
    """Return who reads schedules from PagerDuty, None when it is not set up."""
    return open_rest(stack, settings)


def open_rest(stack: AsyncExitStack, settings: Settings) -> PagerDutyRest | None:
    """Return PagerDuty's REST API, None without a key."""
    if settings.pagerduty_api_key is None:
        return None
    rest = PagerDutyRest(
        settings.pagerduty_api_key.get_secret_value(),
        settings.pagerduty_api_url,
        timeout_seconds=TIMEOUT_SECONDS,
        sender=settings.pagerduty_from,
        ca_file=settings.tls_ca_file,
    )
    stack.push_async_callback(rest.close)
    return rest


def _pagerduty(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    if settings.pagerduty_routing_key is None:
        return None
    events = PagerDutyEvents(
        settings.pagerduty_routing_key.get_secret_value(),
        settings.pagerduty_events_url,
        timeout_seconds=TIMEOUT_SECONDS,
        rest=open_rest(stack, settings),
        client_url=settings.public_url or "",
        ca_file=settings.tls_ca_file,
    )
    stack.push_async_callback(events.close)
    return events


def _sms(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    """Build Twilio, which can say whether a message arrived, and SNS only where Twilio is not set."""
    account, token, sender = settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from
    if not account and not token and not sender:
        return _sns(stack, settings) if settings.sns_region else None
    if not account or token is None or not sender:
        raise Misconfigured(
            "OPS_TWILIO_ACCOUNT_SID, OPS_TWILIO_AUTH_TOKEN and OPS_TWILIO_FROM go together: set all three."
        )
    twilio = TwilioMessages(
        account,
        token.get_secret_value(),
        sender,
        settings.twilio_api_url,
        timeout_seconds=TIMEOUT_SECONDS,
        ca_file=settings.tls_ca_file,
    )
    stack.push_async_callback(twilio.close)
    return twilio


def _sns(stack: AsyncExitStack, settings: Settings) -> Notifier:
    # Its signing library is native and large; most teams never need it.
    from tools.connectors.sms_sns import SnsMessages

    secret = settings.sns_secret_access_key
    sns = SnsMessages(
        settings.sns_region or "",
        settings.sns_access_key_id,
        secret.get_secret_value() if secret else None,
        settings.sns_endpoint_url,
        timeout_seconds=TIMEOUT_SECONDS,
        ca_file=settings.tls_ca_file,
    )
    stack.push_async_callback(sns.close)
    return sns


_BUILDERS: tuple[tuple[Channel, Build], ...] = (
    (Channel.PAGERDUTY, _pagerduty),
    (Channel.SMS, _sms),
    (Channel.EMAIL, open_mail),
    (Channel.STATUSPAGE, open_statuspage),
    (Channel.JIRA, open_jira),
    (Channel.TEAMS, open_teams),
)

"""The ways out of the house: what carries messages to the world outside chat, and who waits for their ends."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from agent.app.ground import Ground, Wing
from agent.domain.notification import Channel
from agent.domain.probe import Probe
from agent.errors import Misconfigured
from agent.operations.dead_letters import dead_letter_probe, dead_letters
from agent.policy.load import Policies
from agent.ports.notifier import Notifier, Schedules
from agent.settings import Settings
from agent.store.sole import serves_alone
from agent.transport.courier import Courier
from agent.transport.courier_delivery import Settled, Ways
from tools.connectors.pagerduty import PagerDutyEvents
from tools.connectors.pagerduty_rest import PagerDutyRest

COURIER = "courier"
# Vendors accept a message within seconds or not at all; the courier's own deadline stands behind this one.
_TIMEOUT_SECONDS = 10.0

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


def open_rest(stack: AsyncExitStack, settings: Settings) -> PagerDutyRest | None:
    """Return PagerDuty's REST API, None without a key."""
    if settings.pagerduty_api_key is None:
        return None
    rest = PagerDutyRest(
        settings.pagerduty_api_key.get_secret_value(),
        settings.pagerduty_api_url,
        timeout_seconds=_TIMEOUT_SECONDS,
        sender=settings.pagerduty_from,
    )
    stack.push_async_callback(rest.close)
    return rest


def open_schedules(stack: AsyncExitStack, settings: Settings) -> Schedules | None:
    """Return who reads schedules from PagerDuty, None when it is not set up."""
    return open_rest(stack, settings)


def _pagerduty(stack: AsyncExitStack, settings: Settings) -> Notifier | None:
    if settings.pagerduty_routing_key is None:
        return None
    events = PagerDutyEvents(
        settings.pagerduty_routing_key.get_secret_value(),
        settings.pagerduty_events_url,
        timeout_seconds=_TIMEOUT_SECONDS,
        rest=open_rest(stack, settings),
        client_url=settings.public_url or "",
    )
    stack.push_async_callback(events.close)
    return events


_BUILDERS: tuple[tuple[Channel, Build], ...] = ((Channel.PAGERDUTY, _pagerduty),)


def settled_hooks(ground: Ground) -> Mapping[str, Settled]:
    """Return who is told of a message's end, by what the message is about."""
    return {}


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


def open_notifying(stack: AsyncExitStack, ground: Ground) -> Wing:
    """Build the courier; one replica at a time sends."""
    carriers, missing = open_carriers(stack, ground.settings)
    courier = Courier(
        ground.store,
        Ways(carriers, missing, settled_hooks(ground)),
        ground.clock,
        ground.metrics,
        ground.redactor,
        alone=serves_alone(ground.settings.database_url),
    )

    async def probes() -> Sequence[Probe]:
        async with ground.store.read() as tx:
            letters = await dead_letters(tx)
        found = [await carrier.probe() for carrier in carriers.values()]
        return [*found, *_lacks(missing, wanted_channels(ground.book.current)), dead_letter_probe(letters)]

    return Wing(loops={COURIER: courier.run}, in_turn=frozenset({COURIER}), probes=probes, wake=courier.wake)


def wanted_channels(policies: Policies) -> Mapping[Channel, str]:
    """Return the channels that the policies name, each with the file that does."""
    wanted: dict[Channel, str] = {}
    known = {channel.value: channel for channel in Channel}
    for route in policies.routing.routes:
        for name in route.page:
            if name in known:
                wanted.setdefault(known[name], "policies/routing.yaml")
    return wanted


def _lacks(missing: Mapping[Channel, str], wanted: Mapping[Channel, str]) -> list[Probe]:
    return [
        Probe(
            name=channel.value,
            ok=False,
            detail=f"{file} sends messages this way, and it is not set up",
            fix=missing[channel],
        )
        for channel, file in wanted.items()
        if channel in missing
    ]

"""The ways out of the house: what carries messages to the world outside chat, and who waits for their ends."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from agent.app.carriers import MISSING, TITLES, open_carriers, open_rest
from agent.app.ground import Ground, Wing
from agent.app.rereading import PageReading
from agent.domain.notification import Channel, Notification
from agent.domain.probe import Probe
from agent.domain.update import Destination
from agent.lifecycle.paging import answered, page_settled
from agent.lifecycle.tasks import ticket_settled
from agent.lifecycle.updates import update_settled
from agent.lifecycle.updates_back import READ_PAGE, ReadBack, want_reading
from agent.operations.dead_letters import dead_letter_probe, dead_letters
from agent.policy.load import Policies
from agent.ports.notifier import Notifier
from agent.ports.store import Tx
from agent.settings import Settings
from agent.store.sole import serves_alone
from agent.transport.courier import Courier
from agent.transport.courier_delivery import Settled, Ways
from agent.transport.http.pagerduty import PagerDoor

COURIER = "courier"
_PROBE_SECONDS = 4.0

Settle = Callable[[Tx, Policies, Notification, datetime], Awaitable[None]]
"""What people's work does about a message's end."""


def settled_hooks(ground: Ground) -> Mapping[str, Settled]:
    """Return who is told of a message's end, by what the message is about."""

    def told(settle: Settle) -> Settled:
        async def settled(tx: Tx, notification: Notification, now: datetime) -> None:
            await settle(tx, ground.book.current, notification, now)

        return settled

    update = told(partial(_update_settled, ground))
    return {"page": told(page_settled), "update": update, "task": told(ticket_settled)}


async def _update_settled(
    ground: Ground, tx: Tx, policies: Policies, notification: Notification, now: datetime
) -> None:
    await update_settled(tx, policies, notification, now)
    if notification.channel is Channel.STATUSPAGE:
        place = Destination(way="statuspage", address=notification.address)
        await want_reading(tx, ground.jobs, notification.about, place, now)


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
        found = await asyncio.gather(*(_probe(channel, one) for channel, one in carriers.items()))
        absent = lacks(missing, wanted_channels(ground.book.current))
        return [*found, *absent, *_way_back(ground.settings), dead_letter_probe(letters)]

    look = PageReading(ground.store, carriers).look
    return Wing(
        handlers={READ_PAGE: ReadBack(ground.store, ground.jobs, ground.clock, look).read},
        loops={COURIER: courier.run},
        in_turn=frozenset({COURIER}),
        routes=tuple(_pager_door(stack, ground).routes()),
        probes=probes,
        wake=courier.wake,
    )


async def _probe(channel: Channel, carrier: Notifier) -> Probe:
    """Ask a connector for its check, and no longer than people wait for `/ops status`."""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return await carrier.probe()
    except TimeoutError:
        fix = "Look whether that service can be reached from here."
        return Probe(name=TITLES[channel], ok=False, detail="does not answer in time", fix=fix)


def _pager_door(stack: AsyncExitStack, ground: Ground) -> PagerDoor:
    secret = ground.settings.pagerduty_webhook_secret
    rest = open_rest(stack, ground.settings)

    return PagerDoor(
        store=ground.store,
        clock=ground.clock,
        metrics=ground.metrics,
        policies=lambda: ground.book.current,
        answered=answered,
        redactor=ground.redactor,
        secret=secret.get_secret_value() if secret is not None else None,
        key_of=rest.key_of if rest is not None else None,
    )


def wanted_channels(policies: Policies) -> Mapping[Channel, str]:
    """Return the channels that the policies name, each with the file that does."""
    files: dict[str, str] = {}
    for audience in policies.communications.audiences:
        for places in audience.to.values():
            files |= {one.way: "policies/communications.yaml" for one in places.destinations}
    for steps in policies.escalation.priorities.values():
        files |= {way.value: "policies/escalation.yaml" for way in steps.ways}
    for route in policies.routing.routes:
        files |= dict.fromkeys(route.page, "policies/routing.yaml")
    if any(rule.emails for rule in policies.reports.reports):
        files["email"] = "policies/reports.yaml"
    known = {channel.value: channel for channel in Channel}
    return {known[name]: file for name, file in files.items() if name in known}


def lacks(missing: Mapping[Channel, str], wanted: Mapping[Channel, str]) -> list[Probe]:
    """Return what is wrong with the channels that nothing carries: half set up, or named by a policy in vain."""
    found = []
    for channel, said in missing.items():
        if said != MISSING[channel]:
            found.append(Probe(name=TITLES[channel], ok=False, detail="its settings cannot work", fix=said))
        elif channel in wanted:
            detail = f"{wanted[channel]} sends messages this way, and it is not set up"
            found.append(Probe(name=TITLES[channel], ok=False, detail=detail, fix=said))
    return found


def _way_back(settings: Settings) -> list[Probe]:
    """Say that what people answer on their phones does not come back, where they are called and it could."""
    if settings.pagerduty_routing_key is None or settings.pagerduty_webhook_secret is not None:
        return []
    detail = "not set up, so nobody here learns who answered on the phone"
    fix = "Subscribe PagerDuty's webhook v3 to /webhooks/pagerduty, and set OPS_PAGERDUTY_WEBHOOK_SECRET."
    return [Probe(name="PagerDuty webhook", ok=True, configured=False, detail=detail, fix=fix)]

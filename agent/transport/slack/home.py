"""The Home tab: how the services are, what is open, what the bot watches, what is missing, how to use it."""

import asyncio
import re
from collections.abc import Sequence

from agent.domain.answer import Answer
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.probe import Probe
from agent.errors import OpsError
from agent.locale.messages import text
from agent.transport import facts
from agent.transport.slack import blocks, limits
from agent.transport.slack.answers import plain_table
from agent.transport.slack.blocks import Block
from agent.transport.slack.help import SHORTCUT
from agent.transport.slack.limits import Part
from agent.transport.slack.markdown import to_mrkdwn
from agent.transport.slack.markup import foreign, moment, person
from agent.transport.slack.services import SlackServices

_CHANNEL = re.compile(r"[CG][A-Z0-9]{5,20}")
_MOST_INCIDENTS = 10
_PATIENCE = 6.0


async def render_home(services: SlackServices) -> tuple[dict[str, Json], ...]:
    """Draw the Home tab from what is known now; a slow backend leaves its part out."""
    async with services.store.read() as tx:
        incidents = await tx.incidents.open()
    status, probes = await asyncio.gather(_status(services), _probes(services))
    return home_blocks(services, incidents, status, probes)


def home_blocks(
    services: SlackServices, incidents: Sequence[Incident], status: Answer | None, probes: Sequence[Probe]
) -> tuple[dict[str, Json], ...]:
    """Return the Home tab's blocks."""
    lang = services.language
    declare = blocks.button(text(lang, "shortcut-declare"), f"{SHORTCUT}.declare", "declare", style="danger")
    updated = text(lang, "home-updated", time=moment(services.clock.now()))
    parts = [
        Part(0, (blocks.header(text(lang, "home-title")), blocks.context(updated))),
        Part(1, _incidents(incidents, lang)),
        Part(2, _services(status, lang)),
        Part(3, _backends(probes, lang)),
        Part(4, _watches(services, lang)),
        Part(5, (blocks.divider(), blocks.section(text(lang, "home-how")))),
        Part(0, (blocks.actions(declare),)),
    ]
    return limits.fit(parts, blocks=limits.VIEW_BLOCKS, characters=40_000)


def _incidents(incidents: Sequence[Incident], lang: str) -> tuple[Block, ...]:
    title = blocks.section(text(lang, "home-incidents", count=len(incidents)))
    rows = [_incident(incident, lang) for incident in incidents[:_MOST_INCIDENTS]]
    left = len(incidents) - _MOST_INCIDENTS
    more = (blocks.context(text(lang, "details-more", count=str(left))),) if left > 0 else ()
    return (title, *rows, *more)


def _incident(incident: Incident, lang: str) -> Block:
    place = incident.conversation.channel
    where = f"<#{place}>" if _CHANNEL.fullmatch(place) else foreign(place, 80)
    said = text(
        lang,
        "home-incident",
        name=incident.name,
        priority=incident.priority.value,
        title=foreign(facts.headline(incident), 150),
        since=moment(incident.times.started_at),
        where=where,
    )
    owner = incident.acknowledged_by
    who = text(lang, "card-acknowledged", who=person(owner)) if owner else text(lang, "card-unacknowledged")
    button = blocks.button(text(lang, "button-evidence"), "incident.evidence", incident.id)
    return blocks.section_with(f"{said}\n{who}", button)


def _services(status: Answer | None, lang: str) -> tuple[Block, ...]:
    title = blocks.section(text(lang, "home-services"))
    if status is None:
        return (title, blocks.context(text(lang, "home-unknown")))
    said = blocks.section(to_mrkdwn(status.text, 1_500) or "–")
    table = (blocks.preformatted(plain_table(status.table), 2_500),) if status.table else ()
    return (title, said, *table)


def _backends(probes: Sequence[Probe], lang: str) -> tuple[Block, ...]:
    if not probes:
        return ()
    lines = [
        f"{'✓' if probe.ok else '✗'} *{foreign(probe.name, 60)}* {foreign(probe.detail, 160)}"
        + (f"\n    {foreign(probe.fix, 300)}" if probe.fix and not probe.ok else "")
        for probe in probes[:12]
    ]
    return (blocks.section("\n".join([text(lang, "home-backends"), *lines])),)


def _watches(services: SlackServices, lang: str) -> tuple[Block, ...]:
    routes = services.policies.routing.routes
    lines = [
        f"• {', '.join(priority.value for priority in route.when.priority or ()) or '–'} → {foreign(route.channel, 80)}"
        for route in routes[:12]
    ]
    return (blocks.section("\n".join([text(lang, "home-watches"), *lines])),)


async def _status(services: SlackServices) -> Answer | None:
    try:
        return await asyncio.wait_for(services.desk.status(), _PATIENCE)
    except (TimeoutError, OpsError):
        return None


async def _probes(services: SlackServices) -> Sequence[Probe]:
    try:
        return await asyncio.wait_for(services.probes(), _PATIENCE)
    except (TimeoutError, OpsError):
        return ()

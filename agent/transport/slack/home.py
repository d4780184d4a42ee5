"""The Home tab: how the services are, what is open, what the bot watches, what is missing, how to use it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.domain.answer import Answer
from agent.domain.incident import Incident
from agent.domain.probe import Probe
from agent.errors import OpsError
from agent.locale.messages import text
from agent.locale.retold import retold
from agent.operations.calibration import Calibration, load_calibration
from agent.operations.calibration import sentence as calibration_sentence
from agent.operations.calibration import table as calibration_table
from agent.operations.veil import is_veiled
from agent.transport import facts
from agent.transport.slack import blocks, limits
from agent.transport.slack.answers import plain_table
from agent.transport.slack.blocks import Block
from agent.transport.slack.help import SHORTCUT
from agent.transport.slack.home_own import own_parts
from agent.transport.slack.home_people import people_parts
from agent.transport.slack.home_standing import standing_lines, standing_part
from agent.transport.slack.limits import Part
from agent.transport.slack.markdown import to_mrkdwn
from agent.transport.slack.markup import channel, foreign, moment, person
from agent.transport.slack.services import SlackServices
from agent.transport.slack.sight import sight_of
from agent.transport.slack.standing.checks_home import check_parts

_MOST_INCIDENTS = 10
_PATIENCE = 6.0
_SAME_MOMENT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Known:
    """What everybody sees alike."""

    at: datetime
    incidents: Sequence[Incident]
    health: Answer | None
    probes: Sequence[Probe]
    calibration: Calibration
    standing: Sequence[str] = ()


async def render_home(services: SlackServices, user: str = "") -> tuple[Block, ...]:
    """Draw one person's Home tab from what is known now; a slow backend leaves its part out."""
    known = await _look(services)
    return _drawn(services, known, await _own(services, user), await _seen(services, known, user))


async def _own(services: SlackServices, user: str) -> list[Part]:
    """Return what differs between people: what waits for this one first, then their work."""
    checks = await check_parts(services)
    return [*await own_parts(services, user), *await people_parts(services, user), *checks]


async def _look(services: SlackServices) -> _Known:
    async with services.store.read() as tx:
        incidents = await tx.incidents.open()
    judged = await load_calibration(services.store)
    health, probes, standing = await asyncio.gather(
        _health(services), _probes(services), standing_lines(services)
    )
    return _Known(services.clock.now(), incidents, health, probes, judged, standing)


async def _seen(services: SlackServices, known: _Known, user: str) -> Sequence[Incident]:
    """Return the open incidents as this person may see them."""
    if not any(one.category for one in known.incidents):
        return known.incidents
    return (await sight_of(services, user)).of(known.incidents, services.language)


def _drawn(
    services: SlackServices, known: _Known, own: Sequence[Part], incidents: Sequence[Incident]
) -> tuple[Block, ...]:
    return home_blocks(
        services,
        incidents,
        known.health,
        known.probes,
        own,
        calibration=known.calibration,
        standing=known.standing,
    )


class HomeOfMoment:
    """One look for everybody who opens the tab at the same moment; what waits for each is looked up for each."""

    def __init__(self, services: SlackServices) -> None:
        self._services = services
        self._lock = asyncio.Lock()
        self._known: dict[str, _Known] = {}

    def outdate(self) -> None:
        """Look anew next time, because an incident changed."""
        self._known.clear()

    async def blocks(self, user: str) -> tuple[Block, ...]:
        """Return a person's tab as it looks now, or looked a few seconds ago."""
        services = await self._spoken(user)
        async with self._lock:
            known = self._known.get(services.language)
            if known is None or services.clock.now() - known.at > _SAME_MOMENT:
                known = self._known[services.language] = await _look(services)
        return _drawn(services, known, await _own(services, user), await _seen(services, known, user))

    async def _spoken(self, user: str) -> SlackServices:
        known = self._services.languages
        if known is None:
            return self._services
        return replace(self._services, language=await known.of_person(user))


def home_blocks(
    services: SlackServices,
    incidents: Sequence[Incident],
    health: Answer | None,
    probes: Sequence[Probe],
    own: Sequence[Part] = (),
    *,
    calibration: Calibration | None = None,
    standing: Sequence[str] = (),
) -> tuple[Block, ...]:
    """Return the Home tab's blocks; `own` are the parts for the person who looks at it."""
    lang = services.language
    declare = blocks.button(text(lang, "shortcut-declare"), f"{SHORTCUT}.declare", "declare", style="danger")
    updated = text(lang, "home-updated", time=moment(services.clock.now()))
    parts = [
        Part(0, (blocks.header(text(lang, "home-title")), blocks.context(updated))),
        *own,
        Part(1, _incidents(incidents, lang)),
        Part(2, _services(health, lang)),
        standing_part(standing, lang),
        Part(3, _backends(probes, lang)),
        Part(4, _watches(services, lang)),
        Part(4, _calibrated(calibration, lang)),
        Part(5, (blocks.divider(), blocks.section(text(lang, "home-how")))),
        Part(0, (blocks.actions(declare),)),
    ]
    return limits.fit(parts, blocks=limits.VIEW_BLOCKS, characters=40_000)


def _incidents(incidents: Sequence[Incident], lang: str) -> tuple[Block, ...]:
    title = blocks.section(text(lang, "home-incidents", count=len(incidents)))
    rows = [_incident(one, lang) for one in incidents[:_MOST_INCIDENTS]]
    left = len(incidents) - _MOST_INCIDENTS
    more = (blocks.context(text(lang, "details-more", count=str(left))),) if left > 0 else ()
    return (title, *rows, *more)


def _incident(incident: Incident, lang: str) -> Block:
    owner = incident.acknowledged_by
    said = text(
        lang,
        "home-incident",
        name=incident.name,
        priority=incident.priority.value,
        title=foreign(facts.headline(incident), 150),
        since=moment(incident.times.started_at),
        where=channel(incident.conversation.channel),
        who=text(lang, "card-acknowledged", who=person(owner)) if owner else text(lang, "home-new"),
    )
    if is_veiled(incident, lang):
        return blocks.section(said)
    return blocks.section_with(
        said, blocks.button(text(lang, "button-evidence"), "incident.evidence", incident.id)
    )


def _services(health: Answer | None, lang: str) -> tuple[Block, ...]:
    title = text(lang, "home-services")
    if health is None:
        return (blocks.section(title), blocks.context(text(lang, "home-unknown")))
    said = blocks.section(f"{title}\n{to_mrkdwn(health.text, 1_500) or '–'}")
    table = (blocks.preformatted(plain_table(health.table), 2_500),) if health.table else ()
    return (said, *table)


def _backends(probes: Sequence[Probe], lang: str) -> tuple[Block, ...]:
    if not probes:
        return ()
    used = [probe for probe in probes if probe.configured]
    good = sum(1 for probe in used if probe.ok)
    title = text(
        lang, "home-backends-good" if good == len(used) else "home-backends", good=good, count=len(used)
    )
    return (blocks.section("\n".join([title, *(_backend(probe, lang) for probe in probes[:12])])),)


def _backend(probe: Probe, lang: str) -> str:
    mark = "○" if not probe.configured else "✓" if probe.ok else "✗"
    fix = f"\n    {foreign(retold(lang, probe.fix), 300)}" if probe.fix and not probe.ok else ""
    return f"{mark} *{foreign(probe.name, 60)}* {foreign(retold(lang, probe.detail), 160)}{fix}"


def _watches(services: SlackServices, lang: str) -> tuple[Block, ...]:
    rows: dict[str, list[str]] = {}
    for route in services.policies.routing.routes:
        taken = rows.setdefault(route.channel, [])
        kind = "".join(f" ({value})" for value in route.when.labels.values())
        named = [f"{p.value}{kind}" for p in route.when.priority or ()]
        taken.extend(one for one in named if one not in taken)
    lines = [f"• {', '.join(sorted(p)) or '–'} → {channel(name)}" for name, p in list(rows.items())[:12]]
    return (blocks.section("\n".join([text(lang, "home-watches"), *lines])),)


def _calibrated(found: Calibration | None, lang: str) -> tuple[Block, ...]:
    """Return how often diagnoses were right when they were so sure; nothing before there are votes enough."""
    if found is None or not found.enough:
        return ()
    table = calibration_table(found, lang)
    said = blocks.section(f"{text(lang, 'home-calibration')}\n{calibration_sentence(found, lang)}")
    return (said, blocks.preformatted(plain_table(table), 1_000))


async def _health(services: SlackServices) -> Answer | None:
    try:
        return await asyncio.wait_for(services.desk.health(language=services.language), _PATIENCE)
    except (TimeoutError, OpsError):
        return None


async def _probes(services: SlackServices) -> Sequence[Probe]:
    try:
        return await asyncio.wait_for(services.probes(), _PATIENCE)
    except (TimeoutError, OpsError):
        return ()

"""Calling further people by hand: whoever the policy names next, or somebody in particular."""

from agent.domain.incident import Incident
from agent.errors import BadInput
from agent.lifecycle.paging import escalate_by_hand
from agent.locale.messages import text
from agent.policy.routing import route_incident
from agent.ports.store import Tx
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.people.deeds import once


async def escalate(kit: Kit, incident: Incident, *, to: str | None, reason: str, by: str, key: str) -> str:
    """Call a role, schedule or person, or the next level; return what to say, nothing for a repeated delivery."""
    services, now = kit.services, kit.services.clock.now()

    async def work(tx: Tx) -> str:
        target = to or await _next(tx, kit, incident)
        await escalate_by_hand(
            tx, services.policies, incident.id, by=by, to=target, reason=kit.safe(reason), at=now
        )
        return target

    called = await once(kit, key, work)
    if called is None:
        return ""
    who = directory_of(services).callee_name(called)
    return text(kit.lang, "done-escalated", name=incident.name, who=who)


async def _next(tx: Tx, kit: Kit, incident: Incident) -> str:
    """Return the first role of the incident's route that nobody has called yet, or the last one again."""
    roles = route_incident(kit.services.policies, incident).escalate_to
    called = {page.target for page in await tx.pages.of_incident(incident.id)}
    if not roles:
        raise BadInput(text(kit.lang, "problem-no-next-level"), field="to")
    return next((role for role in roles if role not in called), roles[-1])


def callee_in(kit: Kit, words: str) -> tuple[str | None, str]:
    """Return the callee that words begin with, and the rest; role names may have spaces, so the longest one counts."""
    known = directory_of(kit.services)
    parts = words.split()
    for size in range(min(len(parts), 5), 0, -1):
        found = known.callee(" ".join(parts[:size]))
        if found is not None:
            return found, " ".join(parts[size:])
    return None, words

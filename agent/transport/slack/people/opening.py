"""Opens the dialogs, from a command as well as from a button: looks up what they offer and shows them."""

from collections.abc import Awaitable, Callable, Mapping

from agent.domain.incident import Incident
from agent.errors import BadInput
from agent.locale.messages import text
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.modals import View
from agent.transport.slack.people import dialogs
from agent.transport.slack.sight import sight_of

Opener = Callable[[Kit, Incident | None, str], Awaitable[View]]
"""Takes the incident that is meant, if any, and who asks."""


async def _choices(kit: Kit, chosen: Incident | None, user: str) -> list[Incident]:
    """Return the incidents to choose from, among those that the person may see; raises BadInput when there is none."""
    async with kit.services.store.read() as tx:
        found = list(await tx.incidents.open())
    if any(one.category for one in found):
        sight = await sight_of(kit.services, user)
        found = [one for one in found if sight.shows(one)]
    if chosen is not None and all(one.id != chosen.id for one in found):
        found = [chosen, *found]
    if not found:
        raise BadInput(text(kit.lang, "problem-none-open"), field="incident")
    return found


def _id(chosen: Incident | None) -> str | None:
    return chosen.id if chosen is not None else None


async def _command(kit: Kit, chosen: Incident | None, user: str) -> View:
    return dialogs.command_view(await _choices(kit, chosen, user), _id(chosen), user, kit.lang)


async def _escalate(kit: Kit, chosen: Incident | None, user: str) -> View:
    known = directory_of(kit.services)
    return dialogs.escalate_view(await _choices(kit, chosen, user), _id(chosen), known, kit.lang)


async def _priority(kit: Kit, chosen: Incident | None, user: str) -> View:
    found = await _choices(kit, chosen, user)
    priority = chosen.priority if chosen is not None else None
    return dialogs.priority_view(found, _id(chosen), priority, kit.lang)


async def _task(kit: Kit, chosen: Incident | None, user: str) -> View:
    return dialogs.task_view(await _choices(kit, chosen, user), _id(chosen), "", kit.lang)


async def _update(kit: Kit, chosen: Incident | None, user: str) -> View:
    audiences = [(one.title.of(kit.lang), one.id) for one in kit.services.policies.communications.audiences]
    return dialogs.update_view(await _choices(kit, chosen, user), _id(chosen), audiences, kit.lang)


async def _handoff(kit: Kit, chosen: Incident | None, user: str) -> View:
    service = chosen.service if chosen is not None else ""
    return dialogs.handoff_view(await _choices(kit, chosen, user), _id(chosen), service, kit.lang)


async def _merge(kit: Kit, chosen: Incident | None, user: str) -> View:
    found = await _choices(kit, chosen, user)
    one = chosen or found[0]
    return dialogs.merge_view(one, [other for other in found if other.id != one.id], kit.lang)


async def _split(kit: Kit, chosen: Incident | None, user: str) -> View:
    one = chosen or (await _choices(kit, chosen, user))[0]
    async with kit.services.store.read() as tx:
        alerts = await tx.alerts.of_incident(one.id)
    return dialogs.split_view(one, alerts, kit.lang)


OPENERS: Mapping[str, Opener] = {
    "command": _command,
    "escalate": _escalate,
    "priority": _priority,
    "task": _task,
    "update": _update,
    "handoff": _handoff,
    "merge": _merge,
    "split": _split,
}
"""By the subcommand whose rule of the access policy each dialog goes by."""

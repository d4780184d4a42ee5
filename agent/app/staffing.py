"""Whether the people whom the rules ask for exist: each group of the policies is looked up in Slack."""

import asyncio

from agent.app.recovery import RUNS, Guarded
from agent.domain.probe import Probe
from agent.errors import BackendError, Misconfigured, NotFound, TimedOut
from agent.policy.book import PolicyBook
from agent.policy.checks import groups_named, unstaffed
from agent.ports.recovery import Groups
from agent.telemetry.logs import LogEvent, get_log

NAME = "Approvers"
_PATIENCE = 10.0
_log = get_log("app")


async def shortfalls(book: PolicyBook, groups: Groups) -> list[str]:
    """Return a sentence for each rule that too few people could ever meet; raises BackendError when Slack is silent."""
    members: dict[str, frozenset[str]] = {}
    try:
        async with asyncio.timeout(_PATIENCE):
            for name in sorted(groups_named(book.current)):
                try:
                    members[name] = await groups.members(name)
                except NotFound:
                    members[name] = frozenset()
    except TimeoutError as error:
        raise TimedOut("Slack did not answer in time (reading user groups).", backend="slack") from error
    return unstaffed(book.current, members, book.folder)


async def demand_staff(guarded: Guarded, groups: Groups) -> None:
    """Raise Misconfigured for rules that nobody can meet where something may run; elsewhere, and when Slack does not
    tell, only log it: then every vote is refused by itself until Slack answers."""
    try:
        found = await shortfalls(guarded.book, groups)
    except BackendError as error:
        _log.warning(LogEvent.STAFF_UNKNOWN, error=error.user_message)
        return
    if found and guarded.autonomy in RUNS:
        raise Misconfigured("\n".join(found))
    for sentence in found:
        _log.warning(LogEvent.UNSTAFFED, problem=sentence)


async def probe_staff(guarded: Guarded, groups: Groups) -> list[Probe]:
    """Return one probe per rule that nobody can meet, or one that says that all can be."""
    runs = guarded.autonomy in RUNS
    try:
        found = await shortfalls(guarded.book, groups)
    except BackendError as error:
        fix = (
            "Until Slack answers, every vote is refused. Check the app's token and its scope usergroups:read."
        )
        return [Probe(name=NAME, ok=not runs, detail=error.user_message, fix=fix, required=runs)]
    if not found:
        return [Probe(name=NAME, ok=True, detail="every rule names groups with enough people")]
    fix = "Add people to the group in Slack, or name another one in the policy."
    return [Probe(name=NAME, ok=not runs, detail=sentence, fix=fix, required=runs) for sentence in found]

"""What `ops-monitor checks` does: lists, coming times, a dry run printed, and a beginning in the bot's store."""

from itertools import islice
from zoneinfo import ZoneInfo

import click

from agent.app.checking import Checking
from agent.app.core import Core, open_core
from agent.domain.checklist import ChecklistItem, ItemState, in_language
from agent.errors import BadInput, Misconfigured
from agent.operations.checks.beginning import preview
from agent.operations.checks.by_hand import run_by_hand
from agent.operations.checks.running import told
from agent.operations.checks.words import detail_words, item_words, plain_pen
from agent.policy.checks_schedule import ChecklistPolicy
from agent.policy.load import load_policies
from agent.settings import Settings

_MARKS = {ItemState.OK: "ok", ItemState.PERSON: "todo", ItemState.ATTENTION: "look", ItemState.UNKNOWN: "?"}


async def listed(settings: Settings) -> int:
    """Print every checklist with its items."""
    lang = settings.language
    for policy in load_policies(settings.policies_dir).checks:
        click.echo(f"{policy.name}: {policy.title.in_language(lang)} · {policy.schedule} ({policy.zone})")
        for item in policy.items:
            click.echo(f"  {item.id}: {item.title.in_language(lang)} [{item.check or 'person'}]")
    return 0


async def upcoming(settings: Settings, name: str | None, count: int) -> int:
    """Print the next times of a checklist, or of each."""
    from agent.ports.clock import SystemClock

    policies = load_policies(settings.policies_dir).checks
    wanted = [_named(policies, name)] if name is not None else policies
    for policy in wanted:
        zone = ZoneInfo(policy.zone)
        for due in islice(policy.times.after(SystemClock().now()), count):
            click.echo(f"{policy.name}\t{due.astimezone(zone).isoformat()}\t{due.isoformat()}")
    return 0


async def begin_now(settings: Settings, name: str) -> int:
    """Store a beginning; the running bot goes on from there."""
    async with open_core(settings) as core:
        checking = _checking(core)
        policy = _named(core.policies.checks, name)
        async with core.store.write() as tx:
            came = await run_by_hand(checking.desk, tx, policy, by="terminal")
        name = came.checklist.id if came is not None else policy.name
        how = "is looked at again in its own message" if came is not None and came.there else "has begun"
        click.echo(f"{name} {how}; the running bot shows it in the channel.")
    return 0


async def look_now(settings: Settings, name: str, lang: str | None) -> int:
    """Look at every item and print what came of it; exits with 1 when anything needs somebody."""
    language = lang or settings.language
    async with open_core(settings) as core:
        checking, policy = _checking(core), _named(core.policies.checks, name)
        checklist = preview(checking.desk, policy, core.clock.now())
        click.echo(in_language(checklist.title, language))
        open_ones = 0
        for item in checklist.items:
            seen = item
            if item.check:
                outcome, evidence = await checking.runner.look(checklist, item)
                seen = told(item, outcome, evidence, core.clock.now())
            open_ones += seen.state in (ItemState.ATTENTION, ItemState.UNKNOWN)
            _print(seen, policy, language)
    return 1 if open_ones else 0


def _print(item: ChecklistItem, policy: ChecklistPolicy, lang: str) -> None:
    pen = plain_pen(policy.zone)
    words = item_words(lang, item, pen) or in_language(item.asks, lang)
    click.echo(f"  [{_MARKS.get(item.state, item.state.value):>4}] {in_language(item.title, lang)}: {words}")
    for line in detail_words(lang, item.details, pen):
        click.echo(f"         {line}")


def _named(policies: tuple[ChecklistPolicy, ...], name: str) -> ChecklistPolicy:
    found = next((one for one in policies if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in policies) or "none"
        raise BadInput(f"There is no checklist called “{name[:40]}”; there are: {known}.", field="NAME")
    return found


def _checking(core: Core) -> Checking:
    if core.wings.checking is None:
        raise Misconfigured("Checklists are not set up here.")
    return core.wings.checking

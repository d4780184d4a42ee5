"""`/ops checks`: what is looked at when, how the last ones went, and looking now."""

from datetime import datetime
from zoneinfo import ZoneInfo

from agent.domain.checklist import Checklist, ChecklistState, in_language
from agent.domain.results import TableResult
from agent.errors import BadInput
from agent.locale.messages import text
from agent.operations.checks.beginning import CheckDesk, channel_for, slot_of
from agent.operations.checks.by_hand import ByHand, run_by_hand
from agent.policy.checks_schedule import ChecklistPolicy
from agent.ports.chat import Rendered
from agent.ports.store import Tx
from agent.transport.slack import blocks
from agent.transport.slack.answers import plain_table
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.markup import foreign, link, moment
from agent.transport.slack.people.deeds import once
from agent.transport.slack.requests import Request, Subcommand, done, split_first
from agent.transport.slack.standing.checklist_card import render_checklist, summary_line
from agent.transport.slack.standing.checklist_clicks import DEED, desk_of
from agent.transport.slack.standing.checklist_draw import ties_of
from agent.transport.slack.standing.links import permalink

_MOST = 12
_NEXT = 5
_WORDS = {"run": "run", "last": "last", "next": "next", "실행": "run", "최근": "last", "다음": "next"}


async def _checks(kit: Kit, request: Request) -> None:
    desk = desk_of(kit)
    first, rest = split_first(request.args)
    second, _ = split_first(rest)
    if not first:
        await _overview(kit, request, desk)
        return
    name, verb = (second, first) if first in _WORDS and second else (first, second)
    if name in _WORDS and not verb:
        await _overview(kit, request, desk)
        return
    policy = desk.policy(name)
    if policy is None:
        names = ", ".join(one.name for one in desk.book.current.checks) or "–"
        raise BadInput(text(kit.lang, "problem-no-checklist", name=name[:40], known=names), field="name")
    match _WORDS.get(verb or "last"):
        case "run":
            await _run(kit, request, desk, policy)
        case "next":
            await _next(kit, request, policy)
        case "last":
            await _last(kit, request, policy)
        case _:
            raise BadInput(text(kit.lang, "problem-check-verb", word=verb[:40]), field="verb")


async def _overview(kit: Kit, request: Request, desk: CheckDesk) -> None:
    """Say of each checklist when it is due next and how the last one went."""
    now, lang = kit.services.clock.now(), kit.lang
    lines = []
    async with kit.services.store.read() as tx:
        for policy in desk.book.current.checks[:_MOST]:
            lines.append(_line(desk, policy, await last_of(tx, policy.name), now, lang))
    if not lines:
        await done(kit, request, "checks-none")
        return
    title = text(lang, "checks-title", count=len(lines))
    shown = (blocks.section(title), *(blocks.section(line) for line in lines))
    await kit.reply(request.respond, Rendered(text=title, blocks=shown))


def _line(desk: CheckDesk, policy: ChecklistPolicy, last: Checklist | None, now: datetime, lang: str) -> str:
    due = policy.times.next(now)
    words = {
        "title": foreign(in_language(policy.title.model_dump(), lang), 80),
        "name": policy.name,
        "next": moment(due) if due is not None else "–",
        "where": foreign(channel_for(desk.book.current, policy), 80),
    }
    if last is None:
        return text(lang, "checks-line-new", **words)
    return text(lang, "checks-line", **words, last=moment(last.due_at), went=summary_line(last, lang))


async def _run(kit: Kit, request: Request, desk: CheckDesk, policy: ChecklistPolicy) -> None:
    """Look at today's one again where it stands, or begin one beside the schedule; say where to look."""
    await kit.gate.admit(DEED, request.who, request.places)

    async def work(tx: Tx) -> ByHand | None:
        return await run_by_hand(desk, tx, policy, by=request.user)

    came = await once(kit, request.key, work)
    if came is None:
        return
    title = foreign(in_language(policy.title.model_dump(), kit.lang), 80)
    where = await _place(kit, came.checklist)
    await done(
        kit, request, "done-check-again" if came.there else "done-check-begun", title=title, where=where
    )


async def _place(kit: Kit, checklist: Checklist) -> str:
    """Return the link to a checklist's message; just its channel while it is not posted, or Slack does not tell."""
    async with kit.services.store.read() as tx:
        slot = await tx.outbox.get(slot_of(checklist.id))
    address = await permalink(kit, slot.channel, slot.ts) if slot is not None else ""
    return link(address, checklist.channel)


async def _next(kit: Kit, request: Request, policy: ChecklistPolicy) -> None:
    zone, rows = ZoneInfo(policy.zone), []
    for due in policy.times.after(kit.services.clock.now()):
        rows.append((f"{due.astimezone(zone):%Y-%m-%d %H:%M %Z}", f"{due:%Y-%m-%d %H:%M}"))
        if len(rows) == _NEXT:
            break
    columns = (policy.zone, "UTC")
    title = text(kit.lang, "checks-next", title=foreign(in_language(policy.title.model_dump(), kit.lang), 80))
    table = plain_table(TableResult(columns=columns, rows=tuple(rows)))
    shown = (blocks.section(title), blocks.preformatted(table, 1_500))
    await kit.reply(request.respond, Rendered(text=title, blocks=shown))


async def _last(kit: Kit, request: Request, policy: ChecklistPolicy) -> None:
    async with kit.services.store.read() as tx:
        last = await last_of(tx, policy.name)
        ties = await ties_of(tx, last) if last is not None else {}
    if last is None:
        await done(kit, request, "checks-never")
        return
    named = directory_of(kit.services).named
    await kit.reply(request.respond, render_checklist(last, kit.lang, named, ties))


async def last_of(tx: Tx, name: str) -> Checklist | None:
    """Return the newest occurrence of a checklist that began."""
    known = await tx.checklists.of_subject(name, 30)
    return next((one for one in known if one.state is not ChecklistState.MISSED), None)


CHECKS = Subcommand(
    "checks",
    "checks [NAME] [run|last|next]",
    ("checks", "checks morning", "checks morning run", "checks weekly next"),
    _checks,
)

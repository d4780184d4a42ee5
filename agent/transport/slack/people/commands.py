"""The subcommands about people's work: who leads and who is called, tasks, updates, sub-agents; dialogs for first-timers."""

import re
from datetime import timedelta

from agent.domain.incident import Incident, Priority
from agent.errors import BadInput, NotFound
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.modals import placed
from agent.transport.slack.people import deeds, listing
from agent.transport.slack.people.escalating import callee_in, escalate
from agent.transport.slack.people.lookups import LOOKUPS
from agent.transport.slack.people.opening import OPENERS
from agent.transport.slack.people.sent import question_of
from agent.transport.slack.requests import Request, Subcommand, done, span_of, split_first, visible_incident

_PERSON = re.compile(r"<@[UW][A-Z0-9]{2,20}(?:\|[^<>]*)?>|@[^\s@]{1,80}")
_REMIND = re.compile(
    r"(?:^|\s)in\s+(\d{1,4}\s*(?:min|m|h|d))\s*$|(?:^|\s)(\d{1,4}\s*(?:분|시간|일))\s*(?:뒤|후)에?\s*$"
)
_KOREAN_UNITS = {"분": "m", "시간": "h", "일": "d"}
_NOBODY = frozenset({"nobody", "none", "release", "없음"})
_AGENTS = {
    "release": "explain_release",
    "releases": "explain_release",
    "explain": "explain_release",
    "deployment-manager": "explain_release",
    "roll-back": "roll_back",
    "rollback": "roll_back",
    "patch": "emergency_patch",
    "assess": "assess_action",
    "risk": "assess_action",
    "risk-manager": "review_recurrence",
    "review": "review_recurrence",
}
"""What people type for each question to a sub-agent."""


async def _open(kit: Kit, request: Request, name: str, incident: Incident | None) -> None:
    view = await OPENERS[name](kit, incident, request.user)
    await kit.open_view(request.trigger_id, placed(view, request.places))


async def _command(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    if not name:
        await _open(kit, request, "command", None)
        return
    incident = await visible_incident(kit, request, name)
    if words.casefold() in _NOBODY:
        await deeds.release(kit, incident.id, by=request.user, key=request.key)
        await done(kit, request, "done-released", name=incident.name)
        return
    to = _user(kit, words) if words else request.user
    await deeds.command(kit, incident.id, to=to, by=request.user, key=request.key)
    await done(kit, request, "done-command", name=incident.name)


def _user(kit: Kit, words: str) -> str:
    found = directory_of(kit.services).user(words)
    if found is None:
        raise NotFound(text(kit.lang, "problem-who", who=words[:60]))
    return found


async def _escalate(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    if not name:
        await _open(kit, request, "escalate", None)
        return
    incident = await visible_incident(kit, request, name)
    to, reason = callee_in(kit, words)
    said = await escalate(
        kit, incident, to=to, reason=plain_question(reason), by=request.user, key=request.key
    )
    if said:
        await kit.reply(request.respond, Rendered(text=said))


async def _priority(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    level, why = split_first(words)
    if not name or level.upper() not in {one.value for one in Priority} or not why:
        await _open(kit, request, "priority", await visible_incident(kit, request, name) if name else None)
        return
    incident, priority = await visible_incident(kit, request, name), Priority(level.upper())
    await deeds.reprioritise(
        kit, incident.id, priority=priority, why=plain_question(why), by=request.user, key=request.key
    )
    await done(kit, request, "done-priority", name=incident.name, priority=priority.value)


async def _task(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    if not words:
        await _open(kit, request, "task", await visible_incident(kit, request, name) if name else None)
        return
    incident = await visible_incident(kit, request, name)
    said, owner, span = read_task(kit, words)
    task = await deeds.add_task(
        kit, incident.id, words=said, owner=owner, remind_in=span, by=request.user, key=request.key
    )
    if task is not None:
        await done(kit, request, "done-task", task=task.name, name=incident.name)


def read_task(kit: Kit, words: str) -> tuple[str, str | None, timedelta | None]:
    """Return what is to be done, by whom, and after which span its owner is reminded; raises BadInput."""
    span = None
    found = _REMIND.search(words)
    if found is not None:
        span, _ = span_of(kit, _english(found[1] or found[2]))
        words = words[: found.start()]
    owner = None
    named = _PERSON.search(words)
    if named is not None:
        owner = directory_of(kit.services).user(named[0])
        if owner is not None:
            words = f"{words[: named.start()]} {words[named.end() :]}"
    said = plain_question(words)
    if not said:
        raise BadInput(text(kit.lang, "problem-task-words"), field="text")
    return said, owner, span


def _english(span: str) -> str:
    for korean, unit in _KOREAN_UNITS.items():
        span = span.replace(korean, unit)
    return "".join(span.split())


async def _tasks(kit: Kit, request: Request) -> None:
    if not request.args.strip():
        shown = await listing.my_tasks(kit, request.user)
    else:
        shown = await listing.task_blocks(kit, await visible_incident(kit, request, request.args))
    await kit.reply(request.respond, Rendered(text=text(kit.lang, "usage-tasks"), blocks=shown))


async def _channel(kit: Kit, request: Request) -> None:
    incident = await visible_incident(kit, request, request.args)
    await deeds.open_room(kit, incident.id, by=request.user, key=request.key)
    await done(kit, request, "done-room", name=incident.name)


async def _update(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    if not name:
        await _open(kit, request, "update", None)
        return
    incident = await visible_incident(kit, request, name)
    audience, said = split_first(plain_question(words))
    known = {one.id for one in kit.services.policies.communications.audiences}
    chosen = (audience,) if audience in known else ()
    asked = await deeds.inform(
        kit,
        incident,
        audiences=chosen,
        words=said if chosen else plain_question(words),
        by=request.user,
        key=request.key,
    )
    if asked is not None:
        await done(kit, request, "done-update-asked", name=incident.name)


async def _handoff(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    what, rest = split_first(plain_question(words))
    if not what:
        await _open(kit, request, "handoff", await visible_incident(kit, request, name) if name else None)
        return
    incident = await visible_incident(kit, request, name)
    ask = _AGENTS.get(what.casefold(), "")
    first, second = split_first(rest)
    detail = second if ask == "emergency_patch" else first
    service = first if ask in ("explain_release", "roll_back", "emergency_patch") else ""
    question = await question_of(kit, incident, ask, service=kit.safe(service), detail=kit.safe(detail))
    asked = await deeds.ask_agent(kit, incident, question, by=request.user, key=request.key)
    if asked is not None:
        await done(kit, request, "done-handoff", agent=asked.to.value, name=incident.name)


PEOPLE = (
    Subcommand("command", "command [INC-n] [@PERSON]", ("command INC-3", "command INC-3 @mina"), _command),
    Subcommand(
        "escalate",
        "escalate [INC-n] [ROLE|@PERSON] [REASON]",
        ("escalate INC-3", "escalate INC-3 CTO checkout is down for everybody"),
        _escalate,
    ),
    Subcommand(
        "priority",
        "priority [INC-n] [P0|P1|P2|P3] [REASON]",
        ("priority INC-3 P0 no customer can pay",),
        _priority,
    ),
    Subcommand(
        "task",
        "task [INC-n] [TEXT] [@OWNER] [in TIME]",
        ("task INC-3 call the payment provider @mina in 30m", "task"),
        _task,
    ),
    Subcommand("tasks", "tasks [INC-n]", ("tasks INC-3", "tasks"), _tasks),
    Subcommand("channel", "channel INC-n", ("channel INC-3",), _channel),
    Subcommand(
        "update",
        "update [INC-n] [AUDIENCE] [WORDS]",
        ("update INC-3", "update INC-3 customers we are rolling back"),
        _update,
    ),
    Subcommand(
        "handoff",
        "handoff [INC-n] [release|rollback|patch|assess|review] …",
        ("handoff INC-3 release payment", "handoff INC-3 assess A-7"),
        _handoff,
    ),
    *LOOKUPS,
)
"""In the order in which help lists them."""

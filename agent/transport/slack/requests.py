"""One use of `/ops`: the request, what a subcommand is, and reading an incident's name or a span from its words."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from agent.domain.action import Action
from agent.domain.incident import Incident
from agent.errors import BadInput, NotFound
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.ports.recovery import Principal
from agent.ports.store import Tx
from agent.transport.slack.kit import Kit, Respond
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.sight import demand_sight

_NUMBER = re.compile(r"(?:inc-?|#)?(\d{1,9})", re.IGNORECASE)
_ACTION = re.compile(r"(?:a-?|#)?(\d{1,9})", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,4})\s*(m|min|h|d)(?![a-z])", re.IGNORECASE)
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Request:
    """One use of a subcommand; `key` is the same in repeated deliveries of it, `places` are the names of its channel."""

    args: str
    who: Principal
    trigger_id: str
    channel: str
    places: frozenset[str]
    respond: Respond
    key: str

    @property
    def user(self) -> str:
        """Return the person's id."""
        return self.who.user


Run = Callable[[Kit, Request], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One subcommand; its words in the catalogue are `usage-NAME`, examples are what people type after `/ops`.

    With `alone_reads` it changes nothing without arguments, so everybody may use it so.
    """

    name: str
    usage: str
    examples: tuple[str, ...]
    run: Run
    alone_reads: bool = False


async def admit(kit: Kit, one: Subcommand, request: Request) -> None:
    """Return when the person may use a subcommand; else raise NotPermitted."""
    if one.alone_reads and not request.args.strip():
        await kit.gate.demand_ours(one.name, request.who)
        return
    await kit.gate.admit(one.name, request.who, request.places)


async def done(kit: Kit, request: Request, message: str, **args: object) -> None:
    """Tell the person that it is done."""
    await kit.reply(request.respond, Rendered(text=text(kit.lang, message, **args)))


async def named_incident(kit: Kit, tx: Tx, words: str) -> Incident:
    """Return the incident that `INC-3`, `inc3`, `#3` or `3` names; alone, the only open one is meant."""
    first = words.split(" ", 1)[0].strip()
    if not first:
        running = await tx.incidents.open()
        if len(running) == 1:
            return running[0]
        raise BadInput(text(kit.lang, "problem-which-incident"), field="incident")
    match = _NUMBER.fullmatch(first)
    incident = await tx.incidents.by_number(int(match[1])) if match else None
    if incident is None:
        raise NotFound(text(kit.lang, "problem-no-such-incident", name=first[:40]))
    return incident


async def visible_incident(kit: Kit, request: Request, words: str) -> Incident:
    """Return the incident that words name; raises NotPermitted when it is kept apart and the person may not see it."""
    async with kit.services.store.read() as tx:
        incident = await named_incident(kit, tx, words)
    await demand_sight(kit.services, incident, request.user, request.places)
    return incident


async def named_action(kit: Kit, tx: Tx, words: str) -> Action:
    """Return the action that `A-7`, `a7` or `7` names; raises BadInput or NotFound."""
    first = words.split(" ", 1)[0].strip()
    if not first:
        raise BadInput(text(kit.lang, "problem-which-action"), field="action")
    match = _ACTION.fullmatch(first)
    action = await tx.actions.by_number(int(match[1])) if match else None
    if action is None:
        raise NotFound(text(kit.lang, "problem-no-such-action", name=first[:40]))
    return action


def split_first(args: str) -> tuple[str, str]:
    """Return the first word and the rest."""
    first, _, rest = args.strip().partition(" ")
    return first, rest.strip()


def span_of(kit: Kit, words: str) -> tuple[timedelta, str]:
    """Return the span that words begin with, and what follows it; raises BadInput."""
    match = _SPAN.match(words)
    if match is None:
        raise BadInput(text(kit.lang, "problem-how-long"), field="duration")
    span = timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
    if not timedelta(0) < span <= _LONGEST:
        raise BadInput(text(kit.lang, "problem-how-long"), field="duration")
    return span, plain_question(words[match.end() :])

"""What can follow `/ops`: each subcommand with its usage, its examples and what it does."""

from dataclasses import replace
from typing import Any, Literal

from agent.domain.answer import Answer, Question, Step
from agent.domain.incident import Incident
from agent.errors import BadInput, NotFound
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.locale.format import duration
from agent.locale.messages import answer_language, text
from agent.ports.chat import Rendered
from agent.transport import facts
from agent.transport.slack import modals
from agent.transport.slack.answers import render_answer
from agent.transport.slack.cards import render_card
from agent.transport.slack.guarded import GUARDED
from agent.transport.slack.help import render_help
from agent.transport.slack.identity import first_time_in
from agent.transport.slack.kit import Change, Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.people.commands import PEOPLE
from agent.transport.slack.regrouping import REGROUPING
from agent.transport.slack.requests import Request, Subcommand, done, span_of, split_first, visible_incident
from agent.transport.slack.services import picture_bytes
from agent.transport.slack.sight import sight_of
from agent.transport.slack.standing.commands import STANDING


async def _status(kit: Kit, request: Request) -> None:
    sight = await sight_of(kit.services, request.user, request.places)
    answer = await kit.services.desk.status(language=kit.lang, whole=sight.whole)
    await kit.reply_answer(request.respond, answer)


async def _incidents(kit: Kit, request: Request) -> None:
    sight = await sight_of(kit.services, request.user, request.places)
    answer = await kit.services.desk.incidents(language=kit.lang, whole=sight.whole)
    await kit.reply_answer(request.respond, answer)


async def _metrics(kit: Kit, request: Request) -> None:
    answer = await kit.services.desk.metrics(plain_question(request.args), language=kit.lang)
    await kit.reply_answer(request.respond, answer)


async def _logs(kit: Kit, request: Request) -> None:
    answer = await kit.services.desk.logs(plain_question(request.args), language=kit.lang)
    await kit.reply_answer(request.respond, answer)


async def _pods(kit: Kit, request: Request) -> None:
    answer = await kit.services.desk.pods(plain_question(request.args), language=kit.lang)
    await kit.reply_answer(request.respond, answer)


async def _alerts(kit: Kit, request: Request) -> None:
    answer = await kit.services.desk.alerts(plain_question(request.args), language=kit.lang)
    await kit.reply_answer(request.respond, answer)


async def _calibration(kit: Kit, request: Request) -> None:
    await kit.reply_answer(request.respond, await kit.services.desk.calibration(language=kit.lang))


async def _help(kit: Kit, request: Request) -> None:
    await kit.reply(request.respond, render_help(SUBCOMMANDS.values(), kit.lang))


async def _declare(kit: Kit, request: Request) -> None:
    view = modals.declare_view(kit, title=plain_question(request.args), channel=request.channel)
    await kit.open_view(request.trigger_id, modals.placed(view, request.places))


async def _show(kit: Kit, request: Request) -> None:
    services = kit.services
    incident = await visible_incident(kit, request, request.args)
    async with services.store.read() as tx:
        view = await load_view(tx, incident.id, services.policies, services.clock.now())
    if view is None:
        raise NotFound(text(kit.lang, "problem-no-such-incident", name=incident.name))
    picture = facts.picture(view)
    chart = await picture_bytes(services, picture.blob) if picture else None
    acting = services.recovery is not None
    card = render_card(view, chart, kit.lang, acting=acting, runbooks=services.runbooks)
    await kit.reply(request.respond, card)


async def _ask(kit: Kit, request: Request) -> None:
    words = plain_question(request.args)
    if not words:
        raise BadInput(text(kit.lang, "ask-what"), field="question")
    lang = answer_language(words, kit.lang)
    await kit.reply(request.respond, Rendered(text=text(lang, "answer-working")))
    sight = await sight_of(kit.services, request.user, request.places)
    question = Question(text=words, asker=request.user, language=_tongue(lang), whole=sight.whole)
    answer: Answer = Answer(text=text(lang, "answer-none"))
    async for part in kit.services.desk.ask(question):
        answer = answer if isinstance(part, Step) else part
    message = render_answer(answer, await kit.picture(answer), lang)
    await kit.reply(request.respond, message, replace=True)


async def _acknowledge(kit: Kit, request: Request) -> None:
    await _change(kit, request, changes.acknowledge, "done-acknowledged")


async def _resolve(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    why = kit.safe(plain_question(words))

    async def resolve(*given: Any, **named: Any) -> Incident:
        return await changes.resolve(*given, why=why, **named)

    await _change(kit, replace(request, args=name), resolve, "done-resolved")


async def _reopen(kit: Kit, request: Request) -> None:
    if not request.args:
        # Alone it would mean the only open one, which needs no reopening.
        raise BadInput(text(kit.lang, "problem-which-incident"), field="incident")
    await _change(kit, request, changes.reopen, "done-reopened")


async def _note(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    services = kit.services
    incident = await visible_incident(kit, request, name)
    async with services.store.write() as tx:
        if await first_time_in(tx, services, [request.key]):
            await changes.note(
                tx,
                services.policies,
                incident.id,
                text=kit.safe(plain_question(words)),
                by=request.user,
                at=services.clock.now(),
            )
    services.wake()
    await done(kit, request, "done-noted", name=incident.name)


async def _mute(kit: Kit, request: Request) -> None:
    name, rest = split_first(request.args)
    span, reason = span_of(kit, rest)
    services = kit.services
    now = services.clock.now()
    incident = await visible_incident(kit, request, name)
    async with services.store.write() as tx:
        if await first_time_in(tx, services, [request.key]):
            await changes.mute(
                tx,
                services.policies,
                incident.id,
                until=now + span,
                reason=kit.safe(reason) or text(kit.lang, "mute-no-reason"),
                by=request.user,
                at=now,
            )
    services.wake()
    await done(kit, request, "done-muted", name=incident.name, span=duration(kit.lang, span))


async def _change(kit: Kit, request: Request, change: Change, message: str) -> None:
    services = kit.services
    incident = await visible_incident(kit, request, request.args)
    async with services.store.write() as tx:
        if await first_time_in(tx, services, [request.key]):
            await kit.change(tx, change, incident.id, by=request.user)
    services.wake()
    await done(kit, request, message, name=incident.name)


def _tongue(lang: str) -> Literal["en", "ko"]:
    return "ko" if lang == "ko" else "en"


_ALL = (
    Subcommand("help", "help", ("help", "metrics help"), _help),
    Subcommand("status", "status", ("status",), _status),
    Subcommand("incidents", "incidents", ("incidents",), _incidents),
    Subcommand("show", "show INC-n", ("show INC-3",), _show),
    Subcommand(
        "metrics",
        "metrics [SERVICE] [SIGNAL] [TIME]",
        ("metrics checkout latency 30m", "metrics checkout", "metrics"),
        _metrics,
    ),
    Subcommand("logs", "logs [SERVICE] [errors] [TIME]", ("logs payment errors 15m",), _logs),
    Subcommand("pods", "pods [SERVICE]", ("pods payment", "pods"), _pods),
    Subcommand("alerts", "alerts [SERVICE]", ("alerts", "alerts payment"), _alerts),
    Subcommand("calibration", "calibration", ("calibration",), _calibration),
    Subcommand("ask", "ask QUESTION", ("ask why is checkout slow?", "ask 결제 왜 느려?"), _ask),
    Subcommand("ack", "ack INC-n", ("ack INC-3",), _acknowledge),
    Subcommand(
        "resolve",
        "resolve INC-n [WHAT CURED IT]",
        ("resolve INC-3", "resolve INC-3 rolled back payment"),
        _resolve,
    ),
    Subcommand("reopen", "reopen INC-n", ("reopen INC-3",), _reopen),
    Subcommand("note", "note INC-n TEXT", ("note INC-3 rolling back payment",), _note),
    Subcommand("mute", "mute INC-n TIME [REASON]", ("mute INC-3 2h planned load test",), _mute),
    Subcommand("declare", "declare [TITLE]", ("declare checkout is down",), _declare),
    *PEOPLE,
    *STANDING,
    *REGROUPING,
    *GUARDED,
)
SUBCOMMANDS = {one.name: one for one in _ALL}

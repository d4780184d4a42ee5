"""The subcommands that look something up about people's work, or choose how the bot speaks to them."""

from datetime import datetime

from agent.domain.answer import Answer
from agent.domain.results import TableResult
from agent.errors import BadInput
from agent.lifecycle.oncall import Callee, table, who
from agent.locale.messages import LANGUAGES, text
from agent.operations.dead_letters import dead_letters
from agent.operations.figures_words import figures_answer
from agent.operations.releases_listing import deploys_answer
from agent.ports.chat import Rendered
from agent.transport.foreign import clean
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.people.learning import post_draft
from agent.transport.slack.people.letters import MOST, render_letters
from agent.transport.slack.people.risks import STANDING, render_risks
from agent.transport.slack.requests import Request, Subcommand, done, split_first, visible_incident

_TIME = "%m-%d %H:%M"


async def _oncall(kit: Kit, request: Request) -> None:
    services, now = kit.services, kit.services.clock.now()
    policy = services.policies.oncall
    known = services.doors.roster.known if services.doors.roster is not None else None
    rows = [
        _turn(kit, name, callees, who(policy, [name], _after(callees, now), known))
        for name, callees in table(policy, now, known)
    ]
    if not rows:
        await done(kit, request, "oncall-none")
        return
    heads = tuple(
        text(kit.lang, f"column-{name}") for name in ("oncall", "oncall-now", "oncall-until", "oncall-next")
    )
    people = tuple(one.slack for one in policy.people if one.slack)
    answer = Answer(
        text=text(kit.lang, "oncall-title"), table=TableResult(columns=heads, rows=tuple(rows)), people=people
    )
    await kit.reply_answer(request.respond, answer)


def _after(callees: list[Callee], now: datetime) -> datetime:
    """Return when the present turn ends; without an end it does not change."""
    return min((one.until for one in callees if one.until is not None), default=now)


def _turn(kit: Kit, name: str, callees: list[Callee], later: list[Callee]) -> tuple[str, ...]:
    until = next((one.until for one in callees if one.until is not None), None)
    return (
        clean(name, 60),
        _names(callees, kit.lang),
        f"{until:{_TIME}} UTC" if until is not None else "–",
        _names(later, kit.lang) if until is not None else "–",
    )


def _names(callees: list[Callee], lang: str) -> str:
    """Return people as a table's cell takes them: alone by Slack id, which is shown as a mention, else by name."""
    if len(callees) == 1 and callees[0].person is not None and callees[0].person.slack:
        return callees[0].person.slack
    names = [one.person.name if one.person is not None else text(lang, "oncall-service") for one in callees]
    return clean(", ".join(names), 120) or text(lang, "oncall-nobody")


async def _deploys(kit: Kit, request: Request) -> None:
    service = split_first(plain_question(request.args))[0]
    answer = await deploys_answer(kit.services.store, kit.services.clock, kit.lang, service or None)
    await kit.reply_answer(request.respond, answer)


async def _risks(kit: Kit, request: Request) -> None:
    async with kit.services.store.read() as tx:
        entries = await tx.risks.in_states([state.value for state in STANDING])
    today = kit.services.clock.now().date()
    named = directory_of(kit.services).named
    await kit.reply(request.respond, render_risks(entries, kit.lang, named, today))


async def _redeliver(kit: Kit, request: Request) -> None:
    async with kit.services.store.read() as tx:
        letters = await dead_letters(tx, MOST)
    await kit.reply(request.respond, render_letters(letters, kit.lang))


async def _postmortem(kit: Kit, request: Request) -> None:
    incident = await visible_incident(kit, request, request.args)
    await done(kit, request, "answer-working")
    await post_draft(kit, incident, by=request.user)


async def _figures(kit: Kit, request: Request) -> None:
    args, named = plain_question(request.args), directory_of(kit.services).callee_name
    services = kit.services
    answer = await figures_answer(services.store, services.clock, args, kit.lang, named=named)
    await kit.reply_answer(request.respond, answer)


async def _language(kit: Kit, request: Request) -> None:
    known, words = kit.services.languages, request.args.casefold().split()
    if known is None:
        raise BadInput(text(kit.lang, "problem-not-here"), field="language")
    here, chosen = "here" in words, [one for one in words if one != "here"]
    if len(chosen) > 1 or (chosen and chosen[0] not in (*LANGUAGES, "default")):
        raise BadInput(text(kit.lang, "problem-which-language"), field="language")
    if not chosen:
        await done(kit, request, "language-now", language=text(kit.lang, f"language-{kit.lang}"))
        return
    language = None if chosen[0] == "default" else chosen[0]
    if here:
        await known.choose_for_channel(request.places, language)
    else:
        await known.choose_for_person(request.user, language)
    spoken = kit.speaking(language) if language and not here else await kit.for_person(request.user)
    await _told_language(spoken, request, language, here=here)


async def _told_language(kit: Kit, request: Request, language: str | None, *, here: bool) -> None:
    if language is None:
        said = text(kit.lang, "language-forgotten-here" if here else "language-forgotten")
    else:
        named = text(kit.lang, f"language-{language}")
        said = text(kit.lang, "language-chosen-here" if here else "language-chosen", language=named)
    await kit.reply(request.respond, Rendered(text=said))


LOOKUPS = (
    Subcommand("oncall", "oncall", ("oncall",), _oncall),
    Subcommand("deploys", "deploys [SERVICE]", ("deploys", "deploys payment"), _deploys),
    Subcommand("risks", "risks", ("risks",), _risks),
    Subcommand("postmortem", "postmortem INC-n", ("postmortem INC-3",), _postmortem),
    Subcommand("figures", "figures [30d]", ("figures", "figures 7d"), _figures),
    Subcommand("redeliver", "redeliver", ("redeliver",), _redeliver),
    Subcommand(
        "language",
        "language [ko|en|default] [here]",
        ("language ko", "language en here", "language default"),
        _language,
    ),
)
"""In the order in which help lists them."""

"""The subcommands that correct correlation: splitting, merging, and the rules that these become."""

import re

from agent.domain.answer import Answer
from agent.domain.correlation import CorrelationRule, Side
from agent.domain.incident import Incident
from agent.domain.results import TableResult
from agent.errors import BadInput
from agent.lifecycle import regroup
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport.foreign import clean
from agent.transport.slack.identity import first_time_in
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.requests import Request, Subcommand, done, split_first, visible_incident

_RULE = re.compile(r"(?:remove\s+)?(?:r-?|#)?(\d{1,9})", re.IGNORECASE)
_MOST = 50
_SHOWN = 2


async def _split(kit: Kit, request: Request) -> None:
    name, words = split_first(request.args)
    alert, service = split_first(plain_question(words))
    if not name or not alert:
        raise BadInput(text(kit.lang, "problem-which-alert"), field="alert")
    incident = await visible_incident(kit, request, name)
    said = await split_off(kit, incident, alert, service, by=request.user, key=request.key)
    if said:
        await kit.reply(request.respond, Rendered(text=said))


async def split_off(kit: Kit, incident: Incident, alert: str, service: str, *, by: str, key: str) -> str:
    """Give the alerts of this name and service an incident of their own; return what to say, nothing for a repeat."""
    services, now = kit.services, kit.services.clock.now()
    async with services.store.write() as tx:
        if not await first_time_in(tx, services, [key]):
            return ""
        new, rule = await regroup.split(
            tx,
            services.policies,
            incident.id,
            alert=alert,
            service=service,
            by=by,
            at=now,
            language=kit.lang,
        )
        await services.investigate(tx, new)
    services.wake()
    return text(kit.lang, "done-split", name=incident.name, new=new.name, rule=rule.name)


async def _merge(kit: Kit, request: Request) -> None:
    first, rest = split_first(request.args)
    second = split_first(rest.removeprefix("into "))[0]
    if not first or not second:
        raise BadInput(text(kit.lang, "problem-which-two"), field="incident")
    source = await visible_incident(kit, request, first)
    target = await visible_incident(kit, request, second)
    said = await merge_into(kit, source, target, by=request.user, key=request.key)
    if said:
        await kit.reply(request.respond, Rendered(text=said))


async def merge_into(kit: Kit, source: Incident, target: Incident, *, by: str, key: str) -> str:
    """Put one incident into another; return what to say, nothing for a repeat."""
    services, now = kit.services, kit.services.clock.now()
    async with services.store.write() as tx:
        if not await first_time_in(tx, services, [key]):
            return ""
        _, rule = await regroup.merge(
            tx, services.policies, source.id, target.id, by=by, at=now, language=kit.lang
        )
        await services.investigate(tx, target)
    services.wake()
    message, named = ("done-merged", {"rule": rule.name}) if rule else ("done-merged-once", {})
    return text(kit.lang, message, name=source.name, into=target.name, **named)


async def _rules(kit: Kit, request: Request) -> None:
    if not request.args.strip():
        await _list(kit, request)
        return
    match = _RULE.fullmatch(request.args.strip())
    if match is None:
        raise BadInput(text(kit.lang, "problem-which-rule"), field="rule")
    services = kit.services
    async with services.store.write() as tx:
        if not await first_time_in(tx, services, [request.key]):
            return
        rule = await regroup.unrule(tx, int(match[1]), kit.lang)
    await done(kit, request, "done-unruled", rule=rule.name)


async def _list(kit: Kit, request: Request) -> None:
    async with kit.services.store.read() as tx:
        rules = (await tx.correlation.standing())[-_MOST:]
    if not rules:
        await done(kit, request, "rules-none")
        return
    heads = tuple(text(kit.lang, f"column-{name}") for name in ("rule", "what", "why", "by"))
    table = TableResult(columns=heads, rows=tuple(_row(kit, rule) for rule in rules))
    people = tuple(dict.fromkeys(rule.by for rule in rules))
    await kit.reply_answer(
        request.respond, Answer(text=text(kit.lang, "rules-title"), table=table, people=people)
    )


def _row(kit: Kit, rule: CorrelationRule) -> tuple[str, ...]:
    said = "rule-together" if rule.together else "rule-apart"
    what = text(kit.lang, said, one=_side(rule.one), other=_side(rule.other))
    return rule.name, clean(what, 300), clean(rule.why, 60), rule.by


def _side(side: Side) -> str:
    shown = [", ".join(str(matcher) for matcher in matchers) for matchers in side[:_SHOWN]]
    more = f" (+{len(side) - _SHOWN})" if len(side) > _SHOWN else ""
    return " | ".join(f"{{{words}}}" for words in shown) + more


REGROUPING = (
    Subcommand(
        "split",
        "split INC-n ALERT [SERVICE]",
        ("split INC-3 HighLatency", "split INC-3 HighLatency payment"),
        _split,
    ),
    Subcommand("merge", "merge INC-n INC-m", ("merge INC-4 INC-3",), _merge),
    Subcommand("rules", "rules [R-n]", ("rules", "rules R-2"), _rules, alone_reads=True),
)
"""In the order in which help lists them; `rules R-n` removes the rule."""

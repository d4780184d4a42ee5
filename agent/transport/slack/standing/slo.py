"""The subcommand that tells where services stand against their objectives."""

from agent.errors import Misconfigured
from agent.locale.messages import text
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.requests import Request, Subcommand


async def _slo(kit: Kit, request: Request) -> None:
    standing = kit.services.doors.standing
    if standing is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    answer = await standing.answer(plain_question(request.args), kit.lang)
    await kit.reply_answer(request.respond, answer)


SLO = Subcommand("slo", "slo [SERVICE]", ("slo", "slo payment"), _slo)

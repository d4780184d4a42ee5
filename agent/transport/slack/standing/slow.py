"""`/ops slow`: which endpoints are slow."""

from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.requests import Request, Subcommand


async def _slow(kit: Kit, request: Request) -> None:
    answer = await kit.services.desk.slow(plain_question(request.args), language=kit.lang)
    await kit.reply_answer(request.respond, answer)


SLOW = Subcommand("slow", "slow [SERVICE] [TIME]", ("slow", "slow storefront 30m"), _slow)

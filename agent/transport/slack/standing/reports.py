"""`/ops report`: orders a report for whoever asks; the message with its files follows."""

from agent.domain.report import ReportKind
from agent.errors import BadInput, Misconfigured
from agent.locale.messages import text
from agent.transport.slack.kit import Kit
from agent.transport.slack.requests import Request, Subcommand, done, split_first

_KINDS = {kind.value: kind for kind in ReportKind}


async def _report(kit: Kit, request: Request) -> None:
    services = kit.services
    door = services.doors.reports
    if door is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    word, rest = split_first(request.args)
    kind = _KINDS.get(word.casefold(), None if word else ReportKind.MONTHLY)
    if kind is None:
        raise BadInput(text(kit.lang, "report-which", kinds=", ".join(_KINDS)), field="report")
    period = door.period(kind, rest)
    channel = request.channel if request.channel.startswith(("C", "G")) else request.user
    async with services.store.write() as tx:
        await door.ask(
            tx,
            period,
            channel=channel,
            by=request.user,
            key=request.key,
            language="ko" if kit.lang == "ko" else "en",
        )
    services.wake()
    await done(
        kit, request, "report-ordered", title=text(kit.lang, f"report-name-{kind.value}"), period=period.name
    )


REPORT = Subcommand(
    "report",
    "report [monthly|weekly|sla|daily] [PERIOD]",
    ("report", "report monthly 2026-10", "report weekly 2026-W43", "report daily 2026-10-23"),
    _report,
)

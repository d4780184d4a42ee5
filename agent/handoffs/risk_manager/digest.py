"""The week's digest of the risk register: one message, once a week, whoever of the replicas comes first."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.incident import Priority
from agent.domain.noun import Json
from agent.domain.risk import RiskEntry, RiskState
from agent.errors import OpsError
from agent.handoffs.needs import Rules
from agent.handoffs.risk_manager.register import RiskRegister
from agent.locale.messages import text
from agent.policy.load import Policies
from agent.policy.routing import route
from agent.policy.windows import DAYS, minute_of_day
from agent.ports.clock import Clock
from agent.ports.outbox import SlotKind
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

MOST_TOLD = 15
_LOOK_SECONDS = 30.0
_PERSON = re.compile(r"[UW][A-Z0-9]{5,20}")
_log = get_log("handoffs")


class RiskDigest:
    """Tells the channel of P2 alerts what stands in the register; a week without risks is told nothing."""

    def __init__(
        self, store: Store, book: Rules, clock: Clock, register: RiskRegister, *, language: str = "en"
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._register = register
        self._language = language

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            try:
                await self.tell_if_due()
            except OpsError as error:
                # The next look will do: the database's absence is told by everything else.
                _log.warning(LogEvent.TASK_FAILED, task="risk digest", error=error.user_message)
            await asyncio.sleep(_LOOK_SECONDS)

    async def tell_if_due(self) -> bool:
        """Tell this week's digest unless it has been told; say whether this call did."""
        policies, now = self._book.current, self._clock.now()
        due, week = week_of(policies, now)
        if now < due:
            return False
        async with self._store.write() as tx:
            if not await tx.seen.first_time(f"risk-digest:{week}", now):
                return False
            entries = await self._register.entries(tx)
            if not entries:
                return False
            await tx.outbox.request(
                f"risk-digest:{week}",
                SlotKind.REPLY,
                channel=route(policies, Priority.P2, {}).channel,
                priority=Priority.P2.rank,
                payload=message(entries, week, now.astimezone(_zone(policies)).date(), self._language),
                at=now,
            )
            return True


def week_of(policies: Policies, now: datetime) -> tuple[datetime, str]:
    """Return when the digest of the present week is due, and the week's name, such as `2026-W47`."""
    when, zone = policies.risk.register_.digest, _zone(policies)
    local = now.astimezone(zone)
    year, week, _ = local.isocalendar()
    day = date.fromisocalendar(year, week, DAYS.index(when.day) + 1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    # Wall-clock arithmetic, so that nine o'clock stays nine o'clock when the clocks change.
    return midnight + timedelta(minutes=minute_of_day(when.at)), f"{year}-W{week:02d}"


def message(entries: Sequence[RiskEntry], week: str, today: date, language: str) -> dict[str, Json]:
    """Return the digest as an outbox payload; what people and logs wrote is escaped."""
    overdue = [one for one in entries if one.review_on < today]
    head = text(
        language,
        "risk-digest-head",
        week=week,
        open=str(sum(one.state is RiskState.OPEN for one in entries)),
        overdue=str(len(overdue)),
    )
    lines = [_line(one, today, language) for one in entries[:MOST_TOLD]]
    if len(entries) > MOST_TOLD:
        lines.append(text(language, "risk-digest-more", count=str(len(entries) - MOST_TOLD)))
    blocks: list[Json] = [_section(f"*{head}*"), *(_section(line) for line in lines)]
    return {"text": head, "blocks": blocks}


def _line(entry: RiskEntry, today: date, language: str) -> str:
    when = "risk-digest-overdue" if entry.review_on < today else "risk-digest-review"
    first = text(
        language,
        "risk-digest-line",
        number=str(entry.number),
        score=str(entry.score),
        level=text(language, f"risk-level-{entry.level.value}"),
        title=_escaped(f"{entry.service} · {entry.title}"),
    )
    owner = (
        text(language, "risk-digest-owner", owner=_person(entry.owner))
        if entry.owner
        else text(language, "risk-digest-nobody")
    )
    return f"{first}\n{owner} · {text(language, when, date=entry.review_on.isoformat())}"


def _person(owner: str) -> str:
    """Return an owner as chat shows people: those of the workspace by name, others as they were written."""
    return f"<@{owner}>" if _PERSON.fullmatch(owner) else _escaped(owner)


def _escaped(words: str) -> str:
    plain = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Nothing that somebody else wrote may close a bold word or begin a code span.
    return plain.replace("*", "∗").replace("`", "ˋ")


def _section(words: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words[:2900], "verbatim": True}}


def _zone(policies: Policies) -> ZoneInfo:
    return ZoneInfo(policies.freezes.zone)

"""What the clock of life does about calls: calls a level, hands pages on, and finds another way for those that failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.domain.notification import NotificationState
from agent.domain.noun import Json
from agent.domain.page import Page, PageState, Way
from agent.domain.timeline import TimelineKind
from agent.lifecycle.obligation import Life, Obligation
from agent.lifecycle.obligations_calls import level_names
from agent.lifecycle.oncall import Callee, Roster
from agent.lifecycle.paging_pages import (
    BOT,
    Call,
    Means,
    Reason,
    call_of,
    called_before,
    make_pages,
    page_id,
    reaches,
    tell_call,
)
from agent.lifecycle.paging_words import notification_of, pager_told, rings_service, why
from agent.policy.oncall import SERVICE, Person
from agent.policy.routing import route_incident
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx


@dataclass(frozen=True, slots=True)
class Deeds:
    """Does what is owed about calls, in the transaction of the clock's step."""

    roster: Roster
    means: Means

    async def call(self, tx: Tx, life: Life, owed: Obligation, now: datetime) -> None:
        """Call a level: the schedules of the service first, then the roles that come after them."""
        names = level_names(life, owed.level)
        reason: Reason = "opened" if owed.level == 0 else "escalated"
        if owed.level == 0 and len(life.priorities_with("call")) > 0:
            reason = "priority_raised"
        name = f"{life.scope.partition(':')[2]}.{owed.level}"
        await self._call(tx, life, name, reason, owed.level, names, now)

    async def call_at_target(self, tx: Tx, life: Life, now: datetime) -> None:
        """Call those who come next because the resolution target was missed."""
        names = life.steps.at_target or life.route.escalate_to
        name = f"target.{life.scope.partition(':')[2]}"
        await self._call(tx, life, name, "target_missed", 1, names, now)

    async def _call(
        self,
        tx: Tx,
        life: Life,
        name: str,
        reason: Reason,
        level: int,
        names: Sequence[str],
        now: datetime,
    ) -> None:
        callees = self._callees(life, names, level, now)
        told: dict[str, Json] = {"to": ", ".join(names)} if level > 0 else {}
        if not callees and rung(life):
            # Nobody stands for these names, and the pager's own escalation policy goes on.
            told["left_to"] = Way.PAGERDUTY.value
        call = Call(name, reason, level, life.ways, life.escalation.back_up.ways, told=told)
        rings = level == 0

        def reach(way: Way, person: Person | None) -> bool:
            # Whoever comes later is asked to join the pager's incident, which must be there for that.
            there = way is not Way.PAGERDUTY or rings or rung(life)
            return there and reaches(way, person, rings=rings, means=self.means)

        pages = await make_pages(
            tx, life.incident, call, callees, called_before(life.recent, reason), reach, now
        )
        lost = [page for page in pages if page.state is PageState.FAILED]
        made = [page for page in pages if page.state is not PageState.FAILED]
        if made or level > 0:
            await tell_call(tx, life.incident, call, callees, made, now)
        for page in lost:
            await _tell_failed(tx, life, page, None, now)

    def _callees(self, life: Life, names: Sequence[str], level: int, now: datetime) -> list[Callee]:
        callees = self.roster.who(names, now)
        people = [one for one in callees if one.person is not None]
        service = [one for one in callees if one.person is None] or [Callee(None, SERVICE, "service")]
        if level > 0 or people:
            return people
        # Whom nobody is on call for is left to the pager; without one, the card in the channel is the call.
        return service[:1] if Way.PAGERDUTY in life.ways else []

    async def send(self, tx: Tx, life: Life, owed: Obligation, now: datetime) -> None:
        """Hand a wanted page to what carries it: the outbox for Slack, the courier for all else."""
        page = next(one for one in life.here if one.id == owed.about)
        if page.way not in self.means.ways:
            await _failed(tx, page, "unset", now)
            return
        before = next((one.way for one in life.here if one.id == page.instead_of), None)
        person = self.roster.person(page.person)
        if page.way is Way.SLACK:
            await _to_outbox(tx, life, page, self._words(life, page, person, before), now)
            return
        if page.way is not Way.PAGERDUTY and person is None:
            await _failed(tx, page, "unknown", now)
            return
        language = self.means.language
        message = notification_of(life.incident, page, person, now=now, language=language, before=before)
        await tx.notifications.add(message)

    def _words(self, life: Life, page: Page, person: Person | None, before: Way | None) -> str:
        """Return the call in plain words with a mention, which notifies its person wherever the thread is."""
        lang = self.means.language
        mention = f"<@{person.slack}>" if person is not None and person.slack is not None else "<!here>"
        return f"{mention}: {_plain(why(life.incident, page, lang, before))}"

    async def back_up(self, tx: Tx, life: Life, owed: Obligation, now: datetime) -> None:
        """Call the same person by the next way that reaches them, because one did not take the call."""
        page = next(one for one in life.here if one.id == owed.about)
        person = self.roster.person(page.person)
        used = {one.way for one in life.here if call_of(one) == call_of(page)}
        ways = [way for way in life.escalation.back_up.ways if way not in used]
        if page.person == SERVICE:
            # Nobody's number is known: the channel is all that is left, and where no pager is set up the card is there.
            able = page.error != "unset" and Way.SLACK in self.means.ways and Way.SLACK not in used
            way = Way.SLACK if able else None
        else:
            way = next((w for w in ways if reaches(w, person, rings=False, means=self.means)), None)
        if way is not None:
            call = call_of(page).split(":", 2)[2].rpartition(":")[0]
            other = page.model_copy(
                update={
                    "id": page_id(life.incident, call, page.person, way),
                    "way": way,
                    "at": now,
                    "instead_of": page.id,
                    "state": PageState.WANTED,
                    "error": "",
                    "ended_at": None,
                    "accepted_at": None,
                    "unsure": False,
                    "version": 1,
                }
            )
            await tx.pages.add_once(other)
        if page.state is PageState.WANTED or page.error != "unset":
            await _tell_failed(tx, life, page, way, now)

    async def posted(self, tx: Tx, page_id: str, now: datetime) -> None:
        """Record that a call by Slack is in the thread."""
        page = await tx.pages.get(page_id)
        if page is not None and page.state is PageState.WANTED:
            await tx.pages.save(page.model_copy(update={"state": PageState.ACCEPTED, "accepted_at": now}))

    async def answered(self, tx: Tx, life: Life, now: datetime) -> None:
        """End the calls of an incident that somebody has taken up: answered by that person, withdrawn from the others."""
        incident = life.incident
        taken_by, taken_at = incident.acknowledged_by or "", incident.times.acknowledged_at or now
        person = life.policies.oncall.person_in_slack(taken_by)
        who = person.id if person is not None else taken_by
        for page in life.pages:
            if life.page_at(page) > taken_at:
                # Somebody was asked for after it was taken up.
                continue
            # Nor is there any need to reach them by another way.
            await tx.life.done(incident.id, f"backup:{page.id}", now)
            if page.state in (PageState.WANTED, PageState.ACCEPTED):
                state = PageState.ANSWERED if page.person == who else PageState.WITHDRAWN
                await end_page(tx, page, state, now)

    async def withdraw(self, tx: Tx, life: Life, now: datetime) -> None:
        """Take back every call of an incident that is over."""
        for page in life.pages:
            if page.state in (PageState.WANTED, PageState.ACCEPTED):
                await end_page(tx, page, PageState.WITHDRAWN, now)

    async def tell_pager(self, tx: Tx, life: Life, owed: Obligation, now: datetime) -> None:
        """Tell the pager that an opening was taken up, or is over."""
        await tx.notifications.add(pager_told(life.incident, owed.level, owed.about, now))


def rung(life: Life) -> bool:
    """Say whether the pager's service was rung in this opening, or is about to be."""
    return any(
        page.way is Way.PAGERDUTY and rings_service(page) and page.state is not PageState.FAILED
        for page in life.here
    )


async def end_page(tx: Tx, page: Page, state: PageState, now: datetime) -> None:
    """End a call, and its message if that has not left yet."""
    change: dict[str, object] = {"state": state, "ended_at": now}
    if state is PageState.ANSWERED:
        change["answered_at"] = now
    message = await tx.notifications.get(f"page:{page.id}")
    if message is not None and message.state in _recalled(page.way):
        change["unsure"] = message.sending_since is not None
        await tx.notifications.put(message.model_copy(update={"state": NotificationState.WITHDRAWN}))
    await tx.pages.save(page.model_copy(update=change))


def _recalled(way: Way) -> tuple[NotificationState, ...]:
    """Return the states in which a call's message is taken back; one under way may arrive, but is not tried again."""
    if way is Way.PAGERDUTY:
        # Its end is told to the pager too, and may not overtake it.
        return (NotificationState.WAITING,)
    return (NotificationState.WAITING, NotificationState.SENDING)


async def _to_outbox(tx: Tx, life: Life, page: Page, words: str, now: datetime) -> None:
    incident = life.incident
    await tx.outbox.request(
        f"page:{page.id}",
        SlotKind.REPLY,
        channel=route_incident(life.policies, incident).channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload={"page": page.id, "text": words},
        at=now,
    )


async def _failed(tx: Tx, page: Page, error: str, now: datetime) -> None:
    change = {"state": PageState.FAILED, "ended_at": now, "error": error}
    await tx.pages.save(page.model_copy(update=change))


async def _tell_failed(tx: Tx, life: Life, page: Page, way: Way | None, now: datetime) -> None:
    data: dict[str, Json] = {
        "text": f"{page.person}: {page.way.value} → {way.value if way is not None else '–'}",
        "person": page.person,
        "way": page.way.value,
        "instead": way.value if way is not None else "",
        "why": page.error or "late",
    }
    await tx.timeline.append(life.incident.id, TimelineKind.PAGE_FAILED, BOT, now, data)


def _plain(words: str) -> str:
    """Take away what would be markup in chat: names of services and roles come from files and from outside."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

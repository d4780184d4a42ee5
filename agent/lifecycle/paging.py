"""Calls as the rest of the house sees them: what became of one, who answered, and calling somebody by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.incident import Incident
from agent.domain.notification import Notification, NotificationState
from agent.domain.noun import Json
from agent.domain.page import Page, PageState, Way
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, NotFound
from agent.lifecycle.announce import announce
from agent.lifecycle.changes import acknowledge
from agent.lifecycle.oncall import who
from agent.lifecycle.paging_deeds import end_page
from agent.lifecycle.paging_pages import BOT, Call, make_pages, reaches, tell_call
from agent.lifecycle.paging_words import rings_service
from agent.policy.load import Policies
from agent.policy.oncall import OnCallPolicy, Person
from agent.policy.routing import route_incident
from agent.ports.store import Tx

__all__ = ["answered", "escalate_by_hand", "page_settled"]

_ABOUT = "page:"
_MOVING = (PageState.WANTED, PageState.ACCEPTED)
# Two clicks within so long mean one call.
_SAME_CLICK = timedelta(seconds=60)


async def page_settled(tx: Tx, policies: Policies, notification: Notification, now: datetime) -> None:
    """Keep what became of the message that carries a call: taken by its service, or dead; then the clock looks again."""
    page = await tx.pages.get(notification.about.removeprefix(_ABOUT))
    if page is None or page.incident_id is None:
        return
    if notification.state is NotificationState.SENT:
        change: dict[str, object] = {"accepted_at": notification.sent_at or now}
        if page.state is PageState.WANTED or (page.state is PageState.FAILED and page.error == "late"):
            change["state"] = PageState.ACCEPTED
    elif notification.state is NotificationState.DEAD:
        change = {"unsure": notification.sending_since is not None}
        if page.state is PageState.WANTED:
            error = notification.last_error[:300] or "dead"
            change |= {"state": PageState.FAILED, "ended_at": now, "error": error}
    else:
        return
    await tx.pages.save(page.model_copy(update=change))
    incident = await tx.incidents.get(page.incident_id)
    if incident is not None:
        await announce(tx, incident, policies, now)


async def answered(
    tx: Tx, policies: Policies, incident_id: str, person: str, at: datetime, key: str
) -> Incident:
    """Take an answer that came by the pager: it acknowledges the incident, as a click in Slack does; a `key` counts once.

    `person` is the pager's user id, a mail address, an id of oncall.yaml or a name. Raises NotFound.
    """
    incident = await _incident(tx, incident_id)
    if not incident.status.open or not await tx.life.done(incident_id, f"pager-answer:{key}", at):
        return incident
    known = _recognised(policies.oncall, person)
    name = (known.slack or known.name) if known is not None else person
    for page in await tx.pages.of_incident(incident_id):
        mine = known is not None and page.person == known.id
        if page.state in _MOVING and (mine or page.way is Way.PAGERDUTY):
            state = PageState.ANSWERED if mine or known is None else PageState.WITHDRAWN
            await end_page(tx, page, state, at)
    data: dict[str, Json] = {"text": known.name if known is not None else person, "way": Way.PAGERDUTY.value}
    await tx.timeline.append(incident_id, TimelineKind.PAGE_ANSWERED, name or BOT, at, data)
    if incident.acknowledged_by is None:
        return await acknowledge(tx, policies, incident_id, by=name or BOT, at=at)
    await announce(tx, incident, policies, at)
    return incident


async def escalate_by_hand(
    tx: Tx, policies: Policies, incident_id: str, *, by: str, to: str, reason: str, at: datetime
) -> Sequence[Page]:
    """Call a role, schedule or person now, because somebody asks for them, and return the calls.

    A second click within a minute is the same call. Raises NotFound for a name that oncall.yaml lacks, BadInput when
    nobody stands for it, or the incident is over.
    """
    incident = await _incident(tx, incident_id)
    oncall = policies.oncall
    if oncall.person(to) is None and oncall.schedule(to) is None and to not in oncall.roles:
        said = f"oncall.yaml has no role, schedule or person called {to}."
        raise NotFound(said, code="no-callee", facts={"to": to})
    if not incident.status.open:
        said, facts = f"{incident.name} is over; reopen it first.", {"name": incident.name}
        raise BadInput(said, field="incident", code="is-over", facts=facts)
    callees = [one for one in who(oncall, [to], at) if one.person is not None]
    if not callees:
        said = f"Nobody stands for {to} in oncall.yaml now."
        raise BadInput(said, field="to", code="nobody-stands", facts={"to": to})
    pages = [page for page in await tx.pages.of_incident(incident_id) if page.opening == incident.opening]
    asked = [page for page in pages if page.reason == "by_hand" and page.instead_of is None]
    again = [one for one in asked if one.target == to and abs(at - one.at) < _SAME_CLICK]
    if again:
        return again
    route, escalation = route_incident(policies, incident), policies.escalation
    named = (*route.page, *(way.value for way in escalation.priorities[incident.priority].ways))
    rings = any(
        p.way is Way.PAGERDUTY and rings_service(p) and p.state is not PageState.FAILED for p in pages
    )

    def reach(way: Way, person: Person | None) -> bool:
        there = way is not Way.PAGERDUTY or rings
        return there and reaches(way, person, rings=False, means=None)

    number = len({one.id.split(":")[2] for one in asked}) + 1
    call = Call(
        f"hand.{number}",
        "by_hand",
        1,
        [Way(name) for name in dict.fromkeys(named)] or [Way.SLACK],
        escalation.back_up.ways,
        asked_by=by,
        told={"to": to, "text": reason} if reason else {"to": to},
    )
    made = await make_pages(tx, incident, call, callees, frozenset(), reach, at)
    await tell_call(tx, incident, call, callees, made, at)
    await announce(tx, incident, policies, at)
    return made


def _recognised(oncall: OnCallPolicy, who: str) -> Person | None:
    plain = who.casefold()
    for person in oncall.people:
        names = (person.id, person.pagerduty, person.email, person.slack, person.name)
        if plain in {name.casefold() for name in names if name}:
            return person
    return None


async def _incident(tx: Tx, incident_id: str) -> Incident:
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident

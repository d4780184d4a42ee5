"""Sends an update to its destinations and keeps what came back from each; the thread shows how it stands."""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any, Literal

from agent.domain.incident import Incident
from agent.domain.notification import (
    Channel,
    Content,
    Mail,
    Notification,
    NotificationState,
    Receipt,
    StatusPost,
    TeamsCard,
)
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.domain.update import Delivered, Destination, Reading, Update, UpdateState
from agent.lifecycle.updates_reading import TROUBLE, page_reading, redraw, told
from agent.locale.messages import text
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.outbox import Slot, SlotKind
from agent.ports.store import Tx

BOT = "ops-monitor"
PATIENCE = timedelta(minutes=15)
LATEST = timedelta(days=1)
_MOST = 2_000
_CODE_START = re.compile(r"<(?=[!@#])")
_NOT_POSTED = ("", "-")
_COLOURS: dict[str, Literal["good", "warning", "attention"]] = {
    "resolved": "good",
    "monitoring": "warning",
}


async def show(tx: Tx, policies: Policies, incident: Incident, update: Update, at: datetime) -> None:
    """Want an update shown in the incident's thread; those that go nowhere share one message."""
    key, payload = update.id, {"update": update.id}
    if not update.destinations:
        key, payload = f"written:{incident.id}", {"written": incident.id}
    card = await tx.outbox.get(f"card:{incident.id}")
    await tx.outbox.request(
        key,
        SlotKind.REPLY,
        channel=card.channel if card is not None else route_incident(policies, incident).channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload=dict[str, Json](payload),
        at=at,
    )


async def dispatch(tx: Tx, incident: Incident, update: Update, at: datetime) -> None:
    """Put one message per destination on its way; called once per update, in the transaction that lets it go."""
    for place in update.destinations:
        if place.way == "slack":
            await _post(tx, incident, update, place.address, at)
            continue
        await tx.notifications.add(
            Notification(
                key=f"{update.id}:{place.way}:{place.address}",
                channel=Channel(place.way),
                address=place.address,
                content=_content(place, update, incident),
                incident_id=incident.id,
                about=update.id,
                priority=incident.priority.rank,
                at=at,
            )
        )


async def _post(tx: Tx, incident: Incident, update: Update, channel: str, at: datetime) -> None:
    """Have the channel's first message show how things are now; later updates also stand below it, one by one."""
    root = _root(update, channel)
    follows = await tx.outbox.get(root) is not None
    payload = slack_message(update)
    for key, thread_of in ((root, None), *(((_key(update, channel), root),) if follows else ())):
        await tx.outbox.request(
            key,
            SlotKind.REPLY,
            channel=channel,
            priority=incident.priority.rank,
            incident_id=incident.id,
            thread_of=thread_of,
            payload=payload,
            at=at,
        )


def _root(update: Update, channel: str) -> str:
    return f"update:{update.incident_id}:{update.audience}:{update.language}:slack:{channel}"


def _key(update: Update, channel: str) -> str:
    return f"{update.id}:slack:{channel}"


def slack_message(update: Update) -> dict[str, Json]:
    """Return an update for Slack; plain text throughout, in which nothing is markup."""
    title, body = _harmless(update.title)[:150], _harmless(update.body)[:3000]
    blocks: list[Json] = [
        {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}},
        {"type": "section", "text": {"type": "plain_text", "text": body, "emoji": False}},
    ]
    escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": escaped, "blocks": blocks}


def _harmless(words: str) -> str:
    return _CODE_START.sub("‹", words)


def _content(place: Destination, update: Update, incident: Incident) -> Content:
    lines = tuple(one.text for one in update.sentences)
    match place.way:
        case "statuspage":
            return StatusPost(
                thread=public_thread(incident),
                name=update.title,
                status=update.stage,
                body=update.body,
                impact=update.impact,
                components=update.components,
            )
        case "teams":
            return TeamsCard(title=update.title, lines=lines, colour=_COLOURS.get(update.stage, "attention"))
        case _:
            footer = "" if update.public else f"\n\n-- \n{text(update.language, 'update-mail-footer')}"
            thread = public_thread(incident) if update.public else incident.id
            return Mail(subject=update.title, text=f"{update.body}{footer}\n", thread=thread)


def public_thread(incident: Incident) -> str:
    """Return what joins the public messages of an incident; it tells nobody the incident's own id."""
    return hashlib.sha256(f"public:{incident.id}".encode()).hexdigest()[:24]


async def update_settled(tx: Tx, policies: Policies, notification: Notification, now: datetime) -> None:
    """Take note that a message of an update arrived, with what was read back, or that it is given up."""
    update = await tx.updates.get(notification.about)
    if update is None or update.state not in (UpdateState.SENDING, UpdateState.FAILED):
        return
    place = Destination.model_validate({"way": notification.channel.value, "address": notification.address})
    if notification.state is NotificationState.SENT:
        receipt = notification.receipt
        arrived = Delivered(
            destination=place,
            reference=(receipt.link or receipt.reference) if receipt is not None else "",
            at=notification.sent_at or now,
            **_read_back(update, place, receipt, now),
        )
        await _settle(tx, update, arrived, "", now)
    elif notification.state in (NotificationState.DEAD, NotificationState.WITHDRAWN):
        why = notification.last_error or notification.state.value
        await _settle(tx, update, None, f"{place.way} {place.address}: {why}", now)


async def slack_awaited(tx: Tx, now: datetime) -> list[tuple[str, Destination]]:
    """Return the updates and Slack channels that no arrival is known of; one that failed is waited for a day longer."""
    # Asked for apart: what failed stays, and a heap of it may not hide what is on its way.
    sending = await tx.updates.in_states([UpdateState.SENDING.value], _MOST)
    failed = await tx.updates.in_states([UpdateState.FAILED.value], _MOST, since=now - LATEST)
    return [
        (one.id, place)
        for one in (*sending, *failed)
        for place in one.destinations
        if place.way == "slack" and place not in {got.destination for got in one.delivered}
    ]


async def slack_settled(tx: Tx, now: datetime) -> int:
    """Take note of updates that Slack has accepted since the last look, or refuses for long; return how many changed."""
    return sum([await _look(tx, update_id, place, now) for update_id, place in await slack_awaited(tx, now)])


async def _look(tx: Tx, update_id: str, place: Destination, now: datetime) -> int:
    update = await tx.updates.get(update_id)
    if update is None:
        return 0
    slot = await tx.outbox.get(_key(update, place.address)) or await tx.outbox.get(
        _root(update, place.address)
    )
    if slot is not None and slot.ts not in (None, *_NOT_POSTED) and slot.sent >= slot.wanted:
        where = f"{slot.channel}/{slot.ts}"
        arrived = Delivered(destination=place, reference=where, at=now, reading=Reading.DUE)
        await _settle(tx, update, arrived, "", now)
        return 1
    if update.state is UpdateState.SENDING and _given_up(slot, update, now):
        why = slot.last_error if slot is not None and slot.last_error else "it was not posted in time"
        await _settle(tx, update, None, f"slack {place.address}: {why}", now)
        return 1
    return 0


async def slack_slots(tx: Tx, update: Update, channel: str) -> tuple[Slot, ...]:
    """Return the posted messages of a channel that should read as an update now; none once a later one took its place."""
    found = [await tx.outbox.get(key) for key in (_key(update, channel), _root(update, channel))]
    return tuple(
        slot
        for slot in found
        if slot is not None
        and slot.payload == slack_message(update)
        and slot.ts not in (None, *_NOT_POSTED)
        and slot.sent >= slot.wanted
    )


def _given_up(slot: Slot | None, update: Update, now: datetime) -> bool:
    began = update.approved_at or update.at
    return now - began > PATIENCE and (slot is None or slot.last_error is not None)


async def _settle(tx: Tx, update: Update, arrived: Delivered | None, why: str, now: datetime) -> None:
    """Keep one destination's end; with the last of them the update is sent, and one that failed stays visible."""
    delivered = tuple(
        one for one in update.delivered if arrived is None or one.destination != arrived.destination
    )
    delivered += (arrived,) if arrived is not None else ()
    missing = [one for one in update.destinations if one not in {got.destination for got in delivered}]
    state = UpdateState.SENT if not missing else UpdateState.FAILED if why else update.state
    change: dict[str, object] = {
        "delivered": delivered,
        "state": state,
        "error": why,
    }
    if state is UpdateState.SENT:
        change |= {"ended_at": now, "ended_by": BOT}
    elif not why:
        change["error"] = update.error
    saved = await tx.updates.save(update.model_copy(update=change))
    if arrived is not None:
        await told(tx, saved, arrived.destination, arrived.reading, now)
    unlike = arrived is not None and arrived.reading in TROUBLE
    if saved.incident_id is None or (state is update.state and not unlike):
        return
    if state is UpdateState.SENT and update.state is not state:
        await tx.timeline.append(saved.incident_id, TimelineKind.UPDATE_SENT, BOT, now, _told(saved))
    await redraw(tx, saved, now, always=saved.state is UpdateState.FAILED)


def _read_back(update: Update, place: Destination, receipt: Receipt | None, now: datetime) -> dict[str, Any]:
    """Return what the answer of a way out tells of how the message reads there."""
    if place.way != "statuspage":
        # Neither mailboxes nor a workflow of Teams can be asked what they show.
        return {"reading": Reading.NEVER}
    held = receipt.read_back if receipt is not None else ""
    reading = page_reading(update, held)
    return {"read_back": held, "reading": reading, "read_at": now if reading is not Reading.DUE else None}


def _told(update: Update) -> dict[str, Json]:
    return {
        "update": update.id,
        "number": update.number,
        "audience": update.audience,
        "language": update.language,
        "moment": update.moment.value,
        "title": update.title,
        "approved_by": update.approved_by,
        "to": [f"{one.destination.way} {one.destination.address}".strip() for one in update.delivered],
    }

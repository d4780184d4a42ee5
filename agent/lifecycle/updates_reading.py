"""What was read back of an update: whether it is what people agreed to, and who is told when it is not."""

import html
import re
import unicodedata
from datetime import datetime

from agent.analysis.redaction import clean_text
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.domain.update import Delivered, Destination, Reading, Update
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx

BOT = "ops-monitor"
TROUBLE = frozenset({Reading.DIFFERS, Reading.GONE})
_LINK = re.compile(r"<((?:https?://|mailto:|tel:)[^|<>\s]+)(?:\|([^<>]*))?>")
_SHORTCODE = re.compile(r":[a-z0-9_+'-]*[a-z+][a-z0-9_+'-]*:")
_PICTURES = ("So", "Sk", "Cf", "Mn")
_COMPONENT = re.compile(
    r".+: (?:operational|degraded_performance|under_maintenance|partial_outage|major_outage)"
)


def plain(words: str) -> str:
    """Return what a reader sees of words, however a destination writes entities, links and spaces."""
    said = html.unescape(clean_text(words))
    while (shown := _LINK.sub(_linked, said)) != said:
        said = shown
    return " ".join(unicodedata.normalize("NFC", said).split())


def alike(sent: str, held: str) -> bool:
    """Say whether words that came back are those that were sent; emoji may come back by their names."""
    ours, theirs = plain(sent), plain(held)
    # Words that look like an entity themselves are unescaped once too often, unless they are escaped first.
    return theirs in (ours, plain(html.escape(sent, quote=False))) or (
        any(unicodedata.category(one) in _PICTURES for one in ours)
        and _without_pictures(ours) == _without_pictures(theirs)
    )


def page_alike(update: Update, held: str, *, overtaken: bool = False) -> bool:
    """Say whether a status page shows an update; when a later one stands there too, only the words have to be there."""
    words = plain(f"{update.stage}: {update.body}")
    if overtaken:
        return words in plain(held)
    head = [line for one in (update.title, f"{update.stage}: {update.body}") for line in _lines(one)]
    shown = _lines(held)
    rest = shown[len(head) :]
    wanted = {plain(f"{name}: {status}") for name, status in update.components.items()}
    strange = [line for line in rest if not _COMPONENT.fullmatch(line)]
    return shown[: len(head)] == head and not strange and wanted <= set(rest)


def page_reading(update: Update, held: str) -> Reading:
    """Return how a status page that was read in the very moment of posting shows an update."""
    if not held:
        return Reading.DUE
    return Reading.SAME if page_alike(update, held) else Reading.DIFFERS


async def keep(
    tx: Tx,
    update_id: str,
    place: Destination,
    reading: Reading,
    now: datetime,
    *,
    why: str = "",
    held: str = "",
) -> None:
    """Note how an update reads at a destination; does nothing when that is known already."""
    update = await tx.updates.get(update_id)
    got = due_at(update, place) if update is not None else None
    if update is None or got is None:
        return
    change = {"reading": reading, "read_at": now, "unread_because": why, "read_back": held or got.read_back}
    delivered = tuple(one.model_copy(update=change) if one is got else one for one in update.delivered)
    saved = await tx.updates.save(update.model_copy(update={"delivered": delivered}))
    await told(tx, saved, place, reading, now)
    await redraw(tx, saved, now)


def due_at(update: Update, place: Destination) -> Delivered | None:
    """Return the arrival at a destination that is still to be read back."""
    found = (one for one in update.delivered if one.destination == place and one.reading is Reading.DUE)
    return next(found, None)


async def told(tx: Tx, update: Update, place: Destination, reading: Reading, now: datetime) -> None:
    """Tell people once of what reads differently or is gone; what could not be read stands in one line for an incident."""
    if update.incident_id is None or reading not in TROUBLE | {Reading.UNREADABLE}:
        return
    where = f"{place.way}:{place.address}"
    if reading in TROUBLE:
        data: dict[str, Json] = {
            "update": update.id,
            "number": update.number,
            "audience": update.audience,
            "reading": reading.value,
            "to": f"{place.way} {place.address}".strip(),
        }
        await tx.timeline.append(update.incident_id, TimelineKind.UPDATE_UNLIKE, BOT, now, data)
        key = f"unlike:{update.id}:{where}"
    else:
        key = f"unread:{update.incident_id}:{where}"
    await _reply(tx, update, key, {"unlike": update.id, "place": where}, now)


async def redraw(tx: Tx, update: Update, now: datetime, *, always: bool = False) -> None:
    """Have the thread show how an update stands, where it has a message of its own; `always` gives it one."""
    if always or await tx.outbox.get(update.id) is not None:
        await _reply(tx, update, update.id, {"update": update.id}, now)


async def _reply(tx: Tx, update: Update, key: str, payload: dict[str, Json], now: datetime) -> None:
    incident = await tx.incidents.get(update.incident_id or "")
    slot = await tx.outbox.get(key)
    card = await tx.outbox.get(f"card:{update.incident_id}")
    if incident is None:
        return
    await tx.outbox.request(
        key,
        SlotKind.REPLY,
        channel=slot.channel if slot is not None else card.channel if card is not None else "",
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload=payload,
        at=now,
    )


def _linked(found: re.Match[str]) -> str:
    address, label = found[1], found[2]
    return label or address.removeprefix("mailto:").removeprefix("tel:")


def _without_pictures(words: str) -> str:
    bare = _SHORTCODE.sub(" ", words)
    return " ".join("".join(" " if unicodedata.category(c) in _PICTURES else c for c in bare).split())


def _lines(words: str) -> list[str]:
    return [line for one in words.splitlines() if (line := plain(one))]

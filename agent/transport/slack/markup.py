"""Slack's mrkdwn: foreign text that cannot become markup, mentions or links; times in the reader's zone."""

import itertools
import re
from datetime import datetime

from agent.transport.foreign import ELLIPSIS, clean, web_link

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LOOKALIKES = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_EMOJI = re.compile(r":(?=([a-zA-Z0-9_+'-]{1,100}):)")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{5,20}")
_CHANNEL_NAME = re.compile(r"#[a-z0-9_-]{1,80}")
_PERSON = re.compile(r"[UW][A-Z0-9]{5,20}")


def foreign(words: str, limit: int = 300) -> str:
    """Return foreign text for mrkdwn: escaped, on one line, without any marker that Slack would read.

    Markers inside a word (`http_errors`) stay as they are, because Slack reads them only at a word's edge.
    """
    plain = _EMOJI.sub(_no_emoji, clean(words, limit))
    return _joined([_harmless(plain, index, letter) for index, letter in enumerate(plain)], limit)


def code(words: str, limit: int = 300) -> str:
    """Return foreign text as inline code, exactly as it is but for the marker that would end the code."""
    plain = clean(words, limit).replace("`", "ˋ")
    shown = _joined([_ENTITIES.get(letter, letter) for letter in plain], limit)
    return f"`{shown}`" if shown else ""


def _joined(pieces: list[str], limit: int) -> str:
    sizes = itertools.accumulate(len(piece) for piece in pieces)
    fitting = sum(1 for size in sizes if size <= limit)
    if fitting == len(pieces):
        return "".join(pieces)
    # One more piece makes room for the ellipsis, so that the limit holds with it.
    return "".join(pieces[: max(fitting - 1, 0)]) + ELLIPSIS


def _no_emoji(colon: re.Match[str]) -> str:
    # Times such as 19:30:00 look alike; of the names of digits only two are emoji.
    return ":" if colon[1].isdigit() and colon[1] not in ("100", "1234") else "∶"


def _harmless(plain: str, index: int, letter: str) -> str:
    if letter in _ENTITIES:
        return _ENTITIES[letter]
    if letter not in _LOOKALIKES:
        return letter
    before = plain[index - 1] if index else " "
    after = plain[index + 1] if index + 1 < len(plain) else " "
    inside = letter == "_" and before.isalnum() and after.isalnum()
    return letter if inside else _LOOKALIKES[letter]


def moment(at: datetime, form: str = "{date_short_pretty} {time}") -> str:
    """Return a time that each reader sees in their own zone."""
    return f"<!date^{int(at.timestamp())}^{form}|{at:%Y-%m-%d %H:%M} UTC>"


def clock_time(at: datetime) -> str:
    """Return a time of day, with seconds, in the reader's zone."""
    return f"<!date^{int(at.timestamp())}^{{time_secs}}|{at:%H:%M:%S} UTC>"


def link(address: str | None, label: str) -> str:
    """Return a link with a label, or just the label when the address cannot be trusted."""
    safe = web_link(address)
    return f"<{safe.replace('&', '&amp;')}|{foreign(label, 150)}>" if safe else foreign(label, 150)


def channel(place: str) -> str:
    """Return a link to a channel by its id, or by its name, which the chat adapter turns into the id."""
    if _CHANNEL.fullmatch(place) or _CHANNEL_NAME.fullmatch(place):
        return f"<#{place.removeprefix('#')}>"
    return foreign(place, 80)


def is_person(actor: str) -> bool:
    """Say whether an actor is a Slack user, by the form of the id."""
    return _PERSON.fullmatch(actor) is not None


def person(actor: str) -> str:
    """Return a person for mrkdwn: a Slack user by id, anybody else by name; never a group or a channel."""
    return f"<@{actor}>" if is_person(actor) else foreign(actor, 80)

"""What came of an item in words, for whichever surface writes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.checklist import ChecklistItem, Said
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.titles import spoken_title
from agent.locale.format import bytes_size, duration, number, percent
from agent.locale.format import seconds as latency
from agent.locale.messages import known, text
from agent.locale.retold import retold
from agent.operations.veil import VEILED

MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Pen:
    """How a surface writes what is no word of ours: foreign text, a moment, a person."""

    foreign: Callable[[str], str]
    moment: Callable[[datetime], str]
    person: Callable[[str], str]


def plain_pen(zone: str) -> Pen:
    """Return how the terminal writes: as it is, with times of a zone."""
    clock = ZoneInfo(zone)
    return Pen(
        foreign=lambda words: " ".join("".join(c if c.isprintable() else " " for c in words).split()),
        moment=lambda at: f"{at.astimezone(clock):%Y-%m-%d %H:%M}",
        person=lambda who: who,
    )


def said(lang: str, message: str, args: Mapping[str, Json], pen: Pen) -> str:
    """Return a sentence; an id that is gone since it was stored reads as nothing.

    Arguments: text is foreign and escaped, a list is a list of names, whole numbers stay numbers. What is more is an
    object of one kind: `{"at": ISO time}`, `{"seconds": n}` (a span), `{"latency": seconds}`, `{"share": 0 to 1}`,
    `{"bytes": n}`, `{"person": id}`, `{"message": id, "args": {…}}`.
    """
    if not message or not known(message):
        return ""
    return text(lang, message, **{name: _written(lang, value, pen) for name, value in args.items()})


def item_words(lang: str, item: ChecklistItem, pen: Pen) -> str:
    """Return what came of an item in one line, with the reason where nothing could be seen."""
    words = said(lang, item.message, item.args, pen)
    why = pen.foreign(item.why[:300]).rstrip(".")
    return f"{words}: {why}" if words and why else words or why


def detail_words(lang: str, details: tuple[Said, ...], pen: Pen) -> list[str]:
    """Return the lines below an item."""
    return [line for one in details if (line := said(lang, one.message, one.args, pen))]


def open_title(incident: Incident) -> Json:
    """Return what a checklist, which everybody in its channel reads, may say that an incident is about."""
    return {"message": VEILED} if incident.category else spoken_title(incident.title)


def _written(lang: str, value: Json, pen: Pen) -> object:
    match value:
        case None:
            return "–"
        case bool():
            return str(value).lower()
        case int():
            return value
        case float():
            return number(value)
        case str():
            return pen.foreign(retold(lang, value[:300]))
        case list():
            return _names(lang, value, pen)
        case dict():
            return _special(lang, value, pen)


def _names(lang: str, names: list[Json], pen: Pen) -> str:
    shown = ", ".join(str(_written(lang, one, pen)) for one in names[:MOST_NAMES])
    return f"{shown}, …" if len(names) > MOST_NAMES else shown or "–"


def _special(lang: str, value: dict[str, Json], pen: Pen) -> str:
    match value:
        case {"at": str(at)}:
            return pen.moment(datetime.fromisoformat(at))
        case {"seconds": int() | float() as seconds}:
            return duration(lang, timedelta(seconds=float(seconds)))
        case {"latency": int() | float() as span}:
            return latency(lang, float(span))
        case {"bytes": int() | float() as size}:
            return bytes_size(float(size))
        case {"share": int() | float() as share}:
            return percent(float(share))
        case {"person": str(who)}:
            return pen.person(who)
        case {"message": str(message), **rest}:
            args = rest.get("args")
            return said(lang, message, args if isinstance(args, dict) else {}, pen)
        case _:
            return "–"

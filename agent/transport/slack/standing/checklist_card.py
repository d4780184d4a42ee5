"""The one message of a checklist: what is looked at, what came of it, and what waits for whom, edited in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.checklist import Checklist, ChecklistItem, ChecklistState, ItemState, TakenBack, in_language
from agent.locale.messages import text
from agent.operations.checks.words import Pen, detail_words, item_words
from agent.ports.chat import Rendered
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Named
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, moment

ITEM = "check.item"
DONE = "check.done"
ALL = "check.all"
MARKS = {
    ItemState.WAITING: "⏳",
    ItemState.OK: "✅",
    ItemState.ATTENTION: "⚠️",
    ItemState.PERSON: "👤",
    ItemState.UNKNOWN: "❔",
    ItemState.DONE: "☑️",
}
_MOST_TOLD = 5
_TITLE = 120
_FIRST_OPEN = (ItemState.ATTENTION, ItemState.UNKNOWN, ItemState.PERSON, ItemState.WAITING)
Ties = Mapping[str, Sequence[str]]
"""What was tied to each item, by its id: names of incidents, actions and tasks."""


@dataclass(frozen=True, slots=True)
class _Room:
    """How much is written: lines below an item, letters of its sentence, and whether what is fine shares one line."""

    lines: int
    letters: int
    folded: bool = False


_ROOMS = (_Room(6, 500), _Room(3, 300), _Room(1, 200), _Room(0, 150, True), _Room(0, 60, True))


def slack_pen(named: Named) -> Pen:
    """Return how Slack writes what is no word of ours."""
    return Pen(foreign=lambda words: foreign(words, 300), moment=moment, person=named)


def render_checklist(checklist: Checklist, lang: str, named: Named, ties: Ties) -> Rendered:
    """Draw a checklist; where there is much to say, what is fine is said in fewer words first."""
    head, summary = headline(checklist, lang), summary_line(checklist, lang)
    shown: tuple[Block, ...] = ()
    for room in _ROOMS:
        parts = [
            Part(0, (blocks.section(f"{head}\n{summary}"),)),
            Part(1, _notes(checklist, lang, named)),
            *_items(checklist, lang, named, ties, room),
            Part(0, _foot(checklist, lang)),
        ]
        shown = limits.fit(parts)
        if len(shown) == sum(len(part.blocks) for part in parts):
            break
    return Rendered(text=f"{head} · {summary}".replace("*", ""), blocks=shown)


def headline(checklist: Checklist, lang: str) -> str:
    """Return which checklist of which day it is."""
    title = foreign(in_language(checklist.title, lang) or checklist.name, _TITLE)
    return text(lang, "check-headline", title=title, time=moment(checklist.due_at))


def summary_line(checklist: Checklist, lang: str) -> str:
    """Return how far it is, in one line."""
    count = len(checklist.items)
    if checklist.state is ChecklistState.RUNNING:
        looked = count - sum(one.state is ItemState.WAITING for one in checklist.items)
        return text(lang, "check-running", done=str(looked), count=str(count))
    if not checklist.open_items:
        return text(lang, "check-all-well", count=count)
    found = [
        text(lang, f"check-count-{state.value}", count=number)
        for state in _FIRST_OPEN
        if (number := sum(one.state is state for one in checklist.items))
    ]
    well = sum(one.settled for one in checklist.items)
    line = text(lang, "check-open", what=", ".join(found), well=str(well), count=str(count))
    return f"{line} {text(lang, 'check-taken-over')}" if checklist.state is ChecklistState.LEFT else line


def _notes(checklist: Checklist, lang: str, named: Named) -> tuple[Block, ...]:
    lines = []
    if checklist.asked_by is not None:
        lines.append(text(lang, "check-asked", who=named(checklist.asked_by)))
    if checklist.again_at is not None and checklist.again_by is not None:
        who, when = named(checklist.again_by), moment(checklist.again_at)
        lines.append(text(lang, "check-again", who=who, time=when))
    if checklist.late:
        due, began = moment(checklist.due_at, "{time}"), moment(checklist.at)
        lines.append(text(lang, "check-late", due=due, began=began))
    if checklist.missed:
        times = ", ".join(moment(at) for at in checklist.missed[-_MOST_TOLD:])
        lines.append(text(lang, "check-missed", count=len(checklist.missed), times=times))
    if checklist.left_over:
        titles = [foreign(in_language(one.title, lang) or one.id, 60) for one in checklist.left_over]
        names = ", ".join(titles[:_MOST_TOLD]) + (", …" if len(titles) > _MOST_TOLD else "")
        lines.append(text(lang, "check-left-over", count=len(titles), names=names))
    return (blocks.context("\n".join(lines)),) if lines else ()


def _items(checklist: Checklist, lang: str, named: Named, ties: Ties, room: _Room) -> list[Part]:
    whole = [one for one in checklist.items if not (room.folded and one.settled)]
    parts = [
        Part(2 + index, (_item(checklist, one, lang, named, ties.get(one.id, ()), room),))
        for index, one in enumerate(whole)
    ]
    well = [foreign(in_language(one.title, lang) or one.id, 60) for one in checklist.items if one.settled]
    if room.folded and well:
        parts.append(Part(1, (blocks.context(f"{MARKS[ItemState.OK]} {' · '.join(well)}"),)))
    return parts


def _item(
    checklist: Checklist, item: ChecklistItem, lang: str, named: Named, ties: Sequence[str], room: _Room
) -> Block:
    words = "\n".join(item_lines(item, lang, named, ties, lines=room.lines, letters=room.letters))
    button = _button(checklist, item, lang)
    return blocks.section_with(words, button) if button is not None else blocks.section(words)


def item_lines(
    item: ChecklistItem,
    lang: str,
    named: Named,
    ties: Sequence[str],
    *,
    lines: int = 20,
    letters: int = 500,
) -> list[str]:
    """Return an item's lines: its mark and title, what came of it, the lines below, and who has done it."""
    pen = slack_pen(named)
    title = foreign(in_language(item.title, lang) or item.id, _TITLE)
    tied = f" → {', '.join(ties)}" if ties else ""
    shown = [f"{MARKS[item.state]} *{title}*{tied}"]
    asked = foreign(in_language(item.asks, lang), 300)
    words = item_words(lang, item, pen) or (asked if item.state is ItemState.PERSON else "")
    if words:
        shown.append(limits.cut_markup(words, letters))
    if item.state is not ItemState.DONE:
        shown += [
            f"• {limits.cut_markup(line, letters)}" for line in detail_words(lang, item.details, pen)[:lines]
        ]
        left = len(item.details) - lines
        if left > 0:
            shown.append(text(lang, "details-more", count=str(left)))
    elif item.by is not None:
        when = moment(item.at) if item.at is not None else "–"
        by = text(lang, "check-done-by", who=named(item.by), time=when)
        note = limits.cut_markup(foreign(item.note, 300), letters)
        shown.append(f"{by}: {note}" if note else by)
    if item.taken_back is not None:
        shown.append(_taken_back(item.taken_back, lang, named))
    return shown


def _taken_back(one: TakenBack, lang: str, named: Named) -> str:
    who, whose = named(one.by), named(one.done_by) if one.done_by else "–"
    return text(lang, "check-taken-back", who=who, whose=whose, time=moment(one.at))


def _button(checklist: Checklist, item: ChecklistItem, lang: str) -> Block | None:
    value = f"{checklist.id}|{item.id}"
    over = checklist.state is ChecklistState.LEFT
    match item.state:
        case ItemState.WAITING:
            return None
        case ItemState.PERSON if not over:
            return blocks.button(text(lang, "button-check-done"), DONE, value, style="primary")
        case ItemState.ATTENTION | ItemState.UNKNOWN if not over:
            return blocks.button(text(lang, "button-check-now"), ITEM, value)
        case _:
            return blocks.button(text(lang, "button-check-details"), ITEM, value)


def _foot(checklist: Checklist, lang: str) -> tuple[Block, ...]:
    looks = any(one.check and one.state is not ItemState.DONE for one in checklist.items)
    if checklist.state in (ChecklistState.RUNNING, ChecklistState.LEFT) or not looks:
        return ()
    return (blocks.actions(blocks.button(text(lang, "button-check-all"), ALL, checklist.id)),)


def render_reminder(checklist: Checklist, lang: str, mentions: Sequence[str]) -> Rendered:
    """Draw the one call for what still needs somebody; what could not be seen is no reason to call."""
    titles = [foreign(in_language(one.title, lang) or one.id, 60) for one in checklist.calling_items]
    names = ", ".join(titles[:_MOST_TOLD]) + (", …" if len(titles) > _MOST_TOLD else "")
    words = text(lang, "check-reminder", count=len(titles), names=names)
    said = f"{' '.join(mentions)} {words}".strip()
    return Rendered(text=said, blocks=(blocks.section(said),))

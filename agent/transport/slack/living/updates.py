"""The reply about one update for an audience: exactly what would be sent where, and who has agreed to it."""

from collections.abc import Sequence

from agent.domain.incident import Incident
from agent.domain.update import Delivered, Destination, Reading, Update, UpdateState
from agent.lifecycle.updates import SUPERSEDED
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Named
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, moment

APPROVE = "update.approve"
EDIT = "update.edit"
WITHDRAW = "update.withdraw"
_MOST_PLACES = 6
_UNLIKE = frozenset({Reading.DIFFERS, Reading.GONE, Reading.UNREADABLE})
_MARKS = {
    UpdateState.WAITING: "✋",
    UpdateState.SENDING: "⏳",
    UpdateState.SENT: "📣",
    UpdateState.WRITTEN: "📝",
    UpdateState.WITHDRAWN: "🚫",
    UpdateState.FAILED: "❌",
}


def render_update(update: Update, name: str, who: str, lang: str, named: Named) -> Rendered:
    """Draw one update of the incident `name` for the audience `who`; its own words stay in their language."""
    head = text(
        lang,
        "told-head",
        mark=_MARKS[update.state],
        name=name,
        number=str(update.number),
        who=foreign(who, 60),
        language=text(lang, f"language-{update.language}"),
        state=text(lang, f"told-state-{update.state.value}"),
    )
    parts = [
        Part(0, (blocks.section(head),)),
        Part(1, _preview(update, lang)),
        Part(2, (blocks.context(_places(update, lang)),)),
        Part(3, _standing(update, lang, named)),
        Part(0, _buttons(update, lang)),
    ]
    return Rendered(text=head, blocks=limits.fit(parts))


def render_written(updates: Sequence[tuple[Update, str]], name: str, lang: str) -> Rendered:
    """Draw the newest update of each audience that has no place of its own, with what the audience is called."""
    title = text(lang, "told-written", name=name)
    parts = [Part(0, (blocks.section(f"*{title}*"),))]
    for place, (update, who) in enumerate(updates, start=1):
        language = text(lang, f"language-{update.language}")
        head = text(
            lang, "told-written-for", number=str(update.number), who=foreign(who, 60), language=language
        )
        parts.append(Part(place, (blocks.section(head), *_preview(update, lang))))
    return Rendered(text=title, blocks=limits.fit(parts))


def _preview(update: Update, lang: str) -> tuple[Block, ...]:
    """Return the very words, each sentence with how much it rests on."""
    lines = [f"> *{foreign(update.title, 200)}*"]
    lines += [f"> {foreign(one.text, 600)}" for one in update.sentences[:20]]
    if update.components:
        shown = ", ".join(
            f"{foreign(k, 60)}: {v.replace('_', ' ')}" for k, v in list(update.components.items())[:8]
        )
        lines.append(f"> _{text(lang, 'told-components', components=shown)}_")
    sources = len({source for one in update.sentences for source in one.sources})
    return blocks.section("\n".join(lines)), blocks.context(text(lang, "told-sources", count=sources))


def _places(update: Update, lang: str) -> str:
    shown = [_place(one, lang) for one in update.destinations]
    left = len(shown) - _MOST_PLACES
    more = [text(lang, "details-more", count=str(left))] if left > 0 else []
    places = ", ".join([*shown[:_MOST_PLACES], *more]) or "–"
    return text(lang, "told-public" if update.public else "told-inside", places=places)


def _place(place: Destination, lang: str) -> str:
    return f"{text(lang, f'way-{place.way}')} {foreign(place.address, 80)}".strip()


def _standing(update: Update, lang: str, named: Named) -> tuple[Block, ...]:
    lines = []
    if update.state is UpdateState.WAITING and update.needs:
        groups = ", ".join(foreign(f"@{group.removeprefix('@')}", 60) for group in update.needs[:4])
        lines.append(text(lang, "told-needs", groups=groups))
    if update.approved_by and update.approved_at:
        time = moment(update.approved_at, "{time}")
        lines.append(text(lang, "told-approved", who=named(update.approved_by), time=time))
    for one in update.delivered[:_MOST_PLACES]:
        lines.append(_delivered(one, lang))
    if update.state is UpdateState.WITHDRAWN and update.ended_by and update.error != SUPERSEDED:
        lines.append(text(lang, "told-withdrawn", who=named(update.ended_by)))
    if update.error == SUPERSEDED:
        lines.append(text(lang, "told-superseded"))
    elif update.error:
        lines.append(foreign(update.error, 300))
    return (blocks.context("\n".join(lines)),) if lines else ()


def _delivered(one: Delivered, lang: str) -> str:
    """Return where it arrived and when, and how it reads there."""
    said = text(
        lang, "told-delivered", where=_place(one.destination, lang), time=moment(one.at, "{time_secs}")
    )
    if one.reading is Reading.UNKNOWN:
        return said
    why = foreign(one.unread_because, 200) or "–"
    return f"{said} · {text(lang, f'told-reading-{one.reading.value}', why=why)}"


def render_unlike(
    update: Update, place: str, incident: Incident, who: str, lang: str, named: Named
) -> Rendered | None:
    """Draw the word about an update that does not read as agreed at a place (`way:address`), or could not be read."""
    got = next((o for o in update.delivered if f"{o.destination.way}:{o.destination.address}" == place), None)
    if got is None or got.reading not in _UNLIKE:
        return None
    said = text(
        lang,
        f"unlike-{got.reading.value}",
        number=str(update.number),
        name=incident.name,
        audience=foreign(who, 60),
        where=_place(got.destination, lang),
        why=foreign(got.unread_because, 300) or "–",
    )
    asked = update.approved_by or incident.commander or incident.acknowledged_by
    if got.reading is not Reading.UNREADABLE and asked:
        said = f"{said} {text(lang, 'unlike-look', who=named(asked))}"
    return Rendered(text=said, blocks=(blocks.section(said),))


def _buttons(update: Update, lang: str) -> tuple[Block, ...]:
    if update.state is not UpdateState.WAITING:
        return ()
    sure = blocks.confirm(
        text(lang, "confirm-send-title", number=str(update.number)),
        text(lang, "confirm-send-public" if update.public else "confirm-send-inside"),
        text(lang, "button-update-approve"),
        text(lang, "button-cancel"),
    )
    return (
        blocks.actions(
            blocks.button(
                text(lang, "button-update-approve"),
                APPROVE,
                f"{update.id}|{update.digest}",
                style="primary",
                confirm=sure if update.public else None,
            ),
            blocks.button(text(lang, "button-update-edit"), EDIT, update.id),
            blocks.button(text(lang, "button-update-withdraw"), WITHDRAW, update.id),
        ),
    )

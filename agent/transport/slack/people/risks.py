"""The risk register in Slack: what is open, with a button and a dialog to give each entry an owner and a review."""

from datetime import date

from agent.domain.risk import RiskEntry, RiskLevel, RiskState
from agent.errors import BadInput, Misconfigured, NotFound
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.ports.store import Tx
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Named
from agent.transport.slack.kit import Kit
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.modals import View, modal
from agent.transport.slack.people import fields
from agent.transport.slack.people.deeds import once
from agent.transport.slack.people.fields import field

REVIEW = "modal.risk"
BUTTON = "risk.review"
STANDING = (RiskState.OPEN, RiskState.ACCEPTED)
_MARKS = {RiskLevel.LOW: "🟢", RiskLevel.MODERATE: "🟡", RiskLevel.HIGH: "🟠", RiskLevel.SEVERE: "🔴"}
_MOST = 15


def render_risks(entries: list[RiskEntry], lang: str, named: Named, today: date) -> Rendered:
    """Draw the register, the heaviest first."""
    ordered = sorted(entries, key=lambda one: (-one.score, one.review_on, one.number))
    title = text(lang, "risks-title", count=len(ordered))
    parts = [Part(0, (blocks.section(title),))]
    parts += [Part(1 + n, (risk_block(one, lang, named, today),)) for n, one in enumerate(ordered[:_MOST])]
    left = len(ordered) - _MOST
    if left > 0:
        parts.append(Part(1, (blocks.context(text(lang, "details-more", count=str(left))),)))
    return Rendered(text=title, blocks=limits.fit(parts))


def risk_block(entry: RiskEntry, lang: str, named: Named, today: date) -> Block:
    """Return one entry with the button that reviews it."""
    late = "risk-review-late" if entry.review_on < today else "risk-review-on"
    said = text(
        lang,
        "risk-entry",
        mark=_MARKS[entry.level],
        number=str(entry.number),
        title=foreign(entry.title, 200),
        score=str(entry.score),
        owner=named(entry.owner) if entry.owner else text(lang, "risk-nobody"),
        state=text(lang, f"risk-state-{entry.state.value}"),
        review=text(lang, late, day=entry.review_on.isoformat()),
    )
    if entry.note:
        said = f"{said}\n{foreign(entry.note, 200)}"
    return blocks.section_with(said, blocks.button(text(lang, "button-review"), BUTTON, entry.id))


def review_view(entry: RiskEntry, lang: str) -> View:
    """Return the dialog that reviews an entry."""
    states = [(text(lang, f"risk-state-{one.value}"), one.value) for one in RiskState]
    owner = entry.owner if entry.owner and entry.owner[:1] in "UW" and entry.owner.isupper() else None
    body = [
        blocks.section(f"*{foreign(entry.title, 300)}*"),
        field("state", text(lang, "field-risk-state"), fields.choice(states, entry.state.value)),
        field("person", text(lang, "field-owner"), fields.person(owner), optional=True),
        field("review_on", text(lang, "field-review"), fields.day(entry.review_on.isoformat())),
        field("note", text(lang, "field-note"), fields.lines(entry.note, most=500), optional=True),
    ]
    return modal(
        REVIEW,
        text(lang, "dialog-risk", number=str(entry.number)),
        body,
        lang,
        submit=text(lang, "button-save"),
        private={"risk_id": entry.id},
    )


async def change(kit: Kit, risk_id: str, values: dict[str, str], *, by: str, key: str) -> str:
    """Keep what a review decided; raises BadInput and NotFound."""
    register = kit.services.doors.register
    if register is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    try:
        state, review_on = RiskState(values["state"]), date.fromisoformat(values["review_on"])
    except (KeyError, ValueError) as error:
        raise BadInput(text(kit.lang, "form-needs-value"), field="review_on") from error
    owner, note = values.get("person", ""), plain_question(values.get("note", ""))
    before = await entry_of(kit, risk_id)

    async def work(tx: Tx) -> RiskEntry:
        entry = before
        if state is not before.state:
            entry = await register.move(tx, before.number, state)
        if owner and owner != before.owner:
            entry = await register.assign(tx, before.number, owner)
        if note != before.note:
            entry = await register.annotate(tx, before.number, note)
        # Last, because another state would set a day of its own.
        return await register.review(tx, before.number, review_on) if review_on != before.review_on else entry

    saved = await once(kit, key, work)
    return text(kit.lang, "done-risk", number=str(saved.number)) if saved else ""


async def entry_of(kit: Kit, risk_id: str) -> RiskEntry:
    """Return an entry; raises NotFound."""
    async with kit.services.store.read() as tx:
        entry = await tx.risks.get(risk_id)
    if entry is None:
        raise NotFound(text(kit.lang, "problem-no-such-risk"))
    return entry

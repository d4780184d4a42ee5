"""The life of an update: written, agreed to or not, sent, and what became of it at each of its destinations."""

from collections.abc import Collection, Sequence
from datetime import datetime

from agent.analysis.redaction import Redactor, clean_text
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.record import Statement
from agent.domain.timeline import TimelineKind
from agent.domain.update import Update, UpdateState
from agent.errors import BadInput, Conflict, NotFound, NotPermitted
from agent.lifecycle.updates_guard import Guard, guard_of
from agent.lifecycle.updates_sending import dispatch, show, slack_awaited, slack_settled, update_settled
from agent.locale.messages import text as words
from agent.policy.load import Policies
from agent.ports.store import Tx

__all__ = ["accept", "approve", "edit", "slack_awaited", "slack_settled", "update_settled", "withdraw"]

BOT = "ops-monitor"
SUPERSEDED = "superseded"
LONGEST_TITLE = 150
LONGEST_TEXT = 2500
LONGEST_LINE = 600
MOST_LINES = 20
_PLAIN = Redactor()


async def accept(tx: Tx, policies: Policies, updates: Sequence[Update], at: datetime) -> None:
    """Store new updates: each takes the place of one that still waits, and leaves at once where nobody has to agree."""
    fresh = [stored for one in updates if (stored := await _added(tx, policies, one, at)) is not None]
    if not fresh:
        return
    data: dict[str, Json] = {
        "updates": [one.id for one in fresh],
        "audiences": list(dict.fromkeys(one.audience for one in fresh)),
        "moment": fresh[0].moment.value,
        "waiting": sum(one.state is UpdateState.WAITING for one in fresh),
    }
    await tx.timeline.append(fresh[0].incident_id or "", TimelineKind.UPDATE_WRITTEN, BOT, at, data)


async def _added(tx: Tx, policies: Policies, update: Update, at: datetime) -> Update | None:
    incident = await _incident(tx, update)
    others = [
        one
        for one in await tx.updates.of_incident(incident.id)
        if (one.audience, one.language) == (update.audience, update.language) and one.id != update.id
    ]
    late = any(one.at > update.at and one.state is not UpdateState.WITHDRAWN for one in others)
    state = update.state if update.destinations else UpdateState.WRITTEN
    new = update.model_copy(update={"state": UpdateState.WITHDRAWN if late else state})
    if new.state in (UpdateState.WITHDRAWN, UpdateState.WRITTEN):
        new = new.model_copy(update={"ended_at": at, "ended_by": BOT, "error": SUPERSEDED if late else ""})
    if not await tx.updates.add_once(new) or late:
        return None
    for one in others:
        if one.state is UpdateState.WAITING:
            await _end(tx, policies, incident, one, BOT, at, SUPERSEDED)
    stored = await tx.updates.get(new.id) or new
    if stored.state is UpdateState.SENDING:
        return await _send(tx, policies, incident, stored, at)
    await show(tx, policies, incident, stored, at)
    return stored


async def approve(
    tx: Tx,
    policies: Policies,
    update_id: str,
    *,
    by: str,
    groups: Collection[str],
    digest: str,
    at: datetime,
    language: str = "en",
    redactor: Redactor = _PLAIN,
    guard: Guard | None = None,
) -> Update:
    """Agree to exactly the text that `digest` names, and send it; `guard` spares the transaction gathering it.

    Raises NotFound, Conflict when it no longer waits, reads differently by now, or the incident has ended or come back
    since, and NotPermitted for somebody who is in none of the groups that the policy names, or when the text would give
    something away by what is known now.
    """
    update = await _waiting(tx, update_id, language)
    if digest != update.digest:
        raise Conflict(words(language, "update-refused-changed"))
    needs = _needs(policies, update)
    if not by or by == BOT or not set(needs) & set(groups):
        named = ", ".join(f"@{group}" for group in needs) or "–"
        raise NotPermitted(words(language, "update-refused-groups", groups=named))
    incident = await _incident(tx, update)
    if incident.status.open is (update.stage == "resolved"):
        # Readers would hear that it goes on, or that it is over, after the opposite has happened.
        raise Conflict(words(language, "update-refused-overtaken"))
    guard = guard or await guard_of(tx, policies, update, at)
    found = guard.faults(policies, update, (update.title, update.body), redactor) if guard else ""
    if found:
        raise NotPermitted(words(language, "update-refused-leak", what=found))
    agreed = update.model_copy(
        update={
            "state": UpdateState.SENDING,
            "approved_by": by,
            "approved_digest": digest,
            "approved_at": at,
        }
    )
    return await _send(tx, policies, incident, await tx.updates.save(agreed), at)


async def edit(
    tx: Tx,
    policies: Policies,
    update_id: str,
    *,
    title: str,
    text: str,
    by: str,
    at: datetime,
    language: str = "en",
    redactor: Redactor = _PLAIN,
    guard: Guard | None = None,
) -> Update:
    """Put a person's words in place of an update's; it waits on, and a sentence that was not touched keeps its sources.

    Raises NotFound, Conflict when it no longer waits, and BadInput for no words, too many, or what must not be told.
    """
    update = await _waiting(tx, update_id, language)
    incident = await _incident(tx, update)
    headline = " ".join(clean_text(title).split())
    lines = [" ".join(clean_text(line).split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not by:
        raise BadInput(words(language, "update-refused-nobody"), field="by")
    if not headline or not lines:
        raise BadInput(words(language, "update-refused-empty"), field="text" if headline else "title")
    # What people agree to must fit where they read it.
    sizes = [len(line) for line in lines]
    if (
        len(headline) > LONGEST_TITLE
        or len(lines) > MOST_LINES
        or sum(sizes) > LONGEST_TEXT
        or max(sizes) > LONGEST_LINE
    ):
        raise BadInput(words(language, "update-refused-long"), field="text")
    # The raw words too: what hides in characters that are cleaned away is no accident.
    texts = (headline, *lines, *filter(None, text.splitlines()))
    guard = guard or await guard_of(tx, policies, update, at)
    found = guard.faults(policies, update, texts, redactor) if guard else ""
    if found:
        raise BadInput(words(language, "update-refused-leak", what=found), field="text")
    before = {one.text: one for one in update.sentences}
    own = (f"person:{by}",)
    sentences = tuple(before.get(line) or Statement(text=line, sources=own) for line in lines)
    changed = update.model_copy(update={"title": headline, "sentences": sentences, "form": "person"})
    saved = await tx.updates.save(changed)
    await show(tx, policies, incident, saved, at)
    return saved


async def withdraw(
    tx: Tx,
    policies: Policies,
    update_id: str,
    *,
    by: str,
    at: datetime,
    why: str = "",
    digest: str = "",
    language: str = "en",
) -> Update:
    """Take an update back before it is sent; `digest`, when given, names the text that is meant."""
    update = await _waiting(tx, update_id, language)
    if not by:
        raise BadInput(words(language, "update-refused-nobody"), field="by")
    if digest and digest != update.digest:
        raise Conflict(words(language, "update-refused-changed"))
    return await _end(tx, policies, await _incident(tx, update), update, by, at, why)


async def _end(
    tx: Tx, policies: Policies, incident: Incident, update: Update, by: str, at: datetime, why: str
) -> Update:
    ended = update.model_copy(
        update={"state": UpdateState.WITHDRAWN, "ended_at": at, "ended_by": by, "error": why}
    )
    saved = await tx.updates.save(ended)
    if why != SUPERSEDED:
        data: dict[str, Json] = {"update": saved.id, "number": saved.number, "audience": saved.audience}
        await tx.timeline.append(incident.id, TimelineKind.UPDATE_WITHDRAWN, by, at, data)
    await show(tx, policies, incident, saved, at)
    return saved


async def _send(tx: Tx, policies: Policies, incident: Incident, update: Update, at: datetime) -> Update:
    await dispatch(tx, incident, update, at)
    if await tx.outbox.get(update.id) is not None:
        await show(tx, policies, incident, update, at)
    return update


async def _waiting(tx: Tx, update_id: str, language: str) -> Update:
    update = await tx.updates.get(update_id)
    if update is None:
        raise NotFound(words(language, "update-refused-unknown"))
    if update.state is not UpdateState.WAITING:
        raise Conflict(words(language, f"update-refused-{update.state.value}"))
    return update


async def _incident(tx: Tx, update: Update) -> Incident:
    incident = await tx.incidents.get(update.incident_id or "")
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident


def _needs(policies: Policies, update: Update) -> tuple[str, ...]:
    """Return whose word is needed by the rules of now; an audience that they no longer know keeps its own."""
    audience = policies.communications.audience(update.audience)
    return audience.needs if audience is not None and audience.needs else update.needs

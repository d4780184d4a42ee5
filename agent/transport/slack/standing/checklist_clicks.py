"""The buttons and dialogs of a checklist: each goes by the rule of a command, and is done once."""

from collections.abc import Mapping

from agent.domain.action import ActionRequest
from agent.domain.checklist import Checklist, ChecklistItem, in_language
from agent.domain.evidence import Evidence
from agent.domain.incident import Incident, Priority
from agent.domain.task import Task
from agent.errors import Conflict, Misconfigured, NotFound
from agent.lifecycle import changes
from agent.locale.messages import text
from agent.operations.checks import deeds
from agent.operations.checks.beginning import CheckDesk, slot_of
from agent.ports.store import Tx
from agent.transport import proposals
from agent.transport.slack.directory import directory_of
from agent.transport.slack.identity import places_of, principal_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.listening import Ears
from agent.transport.slack.markup import foreign
from agent.transport.slack.modals import View
from agent.transport.slack.people.clicks import Button, Clicked, PeopleClicks
from agent.transport.slack.people.deeds import once
from agent.transport.slack.people.sent import Dialog, Dialogs, Sent
from agent.transport.slack.standing import checklist_card as card
from agent.transport.slack.standing import checklist_views as views
from agent.transport.slack.standing.checklist_draw import ties_of

LOOK, DEED = "checks", "check"
"""The commands of access.yaml: to look at checklists, and to tick items or have them looked at again."""


def listen_to_checklists(ears: Ears) -> None:
    """Attach every button and dialog of checklists."""
    for action in BUTTONS:
        ears.click(action, lambda k: PeopleClicks(k, BUTTONS).on_click)
    for callback in DIALOGS:
        ears.sent(callback, lambda k: Dialogs(k, DIALOGS).on_sent)


def desk_of(kit: Kit) -> CheckDesk:
    """Return the desk of checklists; raises Misconfigured where there is none."""
    desk = kit.services.doors.checks
    if desk is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    return desk


async def _found(kit: Kit, value: str) -> tuple[Checklist, ChecklistItem]:
    checklist_id, _, item_id = value.partition("|")
    async with kit.services.store.read() as tx:
        return await deeds.found(tx, checklist_id, item_id.partition("|")[0])


async def _item(kit: Kit, clicked: Clicked) -> None:
    await clicked.show(kit, await _item_view(kit, clicked.value))


async def _item_view(kit: Kit, value: str) -> View:
    checklist, item = await _found(kit, value)
    async with kit.services.store.read() as tx:
        seen = [await tx.evidence.get(one) for one in item.evidence_ids[: views.MOST_EVIDENCE]]
        ties = (await ties_of(tx, checklist))[item.id]
    evidence: list[Evidence] = [one for one in seen if one is not None]
    return views.item_view(checklist, item, evidence, ties, kit.lang, directory_of(kit.services).named)


async def _done(kit: Kit, clicked: Clicked) -> None:
    checklist, item = await _found(kit, clicked.value)
    await clicked.show(kit, views.done_view(checklist, item, kit.lang))


async def _again(kit: Kit, clicked: Clicked) -> None:
    checklist, item = await _found(kit, clicked.value)
    await _look_again(kit, checklist.id, item.id, clicked)
    if (clicked.body.get("view") or {}).get("type") == "modal":
        await clicked.show(kit, await _item_view(kit, clicked.value))


async def _undo(kit: Kit, clicked: Clicked) -> None:
    """Take a tick back, and show the item as it stands then."""
    desk = desk_of(kit)
    checklist, item = await _found(kit, clicked.value)

    async def work(tx: Tx) -> Checklist:
        return await deeds.untick(desk, tx, checklist.id, item.id, by=clicked.user)

    await once(kit, clicked.key, work)
    await clicked.show(kit, await _item_view(kit, clicked.value))


async def _all(kit: Kit, clicked: Clicked) -> None:
    await _look_again(kit, clicked.value, None, clicked)


async def _look_again(kit: Kit, checklist_id: str, item_id: str | None, clicked: Clicked) -> None:
    desk = desk_of(kit)

    async def work(tx: Tx) -> Checklist:
        return await deeds.again(desk, tx, checklist_id, item_id, by=clicked.user)

    await once(kit, clicked.key, work)


async def _incident(kit: Kit, clicked: Clicked) -> None:
    checklist, item = await _found(kit, clicked.value)
    known = [name for names in kit.services.policies.services.tiers.values() for name in names]
    await clicked.show(kit, views.incident_view(checklist, item, known, kit.lang))


async def _task(kit: Kit, clicked: Clicked) -> None:
    checklist, item = await _found(kit, clicked.value)
    await clicked.show(kit, views.task_view(checklist, item, kit.lang))


async def _propose(kit: Kit, clicked: Clicked) -> None:
    """Propose what a check would have done; guarded recovery decides who must agree."""
    checklist, item = await _found(kit, clicked.value)
    index = int(clicked.value.rpartition("|")[2])
    if index >= len(item.proposals):
        raise NotFound(text(kit.lang, "problem-check-gone"))
    recovery = await kit.gate.admit_to_act("propose", principal_of(clicked.body), places_of(clicked.body))
    wanted = item.proposals[index]
    title = in_language(item.title, kit.lang)
    action = await recovery.propose(
        ActionRequest(
            name=wanted.action,
            params=wanted.params,
            by=clicked.user,
            incident_id=item.incident_id,
            reason=wanted.reason or title,
            evidence_ids=item.evidence_ids,
            # Kept with the wish: an end between the proposal and what follows here may not leave it without a message.
            below=slot_of(checklist.id),
        )
    )
    desk = desk_of(kit)

    def tied(one: ChecklistItem) -> ChecklistItem:
        return one.model_copy(update={"action_ids": tuple(dict.fromkeys((*one.action_ids, action.id)))})

    async with kit.services.store.write() as tx:
        await deeds.tie(desk, tx, checklist.id, item.id, tied)
        if action.incident_id is None:
            await deeds.show_action(tx, checklist, action.id, kit.services.clock.now())
    kit.services.wake()
    standing = proposals.standing(kit.lang, action, kit.services.clock.now())
    why = foreign("; ".join(proposals.why(kit.lang, action)), 400)
    await clicked.say(text(kit.lang, "done-proposed", handle=action.handle, standing=standing, why=why))


async def _sent_done(kit: Kit, sent: Sent) -> str:
    desk, note = desk_of(kit), kit.safe(sent.words("note"))

    async def work(tx: Tx) -> Checklist:
        return await deeds.tick(desk, tx, *_named(sent), by=sent.user, note=note)

    await once(kit, sent.key, work)
    return ""


async def _sent_incident(kit: Kit, sent: Sent) -> str:
    desk, services = desk_of(kit), kit.services
    checklist_id, item_id = _named(sent)

    async def work(tx: Tx) -> Incident:
        _, item = await deeds.found(tx, checklist_id, item_id)
        if item.incident_id is not None:
            raise Conflict(text(kit.lang, "problem-check-incident"))
        incident = await changes.declare(
            tx,
            services.policies,
            title=kit.safe(sent.words("title")),
            service=sent.values["service"],
            priority=Priority(sent.values["priority"]),
            by=sent.user,
            at=services.clock.now(),
            environment=services.environment,
        )
        await services.investigate(tx, incident)
        await deeds.tie(
            desk, tx, checklist_id, item_id, lambda one: one.model_copy(update={"incident_id": incident.id})
        )
        return incident

    opened = await once(kit, sent.key, work)
    if opened is None:
        return ""
    where = foreign(opened.conversation.channel, 80)
    return text(kit.lang, "done-declared", name=opened.name, channel=where)


async def _sent_task(kit: Kit, sent: Sent) -> str:
    desk, words = desk_of(kit), kit.safe(sent.words("text"))
    checklist_id, item_id = _named(sent)
    owner = sent.values.get("person") or sent.user

    async def work(tx: Tx) -> Task | None:
        key = f"slack:{sent.key}"
        return await deeds.make_task(
            desk, tx, checklist_id, item_id, text=words, owner=owner, by=sent.user, key=key
        )

    task = await once(kit, sent.key, work)
    return text(kit.lang, "done-check-task", task=task.name) if task is not None else ""


def _named(sent: Sent) -> tuple[str, str]:
    return str(sent.private.get("checklist_id") or ""), str(sent.private.get("item_id") or "")


BUTTONS: Mapping[str, Button] = {
    card.ITEM: Button(LOOK, _item, opens=True),
    card.DONE: Button(DEED, _done, opens=True),
    card.ALL: Button(DEED, _all),
    views.AGAIN: Button(DEED, _again),
    views.UNDO: Button(DEED, _undo),
    views.INCIDENT: Button("declare", _incident, opens=True),
    views.TASK: Button("task", _task, opens=True),
    **{f"{views.PROPOSE}.{index}": Button("propose", _propose, opens=True) for index in range(5)},
}
DIALOGS: Mapping[str, Dialog] = {
    views.DONE_VIEW: Dialog(DEED, (), _sent_done),
    views.INCIDENT_VIEW: Dialog("declare", ("title", "service", "priority"), _sent_incident),
    views.TASK_VIEW: Dialog("task", ("text",), _sent_task),
}

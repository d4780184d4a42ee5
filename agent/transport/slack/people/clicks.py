"""The buttons about people's work: each goes by the rule of a subcommand, and does or opens something."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.domain.incident import Incident
from agent.locale.format import duration
from agent.locale.messages import text
from agent.ports.outbox import SlotKind
from agent.transport.foreign import clean
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    first_time,
    places_of,
    principal_of,
    thread_of,
)
from agent.transport.slack.kit import Kit, Say, guarded
from agent.transport.slack.living import pages, tasks, updates
from agent.transport.slack.modals import View, placed
from agent.transport.slack.people import archiving, deeds, dialogs, letters, listing, more, publishing, risks
from agent.transport.slack.people.learning import post_draft
from agent.transport.slack.people.opening import OPENERS

Body = dict[str, Any]
MUTED = timedelta(hours=1)
_LAST = 9


@dataclass(frozen=True, slots=True)
class Clicked:
    """One click: the value of its button, by whom, where, and how to answer."""

    body: Body
    value: str
    user: str
    key: str
    say: Say

    async def show(self, kit: Kit, view: View) -> None:
        """Show a dialog: in the place of the one that was clicked in, or a new one."""
        shown, inside = placed(view, places_of(self.body)), self.body.get("view") or {}
        if inside.get("type") == "modal":
            await kit.update_view(str(inside["id"]), shown)
        else:
            await kit.open_view(str(self.body["trigger_id"]), shown)


@dataclass(frozen=True, slots=True)
class Button:
    """By whose rule a button goes, and what it does; one that `opens` something is marked as seen before."""

    command: str
    run: Callable[[Kit, Clicked], Awaitable[None]]
    opens: bool = False


@dataclass(frozen=True, slots=True)
class PeopleClicks:
    """Every one of these buttons, or of `buttons`."""

    kit: Kit
    buttons: Mapping[str, Button] | None = None

    async def on_click(self, body: Body) -> None:
        """Do what a button stands for."""
        action = body["actions"][0]
        button = (BUTTONS if self.buttons is None else self.buttons)[str(action["action_id"])]
        user = actor_of(body)
        say = self.kit.whisper(channel_of(body), user, thread_of(body))
        value = clean(str(action.get("value") or ""), 600)
        clicked = Clicked(body, value, user, click_key(body), say)

        async def work() -> None:
            await self.kit.gate.admit(button.command, principal_of(body), places_of(body))
            if not button.opens or await first_time(self.kit.services, [clicked.key]):
                await button.run(self.kit, clicked)
                await self._home_anew(body, user)

        await guarded(work, say, self.kit.lang, button.command)

    async def _home_anew(self, body: Body, user: str) -> None:
        """Have the Home tab shown anew when it was clicked in: unlike a message, nobody else asks for that."""
        if (body.get("view") or {}).get("type") != "home":
            return
        services = self.kit.services
        async with services.store.write() as tx:
            await tx.outbox.request(
                f"home:{user}", SlotKind.HOME, channel=user, priority=_LAST, at=services.clock.now()
            )
        services.wake()


def _opening(name: str) -> Button:
    async def run(kit: Kit, clicked: Clicked) -> None:
        incident = await kit.incident(clicked.value)
        await clicked.show(kit, await OPENERS[name](kit, incident, clicked.user))

    return Button(name, run, opens=True)


async def _more(kit: Kit, clicked: Clicked) -> None:
    await clicked.show(kit, more.more_view(await kit.incident(clicked.value), kit.lang))


async def _mute(kit: Kit, clicked: Clicked) -> None:
    incident = await kit.incident(clicked.value)
    await deeds.mute(kit, incident.id, span=MUTED, by=clicked.user, key=clicked.key)
    span = duration(kit.lang, MUTED)
    await _told(kit, clicked, incident, text(kit.lang, "done-muted", name=incident.name, span=span))


async def _channel(kit: Kit, clicked: Clicked) -> None:
    incident = await kit.incident(clicked.value)
    await deeds.open_room(kit, incident.id, by=clicked.user, key=clicked.key)
    await _told(kit, clicked, incident, text(kit.lang, "done-room", name=incident.name))


async def _archive(kit: Kit, clicked: Clicked) -> None:
    incident = await kit.incident(clicked.value)
    await archiving.archive(kit, incident)
    await _told(kit, clicked, incident, text(kit.lang, "done-archived", name=incident.name))


async def _told(kit: Kit, clicked: Clicked, incident: Incident, said: str) -> None:
    """Say that it is done: in the dialog that was clicked in, else to the person alone."""
    if (clicked.body.get("view") or {}).get("type") == "modal":
        await clicked.show(kit, listing.said_view(incident, said, kit.lang))
    else:
        await clicked.say(said)


async def _tasks(kit: Kit, clicked: Clicked) -> None:
    incident = await kit.incident(clicked.value)
    await clicked.show(kit, await listing.tasks_view(kit, incident))


async def _done(kit: Kit, clicked: Clicked) -> None:
    await deeds.finish_task(kit, clicked.value, by=clicked.user, key=clicked.key)
    await _tasks_anew(kit, clicked)


async def _take(kit: Kit, clicked: Clicked) -> None:
    await deeds.take_task(kit, clicked.value, owner=clicked.user, by=clicked.user, key=clicked.key)
    await _tasks_anew(kit, clicked)


async def _later(kit: Kit, clicked: Clicked) -> None:
    await deeds.snooze_task(kit, clicked.value, by=clicked.user, key=clicked.key)
    await clicked.say(text(kit.lang, "done-later", span=duration(kit.lang, deeds.SNOOZE)))


async def _tasks_anew(kit: Kit, clicked: Clicked) -> None:
    """Show the list in the dialog anew; messages are edited by the outbox."""
    task = await deeds.task_of(kit, clicked.value)
    if (clicked.body.get("view") or {}).get("type") == "modal" and task.incident_id:
        await clicked.show(kit, await listing.tasks_view(kit, await kit.incident(task.incident_id)))


async def _approve(kit: Kit, clicked: Clicked) -> None:
    update_id, _, digest = clicked.value.rpartition("|")
    await publishing.approve(kit, update_id, digest=digest, by=clicked.user, key=clicked.key)


async def _edit(kit: Kit, clicked: Clicked) -> None:
    update = await publishing.update_of(kit, clicked.value)
    await clicked.show(kit, dialogs.edit_view(update, kit.lang))


async def _withdraw(kit: Kit, clicked: Clicked) -> None:
    await publishing.withdraw(kit, clicked.value, by=clicked.user, key=clicked.key)


async def _risk(kit: Kit, clicked: Clicked) -> None:
    await clicked.show(kit, risks.review_view(await risks.entry_of(kit, clicked.value), kit.lang))


async def _redeliver(kit: Kit, clicked: Clicked) -> None:
    await letters.send_again(kit, clicked.value, key=clicked.key)
    await clicked.say(text(kit.lang, "done-redelivered"))


async def _postmortem(kit: Kit, clicked: Clicked) -> None:
    incident = await kit.incident(clicked.value)
    await _told(kit, clicked, incident, text(kit.lang, "answer-working"))
    await post_draft(kit, incident, by=clicked.user)


BUTTONS: Mapping[str, Button] = {
    "incident.more": Button("show", _more, opens=True),
    pages.ESCALATE: _opening("escalate"),
    tasks.ADD: _opening("task"),
    **{f"{more.PREFIX}.{name}": _opening(name) for name in OPENERS},
    f"{more.PREFIX}.mute": Button("mute", _mute),
    f"{more.PREFIX}.channel": Button("channel", _channel),
    f"{more.PREFIX}.archive": Button("channel", _archive, opens=True),
    f"{more.PREFIX}.tasks": Button("tasks", _tasks, opens=True),
    f"{more.PREFIX}.postmortem": Button("postmortem", _postmortem, opens=True),
    tasks.DONE: Button("task", _done),
    tasks.TAKE: Button("task", _take),
    tasks.LATER: Button("task", _later),
    updates.APPROVE: Button("publish", _approve),
    updates.EDIT: Button("publish", _edit, opens=True),
    updates.WITHDRAW: Button("publish", _withdraw),
    risks.BUTTON: Button("risks", _risk, opens=True),
    letters.BUTTON: Button("redeliver", _redeliver),
}

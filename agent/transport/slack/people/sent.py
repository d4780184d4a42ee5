"""What happens when one of the dialogs about people's work is sent: checked, admitted, done once, and told."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.domain.handoff import AssessAction, ExplainRelease, PlanRelease, Question, ReviewRecurrence
from agent.domain.incident import Incident, Priority
from agent.errors import BadInput
from agent.locale.messages import text
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    places_of,
    principal_of,
    private_of,
)
from agent.transport.slack.kit import Kit, guarded
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.people import deeds, dialogs, escalating, publishing, risks
from agent.transport.slack.people.fields import SPANS
from agent.transport.slack.regrouping import merge_into, split_off
from agent.transport.slack.requests import named_action
from agent.transport.slack.submissions import Ack, values_of

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One sent dialog: what was entered, what it was opened with, by whom, and what is the same in its repeats."""

    values: dict[str, str]
    private: dict[str, Any]
    user: str
    key: str

    def words(self, name: str) -> str:
        """Return what was written in a field, without Slack's codes."""
        return plain_question(self.values.get(name, ""))


@dataclass(frozen=True, slots=True)
class Dialog:
    """By whose rule of the access policy it goes, which fields must be filled, and what it does; it returns what to say."""

    command: str
    needs: tuple[str, ...]
    run: Callable[[Kit, Sent], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Dialogs:
    """Every one of these dialogs, or of `dialogs`."""

    kit: Kit
    dialogs: Mapping[str, Dialog] | None = None

    async def on_sent(self, body: Body, ack: Ack) -> None:
        """Do what a dialog asks for; what is missing shows under its field."""
        known = DIALOGS if self.dialogs is None else self.dialogs
        dialog = known[str(body["view"]["callback_id"])]
        sent = Sent(values_of(body), private_of(body), actor_of(body), click_key(body))
        missing = [name for name in dialog.needs if not sent.values.get(name, "").strip()]
        if missing:
            needed = text(self.kit.lang, "form-needs-value")
            await ack(response_action="errors", errors=dict.fromkeys(missing, needed))
            return
        await ack()
        say = self.kit.whisper(channel_of(body), sent.user)

        async def work() -> None:
            await self.kit.gate.admit(dialog.command, principal_of(body), places_of(body))
            said = await dialog.run(self.kit, sent)
            if said:
                await say(said)

        await guarded(work, say, self.kit.lang, dialog.command)


async def _incident(kit: Kit, sent: Sent) -> Incident:
    return await kit.incident(sent.values.get("incident") or str(sent.private.get("incident_id") or ""))


async def _command(kit: Kit, sent: Sent) -> str:
    incident = await _incident(kit, sent)
    await deeds.command(kit, incident.id, to=sent.values["person"], by=sent.user, key=sent.key)
    return text(kit.lang, "done-command", name=incident.name)


async def _escalate(kit: Kit, sent: Sent) -> str:
    incident, to = await _incident(kit, sent), sent.values["to"]
    return await escalating.escalate(
        kit,
        incident,
        to=None if to == dialogs.NEXT_LEVEL else to,
        reason=sent.words("reason"),
        by=sent.user,
        key=sent.key,
    )


async def _priority(kit: Kit, sent: Sent) -> str:
    incident, priority = await _incident(kit, sent), Priority(sent.values["priority"])
    why = sent.words("reason")
    await deeds.reprioritise(kit, incident.id, priority=priority, why=why, by=sent.user, key=sent.key)
    return text(kit.lang, "done-priority", name=incident.name, priority=priority.value)


async def _task(kit: Kit, sent: Sent) -> str:
    incident, span = await _incident(kit, sent), SPANS.get(sent.values.get("remind", ""))
    task = await deeds.add_task(
        kit,
        incident.id,
        words=sent.words("text"),
        owner=sent.values.get("person") or None,
        remind_in=timedelta(seconds=span) if span else None,
        by=sent.user,
        key=sent.key,
    )
    return text(kit.lang, "done-task", task=task.name, name=incident.name) if task else ""


async def _update(kit: Kit, sent: Sent) -> str:
    incident, audience = await _incident(kit, sent), sent.values["audience"]
    chosen = () if audience == dialogs.ALL else (audience,)
    asked = await deeds.inform(
        kit, incident, audiences=chosen, words=sent.words("words"), by=sent.user, key=sent.key
    )
    return text(kit.lang, "done-update-asked", name=incident.name) if asked else ""


async def _edit(kit: Kit, sent: Sent) -> str:
    update_id = str(sent.private.get("update_id"))
    title, words = sent.values["title"], sent.values["words"]
    await publishing.edit(kit, update_id, title=title, words=words, by=sent.user, key=sent.key)
    return ""


async def _handoff(kit: Kit, sent: Sent) -> str:
    incident = await _incident(kit, sent)
    question = await question_of(
        kit,
        incident,
        sent.values["ask"],
        service=kit.safe(sent.words("service")),
        detail=kit.safe(sent.words("detail")),
    )
    asked = await deeds.ask_agent(kit, incident, question, by=sent.user, key=sent.key)
    return text(kit.lang, "done-handoff", agent=asked.to.value, name=incident.name) if asked else ""


async def question_of(kit: Kit, incident: Incident, ask: str, *, service: str, detail: str) -> Question:
    """Return the question that words stand for; raises BadInput and NotFound."""
    about = service or incident.service
    match ask:
        case "explain_release":
            return ExplainRelease(service=about)
        case "roll_back":
            return PlanRelease(service=about, want="roll_back")
        case "emergency_patch":
            if not detail:
                raise BadInput(text(kit.lang, "problem-which-image"), field="detail")
            return PlanRelease(service=about, want="emergency_patch", image=detail)
        case "assess_action":
            async with kit.services.store.read() as tx:
                action = await named_action(kit, tx, detail)
            return AssessAction(action_id=action.id)
        case "review_recurrence":
            return ReviewRecurrence()
        case _:
            raise BadInput(text(kit.lang, "problem-which-agent"), field="ask")


async def _merge(kit: Kit, sent: Sent) -> str:
    source, target = await _incident(kit, sent), await kit.incident(sent.values["into"])
    return await merge_into(kit, source, target, by=sent.user, key=sent.key)


async def _split(kit: Kit, sent: Sent) -> str:
    incident = await _incident(kit, sent)
    async with kit.services.store.read() as tx:
        kinds = dialogs.kinds_of(await tx.alerts.of_incident(incident.id))
    name, service = kinds.get(sent.values["alert"], ("", ""))
    if not name:
        raise BadInput(text(kit.lang, "problem-which-alert"), field="alert")
    return await split_off(kit, incident, name, service, by=sent.user, key=sent.key)


async def _risk(kit: Kit, sent: Sent) -> str:
    return await risks.change(kit, str(sent.private.get("risk_id")), sent.values, by=sent.user, key=sent.key)


DIALOGS: Mapping[str, Dialog] = {
    dialogs.COMMAND: Dialog("command", ("incident", "person"), _command),
    dialogs.ESCALATE: Dialog("escalate", ("incident", "to"), _escalate),
    dialogs.PRIORITY: Dialog("priority", ("incident", "priority", "reason"), _priority),
    dialogs.TASK: Dialog("task", ("incident", "text"), _task),
    dialogs.UPDATE: Dialog("update", ("incident", "audience"), _update),
    dialogs.EDIT: Dialog("publish", ("title", "words"), _edit),
    dialogs.HANDOFF: Dialog("handoff", ("incident", "ask"), _handoff),
    dialogs.MERGE: Dialog("merge", ("into",), _merge),
    dialogs.SPLIT: Dialog("split", ("alert",), _split),
    risks.REVIEW: Dialog("risks", ("review_on",), _risk),
}

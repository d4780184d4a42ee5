"""What happens when a dialog about actions is sent: the next step, a proposal, or a changed action."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.domain.action import Action, ActionRequest, ActionState
from agent.errors import BadInput, NotFound, OpsError
from agent.locale.errors import error_words
from agent.locale.messages import text
from agent.ports.recovery import ActionKind
from agent.transport import proposals
from agent.transport.foreign import clean
from agent.transport.slack import action_modals, forms
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    first_time,
    places_of,
    principal_of,
    private_of,
)
from agent.transport.slack.kit import Kit, Say, guarded
from agent.transport.slack.markup import foreign
from agent.transport.slack.mentions import plain_question
from agent.transport.slack.modals import placed
from agent.transport.slack.submissions import Ack, values_of

Body = dict[str, Any]
# Slack waits three seconds for an answer; what takes longer goes on without the dialog.
_PATIENCE = 2.2


@dataclass(frozen=True, slots=True)
class Proposing:
    """Sent dialogs about actions; what is wrong shows under its field while the dialog is still open."""

    kit: Kit

    async def on_choose(self, body: Body, ack: Ack) -> None:
        """Show the form of the chosen action in the same dialog."""
        private, name = private_of(body), values_of(body).get(action_modals.CHOICE, "")
        try:
            incident = await self.kit.incident(str(private.get("incident_id")))
            kind = self._kind(name)
        except OpsError as error:
            await ack(
                response_action="errors",
                errors={action_modals.CHOICE: clean(error_words(self.kit.lang, error), 500)},
            )
            return
        view = action_modals.propose_view(self.kit, incident, kind, str(private.get("channel") or ""))
        await ack(response_action="update", view=placed(view, places_of(body)))

    async def on_propose(self, body: Body, ack: Ack) -> None:
        """Propose an action as a person."""
        private, entered = private_of(body), values_of(body)
        try:
            kind = self._kind(str(private.get("name")))
        except OpsError as error:
            await self._closed(body, ack, error)
            return
        fields = forms.fields_of(kind.params_schema)
        params, wrong = forms.read_form(fields, entered, self.kit.lang)
        reason = plain_question(entered.get(action_modals.REASON, ""))
        if not reason:
            wrong[action_modals.REASON] = text(self.kit.lang, "form-needs-value")
        request = ActionRequest(
            name=kind.name,
            params=params,
            by=actor_of(body),
            incident_id=str(private.get("incident_id")),
            reason=reason,
        )
        await self._sent(body, ack, fields, wrong, lambda: self._propose(body, request))

    async def on_change(self, body: Body, ack: Ack) -> None:
        """Propose the same action with other parameters."""
        try:
            action = await self._action(str(private_of(body).get("action_id")))
            kinds = self.kit.gate.recovery().catalogue()
            fields = action_modals.changeable(action, kinds, self.kit.lang)
        except OpsError as error:
            await self._closed(body, ack, error)
            return
        params, wrong = forms.read_form(fields, values_of(body), self.kit.lang)
        # What it works on is taken from the stored action, never from what came back.
        fixed = {name: value for name, value in action.request.params.items() if name in forms.TARGETS}
        await self._sent(body, ack, fields, wrong, lambda: self._change(body, action, fixed | params))

    async def _propose(self, body: Body, request: ActionRequest) -> None:
        recovery = await self.kit.gate.admit_to_act("propose", principal_of(body), places_of(body))
        if not await first_time(self.kit.services, [click_key(body)]):
            return
        await self._tell(body, await recovery.propose(request))

    async def _change(self, body: Body, action: Action, params: Mapping[str, Any]) -> None:
        who = principal_of(body)
        recovery = await self.kit.gate.admit_to_act("change", who, places_of(body))
        await self._tell(body, await recovery.change(action.id, dict(params), who, key=click_key(body)))

    async def _tell(self, body: Body, made: Action) -> None:
        """Tell the person of an action that nobody can run; everything else shows on the card."""
        self.kit.services.wake()
        if made.state in (ActionState.FORBIDDEN, ActionState.SUGGESTED):
            standing = proposals.standing(self.kit.lang, made, self.kit.services.clock.now())
            why = foreign("; ".join(proposals.why(self.kit.lang, made)), 400)
            said = text(self.kit.lang, "done-proposed", handle=made.handle, standing=standing, why=why)
            await self._say(body)(said)

    async def _sent(
        self,
        body: Body,
        ack: Ack,
        fields: Sequence[forms.FormField],
        wrong: dict[str, str],
        work: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Do the work while the dialog waits, as long as Slack lets it; a mistake in a field keeps it open."""
        if wrong:
            await ack(response_action="errors", errors=wrong)
            return
        task = asyncio.create_task(work())
        await asyncio.wait({task}, timeout=_PATIENCE)
        failure = task.exception() if task.done() else None
        if isinstance(failure, BadInput):
            await ack(response_action="errors", errors=_under(self.kit.lang, failure, fields))
            return
        await ack()

        async def rest() -> None:
            await task

        await guarded(rest, self._say(body), self.kit.lang, "propose")

    async def _closed(self, body: Body, ack: Ack, error: OpsError) -> None:
        await ack()
        await self._say(body)(foreign(error_words(self.kit.lang, error), 600))

    async def _action(self, action_id: str) -> Action:
        async with self.kit.services.store.read() as tx:
            action = await tx.actions.get(action_id)
        if action is None:
            raise NotFound(text(self.kit.lang, "problem-no-such-action", name="?"))
        return action

    def _kind(self, name: str) -> ActionKind:
        kinds = self.kit.gate.recovery().catalogue()
        kind = next((one for one in kinds if one.name == name and one.enabled), None)
        if kind is None:
            raise NotFound(text(self.kit.lang, "problem-no-such-action", name=clean(name, 40) or "?"))
        return kind

    def _say(self, body: Body) -> Say:
        return self.kit.whisper(channel_of(body), actor_of(body))


def _under(lang: str, failure: BadInput, fields: Sequence[forms.FormField]) -> dict[str, str]:
    """Return the sentence under the field that it is about, or under the last one."""
    first = failure.field.rpartition("params.")[2].split(".", 1)[0]
    named = next((one.block for one in fields if one.name == first), None)
    block = named or (fields[-1].block if fields else action_modals.REASON)
    return {block: clean(error_words(lang, failure), 500)}

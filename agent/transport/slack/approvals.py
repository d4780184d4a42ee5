"""The buttons below an action: votes, cancelling, undoing, settling, and the dialogs that change or explain it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.domain.action import Action
from agent.errors import NotFound, OpsError
from agent.locale.errors import error_words
from agent.locale.messages import text
from agent.ports.recovery import Principal, Recovery
from agent.transport.foreign import clean
from agent.transport.slack import action_buttons as ids
from agent.transport.slack import action_modals
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
from agent.transport.slack.markup import foreign
from agent.transport.slack.modals import View, placed

Body = dict[str, Any]
Work = Callable[[Recovery, str, Principal, str], Awaitable[str]]
_COMMANDS = {
    ids.APPROVE: "approve",
    ids.REJECT: "reject",
    ids.CANCEL: "cancel",
    ids.UNDO: "undo",
    ids.HAPPENED: "settle",
    ids.NOT_HAPPENED: "settle",
    ids.CHANGE: "change",
    ids.WHY: "why",
}
"""By whose rule of the access policy each button goes."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """Every click on an action; what is refused is told to the clicker alone."""

    kit: Kit

    async def on_click(self, body: Body) -> None:
        """Vote, cancel, undo or settle."""
        verb = body["actions"][0]["action_id"]
        does = self._works()[verb]

        async def work() -> None:
            # The key travels with the wish, so that the core marks it as seen together with its effect.
            recovery = await self._admitted(verb, body)
            sentence = await does(recovery, _action_of(body), principal_of(body), click_key(body))
            self.kit.services.wake()
            if sentence:
                await self._say(body)(foreign(sentence, 600))

        await guarded(work, self._say(body), self.kit.lang, verb)

    async def on_why(self, body: Body) -> None:
        """Explain an action in a dialog: the tree of reasons, everything that changes, the votes."""

        async def work() -> None:
            recovery = self.kit.gate.recovery()
            await self.kit.gate.admit("why", principal_of(body), places_of(body))
            if not await first_time(self.kit.services, [click_key(body)]):
                return
            shown = await self.kit.open_view(body["trigger_id"], action_modals.wait_view(self.kit.lang))
            await self.kit.update_view(shown, await self._reasons(recovery, _action_of(body)))

        await guarded(work, self._say(body), self.kit.lang, "why")

    async def _reasons(self, recovery: Recovery, action_id: str) -> View:
        try:
            explanation = await recovery.explain(action_id, language=self.kit.lang)
            return await action_modals.why_view(self.kit, action_id, explanation)
        except OpsError as error:
            # The dialog is open already; it must not say for ever that it is looking.
            return action_modals.trouble_view(self.kit.lang, error_words(self.kit.lang, error))

    async def on_change(self, body: Body) -> None:
        """Open the form that changes an action's parameters."""

        async def work() -> None:
            recovery = await self._admitted(ids.CHANGE, body)
            if not await first_time(self.kit.services, [click_key(body)]):
                return
            action = await self._action(_action_of(body))
            view = action_modals.change_view(self.kit, action, recovery.catalogue(), channel_of(body))
            await self.kit.open_view(body["trigger_id"], placed(view, places_of(body)))

        await guarded(work, self._say(body), self.kit.lang, "change")

    async def on_act(self, body: Body) -> None:
        """Open the dialog in which a person chooses an action for an incident."""

        async def work() -> None:
            who = principal_of(body)
            recovery = await self.kit.gate.admit_to_act("propose", who, places_of(body))
            if not await first_time(self.kit.services, [click_key(body)]):
                return
            incident = await self.kit.incident(_action_of(body))
            view = action_modals.choose_view(self.kit, incident, recovery.catalogue(), channel_of(body))
            await self.kit.open_view(body["trigger_id"], placed(view, places_of(body)))

        await guarded(work, self._say(body), self.kit.lang, "act")

    def _works(self) -> dict[str, Work]:
        return {
            ids.APPROVE: self._vote(approve=True),
            ids.REJECT: self._vote(approve=False),
            ids.CANCEL: self._cancel,
            ids.UNDO: self._undo,
            ids.HAPPENED: self._settle(happened=True),
            ids.NOT_HAPPENED: self._settle(happened=False),
        }

    def _vote(self, *, approve: bool) -> Work:
        async def vote(recovery: Recovery, action_id: str, who: Principal, key: str) -> str:
            result = await recovery.vote(action_id, who, approve=approve, key=key)
            # What was accepted shows on the card; only a refusal has to be told.
            return "" if result.accepted else result.sentence

        return vote

    def _settle(self, *, happened: bool) -> Work:
        async def settle(recovery: Recovery, action_id: str, who: Principal, key: str) -> str:
            await recovery.settle(action_id, who, happened=happened, key=key)
            return ""

        return settle

    async def _cancel(self, recovery: Recovery, action_id: str, who: Principal, key: str) -> str:
        await recovery.cancel(action_id, who, key=key)
        return ""

    async def _undo(self, recovery: Recovery, action_id: str, who: Principal, key: str) -> str:
        await recovery.undo(action_id, who, key=key)
        return ""

    async def _admitted(self, verb: str, body: Body) -> Recovery:
        return await self.kit.gate.admit_to_act(_COMMANDS[verb], principal_of(body), places_of(body))

    async def _action(self, action_id: str) -> Action:
        async with self.kit.services.store.read() as tx:
            action = await tx.actions.get(action_id)
        if action is None:
            raise NotFound(text(self.kit.lang, "problem-no-such-action", name="?"))
        return action

    def _say(self, body: Body) -> Say:
        return self.kit.whisper(channel_of(body), actor_of(body), thread_of(body))


def _action_of(body: Body) -> str:
    """Return the id in a button's value; it may be forged, so nothing but an id is ever read from it."""
    return clean(str(body["actions"][0].get("value") or ""), 100)

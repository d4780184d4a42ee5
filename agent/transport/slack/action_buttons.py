"""The buttons below an action, by its state; their value is the action's id and nothing else."""

from collections.abc import Sequence

from agent.domain.action import Action, ActionState, Risk
from agent.locale.messages import text
from agent.transport import proposals
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block

APPROVE = "action.approve"
REJECT = "action.reject"
CHANGE = "action.change"
WHY = "action.why"
CANCEL = "action.cancel"
UNDO = "action.undo"
HAPPENED = "action.happened"
NOT_HAPPENED = "action.not_happened"
VERBS = (APPROVE, REJECT, CANCEL, UNDO, HAPPENED, NOT_HAPPENED)
"""Those that change something at once; the others open a dialog."""


def buttons(actions: Sequence[Action], action: Action, lang: str) -> Block:
    """Return the row of buttons that make sense now; `actions` are all of the incident."""
    return blocks.actions(*_by_state(actions, action, lang), _plain(action, lang, WHY, "button-why"))


def _by_state(actions: Sequence[Action], action: Action, lang: str) -> list[Block]:
    match action.state:
        case ActionState.WAITING:
            return [
                _approve(action, lang),
                _plain(action, lang, REJECT, "button-reject", style="danger"),
                _plain(action, lang, CHANGE, "button-change"),
            ]
        case ActionState.SUGGESTED:
            return [_plain(action, lang, CANCEL, "button-dismiss")]
        case ActionState.QUEUED:
            return [_plain(action, lang, CANCEL, "button-cancel-action")]
        case ActionState.VERIFYING:
            return [_plain(action, lang, CANCEL, "button-stop-verifying")]
        case ActionState.UNKNOWN:
            return [
                _sure(action, lang, HAPPENED, "happened"),
                _sure(action, lang, NOT_HAPPENED, "not-happened"),
            ]
        case ActionState.SUCCEEDED | ActionState.FAILED if proposals.can_undo(actions, action):
            return [_sure(action, lang, UNDO, "undo", style="danger")]
        case _:
            return []


def _approve(action: Action, lang: str) -> Block:
    sure = _confirm(action, lang, "approve") if action.risk is Risk.HIGH else None
    return blocks.button(text(lang, "button-approve"), APPROVE, action.id, style="primary", confirm=sure)


def _plain(action: Action, lang: str, verb: str, label: str, *, style: str | None = None) -> Block:
    return blocks.button(text(lang, label), verb, action.id, style=style)


def _sure(action: Action, lang: str, verb: str, name: str, *, style: str | None = None) -> Block:
    label = text(lang, f"button-{name}")
    return blocks.button(label, verb, action.id, style=style, confirm=_confirm(action, lang, name))


def _confirm(action: Action, lang: str, name: str) -> Block:
    return blocks.confirm(
        text(lang, f"confirm-{name}-title", handle=action.handle),
        text(lang, f"confirm-{name}-text", title=proposals.title(lang, action)[:160]),
        text(lang, f"button-{name}"),
        text(lang, "button-cancel"),
    )

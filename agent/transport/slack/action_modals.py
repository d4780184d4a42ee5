"""The dialogs about actions: choose one, fill in its parameters, change one, and why one is as it is."""

from collections.abc import Iterator, Sequence

from agent.domain.action import Action, ActionState
from agent.domain.decision import Approval, Vote
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.errors import BadInput, NotFound
from agent.locale.messages import text
from agent.ports.recovery import ActionKind
from agent.transport import proposals
from agent.transport.foreign import clean
from agent.transport.slack import blocks, forms, limits
from agent.transport.slack.action_card import change_line
from agent.transport.slack.blocks import Block
from agent.transport.slack.kit import Kit
from agent.transport.slack.limits import Part
from agent.transport.slack.markdown import to_mrkdwn
from agent.transport.slack.markup import clock_time, code, foreign, person
from agent.transport.slack.modals import View, modal

CHOOSE = "modal.act"
PROPOSE = "modal.propose"
CHANGE = "modal.change"
WHY = "modal.why"
REASON = "reason"
CHOICE = "action"
_MOST_KINDS = 100
_MOST_CHANGES = 60
_SECTION = 2_800
_LONGEST_EXPLANATION = 12_000


def choose_view(kit: Kit, incident: Incident, kinds: Sequence[ActionKind], channel: str) -> View:
    """Return the dialog in which an action is chosen; only those that can be run here are offered."""
    lang = kit.lang
    enabled = sorted((kind for kind in kinds if kind.enabled), key=lambda kind: (kind.backend, kind.name))
    title = text(lang, "act-title", name=incident.name)
    if not enabled:
        return modal(CHOOSE, title, [blocks.section(text(lang, "act-none"))], lang)
    select: Block = {
        "type": "static_select",
        "action_id": "value",
        "placeholder": blocks.plain(text(lang, "act-choose-hint"), 150),
        "options": [_kind_option(kind, lang) for kind in enabled[:_MOST_KINDS]],
    }
    chosen: Block = {
        "type": "input",
        "block_id": CHOICE,
        "label": blocks.plain(text(lang, "act-choose"), 200),
        "element": select,
    }
    body = [chosen, blocks.context(text(lang, "act-policy"))]
    private = {"incident_id": incident.id, "channel": channel}
    return modal(CHOOSE, title, body, lang, submit=text(lang, "button-next"), private=private)


def _kind_option(kind: ActionKind, lang: str) -> Block:
    what = proposals.description(lang, kind.name, kind.description)
    made: Block = {"text": blocks.plain(proposals.spoken(kind.name), 75), "value": clean(kind.name, 150)}
    return made | ({"description": blocks.plain(what, 75)} if what.strip() else {})


def propose_view(kit: Kit, incident: Incident, kind: ActionKind, channel: str) -> View:
    """Return the form of one action, filled with what the incident tells."""
    lang = kit.lang
    known: dict[str, Json] = {"name": incident.service, "application": incident.service}
    if incident.namespace:
        known["namespace"] = incident.namespace
    fields = forms.fields_of(kind.params_schema)
    undo = text(lang, "deed-reversible" if kind.reversible else "deed-irreversible")
    risk = text(lang, "act-risk", risk=risk_words(lang, kind.risk), undo=undo)
    what = proposals.description(lang, kind.name, kind.description)
    body = [
        blocks.section(f"*{foreign(proposals.spoken(kind.name), 80)}*\n{foreign(what, 400)}"),
        blocks.context(risk),
        *forms.inputs(fields[: limits.VIEW_BLOCKS - 6], known, lang),
        _reason(lang),
        blocks.context(text(lang, "act-policy")),
    ]
    private = {"incident_id": incident.id, "name": kind.name, "channel": channel}
    title = text(lang, "act-title", name=incident.name)
    return modal(PROPOSE, title, body, lang, submit=text(lang, "button-propose"), private=private)


def risk_words(lang: str, risk: str) -> str:
    """Return a risk for people; one that has no words is told as it is."""
    return text(lang, f"deed-risk-{risk}") if risk in ("low", "medium", "high") else foreign(risk, 40)


def _reason(lang: str) -> Block:
    return {
        "type": "input",
        "block_id": REASON,
        "label": blocks.plain(text(lang, "act-reason"), 200),
        "element": {"type": "plain_text_input", "action_id": "value", "max_length": 300},
        "hint": blocks.plain(text(lang, "act-reason-hint"), 200),
    }


def change_view(kit: Kit, action: Action, kinds: Sequence[ActionKind], channel: str) -> View:
    """Return the form that changes an action; what it works on is shown but stays. Raises BadInput."""
    lang = kit.lang
    if action.state is not ActionState.WAITING:
        raise BadInput(text(lang, "change-only-waiting", handle=action.handle))
    fixed = {name: value for name, value in action.request.params.items() if name in forms.TARGETS}
    fields = changeable(action, kinds, lang)
    title = text(lang, "change-title", handle=action.handle)
    head = [blocks.section(foreign(proposals.title(lang, action), 300))]
    if fixed:
        shown = " · ".join(
            f"{foreign(forms.label(lang, name), 60)} {code(forms.written(value), 120)}"
            for name, value in list(fixed.items())[:12]
        )
        head.append(blocks.section(text(lang, "change-fixed", fields=shown)))
    if not fields:
        return modal(CHANGE, title, [*head, blocks.section(text(lang, "change-nothing"))], lang)
    body = [
        *head,
        *forms.inputs(fields[: limits.VIEW_BLOCKS - 4], action.request.params, lang),
        blocks.context(text(lang, "change-note", handle=action.handle)),
    ]
    private = {"action_id": action.id, "channel": channel}
    return modal(CHANGE, title, body, lang, submit=text(lang, "button-propose"), private=private)


def changeable(action: Action, kinds: Sequence[ActionKind], lang: str) -> tuple[forms.FormField, ...]:
    """Return the fields of an action that a person may change; raises NotFound when it left the catalogue."""
    kind = next((one for one in kinds if one.name == action.name), None)
    if kind is None:
        raise NotFound(text(lang, "problem-no-such-action", name=action.name))
    return tuple(one for one in forms.fields_of(kind.params_schema) if one.name not in forms.TARGETS)


def wait_view(lang: str) -> View:
    """Return what is shown while the reasons are looked up."""
    body = [blocks.section(text(lang, "answer-working"))]
    return modal(WHY, text(lang, "button-why"), body, lang)


def trouble_view(lang: str, sentence: str) -> View:
    """Return what is shown when the reasons cannot be told."""
    return modal(WHY, text(lang, "button-why"), [blocks.section(foreign(sentence, 600))], lang)


async def why_view(kit: Kit, action_id: str, explanation: str) -> View:
    """Return the reasons of an action: the policy's tree, every change, the votes; raises NotFound."""
    async with kit.services.store.read() as tx:
        action = await tx.actions.get(action_id)
        approval = await tx.approvals.get(action.approval_id) if action and action.approval_id else None
    if action is None:
        raise NotFound(text(kit.lang, "problem-no-such-action", name="?"))
    return explained(action, approval, explanation, kit.lang)


def explained(action: Action, approval: Approval | None, explanation: str, lang: str) -> View:
    """Return the dialog of the reasons."""
    evidence = text(lang, "why-evidence", count=len(action.request.evidence_ids))
    changes = [f"• {change_line(one, lang, limit=300)}" for one in action.plan.changes[:_MOST_CHANGES]] or [
        text(lang, "deed-changes-none")
    ]
    votes = [_vote(one, lang) for one in approval.votes[:20]] if approval else []
    tree = (
        _nested(to_mrkdwn(line)) for line in clean(explanation, _LONGEST_EXPLANATION, lines=True).splitlines()
    )
    parts = [
        Part(
            0, (blocks.section(f"*{foreign(proposals.title(lang, action), 300)}*"), blocks.context(evidence))
        ),
        Part(1, tuple(sections(tree))),
        Part(3, tuple(sections([text(lang, "why-votes"), *votes])) if votes else ()),
        Part(2, tuple(sections([text(lang, "why-changes"), *changes]))),
    ]
    shown = limits.fit(parts, blocks=limits.VIEW_BLOCKS, characters=60_000)
    return modal(WHY, text(lang, "why-title", handle=action.handle), list(shown), lang)


def _nested(line: str) -> str:
    """Return an item of an inner list further in: Slack's mrkdwn knows no nesting, and spaces may be folded."""
    item = line.lstrip(" ")
    depth = (len(line) - len(item)) // 2
    return "\u2003" * min(depth, 6) + item.replace("• ", "◦ ", 1) if depth and item.startswith("• ") else line


def _vote(vote: Vote, lang: str) -> str:
    line = text(lang, f"why-vote-{vote.choice}", who=person(vote.by), time=clock_time(vote.at))
    return f"• {line}: {foreign(vote.reason, 200)}" if vote.reason.strip() else f"• {line}"


def sections(lines: Iterator[str] | Sequence[str]) -> Iterator[Block]:
    """Yield paragraphs of whole lines, each within Slack's limit."""
    held: list[str] = []
    for line in (limits.cut_markup(one, _SECTION) for one in lines):
        if held and sum(map(len, held)) + len(held) + len(line) > _SECTION:
            yield blocks.section("\n".join(held))
            held = []
        held.append(line)
    if any(line.strip() for line in held):
        yield blocks.section("\n".join(held))

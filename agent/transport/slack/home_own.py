"""The part of the Home tab that differs between people: what waits for this one, and what holds all changes back."""

from datetime import datetime

from agent.domain.action import Action
from agent.domain.decision import Approval
from agent.domain.recovery import Freeze, StopSwitch
from agent.errors import OpsError
from agent.locale.messages import text
from agent.transport import proposals
from agent.transport.slack import blocks
from agent.transport.slack.action_buttons import buttons
from agent.transport.slack.blocks import Block
from agent.transport.slack.gate import groups_of
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, moment, person
from agent.transport.slack.services import SlackServices

_MOST = 5
Waiting = tuple[tuple[Action, Approval], ...]


async def own_parts(services: SlackServices, user: str) -> list[Part]:
    """Return the parts for one person; empty where nothing can be changed."""
    if services.recovery is None:
        return []
    now = services.clock.now()
    async with services.store.read() as tx:
        freezes = await tx.brakes.freezes(now)
        switch = await tx.brakes.switch()
    waiting = await _waiting_for(services, user)
    return [
        Part(0, brake_blocks(freezes, switch, tuple(services.windows(now)), services.language)),
        Part(1, approval_blocks(waiting, services.language)),
    ]


async def _waiting_for(services: SlackServices, user: str) -> Waiting:
    if services.recovery is None:
        return ()
    try:
        pending = await services.recovery.pending()
    except OpsError:
        return ()
    wanted = {group for action, approval in pending for group in proposals.still_missing(action, approval)}
    member = await groups_of(services, user, wanted)
    return tuple((action, approval) for action, approval in pending if _may(action, approval, user, member))


def _may(action: Action, approval: Approval, user: str, member: frozenset[str]) -> bool:
    """Say whether this person's word could count; the guards of the vote decide anew."""
    if any(vote.by == user for vote in approval.votes):
        return False
    return any(
        set(one.groups) & member and not (one.not_requester and action.request.by == user)
        for one in proposals.lacking(action, approval)
    )


def approval_blocks(waiting: Waiting, lang: str) -> tuple[Block, ...]:
    """Return what waits for the viewer, each with its buttons."""
    if not waiting:
        return ()
    shown = [blocks.section(text(lang, "home-approvals", count=len(waiting)))]
    for action, approval in waiting[:_MOST]:
        votes = "; ".join(foreign(line, 150) for line in proposals.votes(lang, action, approval)[:3])
        said = text(
            lang,
            "home-approval",
            handle=action.handle,
            title=foreign(proposals.title(lang, action), 200),
            votes=votes,
            time=moment(approval.expires_at),
        )
        shown += [blocks.section(said), buttons((), action, lang)]
    left = len(waiting) - _MOST
    more = (blocks.context(text(lang, "details-more", count=str(left))),) if left > 0 else ()
    return (*shown, *more, blocks.divider())


def brake_blocks(
    freezes: list[Freeze], switch: StopSwitch, windows: tuple[str, ...], lang: str
) -> tuple[Block, ...]:
    """Return what holds changes back."""
    lines = [_stopped(switch, lang)] if switch.stopped else []
    lines += [_frozen(one.until, one.by, one.reason, lang) for one in freezes[:5]]
    lines += [text(lang, "home-window", name=foreign(name, 120)) for name in windows[:5]]
    return (blocks.section("\n".join(lines)),) if lines else ()


def _stopped(switch: StopSwitch, lang: str) -> str:
    return text(lang, "home-stopped", who=person(switch.by), reason=foreign(switch.reason, 200))


def _frozen(until: datetime, by: str, reason: str, lang: str) -> str:
    return text(lang, "home-frozen", time=moment(until), who=person(by), reason=foreign(reason, 200))

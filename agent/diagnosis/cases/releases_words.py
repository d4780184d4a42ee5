"""Sentences that say why a release is blamed or is not."""

from collections.abc import Sequence

from agent.diagnosis.cases.releases_effect import Effect
from agent.diagnosis.cases.releases_groups import Groups

_MOST = 4
_SIDES = {"": "", "in": " of calls from {peer}", "out": " of calls to {peer}", "seen": " as {peer} sees it"}


def reasons_for(groups: Groups, effects: Sequence[Effect], *, late: bool) -> tuple[str, ...]:
    """Return the strongest differences in words, at most four, and that the release came too late if it did."""
    words = [_difference(groups, effect) for effect in effects[:_MOST]]
    if late:
        words.append("it began after the trouble had")
    return tuple(words)


def nothing_found(groups: Groups) -> str:
    """Say that a release shows nothing."""
    if groups.canaries and groups.stayed:
        return f"{groups.service} ({groups.change.id}): its new pods fare as the {len(groups.stayed)} that stayed"
    return f"{groups.service} ({groups.change.id}): it fares as before"


def _difference(groups: Groups, effect: Effect) -> str:
    about = effect.key.metric + _SIDES[effect.key.side].format(peer=effect.key.peer or "others")
    beside = "pods that stayed" if effect.by_pods else "before"
    who = f"the new pods of {groups.service}" if effect.by_pods else groups.service
    much = f"{effect.after:.3g} against {effect.before:.3g}"
    return f"{who} have {about} at {much} ({beside}), {abs(effect.sigmas):.0f} times what is ordinary"

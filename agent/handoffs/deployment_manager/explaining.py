"""Says what was released of a service lately and what changed with it: every sentence with what it rests on."""

from agent.domain.deployment import Contrast, Deployment
from agent.domain.record import Statement
from agent.domain.results import Change, Quantity
from agent.handoffs.deployment_manager.observed import History, rollouts
from agent.locale.format import quantity
from agent.locale.messages import known, text

_MOST_RELEASES = 5
_MOST_CHANGES = 5


def explained(history: History, service: str, lang: str) -> tuple[Statement, ...]:
    """Return the sentences, newest first; with nothing known there is one that says so."""
    releases = [_released(one, lang) for one in history.releases[:_MOST_RELEASES]]
    shown = rollouts(history.changes)[:_MOST_CHANGES]
    changes = [_rolled_out(one, history.evidence.id, lang) for one in shown]
    others = [one for one in history.changes if one.change in ("config", "scale")][:_MOST_CHANGES]
    changes += [_rolled_out(one, history.evidence.id, lang) for one in others]
    if history.evidence.error is not None:
        away = text(lang, "release-told-away", why=history.evidence.error.rstrip("."))
        changes.append(Statement(text=away, sources=(history.evidence.id,)))
    if not releases and not changes:
        none = text(lang, "release-told-none", service=service)
        return (Statement(text=none, sources=(history.evidence.id,)),)
    return (*releases, *changes)


def release_words(one: Deployment, lang: str) -> str:
    """Return how a release went, in a sentence."""
    at = f"{one.finished_at or one.at:%m-%d %H:%M} UTC"
    name = f"{one.service} {one.spoken}".strip()
    state = text(lang, f"release-state-{one.state.value}")
    said = text(lang, "release-told", name=name, at=at, state=state)
    who = text(lang, "release-told-by", who=one.actor) if one.actor else ""
    worse = "; ".join(_contrast(c, lang) for c in one.contrasts if c.worse)
    return " ".join(part for part in (said, who, worse) if part)


def _released(one: Deployment, lang: str) -> Statement:
    evidence = tuple(i for c in one.contrasts if c.worse for i in c.evidence_ids)
    return Statement(text=release_words(one, lang), sources=(f"deployment:{one.id}", *evidence))


def _rolled_out(one: Change, evidence_id: str, lang: str) -> Statement:
    said = text(lang, "release-told-change", at=f"{one.at:%m-%d %H:%M} UTC", what=one.description[:300])
    return Statement(text=said, sources=(evidence_id,))


def _contrast(one: Contrast, lang: str) -> str:
    message = f"signal-{one.signal}"
    signal = text(lang, message) if known(message) else one.signal
    before, after = (
        "–" if value is None else quantity(lang, Quantity(value=value, unit=one.unit))
        for value in (one.before, one.after)
    )
    return text(lang, "release-contrast", signal=signal, before=before, after=after)

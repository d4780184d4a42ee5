"""The living reply about hand-offs: who was asked what, how it stands, and the essence of each answer."""

from collections.abc import Iterator, Sequence

from agent.domain.action import Action
from agent.domain.handoff import (
    ActionAssessed,
    AssessAction,
    ExplainRelease,
    Handoff,
    HandoffState,
    InformAudiences,
    PlanRelease,
    ReleaseExplained,
    ReleasePlanned,
    ReviewRecurrence,
    RisksReviewed,
    UpdatesWritten,
)
from agent.domain.record import Statement
from agent.domain.risk import RiskFactor, RiskLevel
from agent.domain.view import IncidentView
from agent.locale.messages import known, text
from agent.locale.retold import retold
from agent.ports.chat import Rendered
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Named
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, is_person, moment

MARKS = {
    HandoffState.ASKED: "○",
    HandoffState.ACCEPTED: "◔",
    HandoffState.ANSWERED: "✓",
    HandoffState.REFUSED: "✋",
    HandoffState.TIMED_OUT: "⌛",
}
RISKS = {RiskLevel.LOW: "🟢", RiskLevel.MODERATE: "🟡", RiskLevel.HIGH: "🟠", RiskLevel.SEVERE: "🔴"}
_MOST = 6
_MOST_FACTORS = 3
_MOST_STATEMENTS = 3


def render_handoffs(view: IncidentView, lang: str, named: Named) -> Rendered:
    """Draw every hand-off of an incident, the newest first."""
    newest = list(reversed(view.handoffs))
    title = text(lang, "hand-title", name=view.incident.name)
    parts = [Part(0, (blocks.section(f"*{title}*"),))]
    parts += [Part(1 + place, _one(view, one, lang, named)) for place, one in enumerate(newest[:_MOST])]
    left = len(newest) - _MOST
    if left > 0:
        parts.append(Part(1, (blocks.context(text(lang, "details-more", count=str(left))),)))
    return Rendered(text=title, blocks=limits.fit(parts))


def _one(view: IncidentView, handoff: Handoff, lang: str, named: Named) -> tuple[Block, ...]:
    question = _question(view, handoff, lang)
    head = text(lang, "hand-line", mark=MARKS[handoff.state], agent=handoff.to.value, question=question)
    standing = _standing(handoff, lang)
    first = f"{head} — {standing}" if standing else head
    lines = [first, *(f"• {line}" for line in _essence(view, handoff, lang))]
    return blocks.section("\n".join(lines)), *_asked(handoff, lang, named)


def _asked(handoff: Handoff, lang: str, named: Named) -> tuple[Block, ...]:
    """Return which person asked, or cares for it; what the bot asked by itself needs no line."""
    parts = []
    if is_person(handoff.asked_by):
        time = moment(handoff.at, "{time}")
        parts.append(text(lang, "hand-asked", who=named(handoff.asked_by), time=time))
    if handoff.owner and handoff.owner != handoff.asked_by:
        parts.append(text(lang, "hand-owner", who=named(handoff.owner)))
    return (blocks.context(" · ".join(parts)),) if parts else ()


def _question(view: IncidentView, handoff: Handoff, lang: str) -> str:
    match handoff.question:
        case InformAudiences(audiences=audiences, moment=why):
            if audiences:
                return text(lang, "hand-q-inform-some", who=", ".join(foreign(a, 40) for a in audiences[:6]))
            return text(lang, "hand-q-inform", why=text(lang, f"hand-moment-{why.value}"))
        case AssessAction(action_id=action_id):
            action = _action(view, action_id)
            return text(lang, "hand-q-assess", action=action.handle if action else "–")
        case ReviewRecurrence():
            return text(lang, "hand-q-review")
        case ExplainRelease(service=service):
            return text(lang, "hand-q-explain", service=foreign(service, 60))
        case PlanRelease(service=service, want=want):
            return text(lang, f"hand-q-plan-{want}", service=foreign(service, 60))


def _standing(handoff: Handoff, lang: str) -> str:
    match handoff.state:
        case HandoffState.ASKED:
            return text(lang, "hand-waiting")
        case HandoffState.ACCEPTED:
            return text(lang, "hand-accepted", time=moment(handoff.deadline, "{time_secs}"))
        case HandoffState.REFUSED:
            return text(lang, "hand-refused", why=foreign(retold(lang, handoff.why), 300) or "–")
        case HandoffState.TIMED_OUT:
            return text(lang, "hand-timed_out", time=moment(handoff.deadline, "{time_secs}"))
        case HandoffState.ANSWERED:
            return ""


def _essence(view: IncidentView, handoff: Handoff, lang: str) -> Iterator[str]:
    match handoff.answer:
        case ActionAssessed(assessment=risk):
            level = text(lang, f"risk-level-{risk.level.value}")
            mark = RISKS[risk.level]
            yield text(lang, "hand-risk", mark=mark, level=level, score=str(risk.score))
            yield from (_factor(one, lang) for one in risk.factors[:_MOST_FACTORS])
        case UpdatesWritten(update_ids=written, skipped=skipped):
            yield from _updates(view, written, lang)
            yield from (foreign(retold(lang, why), 240) for why in skipped[:_MOST_STATEMENTS])
        case RisksReviewed(entries=entries, statements=statements):
            if entries:
                yield text(lang, "hand-risks", entries=", ".join(f"R-{number}" for number in entries[:8]))
            yield from _statements(statements, lang)
        case ReleaseExplained(statements=statements):
            yield from _statements(statements, lang)
        case ReleasePlanned(action_id=action_id, statements=statements):
            action = _action(view, action_id) if action_id else None
            yield text(lang, "hand-planned", action=action.handle) if action else text(lang, "hand-unplanned")
            yield from _statements(statements, lang)
        case None:
            return


def _factor(factor: RiskFactor, lang: str) -> str:
    """Return a reason in the reader's language where its facts are known, else as it was written."""
    message = f"risk-factor-{factor.name}"
    if factor.args and known(message):
        shown = {name: foreign(value, 120) for name, value in factor.args.items()}
        return f"{text(lang, message, **shown)} (+{factor.points})"
    return f"{foreign(retold(lang, factor.because), 240)} (+{factor.points})"


def _updates(view: IncidentView, written: Sequence[str], lang: str) -> Iterator[str]:
    stored = {one.id: one for one in view.updates}
    for update_id in written[:_MOST]:
        one = stored.get(update_id)
        if one is not None:
            state = text(lang, f"told-state-{one.state.value}")
            yield text(
                lang, "hand-update", number=str(one.number), who=foreign(one.audience, 40), state=state
            )


def _statements(statements: Sequence[Statement], lang: str) -> Iterator[str]:
    for one in statements[:_MOST_STATEMENTS]:
        yield text(lang, "hand-statement", text=foreign(retold(lang, one.text), 300), count=len(one.sources))


def _action(view: IncidentView, action_id: str | None) -> Action | None:
    return next((one for one in view.actions if one.id == action_id), None)

"""Tells incidents and people's work in a report: what it was, why, what cured it, and what was and will be mended."""

from collections import Counter
from collections.abc import Sequence

from agent.domain.deployment import Deployment, DeploymentState
from agent.domain.risk import RiskEntry, RiskState
from agent.domain.task import Task
from agent.domain.titles import spoken_title
from agent.locale.claims import claim
from agent.locale.past import cause as past_cause
from agent.locale.past import how as past_cure
from agent.operations.reports.facts import Case
from agent.operations.reports.model import CaseBlock, CasesBlock, PointsBlock
from agent.operations.reports.scribe import Scribe

MOST_CASES = 6
MOST_POINTS = 12
_LONGEST = 300


def cases_block(say: Scribe, cases: Sequence[Case], most: int = MOST_CASES) -> CasesBlock:
    """Return the incidents that mattered most, the worst and longest first."""
    ranked = sorted(
        cases, key=lambda one: (bool(one.false_alarm), one.incident.priority.rank, -_length(say, one))
    )
    return CasesBlock(
        cases=tuple(_case(say, one) for one in ranked[:most]), left_out=max(0, len(cases) - most)
    )


def _length(say: Scribe, case: Case) -> float:
    return (
        case.seconds if case.seconds is not None else (say.facts.window.end - case.began_at).total_seconds()
    )


def _case(say: Scribe, case: Case) -> CaseBlock:
    incident, lang = case.incident, say.language
    lasted = say.value(case.seconds, "span") if case.seconds is not None else say.say("report-goes-on")
    facts = (
        (say.say("report-case-when"), say.moment(case.began_at)),
        (say.say("report-case-lasted"), lasted),
        (say.say("report-case-service"), incident.service or "–"),
    )
    sentences = [(say.say("report-case-cause"), _cause(say, case) or say.say("report-cause-unknown"))]
    if case.past is not None and case.over:
        sentences.append((say.say("report-case-cure"), past_cure(lang, case.past)))
    if case.false_alarm:
        sentences.append((say.say("report-case-judged"), say.say(f"report-false-{case.false_alarm}")))
    elif case.told_customers:
        sentences.append((say.say("report-case-customers"), say.say("report-customers-told")))
    return CaseBlock(
        name=incident.name,
        title=_short(spoken_title(incident.title)),
        priority=incident.priority.value,
        facts=facts,
        sentences=tuple((name, _short(words)) for name, words in sentences if words),
    )


def _cause(say: Scribe, case: Case) -> str:
    if case.past is not None:
        return past_cause(say.language, case.past) or ""
    return claim(say.language, case.cause) if case.cause is not None else ""


def done_points(say: Scribe) -> PointsBlock:
    """Return what was mended: follow-ups that were done, risks that changed, and releases."""
    plans = say.facts.plans
    points = [say.say("report-done-task", task=one.name, text=_short(one.text)) for one in plans.done]
    points += [_risk(say, one) for one in plans.risks]
    points = _cut(say, points)
    if plans.releases:
        points.append(_releases(say, plans.releases))
    title = say.say("report-title-done")
    return PointsBlock(title=title, points=tuple(points or [say.say("report-nothing-done")]))


def planned_points(say: Scribe, most: int = MOST_POINTS) -> PointsBlock:
    """Return what is meant to be done: what the policies plan, and the follow-ups that are open, the oldest first."""
    plans = say.facts.plans
    points = [f"{one.on.isoformat()}: {_short(one.what.in_language(say.language))}" for one in plans.coming]
    points += [
        say.say(
            "report-maintenance",
            start=say.moment(one.start),
            end=say.moment(one.end),
            text=_short(one.reason),
        )
        for one in plans.maintenance
    ]
    points += [_open(say, one) for one in plans.open]
    title = say.say("report-title-planned")
    return PointsBlock(
        title=title, points=tuple(_cut(say, points, most) or [say.say("report-nothing-planned")])
    )


def _open(say: Scribe, task: Task) -> str:
    since = say.day(task.at)
    if task.due_at is not None:
        return say.say(
            "report-open-task-due", task=task.name, text=_short(task.text), due=say.day(task.due_at)
        )
    return say.say("report-open-task", task=task.name, text=_short(task.text), since=since)


def _risk(say: Scribe, risk: RiskEntry) -> str:
    state = RiskState(risk.state).value
    return say.say(f"report-risk-{state}", number=risk.number, title=_short(risk.title), score=risk.score)


def _releases(say: Scribe, releases: Sequence[Deployment]) -> str:
    worse = [one for one in releases if one.state in (DeploymentState.REGRESSION, DeploymentState.FAILED)]
    services = Counter(one.service for one in releases).most_common(4)
    shown = ", ".join(f"{name} {count}" for name, count in services)
    return say.say("report-releases", count=len(releases), worse=len(worse), services=shown)


def _cut(say: Scribe, points: Sequence[str], most: int = MOST_POINTS) -> list[str]:
    left = len(points) - most
    return [*points[:most], *([say.say("report-more", count=left)] if left > 0 else [])]


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1].rstrip() + "…"

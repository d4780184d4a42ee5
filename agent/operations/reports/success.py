"""The success figures of the operation: how early, how truly and how quickly the team and its bot deal with incidents."""

from collections.abc import Sequence
from datetime import datetime
from statistics import fmean

from agent.domain.incident import Priority
from agent.domain.report import Figure
from agent.operations.figures import spans_of
from agent.operations.reports.facts import Case
from agent.operations.reports.model import TableBlock
from agent.operations.reports.scribe import Scribe
from agent.operations.reports.standing import agreement_figure, availability_figures, budget_figure

EARLY, FALSE, DETECT_SECONDS, IN_TIME, FELT = 0.95, 0.05, 120.0, 0.99, 2.0


def success_figures(say: Scribe) -> tuple[Figure, ...]:
    """Return the eight figures, each with its target; what cannot be measured says why."""
    down = next(one for one in availability_figures(say) if one.name == "downtime")
    return (
        early(say),
        false_alarms(say),
        detection(say),
        in_time(say),
        agreement_figure(say),
        down,
        felt(say),
        budget_figure(say),
    )


def early(say: Scribe) -> Figure:
    """Return the share of incidents that alerts or the watch found before a person declared them."""
    cases = real(say.facts.cases)
    found = sum(not one.by_person for one in cases)
    value = found / len(cases) if cases else None
    why = say.say("report-why-no-incident")
    return say.figure("early", value, "ratio", target=EARLY, why_not=why, found=found, count=len(cases))


def false_alarms(say: Scribe) -> Figure:
    """Return the share of ended incidents opened by alerts or the watch that people judged to be none."""
    cases = [one for one in say.facts.cases if one.over and not one.by_person]
    judged = [one for one in cases if one.false_alarm]
    value = len(judged) / len(cases) if cases else None
    return say.figure(
        "false",
        value,
        "ratio",
        target=FALSE,
        higher_is_better=False,
        why_not=say.say("report-why-no-incident"),
        said=sum(one.false_alarm == "said" for one in judged),
        muted=sum(one.false_alarm == "muted" for one in judged),
        count=len(cases),
    )


def detection(say: Scribe) -> Figure:
    """Return the mean time from the beginning of the trouble to its incident."""
    spans = _spans([one for one in real(say.facts.cases) if not one.by_person], "detect")
    value = fmean(spans) if spans else None
    why = say.say("report-why-no-incident")
    return say.figure(
        "mttd", value, "span", target=DETECT_SECONDS, higher_is_better=False, why_not=why, count=len(spans)
    )


def in_time(say: Scribe) -> Figure:
    """Return the share of the incidents that are over, or open beyond the time of their route, that were in time."""
    due = _due(say, say.facts.cases)
    value = sum(_kept(one) for one in due) / len(due) if due else None
    why = say.say("report-why-no-incident")
    return say.figure("mttr", value, "ratio", target=IN_TIME, why_not=why, count=len(due))


def felt(say: Scribe) -> Figure:
    """Return how many incidents customers felt; the target is one for a month."""
    cases = [one for one in real(say.facts.cases) if one.felt]
    target = FELT if say.facts.days > 27 else None
    told = sum(one.told_customers for one in cases)
    return _counted(say, "felt", len(cases), target, told=told)


def count(say: Scribe) -> Figure:
    """Return how many incidents were opened."""
    cases = say.facts.cases
    judged = sum(bool(one.false_alarm) for one in cases)
    return _counted(say, "incidents", len(cases), None, judged=judged)


def none_words(say: Scribe) -> str:
    """Return that there was no incident, or that nobody can tell."""
    return say.say("report-no-incidents" if say.facts.recorded else "report-no-record")


def _counted(say: Scribe, name: str, number: int, target: float | None, **args: int) -> Figure:
    """Return a number of incidents; where nobody kept a record none is not known to be none."""
    value = float(number) if say.facts.recorded else None
    return say.figure(
        name,
        value,
        "count",
        target=target,
        higher_is_better=False,
        why_not=say.say("report-why-no-record"),
        evidence=(),
        **args,
    )


def resolution(say: Scribe) -> Figure:
    """Return the mean time from the beginning of the trouble to its end."""
    spans = _spans(real(say.facts.cases), "resolve")
    why = say.say("report-why-no-incident")
    value = fmean(spans) if spans else None
    return say.figure("resolution", value, "span", higher_is_better=False, why_not=why, count=len(spans))


def real(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return the incidents that nobody judged to be false alarms."""
    return tuple(one for one in cases if not one.false_alarm)


def priority_table(say: Scribe) -> TableBlock:
    """Return a row for each priority that occurred: how many, the means, and how many kept their target."""
    rows = []
    for priority in Priority:
        cases = [one for one in say.facts.cases if one.incident.priority is priority]
        if cases:
            rows.append(_row(say, priority.value, cases))
    names = ("priority", "count", "detect", "acknowledge", "resolve", "within", "kept")
    columns = tuple(say.say(f"report-column-{name}") for name in names)
    return TableBlock(columns=columns, rows=tuple(rows), numeric=(1, 2, 3, 4, 5, 6))


def _row(say: Scribe, name: str, cases: Sequence[Case]) -> tuple[str, ...]:
    means = [_spans(cases, span) for span in ("detect", "acknowledge", "resolve")]
    targets = {one.target_seconds for one in cases if one.target_seconds is not None}
    due = _due(say, cases)
    kept = f"{sum(_kept(one) for one in due)}/{len(due)}" if due else "–"
    within = " / ".join(say.value(one, "span") for one in sorted(targets)) or "–"
    return (
        name,
        str(len(cases)),
        *(say.value(fmean(spans) if spans else None, "span") for spans in means),
        within,
        kept,
    )


def _spans(cases: Sequence[Case], name: str) -> list[float]:
    found = (spans_of(one.incident).get(name) for one in cases if name != "resolve" or one.over)
    return [one for one in found if one is not None]


def _due(say: Scribe, cases: Sequence[Case]) -> list[Case]:
    """Return the cases that can be judged: one that goes on is late as soon as its time is over."""
    timed = [one for one in cases if one.target_seconds is not None]
    return [
        one
        for one in timed
        if one.over or (say.facts.gathered_at - _since(one)).total_seconds() > (one.target_seconds or 0)
    ]


def _since(case: Case) -> datetime:
    return case.incident.times.reopened_at or case.incident.times.opened_at


def _kept(case: Case) -> bool:
    ended = case.incident.times.resolved_at
    if not case.over or ended is None:
        return False
    return (ended - _since(case)).total_seconds() <= (case.target_seconds or 0)

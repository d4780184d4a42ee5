"""The whole way from evidence to a checked diagnosis; read this first."""

from collections.abc import Sequence

from agent.diagnosis.check import checked
from agent.diagnosis.facts import Facts
from agent.diagnosis.gather import gather
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.keep import NO_MECHANISM
from agent.diagnosis.missing import missing
from agent.diagnosis.observations import busy_nodes, changes, ruled_out, symptoms
from agent.diagnosis.opinion import opinion_of
from agent.diagnosis.rulebook import hypotheses
from agent.diagnosis.settle import outweighed, settle
from agent.domain.evidence import Diagnosis, Evidence, Finding
from agent.domain.runbook import Runbook, runbook_about
from agent.domain.view import IncidentView

MOST_CAUSES = 5
# Below this a hypothesis is not worth anybody's time, not even as a lead.
A_LEAD = 0.3


def diagnose(
    view: IncidentView,
    evidence: Sequence[Evidence],
    *,
    runbooks: Sequence[Runbook] = (),
    language: str = "en",
) -> Diagnosis:
    """Rank causes and keep only what the evidence carries; the language is that of `next_step` and `missing`."""
    facts = gather(view, evidence)
    weighed = best_per_cause(hypotheses(facts))
    settled = settle(facts, weighed, opinion_of(facts, evidence))
    chosen = settled.chosen
    leads = [h for h in settled.weighed if h.confidence >= A_LEAD and not _says_less(h, chosen)]
    causes = [h.finding() for h in leads[:MOST_CAUSES]]
    findings: list[Finding] = [
        *causes,
        *busy_nodes(facts),
        *symptoms(facts),
        *changes(facts),
        *ruled_out(facts, chosen.service if chosen else None),
        *outweighed(settled),
    ]
    step = chosen.next_step if chosen else _what_else(facts, settled.weighed)
    book = runbook_about(runbooks, view.alerts, (chosen.service or "") if chosen else "")
    diagnosis = Diagnosis(
        findings=tuple(findings),
        cause=chosen.finding() if chosen else None,
        next_step=_with_runbook(step.say(language), book, language, found=chosen is not None),
        missing=missing(evidence, language),
    )
    starts = [r.alert.starts_at for r in view.alerts]
    return checked(diagnosis, evidence, [view.incident.times.started_at, *starts])


def _says_less(hypothesis: Hypothesis, chosen: Hypothesis | None) -> bool:
    """Say whether a hypothesis only names the place for which a mechanism was found."""
    return (
        chosen is not None
        and hypothesis.rule in NO_MECHANISM
        and (hypothesis.service == chosen.service and hypothesis.rule != chosen.rule)
    )


def _with_runbook(step: str, book: Runbook | None, language: str, *, found: bool) -> str:
    """Name the runbook; its first step helps to find a cause and only distracts from a known one."""
    if book is None:
        return step
    told = book.words(language)
    args = {"step": step, "title": told.title}
    if found:
        return Words("next-with-runbook", args).say(language)
    return Words("next-from-runbook", {**args, "first": told.steps[0].rstrip(".")}).say(language)


def best_per_cause(weighed: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Keep the best supported hypothesis of each rule and service."""
    best: dict[tuple[str, str], Hypothesis] = {}
    for hypothesis in weighed:
        best.setdefault((hypothesis.rule, hypothesis.service), hypothesis)
    return list(best.values())


def _what_else(facts: Facts, weighed: Sequence[Hypothesis]) -> Words:
    if weighed and weighed[0].service:
        return Words("next-confirm", {"service": weighed[0].service})
    if weighed:
        return weighed[0].next_step
    if facts.failing:
        return Words("next-read-logs", {"service": facts.failing[0]})
    return Words("next-look-yourself")

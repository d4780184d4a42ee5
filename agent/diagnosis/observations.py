"""Findings that are not causes: what is wrong, what changed, and what was looked at and set aside."""

from collections.abc import Iterator
from datetime import timedelta

from agent.analysis.topology import reachable
from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Span, Words, claim
from agent.diagnosis.measure import Measure
from agent.diagnosis.rules.changes import what_changed
from agent.diagnosis.rules.containers import same_node
from agent.diagnosis.rules.shared_signs import TOLERANCE, replaced, sample
from agent.domain.evidence import Finding, FindingKind
from agent.domain.noun import Json
from agent.locale.format import quantity

RECENT = timedelta(minutes=60)
SHOWN_SIGNALS = (
    "server_error_ratio",
    "latency_p95",
    "up",
    "pool_utilization",
    "cache_hit_ratio",
    "container_memory_ratio",
    "certificate_days_left",
)


def symptoms(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per abnormal signal, affected services first, and the newest errors of each service."""
    services = dict.fromkeys((*facts.affected, *(name for name, _ in facts.measures)))
    for service in services:
        for signal in SHOWN_SIGNALS:
            measure = facts.measure(service, signal)
            if measure is not None and measure.abnormal:
                yield _symptom(measure)
        for pattern in facts.own_errors(service)[:1]:
            args = {"service": service, "count": f"{pattern.what.count}", "sample": sample(pattern)}
            words = Words("symptom-new-errors" if pattern.what.new else "symptom-more-errors", args)
            more: dict[str, Json] = {"template": pattern.what.template, "sample": pattern.what.sample}
            yield claim(
                FindingKind.SYMPTOM, "symptom.errors", service, words, (pattern.evidence_id,), 0.9, more=more
            )


def busy_nodes(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per machine that has hardly any CPU left, where the incident names no service."""
    for node, cpu in facts.nodes.items():
        if facts.busy(node) and not facts.affected:
            words = Words("symptom-busy-node", {"node": node, "value": quantity("en", cpu.now)})
            yield claim(FindingKind.SYMPTOM, "symptom.busy-node", None, words, (cpu.evidence_id,), 0.95)


def _symptom(measure: Measure) -> Finding:
    args = {"service": measure.service, "value": quantity("en", measure.now)}
    message = f"symptom-{measure.signal}"
    if measure.signal == "certificate_days_left" and measure.now.value <= 0:
        message, args = "symptom-certificate-expired", {"service": measure.service}
    more: dict[str, Json] = {"signal": measure.signal, "value": measure.now.model_dump(mode="json")}
    if measure.normal is not None:
        more["normal"] = measure.normal.model_dump(mode="json")
        if measure.signal in ("server_error_ratio", "latency_p95", "cache_hit_ratio"):
            args["normal"] = quantity("en", measure.normal)
            message += "-beside-normal"
    if measure.began is not None:
        more["began"] = measure.began.isoformat()
    words = Words(message, args)
    rule = f"symptom.{measure.signal}"
    return claim(FindingKind.SYMPTOM, rule, measure.service, words, (measure.evidence_id,), 0.95, more=more)


def changes(facts: Facts) -> Iterator[Finding]:
    """Yield what changed within the hour before the trouble in the services concerned, newest first."""
    first = min(facts.failing, key=facts.began, default=None)
    began = facts.began(first) if first else facts.started_at
    proof = facts.began_evidence(first) if first else ()
    failing = set(facts.failing)
    concerned = {*facts.affected, *reachable(facts.edges, facts.affected)}
    if facts.affected and not facts.edges:
        concerned |= failing
    for change in facts.changes:
        what = change.what
        ahead = began - what.at
        if (
            what.change == "restart"
            or facts.healthy(what.service)
            or what.service not in concerned
            or replaced(facts, what, began)
            or not -TOLERANCE <= ahead <= RECENT
        ):
            continue
        late = ahead < timedelta(0)
        span = Span(what.at, began)
        args = {"service": what.service, "change": what_changed(what)}
        if not late:
            args["lead"] = span.words
        more: dict[str, Json] = {"change": what.change, "at": what.at.isoformat(), "after": what.after}
        yield claim(
            FindingKind.CHANGE,
            f"change.{what.change}",
            what.service,
            Words(f"change-{what.change}-{'at-once' if late else 'before'}", args),
            (change.evidence_id, *proof),
            0.9 if what.service in failing else 0.5,
            spans=() if late else (span,),
            more=more,
        )


def ruled_out(facts: Facts, culprit: str | None) -> Iterator[Finding]:
    """Yield what was looked at and set aside, each with its reason."""
    yield from _own_actions(facts)
    yield from _healthy_changes(facts)
    yield from _only_callers(facts, culprit)
    yield from _busy_nodes(facts)


def _own_actions(facts: Facts) -> Iterator[Finding]:
    """Yield our own changes of services that fail: people would suspect them, too."""
    for change, handle in facts.ours:
        what = change.what
        if what.service not in facts.failing or abs(facts.started_at - what.at) > RECENT:
            continue
        args = {"service": what.service, "change": what_changed(what), "action": handle}
        words = Words("ruled_out-own-action", args)
        yield claim(
            FindingKind.RULED_OUT, "ruled-out.own-action", what.service, words, (change.evidence_id,), 0.9
        )


def _healthy_changes(facts: Facts) -> Iterator[Finding]:
    seen: set[str] = set()
    for change in facts.changes:
        service = change.what.service
        recent = abs(facts.started_at - change.what.at) <= RECENT
        if change.what.change != "deployment" or service in seen or not recent or not facts.healthy(service):
            continue
        seen.add(service)
        well = [m.evidence_id for (name, _), m in facts.measures.items() if name == service][:1]
        words = Words("ruled_out-change", {"service": service, "change": what_changed(change.what)})
        yield claim(
            FindingKind.RULED_OUT,
            "ruled-out.healthy-change",
            service,
            words,
            (change.evidence_id, *well),
            0.8,
        )


def _only_callers(facts: Facts, culprit: str | None) -> Iterator[Finding]:
    if culprit is None:
        return
    for caller in facts.failing:
        if caller == culprit or culprit not in reachable(facts.edges, [caller]):
            continue
        named = facts.passed_on(caller, culprit)
        proof = (named.evidence_id if named else None) or facts.edges_evidence
        if proof is None:
            continue
        cited = (proof, *(m.evidence_id for m in facts.symptoms(caller)))
        words = Words("ruled_out-caller", {"caller": caller, "callee": culprit})
        yield claim(FindingKind.RULED_OUT, "ruled-out.caller", caller, words, cited, 0.8)


def _busy_nodes(facts: Facts) -> Iterator[Finding]:
    for node, cpu in facts.nodes.items():
        if not facts.busy(node):
            continue
        there = {p.what.service for p in facts.pods if same_node(p.what.node, node)}
        well = sorted(s for s in there if s and facts.healthy(s))
        args = {"node": node, "value": quantity("en", cpu.now), "services": ", ".join(well)}
        cited = (cpu.evidence_id, *(m.evidence_id for s in well for m in _one(facts, s)))
        if well:
            words = Words("ruled_out-node-harmless", args)
        elif facts.failing:
            words = Words("ruled_out-node", args)
        else:
            continue
        yield claim(FindingKind.RULED_OUT, "ruled-out.busy-node", None, words, cited, 0.7)


def _one(facts: Facts, service: str) -> list[Measure]:
    return [m for (name, _), m in facts.measures.items() if name == service][:1]

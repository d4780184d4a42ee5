"""A called service that is slow, broken or gone, while its callers only wait."""

from collections.abc import Iterator

from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.measure import Measure
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.signs import Sign
from agent.locale.format import quantity

TIMEOUTS = r"time[d ]?[- ]?out|no answer within|deadline|slow|took|waiting"


def slow_dependency(facts: Facts) -> Iterator[Hypothesis]:
    """Propose the deepest slow service that others wait for."""
    for service in facts.deepest:
        latency = facts.measure(service, "latency_p95")
        callers = [c for c, callee in sorted(facts.edges) if callee == service and facts.symptoms(c)]
        if latency is None or not latency.abnormal or not callers or _silent(facts, service):
            continue
        yield Hypothesis(
            rule="dependency.slow",
            service=service,
            claim=Words("diagnosis-slow-dependency", _slow_args(service, latency, callers)),
            signs=(
                Sign("callee-slow", (latency.evidence_id,)),
                *look.alerted(facts, service, "latency|response|slow", latency.evidence_id),
                *look.deepest_failing(facts, service),
                *look.failed_first(facts, service),
                *_waiting(facts, service, callers),
            ),
            doubts=tuple(_broken_themselves(facts, service, callers)),
            next_step=Words("next-look-at-dependency", {"service": service}),
            cap=0.85,
        )


def _silent(facts: Facts, service: str) -> bool:
    """Say whether nothing of a service answers: what it answered last was slow, and it is down."""
    up = facts.measure(service, "up")
    return up is not None and up.now.value <= 0


def _slow_args(service: str, latency: Measure, callers: list[str]) -> dict[str, str]:
    return {
        "service": service,
        "value": quantity("en", latency.now),
        "normal": quantity("en", latency.normal) if latency.normal else "?",
        "callers": ", ".join(dict.fromkeys(callers)),
    }


def _waiting(facts: Facts, service: str, callers: list[str]) -> Iterator[Sign]:
    for caller in dict.fromkeys(callers):
        pattern = facts.passed_on(caller, service)
        if pattern is not None and look.matching((pattern,), TIMEOUTS):
            yield Sign("caller-waits", (pattern.evidence_id,))
            return


def _broken_themselves(facts: Facts, service: str, callers: list[str]) -> Iterator[Sign]:
    """Yield the doubt that a caller has a trouble of its own: errors that no slow answer explains."""
    if any(_waiting(facts, service, callers)):
        return
    for caller in dict.fromkeys(callers):
        own = facts.own_errors(caller)
        if own and not look.matching(own, TIMEOUTS):
            yield Sign("caller-breaks-itself", (own[0].evidence_id,))
            return


def service_down(facts: Facts) -> Iterator[Hypothesis]:
    """Propose a service whose metrics endpoint does not answer at all."""
    for service in dict.fromkeys(name for name, _ in facts.measures):
        up = facts.measure(service, "up")
        if up is None or not _silent(facts, service):
            continue
        pods = facts.pods_of(service)
        hangs = bool(pods) and all(pod.what.ready for pod in pods)
        yield Hypothesis(
            rule="service.down",
            service=service,
            claim=Words(f"diagnosis-service-{'hangs' if hangs else 'down'}", {"service": service}),
            signs=(
                Sign("does-not-answer", (up.evidence_id,)),
                *look.alerted(facts, service, "down|unavailable|unreachable|outage", up.evidence_id),
                *_unready(facts, service),
                *_in_vain(facts, service),
                *look.failed_first(facts, service),
            ),
            doubts=(
                *look.failing_callee(facts, service),
                *(_only_silent(facts, service, up) if hangs else ()),
            ),
            next_step=Words("next-restart", {"service": service}),
            cap=0.75,
        )


def _unready(facts: Facts, service: str) -> Iterator[Sign]:
    unready = [pod.evidence_id for pod in facts.pods_of(service) if not pod.what.ready]
    if unready:
        yield Sign("pods-not-ready", (unready[0],))


def _in_vain(facts: Facts, service: str) -> Iterator[Sign]:
    """Yield the sign that a caller logs that it gets no answer from there."""
    for caller in dict.fromkeys(c for c, callee in sorted(facts.edges) if callee == service):
        pattern = facts.passed_on(caller, service)
        if pattern is not None:
            yield Sign("called-in-vain", (pattern.evidence_id,))
            return


def _only_silent(facts: Facts, service: str, up: Measure) -> Iterator[Sign]:
    """Yield the doubt that only the metrics of a service are silent: its pods are ready and its callers are well."""
    callers = {caller for caller, callee in facts.edges if callee == service}
    well = any(facts.healthy(caller) for caller in callers)
    if well and not any(facts.symptoms(caller) for caller in callers) and facts.edges_evidence:
        yield Sign("nobody-complains", (up.evidence_id, facts.edges_evidence))


def own_new_errors(facts: Facts) -> Iterator[Hypothesis]:
    """Propose a failing service by its new errors alone: it names the place, not yet the mechanism."""
    for service in facts.failing:
        own = facts.own_errors(service)
        if not own:
            continue
        yield Hypothesis(
            rule="logs.new-errors",
            service=service,
            claim=Words("diagnosis-new-errors", {"service": service, "sample": look.sample(own[0])}),
            signs=(
                *look.new_errors(facts, service),
                *look.fails_itself(facts, service),
                *look.deepest_failing(facts, service),
                *look.failed_first(facts, service),
            ),
            doubts=tuple(look.failing_callee(facts, service)),
            next_step=Words("next-read-logs", {"service": service}),
            cap=0.5,
        )

"""Something ran out: memory, connections, cache hits, or a certificate's time."""

from collections.abc import Iterator
from datetime import timedelta

from agent.analysis.series import rising
from agent.diagnosis.facts import Cited, Facts, grown
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.measure import Measure
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.signs import Sign
from agent.domain.results import PodState
from agent.locale.format import quantity

FULLNESS = "container_memory_ratio"
RECENTLY = timedelta(minutes=15)
POOL_WAITS = r"\bpool\b|no (free )?connection|too many connections|connection.*(exhaust|time[d ]?[- ]?out)"
TLS_ERRORS = r"certificate|x509|\btls\b|\bssl\b"


def memory(facts: Facts) -> Iterator[Hypothesis]:
    """Propose services whose containers were killed for memory or climb towards their limit."""
    full = (name for (name, signal), m in facts.measures.items() if signal == FULLNESS and m.abnormal)
    for service in dict.fromkeys((*facts.affected, *facts.failing, *full)):
        killed = [p for p in facts.pods_of(service) if _killed(p) and not _long_ago(p, facts)]
        ratio = facts.measure(service, FULLNESS)
        signs = tuple(_memory_signs(facts, service, killed, ratio))
        if not killed and not (ratio is not None and ratio.abnormal):
            continue
        yield Hypothesis(
            rule="memory.oom" if killed else "memory.near-limit",
            service=service,
            claim=_memory_claim(service, killed, ratio),
            signs=signs,
            next_step=Words("next-memory", {"service": service}),
            cap=0.9,
        )


def _killed(pod: Cited[PodState]) -> bool:
    return "OOMKilled" in (pod.what.reason or "") or "OOMKilled" in (pod.what.last_exit or "")


def _long_ago(pod: Cited[PodState], facts: Facts) -> bool:
    """Say whether the container that followed the kill runs since long before the trouble."""
    since = pod.what.started_at
    return pod.what.ready and since is not None and since < facts.started_at - RECENTLY


def _memory_signs(
    facts: Facts, service: str, killed: list[Cited[PodState]], ratio: Measure | None
) -> Iterator[Sign]:
    if killed:
        yield Sign("oom-killed", (killed[0].evidence_id,))
    shown = killed[0].evidence_id if killed else ratio.evidence_id if ratio else None
    if shown is not None:
        yield from look.alerted(facts, service, "memory|oom", shown)
    if ratio is None:
        return
    if rising(ratio.points):
        yield Sign("memory-climbs", (ratio.evidence_id,))
    if ratio.now.value >= 0.85:
        yield Sign("memory-near-limit", (ratio.evidence_id,))


def _memory_claim(service: str, killed: list[Cited[PodState]], ratio: Measure | None) -> Words:
    if killed:
        worst = max(killed, key=lambda p: p.what.restarts).what
        return Words(
            "diagnosis-oom", {"service": service, "pod": worst.name, "restarts": f"{worst.restarts}"}
        )
    value = quantity("en", ratio.now) if ratio else "?"
    return Words("diagnosis-memory", {"service": service, "value": value})


def connection_pool(facts: Facts) -> Iterator[Hypothesis]:
    """Propose services whose connection pool has nothing left."""
    for (service, signal), pool in facts.measures.items():
        if signal != "pool_utilization" or not pool.abnormal or pool.now.value < 0.9:
            continue
        waits = look.matching(facts.errors_of(service), POOL_WAITS)
        slow = [m for m in _callee_latencies(facts, service) if m.abnormal]
        yield Hypothesis(
            rule="pool.exhausted",
            service=service,
            claim=Words("diagnosis-pool", {"service": service, "value": quantity("en", pool.now)}),
            signs=(
                Sign("pool-full", (pool.evidence_id,)),
                *look.alerted(facts, service, "pool", pool.evidence_id),
                *((Sign("pool-waits-logged", (waits[0].evidence_id,)),) if waits else ()),
                *look.fails_itself(facts, service),
            ),
            doubts=(Sign("callee-slow-too", (slow[0].evidence_id,)),) if slow else (),
            next_step=Words("next-pool", {"service": service}),
            cap=0.9,
        )


def _callee_latencies(facts: Facts, service: str) -> list[Measure]:
    below = (
        facts.measure(callee, "latency_p95") for caller, callee in sorted(facts.edges) if caller == service
    )
    return [m for m in below if m is not None]


def cache(facts: Facts) -> Iterator[Hypothesis]:
    """Propose services whose cache stopped answering."""
    for (service, signal), hits in facts.measures.items():
        if signal != "cache_hit_ratio" or not hits.abnormal:
            continue
        latency = facts.measure(service, "latency_p95")
        followed = latency is not None and latency.abnormal
        normal = quantity("en", hits.normal) if hits.normal else "?"
        args = {"service": service, "value": quantity("en", hits.now), "normal": normal}
        yield Hypothesis(
            rule="cache.stampede",
            service=service,
            claim=Words("diagnosis-cache", args),
            signs=(
                Sign("hit-ratio-fell", (hits.evidence_id,)),
                *look.alerted(facts, service, "cache", hits.evidence_id),
                *((Sign("latency-followed", (latency.evidence_id,)),) if followed and latency else ()),
                *look.fails_itself(facts, service),
            ),
            next_step=Words("next-cache", {"service": service}),
            cap=0.85,
        )


def certificate(facts: Facts) -> Iterator[Hypothesis]:
    """Propose services whose certificate has expired, or soon will."""
    for (service, signal), days in facts.measures.items():
        if signal != "certificate_days_left" or not days.abnormal:
            continue
        expired = days.now.value <= 0
        refused = look.matching(tuple(p for p in facts.patterns if grown(p.what)), TLS_ERRORS)
        left = quantity("en", days.now)
        yield Hypothesis(
            rule="certificate.expired" if expired else "certificate.ends-soon",
            service=service,
            claim=Words(
                "diagnosis-certificate-expired" if expired else "diagnosis-certificate-soon",
                {"service": service} if expired else {"service": service, "left": left},
            ),
            signs=(
                Sign("certificate-expired" if expired else "certificate-ends-soon", (days.evidence_id,)),
                *look.alerted(facts, service, "cert|ssl|tls", days.evidence_id),
                *((Sign("tls-errors-logged", (refused[0].evidence_id,)),) if refused else ()),
                *look.fails_itself(facts, service),
            ),
            next_step=Words("next-certificate", {"service": service}),
            cap=0.95 if expired else 0.6,
        )

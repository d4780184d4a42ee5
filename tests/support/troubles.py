"""Whole troubles of a small shop, told as scripted reads: each with the incident that its alerts open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.route import Route
from agent.domain.view import IncidentView
from tests.support import readings as r
from tests.support.reads import ScriptedReads

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=4)
EDGES = (
    ("storefront", "checkout"),
    ("storefront", "catalog"),
    ("checkout", "payment"),
    ("payment", "ledger-db"),
    ("textbook", "tutor"),
)
SERVICES = ("storefront", "checkout", "payment", "catalog", "ledger-db", "textbook", "tutor")


def alert(name: str, service: str, since: datetime = BEGAN, **labels: str) -> AlertRecord:
    """An alert record as intake leaves it."""
    named = {"alertname": name, "severity": "critical", **({"service": service} if service else {}), **labels}
    return AlertRecord(
        alert=Alert(
            fingerprint=f"fp-{name}-{service or labels.get('instance', '')}",
            status=AlertStatus.FIRING,
            labels=named,
            starts_at=since + timedelta(seconds=20),
        ),
        severity=Severity.CRITICAL,
        incident_id="inc_1",
        reason=Reason(rule="correlate.first", sentence="it is the first alert of the incident"),
        first_seen_at=since + timedelta(seconds=25),
        last_seen_at=since + timedelta(seconds=25),
    )


def incident(service: str, title: str, *, number: int = 1) -> Incident:
    """A fresh incident."""
    return Incident(
        id="inc_1",
        number=number,
        title=title,
        status=IncidentStatus.TRIAGE,
        priority=Priority.P1,
        priority_reason=Reason(rule="p1-error-rate", sentence="the error rate is above 5 %"),
        service=service,
        environment="production",
        namespace="shop",
        times=Times(started_at=BEGAN + timedelta(seconds=20), opened_at=BEGAN + timedelta(seconds=25)),
        conversation=Conversation(channel="#alerts-critical"),
    )


def view(service: str, alerts: Sequence[AlertRecord], *, title: str = "") -> IncidentView:
    """The incident as a brain sees it."""
    return IncidentView(
        incident=incident(service, title or f"{service}: {alerts[0].alert.name}"),
        route=Route(rule="critical", channel="#alerts-critical"),
        alerts=tuple(alerts),
        as_of=NOW,
    )


def healthy() -> ScriptedReads:
    """The shop on a good day."""
    reads = ScriptedReads(now=NOW)
    for service in SERVICES:
        reads.on(
            SIGNAL, r.signal(NOW, "server_error_ratio", 0.002), signal="server_error_ratio", service=service
        )
        reads.on(SIGNAL, r.signal(NOW, "latency_p95", 0.09), signal="latency_p95", service=service)
        reads.on(SIGNAL, r.signal(NOW, "request_rate", 12.0), signal="request_rate", service=service)
        reads.on(SIGNAL, r.signal(NOW, "up", 1.0), signal="up", service=service)
    reads.on("metrics_collector.topology", r.edges(*EDGES))
    reads.on("metrics_collector.services", r.services(*SERVICES))
    reads.on("incident_responder.pods", r.pods(*(r.pod(f"{s}-7d9f-a", s) for s in SERVICES)))
    reads.on("metrics_collector.chart", r.picture("c" * 64))
    reads.blobs["c" * 64] = b"\x89PNG"
    return reads


SIGNAL = "metrics_collector.signal"


def failing(reads: ScriptedReads, service: str, ratio: float, since: datetime = BEGAN) -> None:
    """Make a service answer errors."""
    bad = r.signal(NOW, "server_error_ratio", 0.002, ratio, since)
    reads.on(SIGNAL, bad, signal="server_error_ratio", service=service)


def slow(reads: ScriptedReads, service: str, seconds: float, since: datetime = BEGAN) -> None:
    """Make a service slow."""
    bad = r.signal(NOW, "latency_p95", 0.09, seconds, since)
    reads.on(SIGNAL, bad, signal="latency_p95", service=service)


def bad_deployment() -> tuple[ScriptedReads, IncidentView]:
    """Payment v2 fails; checkout and storefront pass the errors on; catalog was deployed too and is well."""
    reads = healthy()
    failing(reads, "payment", 0.48)
    failing(reads, "checkout", 0.31, BEGAN + timedelta(seconds=15))
    failing(reads, "storefront", 0.12, BEGAN + timedelta(seconds=30))
    reads.on(
        "incident_responder.rollouts",
        r.changes(
            r.deployment(
                "payment",
                BEGAN - timedelta(seconds=40),
                "registry.example/payment:v1",
                "registry.example/payment:v2",
            ),
            r.deployment(
                "catalog",
                BEGAN - timedelta(minutes=9),
                "registry.example/catalog:v1",
                "registry.example/catalog:v2",
            ),
        ),
    )
    unknown = r.pattern(
        "payment",
        "Unhandled exception in <*>: KeyError('<*>')",
        sample="Unhandled exception in POST /charges: KeyError('KRW')",
        first=BEGAN,
    )
    reads.on("log_analyzer.patterns", r.patterns(unknown), service="payment")
    passed = r.pattern(
        "checkout",
        "Upstream call failed: payment: answered <*>",
        sample="Upstream call failed: payment: answered 500",
        first=BEGAN,
    )
    reads.on("log_analyzer.patterns", r.patterns(passed), service="checkout")
    alerts = [alert("HighErrorRate", s) for s in ("payment", "checkout", "storefront")]
    return reads, view("payment", alerts)


def slow_dependency() -> tuple[ScriptedReads, IncidentView]:
    """The ledger's database is slow; payment's pool fills up behind it; only checkout and payment alert."""
    reads = healthy()
    slow(reads, "ledger-db", 1.9)
    slow(reads, "payment", 2.1, BEGAN + timedelta(seconds=15))
    slow(reads, "checkout", 2.4, BEGAN + timedelta(seconds=30))
    reads.on(
        SIGNAL,
        r.signal(NOW, "pool_utilization", 0.2, 0.96, BEGAN),
        signal="pool_utilization",
        service="payment",
    )
    waits = r.pattern(
        "payment",
        "Ledger write for order <*> failed: ledger-db: no answer within <*> s",
        sample="Ledger write for order o-81 failed: ledger-db: no answer within 4.0 s",
        first=BEGAN,
    )
    reads.on("log_analyzer.patterns", r.patterns(waits), service="payment")
    return reads, view("checkout", [alert("HighResponseTime", s) for s in ("checkout", "payment")])


def memory_leak() -> tuple[ScriptedReads, IncidentView]:
    """Catalog climbs to its limit and is killed."""
    reads = healthy()
    line = tuple(((NOW - timedelta(seconds=15 * i)).timestamp(), 0.97 - i * 0.006) for i in range(100))
    climb = r.found(
        r.SeriesResult(signal="container_memory_ratio", unit="ratio", series=(r.Series(points=line[::-1]),)),
        value=r.Quantity(value=0.97, unit="ratio"),
        normal=r.Quantity(value=0.4, unit="ratio"),
    )
    reads.on(SIGNAL, climb, signal="container_memory_ratio", service="catalog")
    failing(reads, "catalog", 0.2)
    killed = r.pod("catalog-7d9f-a", "catalog", restarts=3, reason="OOMKilled", last_exit="137 OOMKilled")
    reads.on("incident_responder.pods", r.pods(killed, r.pod("payment-1-a", "payment")))
    return reads, view("catalog", [alert("HighErrorRate", "catalog")])


def crash_loop() -> tuple[ScriptedReads, IncidentView]:
    """Textbook ends at its start since its configuration changed."""
    reads = healthy()
    reads.on(SIGNAL, r.signal(NOW, "up", 1.0, 0.0, BEGAN), signal="up", service="textbook")
    for name in ("server_error_ratio", "latency_p95", "request_rate"):
        reads.on(
            SIGNAL,
            r.Reading(status=r.EvidenceStatus.NO_DATA, query="q", summary="none"),
            signal=name,
            service="textbook",
        )
    looping = r.pod(
        "textbook-1-a", "textbook", ready=False, restarts=5, reason="CrashLoopBackOff", last_exit="1 Error"
    )
    reads.on("incident_responder.pods", r.pods(looping))
    change = r.Change(
        at=BEGAN - timedelta(seconds=50),
        change="config",
        service="textbook",
        description="config map textbook-config changed",
    )
    reads.on("incident_responder.rollouts", r.changes(change))
    fatal = r.pattern("textbook", "Cannot start: PAGE_LIMIT is not a number: <*>", count=5, first=BEGAN)
    reads.on("log_analyzer.patterns", r.patterns(fatal), service="textbook")
    return reads, view("textbook", [alert("ServiceDown", "textbook")])


def deployment_of_environment() -> r.Change:
    """A rollout that keeps the image and changes one variable."""
    return r.Change(
        at=BEGAN - timedelta(seconds=50),
        change="deployment",
        service="textbook",
        description="textbook revision 2: env PAGE_THEME=classic -> PAGE_THEME=aurora",
        before="registry.example/textbook:v1",
        after="registry.example/textbook:v1",
        revision=2,
    )


def pool_exhaustion() -> tuple[ScriptedReads, IncidentView]:
    """Long queries hold every connection of payment; the database itself answers fast."""
    reads = healthy()
    failing(reads, "payment", 0.7)
    slow(reads, "payment", 1.9)
    failing(reads, "checkout", 0.5, BEGAN + timedelta(seconds=20))
    reads.on(
        SIGNAL,
        r.signal(NOW, "pool_utilization", 0.2, 0.98, BEGAN),
        signal="pool_utilization",
        service="payment",
    )
    waits = r.pattern(
        "payment", "Pool ledger-db: no free connection within <*> s (<*> of <*> in use)", first=BEGAN
    )
    reads.on("log_analyzer.patterns", r.patterns(waits), service="payment")
    return reads, view(
        "payment", [alert("ConnectionPoolExhausted", "payment"), alert("HighErrorRate", "checkout")]
    )


def cache_stampede() -> tuple[ScriptedReads, IncidentView]:
    """Catalog's cache stops answering and its latency follows."""
    reads = healthy()
    slow(reads, "catalog", 1.4)
    slow(reads, "storefront", 1.6, BEGAN + timedelta(seconds=20))
    reads.on(
        SIGNAL,
        r.signal(NOW, "cache_hit_ratio", 0.93, 0.08, BEGAN),
        signal="cache_hit_ratio",
        service="catalog",
    )
    return reads, view("catalog", [alert("HighResponseTime", "catalog")])


def expired_certificate() -> tuple[ScriptedReads, IncidentView]:
    """Tutor's upstream presents a certificate that has expired."""
    reads = healthy()
    failing(reads, "tutor", 0.9)
    reads.on(
        SIGNAL, r.signal(NOW, "certificate_days_left", -1.0), signal="certificate_days_left", service="tutor"
    )
    refused = r.pattern(
        "tutor", "Model gateway: certificate verify failed: certificate has expired", first=BEGAN
    )
    reads.on("log_analyzer.patterns", r.patterns(refused), service="tutor")
    return reads, view("tutor", [alert("HighErrorRate", "tutor")])


def noisy_neighbour() -> tuple[ScriptedReads, IncidentView]:
    """A batch pod burns a machine's CPU and harms nobody."""
    reads = healthy()
    lines = tuple(
        r.Series(labels={"instance": f"{node}:9100"}, points=r.points(NOW, 0.3, bad, BEGAN))
        for node, bad in (("node-1", 0.3), ("node-2", 0.96))
    )
    cpu = r.found(r.SeriesResult(signal="cpu_utilization", unit="ratio", series=lines))
    reads.on(
        SIGNAL,
        lambda request: cpu if "service" not in request.params else r.signal(NOW, "cpu_utilization", 0.2),
        signal="cpu_utilization",
    )
    reads.on(
        "incident_responder.pods",
        r.pods(
            r.pod("batch-1-a", "batch", node="node-2", cpu_cores=1.7),
            r.pod("payment-1-a", "payment", node="node-2", cpu_cores=0.1),
            r.pod("catalog-1-a", "catalog", node="node-1", cpu_cores=0.2),
        ),
    )
    return reads, view("", [alert("HighCPUUsage", "", instance="node-2:9100")], title="node-2: HighCPUUsage")


def service_down() -> tuple[ScriptedReads, IncidentView]:
    """Tutor hangs: its pods are ready, nothing answers, and storefront waits for it in vain."""
    reads = healthy()
    edges = (*EDGES, ("storefront", "tutor"))
    reads.on("metrics_collector.topology", r.edges(*edges))
    reads.on(SIGNAL, r.signal(NOW, "up", 1.0, 0.0, BEGAN), signal="up", service="tutor")
    for name in ("server_error_ratio", "latency_p95", "request_rate"):
        nothing = r.Reading(status=r.EvidenceStatus.NO_DATA, query="q", summary="none")
        reads.on(SIGNAL, nothing, signal=name, service="tutor")
    failing(reads, "storefront", 0.15, BEGAN + timedelta(seconds=10))
    slow(reads, "storefront", 4.0, BEGAN + timedelta(seconds=10))
    vain = r.pattern(
        "storefront",
        "Upstream call failed: tutor: no answer within <*> s",
        sample="Upstream call failed: tutor: no answer within 4.0 s",
        first=BEGAN,
    )
    reads.on("log_analyzer.patterns", r.patterns(vain), service="storefront")
    return reads, view("tutor", [alert("ServiceDown", "tutor"), alert("HighErrorRate", "storefront")])


def rush() -> tuple[ScriptedReads, IncidentView]:
    """Storefront gets twice its usual requests and answers slowly; nothing fails."""
    reads = healthy()
    slow(reads, "storefront", 2.2)
    more = r.signal(NOW, "request_rate", 12.0, 24.5, BEGAN - timedelta(seconds=10))
    reads.on(SIGNAL, more, signal="request_rate", service="storefront")
    return reads, view("storefront", [alert("HighResponseTime", "storefront")])


TROUBLES = {
    "bad-deployment": bad_deployment,
    "slow-dependency": slow_dependency,
    "memory-leak": memory_leak,
    "crash-loop": crash_loop,
    "pool-exhaustion": pool_exhaustion,
    "cache-stampede": cache_stampede,
    "expired-certificate": expired_certificate,
    "noisy-neighbour": noisy_neighbour,
    "rush": rush,
    "service-down": service_down,
}


async def investigated(
    reads: ScriptedReads, incident_view: IncidentView, *, iterations: int = 5
) -> list[Evidence]:
    """Follow the playbook's plan to its end and return the evidence."""
    from agent.brain.plans import due_reads

    evidence: list[Evidence] = []
    for iteration in range(1, iterations + 1):
        requests: Sequence[ReadRequest] = due_reads(incident_view, evidence, iteration)[0]
        if not requests:
            break
        evidence.extend(
            [await reads.run(request, incident_id=incident_view.incident.id) for request in requests]
        )
    return evidence

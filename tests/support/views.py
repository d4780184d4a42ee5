"""Sample incidents as every renderer receives them: a failing payment after a deployment, in each state of its life."""

from datetime import UTC, datetime, timedelta

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.evidence import (
    Diagnosis,
    Evidence,
    EvidenceStatus,
    Finding,
    FindingKind,
    Reading,
    ReadRequest,
    reading_digest,
)
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.memory import PastIncident
from agent.domain.noun import Json
from agent.domain.results import LogPattern, PatternsResult, PictureResult, Quantity, Result, TableResult
from agent.domain.route import Route
from agent.domain.timeline import GENESIS, TimelineEvent, TimelineKind
from agent.domain.view import IncidentView

START = datetime(2026, 3, 2, 19, 30, 40, tzinfo=UTC)
OPENED = START + timedelta(seconds=21)
BLOB = "ab" * 32
_REQUESTS = 'http_requests_total{service="payment"'
ERROR_QUERY = f'sum(rate({_REQUESTS},status=~"5.."}}[5m])) / sum(rate({_REQUESTS}}}[5m]))'


def sample_incident(
    *,
    status: IncidentStatus = IncidentStatus.ACTIVE,
    acknowledged_by: str | None = None,
    priority: Priority = Priority.P1,
    title: str = "payment: HighErrorRate",
    number: int = 12,
) -> Incident:
    """Return the payment incident."""
    resolved = OPENED + timedelta(minutes=3) if not status.open else None
    return Incident(
        id="inc_payment",
        number=number,
        title=title,
        status=status,
        priority=priority,
        priority_reason=Reason(
            rule="p1-error-rate", sentence="the error rate of a critical service is above 5 %"
        ),
        service="payment",
        environment="production",
        namespace="shop",
        times=Times(
            started_at=START,
            opened_at=OPENED,
            acknowledged_at=OPENED + timedelta(seconds=40) if acknowledged_by else None,
            resolved_at=resolved,
        ),
        conversation=Conversation(channel="#alerts-critical"),
        acknowledged_by=acknowledged_by,
    )


def sample_alert(
    name: str = "HighErrorRate", service: str = "payment", *, firing: bool = True
) -> AlertRecord:
    """Return one alert of the incident."""
    labels = {"alertname": name, "service": service, "severity": "critical", "namespace": "shop"}
    return AlertRecord(
        alert=Alert(
            fingerprint=f"{name}-{service}",
            status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
            labels=labels,
            annotations={"summary": f"{name} on {service}"},
            starts_at=START,
            ends_at=None if firing else START + timedelta(minutes=3),
        ),
        severity=Severity.CRITICAL,
        incident_id="inc_payment",
        reason=Reason(rule="same-service", sentence=f"its service label is {service}"),
        first_seen_at=OPENED,
        last_seen_at=OPENED,
    )


def sample_evidence(
    number: int,
    tool: str,
    summary: str,
    *,
    query: str = "",
    result: Result | None = None,
    value: Quantity | None = None,
    normal: Quantity | None = None,
    error: str | None = None,
    params: dict[str, Json] | None = None,
    backend: str = "prometheus",
) -> Evidence:
    """Return one piece of evidence; with `error` the read failed."""
    reading = Reading(
        status=EvidenceStatus.ERROR if error else EvidenceStatus.SUCCESS,
        query=query,
        summary=summary,
        value=value,
        normal=normal,
        result=result,
    )
    return Evidence(
        id=f"ev_{number}",
        incident_id="inc_payment",
        request=ReadRequest(tool=tool, params=params or {}),
        reading=reading,
        observed_at=OPENED + timedelta(seconds=number),
        digest=reading_digest(reading),
        backend=backend,
        error=error,
    )


def payment_evidence() -> tuple[Evidence, ...]:
    """Return what the playbook reads when payment fails after a deployment."""
    table = TableResult(
        columns=("signal", "now", "normal", "threshold", "judgement"),
        rows=(
            ("error rate", "48%", "0.2%", "5%", "beyond"),
            ("P95 latency", "1.9 s", "185 ms", "1 s", "beyond"),
            ("request rate", "41/s", "40/s", "", ""),
            ("restarts", "no data", "", "", ""),
        ),
    )
    pattern = LogPattern(
        template="charge failed: <*> is not a function",
        sample="charge failed: gateway.captureV2 is not a function\n    at charge (/app/pay.js:41)",
        level="error",
        service="payment",
        count=214,
        count_before=0,
    )
    chart = PictureResult(
        blob=BLOB,
        alt="payment error rate rose from 0.2% to 48% at 19:31; threshold 5%; deployment payment v2 at 19:30",
        title="payment: error rate",
    )
    return (
        sample_evidence(
            1,
            "metrics_collector.compare",
            "error rate 48%, normally 0.2%",
            query=ERROR_QUERY,
            result=table,
            value=Quantity(value=0.48, unit="ratio"),
            normal=Quantity(value=0.002, unit="ratio"),
            params={
                "service": "payment",
                "signals": ["server_error_ratio", "latency_p95", "request_rate", "restarts"],
            },
        ),
        sample_evidence(
            2,
            "incident_responder.rollouts",
            "deployment payment: image payment:v1 -> payment:v2 at 19:30:00",
            query="apps/v1 replicasets in shop, revision annotations",
            backend="kubernetes",
        ),
        sample_evidence(
            3,
            "log_analyzer.patterns",
            "1 new pattern, 214 lines",
            query="log-* level:error service:payment last 10m",
            result=PatternsResult(patterns=(pattern,), total=220, total_before=3),
            backend="elasticsearch",
        ),
        sample_evidence(
            4, "metrics_collector.chart", chart.alt, query="chart of server_error_ratio", result=chart
        ),
    )


def payment_diagnosis() -> Diagnosis:
    """Return the diagnosis of a bad deployment."""
    cause = Finding(
        kind=FindingKind.CAUSE,
        claim="Deployment payment v2 broke charging: its pods log a new error and v1 pods did not.",
        confidence=0.86,
        evidence_ids=("ev_1", "ev_2", "ev_3"),
        rule="bad-deployment",
    )
    change = Finding(
        kind=FindingKind.CHANGE,
        claim="deployment payment v1 -> v2, 40 s before the onset",
        confidence=0.95,
        evidence_ids=("ev_2",),
        rule="recent-change",
    )
    symptom = Finding(
        kind=FindingKind.SYMPTOM,
        claim="payment answers 48% of requests with an error, normally 0.2%",
        confidence=0.99,
        evidence_ids=("ev_1",),
        rule="error-ratio",
    )
    return Diagnosis(findings=(cause, change, symptom), cause=cause, next_step="Roll payment back to v1.")


def sample_timeline() -> tuple[TimelineEvent, ...]:
    """Return a short timeline."""
    kinds: list[tuple[TimelineKind, str, dict[str, Json]]] = [
        (TimelineKind.OPENED, "ops-monitor", {}),
        (TimelineKind.ALERT_ADDED, "ops-monitor", {"alert": "HighErrorRate"}),
        (TimelineKind.DIAGNOSED, "playbook", {"summary": "bad-deployment"}),
        (TimelineKind.NOTE, "U0000MINA", {"text": "rolling back"}),
    ]
    return tuple(
        TimelineEvent(
            incident_id="inc_payment",
            seq=index + 1,
            at=OPENED + timedelta(seconds=index * 5),
            kind=kind,
            actor=actor,
            data=data,
            previous=GENESIS,
            digest=f"{index:064d}",
        )
        for index, (kind, actor, data) in enumerate(kinds)
    )


P1_ROUTE = Route(
    rule="p1-to-critical",
    channel="#alerts-critical",
    mentions=("@sre-oncall",),
    page=("sre-oncall",),
    respond_within_seconds=900,
    resolve_within_seconds=14_400,
    escalate_to=("Engineering Manager",),
)


def sample_view(
    incident: Incident | None = None,
    *,
    alerts: tuple[AlertRecord, ...] | None = None,
    evidence: tuple[Evidence, ...] = (),
    diagnosis: Diagnosis | None = None,
    similar: tuple[PastIncident, ...] = (),
    investigating: bool = False,
    route: Route = P1_ROUTE,
) -> IncidentView:
    """Return a view around an incident."""
    return IncidentView(
        incident=incident or sample_incident(),
        route=route,
        alerts=alerts if alerts is not None else (sample_alert(), sample_alert("HighLatency", "checkout")),
        evidence=evidence,
        diagnosis=diagnosis,
        timeline=sample_timeline(),
        similar=similar,
        investigating=investigating,
        as_of=OPENED + timedelta(minutes=2, seconds=4),
    )


def fresh_view() -> IncidentView:
    """Return the incident as it is a second after it opened."""
    return sample_view(investigating=True)


def diagnosed_view() -> IncidentView:
    """Return the incident with everything known."""
    past = PastIncident(
        incident_id="inc_old",
        number=7,
        title="payment: HighErrorRate",
        resolved_at=START - timedelta(days=9),
        cause="a deployment without its configuration",
        score=0.8,
    )
    return sample_view(evidence=payment_evidence(), diagnosis=payment_diagnosis(), similar=(past,))


def blind_view() -> IncidentView:
    """Return the incident while Prometheus is down: inconclusive, and it says what is missing."""
    failed = sample_evidence(
        1, "metrics_collector.compare", "", query="up", error="Prometheus did not answer: no error rate"
    )
    return sample_view(
        evidence=(failed,), diagnosis=Diagnosis(missing=("Prometheus did not answer: no error rate",))
    )


def resolved_view() -> IncidentView:
    """Return the incident after it was resolved."""
    incident = sample_incident(status=IncidentStatus.RESOLVED, acknowledged_by="U0000MINA")
    alerts = (sample_alert(firing=False), sample_alert("HighLatency", "checkout", firing=False))
    return sample_view(incident, alerts=alerts, evidence=payment_evidence(), diagnosis=payment_diagnosis())

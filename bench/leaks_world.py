"""Random incidents that are full of what outsiders must not read, each with the list of what was planted in it."""

import random
import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from agent.domain.action import Action, ActionRequest, ActionState, ActionTimes, Plan, Risk, Target
from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.decision import Decision, Verdict
from agent.domain.evidence import (
    Diagnosis,
    Evidence,
    EvidenceStatus,
    Finding,
    FindingKind,
    Reading,
    ReadRequest,
)
from agent.domain.evidence import reading_digest as digest_of
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.results import LogPattern, PatternsResult
from agent.policy.audiences import CommunicationPolicy
from agent.policy.load import Policies

BEGIN = datetime(2026, 11, 23, 10, 40, tzinfo=UTC)
_SYLLABLES = (
    "zor",
    "blat",
    "quib",
    "mox",
    "trel",
    "vonk",
    "dras",
    "plim",
    "gorf",
    "snuv",
    "kwel",
    "yath",
    "ruxo",
)
_KOREAN = ("정산코어", "물류허브봇", "회원장부", "포인트엔진", "배차두뇌", "쿠폰마차", "심사탑")
_TAILS = ("-gateway", "-db-primary", "_worker", "-api", ".core", "")
_ALERTS = ("LatencyHigh", "ErrorRateHigh", "Down", "QueueStuck", "MemoryHigh", "SlowQueries")
_RULES = (
    "change.bad-deployment",
    "load.surge",
    "dependency.slow",
    "pool.exhausted",
    "service.down",
    "logs.new-errors",
)
_ACTIONS = ("roll_back_workload", "restart_workload", "scale_workload", "shift_traffic", "end_queries")


@dataclass(frozen=True, slots=True)
class World:
    """One incident with everything that people and machines wrote of it; `planted` are the strings nobody may read."""

    incident: Incident
    alerts: tuple[AlertRecord, ...]
    evidence: Evidence
    diagnosis: Diagnosis
    notes: tuple[tuple[str, str], ...]
    action: Action | None
    planted: tuple[str, ...]
    named: tuple[str, ...]
    project: str


def _name(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return rng.choice(_KOREAN) + str(rng.randint(10, 99))
    return "".join(rng.sample(_SYLLABLES, 3)) + rng.choice(_TAILS)


def _hex(rng: random.Random, size: int) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(size))


def _secrets(rng: random.Random) -> dict[str, str]:
    letters = string.ascii_letters + string.digits
    key = "".join(rng.choice(letters) for _ in range(24))
    upper = string.ascii_uppercase + string.digits
    return {
        "token": f"xoxb-{rng.randint(10**10, 10**11)}-{key}",
        "password": f"{rng.choice(_SYLLABLES)}!{key[:10]}",
        "access": "AKIA" + "".join(rng.choice(upper) for _ in range(16)),
    }


def _internals(rng: random.Random) -> dict[str, str]:
    service, other = _name(rng), _name(rng)
    base = "".join(rng.sample(_SYLLABLES, 2))
    return {
        "service": service,
        "other": other,
        "namespace": f"{base}-prod",
        "cluster": f"eu-{base}-{rng.randint(1, 9)}",
        "host": f"node-{_hex(rng, 4)}.{base}.internal",
        "pod": f"{base}-{_hex(rng, 9)}-{_hex(rng, 5)}",
        "address": f"10.{rng.randint(16, 250)}.{rng.randint(16, 250)}.{rng.randint(16, 250)}",
        "image": f"registry.{base}.internal/{base}/app:v{rng.randint(2, 9)}.{rng.randint(1, 40)}.{rng.randint(1, 9)}",
        "commit": _hex(rng, 12) + "a1",
        "alert": f"{base.capitalize()}{rng.choice(_ALERTS)}",
        "metric": f"{base}_requests_failed_total",
        "link": f"https://grafana.{base}.internal/d/{_hex(rng, 8)}",
        "mail": f"oncall@{base}.internal",
        "person": "U0" + "".join(rng.choice(string.ascii_uppercase + string.digits) for _ in range(8)) + "7",
        "project": f"{''.join(rng.sample(_SYLLABLES, 3))}",
        **_secrets(rng),
    }


def world(rng: random.Random, number: int, policies: Policies) -> tuple[World, Policies]:
    """Return a random incident and the rules under which it is told: some of its services have a name outside."""
    told = _internals(rng)
    incident = Incident(
        id=UUID(int=rng.getrandbits(128)).hex,
        number=number,
        title=rng.choice(
            (
                f"{told['service']}: {told['alert']}",
                f"{told['project']} on {told['host']} fails, see {told['link']}",
                f"{told['service']} 장애: {told['address']} 응답 없음",
            )
        ),
        status=IncidentStatus.TRIAGE,
        priority=rng.choice((Priority.P0, Priority.P0, Priority.P1)),
        priority_reason=Reason(rule="declared", sentence=f"{told['alert']} on {told['service']}"),
        service=told["service"],
        environment="production",
        namespace=told["namespace"],
        cluster=told["cluster"],
        times=Times(started_at=BEGIN - timedelta(minutes=rng.randint(1, 20)), opened_at=BEGIN),
        conversation=Conversation(channel="#alerts-critical"),
    )
    evidence = _evidence(rng, incident, told)
    made = World(
        incident=incident,
        alerts=tuple(_alert(incident, told, name) for name in (told["service"], told["other"])),
        evidence=evidence,
        diagnosis=_diagnosis(rng, evidence, told),
        notes=(
            (told["person"], f"{told['project']}: I restarted {told['pod']}, password={told['password']}"),
            (told["person"], f"{told['mail']} 님이 {told['image']} 배포를 되돌렸습니다"),
        ),
        action=_action(rng, incident, told) if rng.random() < 0.7 else None,
        planted=(*told.values(), incident.id, incident.name),
        named=(told["service"],) if rng.random() < 0.5 else (),
        project=told["project"],
    )
    return made, _rules(policies, made)


def _alert(incident: Incident, told: dict[str, str], service: str) -> AlertRecord:
    labels = {
        "alertname": told["alert"],
        "service": service,
        "namespace": told["namespace"],
        "instance": f"{told['address']}:9100",
        "pod": told["pod"],
        "image": told["image"],
        "severity": "critical",
    }
    return AlertRecord(
        alert=Alert(
            fingerprint=f"{incident.id}{service}",
            status=AlertStatus.FIRING,
            labels=labels,
            annotations={"summary": f"{told['metric']} of {service}", "runbook": told["link"]},
            starts_at=BEGIN,
        ),
        severity=Severity.CRITICAL,
        incident_id=incident.id,
        reason=Reason(rule="same-service", sentence=f"its service label is {service}"),
        first_seen_at=BEGIN,
        last_seen_at=BEGIN,
        service=service,
    )


def _evidence(rng: random.Random, incident: Incident, told: dict[str, str]) -> Evidence:
    line = f"cannot reach {told['host']} ({told['address']}) token={told['token']} {told['access']} {told['project']}"
    pattern = LogPattern(
        template=line,
        sample=line,
        level="error",
        service=told["service"],
        count=rng.randint(2, 900),
        count_before=0,
    )
    reading = Reading(
        status=EvidenceStatus.SUCCESS,
        query=f'rate({told["metric"]}{{service="{told["service"]}"}}[5m])',
        summary=f"{told['service']} at {told['commit']}: 48%",
        result=PatternsResult(patterns=(pattern,), total=10, total_before=1),
        link=told["link"],
    )
    return Evidence(
        id=f"ev-{incident.id[:8]}",
        incident_id=incident.id,
        request=ReadRequest(
            tool="log_analyzer.patterns", params={"service": told["service"], "pod": told["pod"]}
        ),
        reading=reading,
        observed_at=BEGIN,
        digest=digest_of(reading),
        backend="elasticsearch",
    )


def _diagnosis(rng: random.Random, evidence: Evidence, told: dict[str, str]) -> Diagnosis:
    def finding(kind: FindingKind, rule: str, claim: str, details: dict[str, Any]) -> Finding:
        return Finding(
            kind=kind,
            claim=claim,
            confidence=0.8,
            evidence_ids=(evidence.id,),
            rule=rule,
            service=told["service"],
            details=details,
        )

    value = {
        "value": {"value": round(rng.random(), 2), "unit": "ratio"},
        "normal": {"value": 0.002, "unit": "ratio"},
    }
    symptom = finding(
        FindingKind.SYMPTOM, "symptom.server_error_ratio", f"{told['service']} answers with errors", value
    )
    change = f"{told['image']} ({told['commit']}) by {told['person']}"
    words = {
        "message": {"id": "diagnosis-deployment", "args": {"service": told["service"], "change": change}}
    }
    cause = finding(FindingKind.CAUSE, rng.choice(_RULES), f"{told['service']} fails since {change}", words)
    known = rng.random() < 0.8
    return Diagnosis(findings=(cause, symptom) if known else (symptom,), cause=cause if known else None)


def _action(rng: random.Random, incident: Incident, told: dict[str, str]) -> Action:
    states = (ActionState.WAITING, ActionState.RUNNING, ActionState.VERIFYING, ActionState.FAILED)
    return Action(
        id=_hex(rng, 32),
        number=incident.number,
        request=ActionRequest(
            name=rng.choice(_ACTIONS),
            params={"name": told["service"], "namespace": told["namespace"]},
            by=told["person"],
            incident_id=incident.id,
            reason=f"{told['project']} is at {told['image']}",
        ),
        plan=Plan(
            target=Target(kind="Deployment", name=told["service"], namespace=told["namespace"]),
            reversible=True,
            args={
                "name": told["service"],
                "namespace": told["namespace"],
                "from": told["image"],
                "to": told["commit"],
            },
        ),
        risk=Risk.MEDIUM,
        environment="production",
        digest=_hex(rng, 64),
        decision=Decision(verdict=Verdict.ASK, policy_digest=""),
        state=rng.choice(states),
        times=ActionTimes(requested_at=BEGIN, applied_at=BEGIN + timedelta(minutes=3)),
    )


def _rules(policies: Policies, made: World) -> Policies:
    """Return the shipped rules with customers who are reached by every way, and names for some of the services."""
    places = {"slack": ["#customers"], "email": ["all@customers.example"]}
    raw = policies.communications.model_dump(mode="json")
    for one in raw["audiences"]:
        if one["id"] == "customers":
            one["approval"] = "none"
            one["to"] = {"en": {**places, "statuspage": True}, "ko": {**places, "zone": "Asia/Seoul"}}
    raw["cadence"] = {level: {"customers": {"first": "0s", "every": "30m"}} for level in raw["cadence"]}
    names = {
        name: {"en": f"feature {n}", "ko": f"기능 {n}", "component": "Feature"}
        for n, name in enumerate(made.named)
    }
    raw["names"] = {**raw["names"], **names}
    return replace(policies, communications=CommunicationPolicy.model_validate(raw, strict=False))

"""Loads the policy folder as a whole, so that a decision can name the exact version it was made by."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from agent.errors import Misconfigured
from agent.policy.access import AccessPolicy
from agent.policy.approvals import ApprovalPolicy
from agent.policy.audiences import CommunicationPolicy
from agent.policy.autonomy import AutonomyPolicy
from agent.policy.checks_schedule import FOLDER as CHECKS
from agent.policy.checks_schedule import ChecklistPolicy, load_checklists
from agent.policy.deployments import DeploymentPolicy
from agent.policy.documents import read_document
from agent.policy.escalation import EscalationPolicy, unknown_callees
from agent.policy.freezes import FreezePolicy
from agent.policy.model import PriorityPolicy, RoutingPolicy, ServicePolicy, SeverityPolicy
from agent.policy.oncall import OnCallPolicy
from agent.policy.outposts import OutpostPolicy
from agent.policy.recoveries import RecoveryPolicy, load_recoveries
from agent.policy.reports import ReportPolicy
from agent.policy.risk import RiskPolicy
from agent.policy.security import SecurityPolicy
from agent.policy.signals import SignalPolicy
from agent.policy.slo import FOLDER as OBJECTIVES
from agent.policy.slo import SloPolicy, load_slos

RECOVERIES = "recovery"
FOLDERS = (RECOVERIES, CHECKS, OBJECTIVES)
"""Where policies lie below the folder itself, which is where the digest looks."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy in force; `digest` is the SHA-256 (hex) of their files."""

    severity: SeverityPolicy
    services: ServicePolicy
    priority: PriorityPolicy
    routing: RoutingPolicy
    approvals: ApprovalPolicy
    freezes: FreezePolicy
    autonomy: AutonomyPolicy
    access: AccessPolicy
    risk: RiskPolicy
    deployments: DeploymentPolicy
    communications: CommunicationPolicy
    oncall: OnCallPolicy
    escalation: EscalationPolicy
    security: SecurityPolicy
    outposts: OutpostPolicy
    signals: SignalPolicy
    reports: ReportPolicy
    recoveries: tuple[RecoveryPolicy, ...]
    slos: SloPolicy
    checks: tuple[ChecklistPolicy, ...]
    digest: str


def load_policies(folder: Path) -> Policies:
    """Load every policy of a folder; raises Misconfigured that names file, line and field."""
    # Taken first: a file that changes while it is read gives a digest that the next look finds outdated.
    digest = folder_digest(folder)
    loaded = Policies(
        severity=read_document(folder / "severity.yaml", SeverityPolicy),
        services=read_document(folder / "services.yaml", ServicePolicy),
        priority=read_document(folder / "priority.yaml", PriorityPolicy),
        routing=read_document(folder / "routing.yaml", RoutingPolicy),
        approvals=read_document(folder / "approvals.yaml", ApprovalPolicy),
        freezes=read_document(folder / "freezes.yaml", FreezePolicy),
        autonomy=read_document(folder / "autonomy.yaml", AutonomyPolicy),
        access=read_document(folder / "access.yaml", AccessPolicy),
        risk=read_document(folder / "risk.yaml", RiskPolicy),
        deployments=read_document(folder / "deployments.yaml", DeploymentPolicy),
        communications=read_document(folder / "communications.yaml", CommunicationPolicy),
        oncall=read_document(folder / "oncall.yaml", OnCallPolicy),
        escalation=read_document(folder / "escalation.yaml", EscalationPolicy),
        security=read_document(folder / "security.yaml", SecurityPolicy),
        outposts=read_document(folder / "outposts.yaml", OutpostPolicy),
        signals=read_document(folder / "signals.yaml", SignalPolicy),
        reports=read_document(folder / "reports.yaml", ReportPolicy),
        recoveries=load_recoveries(folder),
        slos=load_slos(folder),
        checks=load_checklists(folder),
        digest=digest,
    )
    wrong = unknown_callees(folder, loaded.routing, loaded.oncall, loaded.escalation)
    if wrong:
        raise Misconfigured("\n".join(wrong))
    return loaded


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 (hex) over the names and contents of a folder's policy files."""
    digest = hashlib.sha256()
    for path in (path for place in ("", *FOLDERS) for path in sorted((folder / place).glob("*.yaml"))):
        name = path.relative_to(folder).as_posix()
        digest.update(name.encode() + b"\0" + _content(path) + b"\0")
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # Whoever reads the file itself says what is wrong with it.
        return b""

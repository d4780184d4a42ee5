"""The checks about room, back-ups, logs, security, certificates and upkeep, in the order of docs/maintenance.md."""

from typing import Any

from agent.operations.checks.backups import BackupsCheck, BackupVerificationCheck
from agent.operations.checks.capacity import CapacityCheck
from agent.operations.checks.certificates import CertificatesCheck
from agent.operations.checks.disk import DiskCheck
from agent.operations.checks.engine import Check
from agent.operations.checks.error_logs import ErrorLogsCheck
from agent.operations.checks.index_retention import IndexRetentionCheck
from agent.operations.checks.metrics_store import MetricsStoreCheck
from agent.operations.checks.quotas import QuotasCheck
from agent.operations.checks.security_events import SecurityEventsCheck
from agent.operations.checks.unused_images import UnusedImagesCheck

UPKEEP_CHECKS: tuple[Check[Any], ...] = (
    DiskCheck(),
    BackupsCheck(),
    BackupVerificationCheck(),
    ErrorLogsCheck(),
    SecurityEventsCheck(),
    QuotasCheck(),
    CertificatesCheck(),
    CapacityCheck(),
    IndexRetentionCheck(),
    MetricsStoreCheck(),
    UnusedImagesCheck(),
)

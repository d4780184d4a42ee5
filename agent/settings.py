"""Every setting of the bot, read from the environment (`OPS_…`) or from secret files; documented in docs/configuration.md."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.domain.decision import Autonomy
from agent.errors import Misconfigured

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings; a secret may also lie in a file of its own name below `OPS_SECRETS_DIR`."""

    model_config = SettingsConfigDict(env_prefix="OPS_", extra="ignore", frozen=True)

    database_url: str = "sqlite:///ops-monitor.db"
    environment: str = "production"
    language: Literal["en", "ko"] = "en"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    webhook_token: SecretStr | None = None
    webhook_max_bytes: int = Field(default=4 * 1024 * 1024, ge=1024)
    webhook_mappings_dir: Path | None = None
    queue_bound: int = Field(default=5000, ge=1)

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    slack_mode: Literal["socket", "http"] = "socket"

    prometheus_url: str | None = None
    alertmanager_url: str | None = None
    elasticsearch_url: str | None = None
    elasticsearch_api_key: SecretStr | None = None
    elasticsearch_write_api_key: SecretStr | None = None
    requests_postgresql_url: SecretStr | None = None
    influxdb_url: str | None = None
    influxdb_database: str | None = None
    influxdb_user: str | None = None
    influxdb_password: SecretStr | None = None
    log_indices: str = "ai-textbook-*,logstash-*,ai-textbook-logs*"
    kubernetes_url: str | None = None
    kubernetes_token: SecretStr | None = None
    kubeconfig: Path | None = None
    kubernetes_namespaces: str = "default"
    tls_ca_file: Path | None = None
    grafana_url: str | None = None
    grafana_token: SecretStr | None = None
    kibana_url: str | None = None

    autonomy: Autonomy | None = None
    kubernetes_write_token: SecretStr | None = None
    kubernetes_write_kubeconfig: Path | None = None
    redis_url: SecretStr | None = None
    postgresql_url: SecretStr | None = None
    verify_seconds: float = Field(default=180.0, gt=0)
    recovery_time_scale: float = Field(default=1.0, gt=0, le=1)

    policies_dir: Path = ROOT / "policies"
    runbooks_dir: Path | None = None
    topology_file: Path | None = None

    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: str = "https://api.anthropic.com"
    model: str = "claude-sonnet-5-5"
    model_verifier: str | None = None
    model_effort: Literal["low", "medium", "high"] | None = None
    model_iterations: int = Field(default=5, ge=1, le=20)
    model_timeout_seconds: float = Field(default=120.0, gt=0)
    model_call_timeout_seconds: float = Field(default=60.0, gt=0)
    model_incident_tokens: int = Field(default=120_000, ge=0)
    model_day_tokens: int = Field(default=2_000_000, ge=0)
    model_incident_usd: float = Field(default=0.5, ge=0)
    model_day_usd: float = Field(default=20.0, ge=0)

    pagerduty_routing_key: SecretStr | None = None
    pagerduty_api_key: SecretStr | None = None
    pagerduty_from: str | None = None
    pagerduty_webhook_secret: SecretStr | None = None
    pagerduty_events_url: str = "https://events.pagerduty.com"
    pagerduty_api_url: str = "https://api.pagerduty.com"
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str = "ops-monitor@localhost"
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None
    twilio_api_url: str = "https://api.twilio.com"
    sns_region: str | None = None
    sns_access_key_id: str | None = None
    sns_secret_access_key: SecretStr | None = None
    sns_endpoint_url: str | None = None
    statuspage_api_key: SecretStr | None = None
    statuspage_page_id: str | None = None
    statuspage_api_url: str = "https://api.statuspage.io"
    jira_url: str | None = None
    jira_username: str | None = None
    jira_token: SecretStr | None = None
    jira_project: str = "OPS"
    jira_issue_type: str = "Task"
    teams_webhook_url: SecretStr | None = None
    deployment_webhook_secret: SecretStr | None = None
    github_webhook_secret: SecretStr | None = None
    argocd_webhook_token: SecretStr | None = None
    public_url: str | None = None

    watch: Literal["off", "note", "alert"] = "note"

    max_iterations: int = Field(default=5, ge=1, le=20)
    read_timeout_seconds: float = Field(default=4.0, gt=0)
    investigate_timeout_seconds: float = Field(default=25.0, gt=0)
    quiet_period_seconds: float = Field(default=60.0, ge=0)
    correlation_window_seconds: float = Field(default=600.0, gt=0)
    shutdown_grace_seconds: float = Field(default=10.0, ge=0)
    retention_days: int = Field(default=90, ge=1)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Return the Kubernetes namespaces to look at."""
        return tuple(n.strip() for n in self.kubernetes_namespaces.split(",") if n.strip())


def load_settings(secrets_dir: str | None = None) -> Settings:
    """Read the settings; raises Misconfigured that names each bad variable without its value."""
    from pydantic import ValidationError

    try:
        return Settings(_secrets_dir=secrets_dir)
    except ValidationError as error:
        wrong = "; ".join(f"OPS_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise Misconfigured(f"Some settings cannot be used. {wrong}") from error

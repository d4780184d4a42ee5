"""The reads of alert_manager: alerts that fire, rules and their states, silences."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from agent.domain.alert import Alert
from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import AlertsResult, Quantity, TableResult
from tools.base import Name, Params, nothing
from tools.connectors.readers import AlertReader, AlertRule, MetricsReader, Silence

MAX_ROWS = 100


class FiringParams(Params):
    """Whose alerts; all when left out."""

    service: Name | None = None


class RulesParams(Params):
    """Which rule; all when left out."""

    name: Name | None = None


class NoParams(Params):
    """No parameters."""


def concerns(alert: Alert, service: str) -> bool:
    """Say whether an alert's labels name a service."""
    labels = alert.labels
    job = labels.get("job", "")
    named = service in (labels.get("service"), labels.get("app"), job, labels.get("destination_service_name"))
    return named or job.endswith((f"-{service}", f"/{service}"))


@dataclass(frozen=True, slots=True)
class FiringRead:
    """Alerts that fire now."""

    name: ClassVar[str] = "alert_manager.firing"
    backend: ClassVar[str] = "alertmanager"
    description: ClassVar[str] = "Alerts that fire now, silenced ones too, of one service or of all."
    params: ClassVar[type[Params]] = FiringParams
    alerts: AlertReader

    async def run(self, params: FiringParams, now: datetime) -> Reading:
        """List them, newest first."""
        every = await self.alerts.firing()
        found = tuple(a for a in every if params.service is None or concerns(a, params.service))
        query = "GET /api/v2/alerts?active=true&silenced=true&inhibited=true"
        link = self.alerts.link(params.service)
        window = Window(start=now, end=now)
        whose = f" of {params.service}" if params.service else ""
        if not found:
            return nothing(query, f"No alert{whose} fires.", window, link)
        names = ", ".join(dict.fromkeys(alert.name for alert in found[:10]))
        count = "1 alert" if len(found) == 1 else f"{len(found)} alerts"
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{count}{whose} firing: {names}",
            window=window,
            value=Quantity(value=len(found)),
            result=AlertsResult(alerts=found),
            link=link,
        )


@dataclass(frozen=True, slots=True)
class RulesRead:
    """Alerting rules and their states."""

    name: ClassVar[str] = "alert_manager.rules"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = "Alerting rules with state, severity and expression; one by name, or all."
    params: ClassVar[type[Params]] = RulesParams
    metrics: MetricsReader

    async def run(self, params: RulesParams, now: datetime) -> Reading:
        """List them, firing ones first."""
        every = await self.metrics.rules()
        rank = {"firing": 0, "pending": 1}
        found = sorted(
            (r for r in every if params.name is None or r.name.lower() == params.name.lower()),
            key=lambda rule: (rank.get(rule.state, 2), rule.name),
        )
        query, window = "GET /api/v1/rules?type=alert", Window(start=now, end=now)
        if not found:
            return nothing(query, "There is no such alerting rule.", window)
        firing = sum(rule.state == "firing" for rule in found)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{len(found)} alerting rules, {firing} firing",
            window=window,
            value=Quantity(value=firing),
            result=TableResult(
                columns=("rule", "state", "severity", "for", "expression"),
                rows=tuple(_rule_row(rule) for rule in found[:MAX_ROWS]),
            ),
        )


def _rule_row(rule: AlertRule) -> tuple[str, ...]:
    return rule.name, rule.state, rule.severity, f"{rule.for_seconds:.0f} s", rule.expression


@dataclass(frozen=True, slots=True)
class SilencesRead:
    """Silences."""

    name: ClassVar[str] = "alert_manager.silences"
    backend: ClassVar[str] = "alertmanager"
    description: ClassVar[str] = "Silences that are active or pending, with their matchers, ends and reasons."
    params: ClassVar[type[Params]] = NoParams
    alerts: AlertReader

    async def run(self, params: NoParams, now: datetime) -> Reading:
        """List them."""
        found = await self.alerts.silences()
        query, window = "GET /api/v2/silences", Window(start=now, end=now)
        if not found:
            return nothing(query, "Nothing is silenced.", window)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{len(found)} silences: {'; '.join(s.matchers for s in found[:5])}",
            window=window,
            value=Quantity(value=len(found)),
            result=TableResult(
                columns=("matchers", "state", "until", "by", "reason"),
                rows=tuple(_silence_row(silence) for silence in found[:MAX_ROWS]),
            ),
        )


def _silence_row(silence: Silence) -> tuple[str, ...]:
    until = silence.ends_at.strftime("%Y-%m-%d %H:%M UTC") if silence.ends_at else ""
    return silence.matchers, silence.state, until, silence.created_by, silence.comment

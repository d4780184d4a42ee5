"""Alertmanager's API version 2, over HTTP; reads only."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from agent.domain.alert import Alert, AlertStatus
from agent.domain.noun import Utc
from agent.errors import BadAnswer, NotFound, Refused
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.readers import Silence
from tools.recipes import quoted

BACKEND = "alertmanager"
MAX_ALERTS = 500
_TIME: TypeAdapter[datetime] = TypeAdapter(Utc)


class AlertmanagerAlerts:
    """An AlertReader."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._http = JsonHttp("Alertmanager", BACKEND, url, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def version(self) -> str:
        """Return the server's version."""
        answer = await self._ask("/api/v2/status")
        info = answer.get("versionInfo") if isinstance(answer, dict) else None
        return excerpt(str(info.get("version", "unknown")), 40) if isinstance(info, dict) else "unknown"

    async def firing(self) -> tuple[Alert, ...]:
        """Return alerts that fire now, newest first; silenced and inhibited ones too."""
        answer = await self._ask(
            "/api/v2/alerts", {"active": "true", "silenced": "true", "inhibited": "true"}
        )
        listed = self._list(answer)
        found = sorted(_alerts(listed), key=lambda alert: alert.starts_at, reverse=True)
        if listed and not found:
            # Something speaks there that is no Alertmanager; "no alert is firing" would be a lie.
            raise BadAnswer("Alertmanager answered a list without one alert in it.", backend=BACKEND)
        return tuple(found[:MAX_ALERTS])

    async def silences(self) -> tuple[Silence, ...]:
        """Return active and pending silences."""
        answer = await self._ask("/api/v2/silences")
        return tuple(s for s in map(_silence, self._list(answer)) if s and s.state != "expired")

    def link(self, service: str | None) -> str:
        """Return the alerts in Alertmanager's own page."""
        chosen = f"?filter={quote('{service=' + quoted(service) + '}')}" if service else ""
        return f"{self._http.shown}/#/alerts{chosen}"

    async def _ask(self, path: str, params: dict[str, str] | None = None) -> Any:
        try:
            return await self._http.fetch(path, params)
        except NotFound as error:
            raise Refused("Alertmanager has no API v2 at this address (404).", backend=BACKEND) from error

    def _list(self, answer: Any) -> list[Any]:
        if not isinstance(answer, list):
            raise BadAnswer(
                "Alertmanager answered something unexpected: a list was expected.", backend=BACKEND
            )
        return answer


def _time(value: Any) -> datetime | None:
    try:
        found = _TIME.validate_python(value)
    except ValidationError:
        return None
    # Go's zero time stands for "not set".
    return found if found.year > 1 else None


def _texts(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _alerts(items: list[Any]) -> Iterator[Alert]:
    for item in items:
        if not isinstance(item, dict):
            continue
        started = _time(item.get("startsAt"))
        if started is None or not item.get("fingerprint"):
            continue
        yield Alert(
            fingerprint=str(item["fingerprint"]),
            status=AlertStatus.FIRING,
            labels=_texts(item.get("labels")),
            annotations=_texts(item.get("annotations")),
            starts_at=started,
            generator_url=str(item.get("generatorURL") or ""),
        )


def _silence(item: Any) -> Silence | None:
    if not isinstance(item, dict):
        return None
    status = item.get("status")
    return Silence(
        id=str(item.get("id", "")),
        matchers=", ".join(_matcher(m) for m in item.get("matchers") or () if isinstance(m, dict)),
        state=str(status.get("state", "unknown")) if isinstance(status, dict) else "unknown",
        ends_at=_time(item.get("endsAt")),
        created_by=excerpt(str(item.get("createdBy", "")), 80),
        comment=excerpt(str(item.get("comment", "")), 200),
    )


def _matcher(item: dict[str, Any]) -> str:
    sign = (
        ("=~" if item.get("isRegex") else "=")
        if item.get("isEqual", True)
        else ("!~" if item.get("isRegex") else "!=")
    )
    return f"{item.get('name', '')}{sign}{quoted(str(item.get('value', '')))}"

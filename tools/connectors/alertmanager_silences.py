"""Silences of an Alertmanager, over its API version 2."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from agent.errors import BadAnswer, NotFound
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.readers import JsonObject
from tools.recipes import quoted

BACKEND = "alertmanager"
_SIGNS = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}


class AlertmanagerSilences:
    """A SilenceWriter."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._http = JsonHttp("Alertmanager", BACKEND, url, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def version(self) -> str:
        """Return the server's version."""
        answer = await self._http.fetch("/api/v2/status")
        info = answer.get("versionInfo") if isinstance(answer, dict) else None
        return excerpt(str(info.get("version", "unknown")), 40) if isinstance(info, dict) else "unknown"

    async def silence(self, silence_id: str) -> JsonObject:
        """Return a silence; raises NotFound."""
        try:
            return _object(await self._http.fetch(f"/api/v2/silence/{quote(silence_id, safe='')}"))
        except NotFound as error:
            raise NotFound(f"Alertmanager has no silence {excerpt(silence_id, 60)}.") from error

    async def silences(self) -> tuple[JsonObject, ...]:
        """Return every silence that is kept, expired ones too."""
        return _objects(await self._http.fetch("/api/v2/silences"), "matchers")

    async def matching(self, matchers: Sequence[JsonObject]) -> int:
        """Count the alerts that these matchers would silence now; without matchers, all that fire."""
        filters = [("filter", shown(matcher)) for matcher in matchers]
        kinds = [("active", "true"), ("silenced", "true"), ("inhibited", "true")]
        now = datetime.now(UTC)
        return sum(
            not _over(alert, now)
            for alert in _objects(await self._http.fetch("/api/v2/alerts", [*kinds, *filters]), "fingerprint")
        )

    async def create_silence(self, body: JsonObject) -> str:
        """Create a silence and return its id."""
        answer = _object(await self._http.send("POST", "/api/v2/silences", body))
        found = answer.get("silenceID")
        if not isinstance(found, str) or not found:
            raise BadAnswer("Alertmanager did not name the silence that it made.", backend=BACKEND)
        return found

    async def expire_silence(self, silence_id: str) -> None:
        """End a silence."""
        await self._http.send("DELETE", f"/api/v2/silence/{quote(silence_id, safe='')}")


def shown(matcher: JsonObject) -> str:
    """Return a matcher as people and Alertmanager write it, such as `service="payment"`."""
    sign = _SIGNS[bool(matcher.get("isEqual", True)), bool(matcher.get("isRegex", False))]
    return f"{matcher.get('name', '')}{sign}{quoted(str(matcher.get('value', '')))}"


def _over(alert: JsonObject, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(alert.get("endsAt"))) <= now
    except (ValueError, TypeError):
        return False


def _object(answer: Any) -> JsonObject:
    if not isinstance(answer, dict):
        raise BadAnswer(
            "Alertmanager answered something unexpected: an object was expected.", backend=BACKEND
        )
    return answer


def _objects(answer: Any, field: str) -> tuple[JsonObject, ...]:
    """Return the objects of a list that have a field; a list without one such object is no answer."""
    if not isinstance(answer, list):
        raise BadAnswer("Alertmanager answered something unexpected: a list was expected.", backend=BACKEND)
    found = tuple(item for item in answer if isinstance(item, dict) and field in item)
    if answer and not found:
        raise BadAnswer("Alertmanager answered a list of something else.", backend=BACKEND)
    return found

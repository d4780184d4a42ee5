"""Grafana's annotations: marks of what happened, found again by their tags, so that nothing is marked twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.analysis.redaction import clean_text
from agent.errors import BadAnswer
from tools.connectors.grafana import BACKEND, grafana_http

_MOST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Annotation:
    """One mark; `tags` name it, a time span has an `until`. `id` is Grafana's, None before it is there."""

    text: str
    tags: tuple[str, ...]
    at: datetime
    until: datetime | None = None
    id: int | None = None


class GrafanaAnnotations:
    """Creates, changes and finds marks of the whole organisation; dashboards choose theirs by tag."""

    def __init__(self, url: str, *, token: str, timeout_seconds: float) -> None:
        self._http = grafana_http(url, token, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def find(self, tags: Sequence[str], start: datetime, end: datetime) -> tuple[Annotation, ...]:
        """Return the marks within a time that carry all of these tags."""
        params = [
            ("from", str(_millis(start))),
            ("to", str(_millis(end))),
            ("limit", "1000"),
            ("type", "annotation"),
        ]
        found = await self._http.fetch("/api/annotations", [*params, *(("tags", tag) for tag in tags)])
        if not isinstance(found, list):
            raise BadAnswer("Grafana answered something unexpected: a list was expected.", backend=BACKEND)
        wanted = set(tags)
        marks = [_read(item) for item in found if isinstance(item, dict)]
        return tuple(mark for mark in marks if mark is not None and wanted.issubset(mark.tags))

    async def add(self, mark: Annotation) -> None:
        """Create a mark."""
        await self._http.send("POST", "/api/annotations", _body(mark))

    async def change(self, mark: Annotation) -> None:
        """Write a mark's text, tags and times anew; raises NotFound."""
        await self._http.send("PATCH", f"/api/annotations/{mark.id}", _body(mark))


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _body(mark: Annotation) -> dict[str, Any]:
    body: dict[str, Any] = {
        "time": _millis(mark.at),
        "tags": list(mark.tags),
        "text": clean_text(mark.text)[:_MOST_TEXT],
    }
    return body if mark.until is None else {**body, "timeEnd": _millis(mark.until)}


def _read(item: dict[str, Any]) -> Annotation | None:
    number, start, end = item.get("id"), item.get("time"), item.get("timeEnd")
    if not isinstance(number, int) or not isinstance(start, int | float):
        return None
    span = isinstance(end, int | float) and end > start
    tags = item.get("tags")
    return Annotation(
        text=str(item.get("text") or ""),
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        at=_moment(start),
        until=_moment(end) if span and isinstance(end, int | float) else None,
        id=number,
    )


def _moment(millis: float) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)

"""Builds Elasticsearch queries for logs; what people look for is always a value, never query syntax."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.connectors.log_layouts import (
    FETCHED_FIELDS,
    LEVEL_FIELDS,
    MESSAGE_FIELDS,
    SERVICE_FIELDS,
    TYPE_FIELDS,
    stored_levels,
)
from tools.connectors.readers import LogQuery

COUNTED = 100_000
TOP = 10
_TEXT_LEVELS = {"error": "ERROR FATAL CRITICAL Exception", "warn": "WARN WARNING"}
PROBED = (*SERVICE_FIELDS, *LEVEL_FIELDS, *TYPE_FIELDS)

# The monitoring guide's own query for Kibana, sent as it stands where the store has its layout.
GUIDE_QUERY: dict[str, Any] = {
    "query": {"bool": {"must": [{"term": {"level": "error"}}, {"range": {"@timestamp": {"gte": "now-1h"}}}]}},
    "aggs": {"errors_by_service": {"terms": {"field": "service.keyword", "size": 10}}},
}


@dataclass(frozen=True, slots=True)
class LogFields:
    """Which exact-match fields the store has for each role; `known` is False before anything was seen."""

    service: tuple[str, ...]
    level: tuple[str, ...]
    type: tuple[str, ...]
    known: bool = True

    @property
    def guide_layout(self) -> bool:
        """Say whether `service` and `level` are all that the store uses for these roles."""
        foreign = ("fields.service", "service.name", "severity", "log.level", "fields.level")
        used = {base_of(field) for field in (*self.service, *self.level)}
        return "service.keyword" in self.service and used.isdisjoint(foreign)


def base_of(field: str) -> str:
    """Return the field of which this is the `.keyword` form."""
    return field.removesuffix(".keyword")


def fields_from(capabilities: Mapping[str, Any]) -> LogFields:
    """Choose fields from a field capabilities answer (`name → type → …`)."""

    def chosen(bases: tuple[str, ...]) -> tuple[str, ...]:
        found = []
        for base in bases:
            for name in (f"{base}.keyword", base):
                kinds = capabilities.get(name)
                if isinstance(kinds, Mapping) and {"keyword", "constant_keyword", "wildcard"} & set(kinds):
                    found.append(name)
        return tuple(found)

    service, level, kind = chosen(SERVICE_FIELDS), chosen(LEVEL_FIELDS), chosen(TYPE_FIELDS)
    if not service and not level:
        return assumed_fields()
    return LogFields(service, level, kind)


def assumed_fields() -> LogFields:
    """Return the fields of a store with dynamic mapping, for when it cannot be asked."""

    def keyword(bases: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{base}.keyword" for base in bases)

    return LogFields(keyword(SERVICE_FIELDS), keyword(LEVEL_FIELDS), keyword(TYPE_FIELDS), known=False)


def search_body(query: LogQuery, fields: LogFields) -> dict[str, Any]:
    """Return the body that finds lines, newest first."""
    return {
        "query": _matching(query, fields),
        "sort": [{"@timestamp": {"order": "desc", "unmapped_type": "date"}}],
        "size": query.limit,
        "track_total_hits": COUNTED,
        "_source": list(FETCHED_FIELDS),
    }


def count_body(query: LogQuery, fields: LogFields) -> dict[str, Any]:
    """Return the body that counts per service; a line counts for the first service field that it has."""
    aggregations: dict[str, Any] = {}
    for place, field in enumerate(fields.service):
        terms = {"terms": {"field": field, "size": TOP}}
        before = [{"exists": {"field": base_of(other)}} for other in fields.service[:place]]
        inner = {"filter": {"bool": {"must_not": before}}, "aggs": {"services": terms}}
        aggregations[f"by_{place}"] = inner if before else terms
    return {"query": _matching(query, fields), "size": 0, "aggs": aggregations}


def is_guide_question(query: LogQuery, now: datetime) -> bool:
    """Say whether this asks for what the guide's query answers: errors of the last hour, of every service."""
    whole = query.service is None and query.text is None and query.log_type is None
    return whole and query.level == "error" and query.end == now and now - query.start == timedelta(hours=1)


def _matching(query: LogQuery, fields: LogFields) -> dict[str, Any]:
    span = {"gte": query.start.isoformat(), "lte": query.end.isoformat()}
    clauses: list[dict[str, Any]] = [{"range": {"@timestamp": span}}]
    if query.service:
        clauses.append(_any_of([{"term": {field: query.service}} for field in fields.service]))
    if query.level:
        clauses.append(_level(query.level, fields))
    if query.log_type:
        clauses.append(_log_type(query.log_type, fields))
    if query.text:
        phrase = {"query": query.text, "fields": list(MESSAGE_FIELDS), "type": "phrase", "lenient": True}
        clauses.append({"multi_match": phrase})
    return {"bool": {"filter": clauses}}


def _any_of(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _level(level: str, fields: LogFields) -> dict[str, Any]:
    spellings = list(stored_levels(level))
    # Without a keyword form, the analysed field is asked; its tokens are lower case.
    names = fields.level if fields.known and fields.level else (*fields.level, "level", "severity")
    clauses: list[dict[str, Any]] = [{"terms": {field: spellings}} for field in names]
    words = _TEXT_LEVELS.get(level)
    if words:
        # Lines of plain text carry their level only in the message.
        plain = {
            "must_not": [{"exists": {"field": field}} for field in LEVEL_FIELDS],
            "must": [{"multi_match": {"query": words, "fields": ["message", "log"], "lenient": True}}],
        }
        clauses.append({"bool": plain})
    return _any_of(clauses)


def _log_type(log_type: str, fields: LogFields) -> dict[str, Any]:
    clauses: list[dict[str, Any]] = [{"term": {field: log_type}} for field in fields.type]
    if log_type == "error":
        clauses.append(_level("error", fields))
    if log_type == "application":
        clauses.append({"bool": {"must_not": [{"exists": {"field": field}} for field in TYPE_FIELDS]}})
    # No clause at all would match every line.
    return _any_of(clauses or [{"term": {"log_type": log_type}}])

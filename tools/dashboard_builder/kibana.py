"""What Kibana imports: a data view over the log indices, and saved searches with the filters of the reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from tools.connectors.kibana import EVERYTHING, data_view_id, kind_of, saved_search_id
from tools.connectors.log_query import assumed_fields, search_body
from tools.connectors.readers import JsonObject, LogQuery, LogType

TIME_FIELD = "@timestamp"
COLUMNS = ("service", "level", "message")
LEVELS = ("fatal", "error", "warn", "info", "debug")
# The oldest form that every Kibana of version 8 and 9 migrates by itself.
_CORE, _TYPE = "8.8.0", "8.0.0"
_VIEW_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
_FILTER_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index"
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Search:
    title: str
    says: str
    query: LogQuery | None = None


def kibana_objects(indices: str) -> str:
    """Return the saved objects as NDJSON, as Kibana's import takes them; ids depend on the indices alone."""
    found = [_data_view(indices), *_searches(indices)]
    return "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in found)


def _data_view(indices: str) -> JsonObject:
    return _object(
        "index-pattern",
        data_view_id(indices),
        {"title": indices, "name": "ops-monitor logs", "timeFieldName": TIME_FIELD, "allowNoIndex": True},
        [],
    )


def _searches(indices: str) -> Iterator[JsonObject]:
    yield _saved(indices, EVERYTHING, _Search("Logs", "Every line."))
    for level in LEVELS:
        query = LogQuery(_ANY_TIME, _ANY_TIME, level=level)
        named = "Errors by service" if level == "error" else f"Lines of level {level}"
        says = (
            "Lines of level error and worse, in every spelling."
            if level == "error"
            else f"Lines of level {level}."
        )
        yield _saved(indices, kind_of(query), _Search(named, says, query))
    kinds: tuple[LogType, ...] = get_args(LogType)
    for kind in kinds:
        query = LogQuery(_ANY_TIME, _ANY_TIME, log_type=kind)
        named = "Security events" if kind == "security" else f"{kind[:1].upper()}{kind[1:]} logs"
        yield _saved(indices, kind_of(query), _Search(named, f"Lines of type {kind}.", query))


def _saved(indices: str, kind: str, search: _Search) -> JsonObject:
    source: JsonObject = {
        "query": {"language": "kuery", "query": ""},
        "filter": [] if search.query is None else [_filter(search)],
        "indexRefName": _VIEW_REFERENCE,
        "highlightAll": True,
    }
    names = [_VIEW_REFERENCE] if search.query is None else [_VIEW_REFERENCE, _FILTER_REFERENCE]
    view = data_view_id(indices)
    attributes = {
        "title": f"ops-monitor: {search.title}",
        "description": search.says,
        "columns": list(COLUMNS),
        "sort": [[TIME_FIELD, "desc"]],
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, ensure_ascii=False)},
    }
    references = [{"id": view, "name": name, "type": "index-pattern"} for name in names]
    return _object("search", saved_search_id(indices, kind), attributes, references)


def _filter(search: _Search) -> JsonObject:
    assert search.query is not None
    # The page has its own time; the rest is what the read sends to a store with dynamic mapping.
    clauses = search_body(search.query, assumed_fields())["query"]["bool"]["filter"][1:]
    wanted = {"bool": {"filter": clauses}}
    meta = {
        "alias": search.title,
        "disabled": False,
        "negate": False,
        "type": "custom",
        "key": "query",
        "value": json.dumps(wanted, ensure_ascii=False),
        "indexRefName": _FILTER_REFERENCE,
    }
    return {"meta": meta, "query": wanted, "$state": {"store": "appState"}}


def _object(kind: str, name: str, attributes: JsonObject, references: list[JsonObject]) -> JsonObject:
    return {
        "type": kind,
        "id": name,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": _CORE,
        "typeMigrationVersion": _TYPE,
        "managed": False,
    }

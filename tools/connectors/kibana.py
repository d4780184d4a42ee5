"""Addresses in Kibana's Discover: the same lines, over the same time, as a look into the logs found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

from agent.errors import Misconfigured
from tools.connectors.http_json import public_url
from tools.connectors.log_layouts import MESSAGE_FIELDS, stored_levels
from tools.connectors.log_query import LogFields
from tools.connectors.readers import LogQuery

# Ids are made of the index patterns, so that links and exported objects agree without asking Kibana.
_SPACE = UUID("6d2f3c1e-7a4b-5c8d-9e0f-1a2b3c4d5e6f")
EVERYTHING = "all"
_KEPT = "!'(),:"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")


def patterns_of(setting: str) -> str:
    """Return the index patterns of the setting without spaces and empty parts."""
    return ",".join(part.strip() for part in setting.split(",") if part.strip())


def data_view_id(indices: str) -> str:
    """Return the id of the data view over these index patterns."""
    return str(uuid5(_SPACE, f"data-view:{indices}"))


def saved_search_id(indices: str, kind: str) -> str:
    """Return the id of a saved search: `all`, `level-error`, `type-security` …"""
    return str(uuid5(_SPACE, f"search:{indices}:{kind}"))


def kind_of(query: LogQuery) -> str:
    """Return which saved search has a query's level or type."""
    if query.log_type:
        return f"type-{query.log_type}"
    return f"level-{query.level}" if query.level else EVERYTHING


def rison(value: Any) -> str:
    """Return a value in Rison, the notation of Kibana's addresses."""
    if isinstance(value, bool) or value is None:
        return {True: "!t", False: "!f", None: "!n"}[value]
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, str):
        return _rison_text(value)
    if isinstance(value, dict):
        return f"({','.join(f'{_rison_text(str(key))}:{rison(one)}' for key, one in value.items())})"
    return f"!({','.join(map(rison, value))})"


def _rison_text(text: str) -> str:
    # A bare word must not look like a number.
    if text and set(text) <= _PLAIN and not (text[0].isdigit() or text[0] == "-"):
        return text
    escaped = text.replace("!", "!!").replace("'", "!'")
    return f"'{escaped}'"


def kql_text(text: str) -> str:
    """Return a text as a quoted KQL value; nothing in it is syntax."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
    return f'"{escaped}"'


def kql_of(query: LogQuery, fields: LogFields) -> str:
    """Return what a saved search leaves open: the service, the phrase, and the level where a type has the search."""
    parts: list[str] = []
    if query.service:
        parts.append(_any(fields.service, [kql_text(query.service)]))
    if query.text:
        parts.append(_any(MESSAGE_FIELDS, [kql_text(query.text)]))
    if query.log_type and query.level:
        parts.append(_any(fields.level, [kql_text(word) for word in stored_levels(query.level)]))
    return " and ".join(parts)


def _any(names: Sequence[str], values: Sequence[str]) -> str:
    wanted = values[0] if len(values) == 1 else f"({' or '.join(values)})"
    tests = [f"{name}:{wanted}" for name in names]
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class KibanaLinks:
    """Makes addresses for one Kibana and one set of index patterns; raises Misconfigured for an unusable address."""

    def __init__(self, url: str, indices: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise Misconfigured("The address of Kibana must begin with http:// or https://.")
        self._base = public_url(url)
        self._indices = indices

    def lines(self, query: LogQuery, fields: LogFields) -> str:
        """Return the page with the lines that a query finds, through the exported saved search of its level or type."""
        saved = saved_search_id(self._indices, kind_of(query))
        time = {"time": {"from": _moment(query.start), "to": _moment(query.end)}}
        state = {"query": {"language": "kuery", "query": kql_of(query, fields)}}
        found = f"_g={quote(rison(time), safe=_KEPT)}&_a={quote(rison(state), safe=_KEPT)}"
        return f"{self._base}/app/discover#/view/{saved}?{found}"

"""Elasticsearch (and what speaks its search API) as a log store, through the official async client."""

import asyncio
import json
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from agent.errors import BadAnswer, Misconfigured, Overloaded, Refused, TimedOut, Unavailable
from agent.loading import load
from tools.connectors.http_json import excerpt, seconds_of
from tools.connectors.kibana import KibanaLinks, patterns_of
from tools.connectors.log_layouts import log_line
from tools.connectors.log_query import (
    GUIDE_QUERY,
    PROBED,
    TOP,
    LogFields,
    assumed_fields,
    count_body,
    fields_from,
    is_guide_question,
    search_body,
)
from tools.connectors.readers import LogHits, LogQuery, ServiceCounts

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch

BACKEND = "elasticsearch"
_FIELDS_KEPT = timedelta(minutes=5)
_TOLERANT = {"ignore_unavailable": "true", "allow_no_indices": "true"}


class ElasticsearchLogs:
    """A LogReader."""

    def __init__(
        self,
        url: str,
        *,
        indices: str,
        api_key: str | None = None,
        timeout_seconds: float,
        kibana_url: str | None = None,
    ) -> None:
        self._url = _with_port(url)
        self._indices = patterns_of(indices)
        self._api_key = api_key
        self._pages = KibanaLinks(kibana_url, self._indices) if kibana_url else None
        self._timeout = timeout_seconds
        self._client: AsyncElasticsearch | None = None
        self._lock = asyncio.Lock()
        self._fields: tuple[datetime, LogFields] | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.close()
            self._client = None

    async def version(self) -> str:
        """Return the server's version."""
        found = await self._ask("GET", "/")
        version = found.get("version")
        return excerpt(str(version.get("number", "unknown")), 40) if isinstance(version, dict) else "unknown"

    async def search(self, query: LogQuery) -> LogHits:
        """Find lines, newest first."""
        fields = await self._known_fields(query.end)
        body = search_body(query, fields)
        answer = await self._search(body)
        hits = answer.get("hits")
        items = hits.get("hits") if isinstance(hits, dict) else None
        if not isinstance(hits, dict) or not isinstance(items, list):
            raise _bad("no hits in it")
        sources = [
            item["_source"]
            for item in items
            if isinstance(item, dict) and isinstance(item.get("_source"), dict)
        ]
        lines = tuple(line for line in map(log_line, sources) if line)
        return LogHits(lines, max(_total(hits), len(lines)), self._shown(body), self._page(query, fields))

    async def count_by_service(self, query: LogQuery, *, now: datetime) -> ServiceCounts:
        """Count matching lines per service, the ten largest."""
        fields = await self._known_fields(query.end)
        if is_guide_question(query, now) and fields.guide_layout:
            answer = await self._search({**GUIDE_QUERY, "size": 0})
            counts = _buckets(answer, ("errors_by_service",))
            if counts:
                return ServiceCounts(counts, self._shown(GUIDE_QUERY), self._page(query, fields))
        body = count_body(query, fields)
        answer = await self._search(body)
        return ServiceCounts(
            _buckets(answer, tuple(body["aggs"])), self._shown(body), self._page(query, fields)
        )

    def _page(self, query: LogQuery, fields: LogFields) -> str | None:
        return self._pages.lines(query, fields) if self._pages else None

    async def _search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._ask("POST", f"/{self._indices}/_search", params=_TOLERANT, body=body)
        if answer.get("timed_out") is True:
            raise TimedOut("Elasticsearch ran out of time within the search.", backend=BACKEND)
        return answer

    async def _known_fields(self, now: datetime) -> LogFields:
        if self._fields and abs(now - self._fields[0]) < _FIELDS_KEPT:
            return self._fields[1]
        names = ",".join(name for base in PROBED for name in (base, f"{base}.keyword"))
        try:
            answer = await self._ask(
                "GET", f"/{self._indices}/_field_caps", params={"fields": names, **_TOLERANT}
            )
        except Refused:
            # Some stores and some roles do not allow it; dynamic mapping is then the best guess.
            return assumed_fields()
        found = answer.get("fields")
        fields = fields_from(found) if isinstance(found, dict) else assumed_fields()
        if fields.known:
            self._fields = (now, fields)
        return fields

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        client = await self._connected()
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        answer = await _translated(
            client.perform_request(method, path, params=params, headers=headers, body=body)
        )
        if not isinstance(answer, dict):
            raise _bad("an object was expected")
        return answer

    async def _connected(self) -> "AsyncElasticsearch":
        async with self._lock:
            if self._client is None:
                # Importing the client takes about a second, which the event loop must not wait for.
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> "AsyncElasticsearch":
        load("elasticsearch", "tools.connectors.elastic_node")
        from elasticsearch import AsyncElasticsearch

        from tools.connectors.elastic_node import CappedNode

        try:
            return AsyncElasticsearch(
                self._url,
                api_key=self._api_key,
                request_timeout=self._timeout,
                max_retries=0,
                retry_on_timeout=False,
                node_class=CappedNode,
            )
        except ValueError as error:
            raise Misconfigured("The address of Elasticsearch cannot be used.") from error

    def _shown(self, body: Mapping[str, Any]) -> str:
        shown = {key: value for key, value in body.items() if key != "_source"}
        return f"POST /{self._indices}/_search {json.dumps(shown, ensure_ascii=False)}"


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured("The address of Elasticsearch must begin with http:// or https://.")
    if parts.port is None:
        port = 443 if parts.scheme == "https" else 80
        parts = parts._replace(netloc=f"{parts.netloc}:{port}")
    return urlunsplit(parts)


async def _translated(call: Awaitable[Any]) -> Any:
    """Await a call of the client and return its body; every way in which the client fails becomes our error."""
    from elastic_transport import ConnectionTimeout, SerializationError, TransportError
    from elasticsearch import ApiError, UnsupportedProductError

    try:
        return (await call).body
    except ApiError as error:
        raise _refusal(error.status_code, error.meta.headers.get("retry-after"), error.body) from error
    except ConnectionTimeout as error:
        raise TimedOut("Elasticsearch did not answer in time.", backend=BACKEND) from error
    except (SerializationError, UnsupportedProductError) as error:
        raise _bad("it is not an answer of Elasticsearch") from error
    except TransportError as error:
        for cause in error.errors:
            if isinstance(cause, BadAnswer):
                raise cause from error
        raise Unavailable("Elasticsearch cannot be reached.", backend=BACKEND) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        # What the client trips over when the answer is garbage.
        raise _bad("it cannot be read") from error


def _refusal(status: int, retry_after: str | None, body: Any) -> Exception:
    said = _reason(body)
    if status in (401, 403):
        return Refused(f"Elasticsearch refuses our credentials ({status}).", backend=BACKEND)
    if status == 429:
        wait = seconds_of(retry_after)
        return Overloaded("Elasticsearch is overloaded (429).", backend=BACKEND, retry_after_seconds=wait)
    if status in (408, 504):
        return TimedOut(f"Elasticsearch gave up after too long ({status}).", backend=BACKEND)
    if status >= 500:
        return Unavailable(f"Elasticsearch cannot answer now ({status}). {said}".strip(), backend=BACKEND)
    return Refused(f"Elasticsearch refused the search ({status}). {said}".strip(), backend=BACKEND)


def _reason(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    reason = error.get("reason") if isinstance(error, dict) else error
    return excerpt(reason) if isinstance(reason, str) else ""


def _bad(why: str) -> BadAnswer:
    return BadAnswer(f"Elasticsearch answered something unexpected: {why}.", backend=BACKEND)


def _total(hits: Mapping[str, Any]) -> int:
    total = hits.get("total")
    value = total.get("value") if isinstance(total, dict) else total
    return value if isinstance(value, int) else 0


def _buckets(answer: Mapping[str, Any], names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    aggregations = answer.get("aggregations")
    for name in names:
        found = aggregations.get(name) if isinstance(aggregations, dict) else None
        found = found.get("services", found) if isinstance(found, dict) else None
        buckets = found.get("buckets") if isinstance(found, dict) else None
        for bucket in buckets if isinstance(buckets, list) else ():
            if isinstance(bucket, dict) and isinstance(bucket.get("doc_count"), int):
                key = str(bucket.get("key", ""))
                counts[key] = counts.get(key, 0) + bucket["doc_count"]
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP])

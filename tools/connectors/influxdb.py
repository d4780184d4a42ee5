"""InfluxDB by its version 1 query API (InfluxQL over HTTP), read only."""

import base64
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.domain.results import Series
from agent.errors import BadAnswer, NotFound, Refused, Unavailable
from tools.connectors.http_json import JsonHttp, excerpt

BACKEND = "influxdb"
_MOST_SERIES = 500
_UNTOLD = "not executed"
# What a store says in the body of a 200 when it was too busy and not when the question was wrong.
_BUSY = re.compile(r"timeout|max-concurrent|too many|shutting down|out of memory|killed", re.IGNORECASE)


class InfluxDatabase:
    """One database of an InfluxDB; several queries travel in one request."""

    def __init__(
        self, url: str, database: str, *, user: str | None, password: str | None, timeout_seconds: float
    ) -> None:
        self._database = database
        self._http = JsonHttp(
            "InfluxDB", BACKEND, url, timeout_seconds=timeout_seconds, headers=_entrance(user, password)
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def version(self) -> str:
        """Prove that the database can be asked; this API tells a version in a header only, so none is returned."""
        await self._asked(["SHOW MEASUREMENTS LIMIT 1"])
        return ""

    async def select(self, queries: Sequence[str]) -> tuple[tuple[Series, ...], ...]:
        """Return the series of each query with the starts of its slices; nulls are left out. Raises BackendError."""
        return tuple(tuple(map(_series, rows)) for rows in await self._asked(queries))

    async def keys(self, source: str) -> frozenset[str]:
        """Return the fields and tags of a measurement, written as in FROM; none when it does not exist."""
        answers = await self._asked([f"SHOW FIELD KEYS FROM {source}", f"SHOW TAG KEYS FROM {source}"])
        found: set[str] = set()
        for row in (row for rows in answers for row in rows):
            found.update(value[0] for value in row["values"] if isinstance(value[0], str))
        return frozenset(found)

    async def _asked(self, queries: Sequence[str]) -> list[list[dict[str, Any]]]:
        params = {"db": self._database, "epoch": "s", "q": "; ".join(queries)}
        try:
            answer = await self._http.fetch("/query", params)
        except NotFound as error:
            raise Refused(
                "InfluxDB has no version 1 query API at this address (404).", backend=BACKEND
            ) from error
        results = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(results, list) or not results:
            raise _bad("no results in it")
        if not all(isinstance(result, dict) for result in results):
            raise _bad("a result is no object")
        errors = [str(result["error"]) for result in results if "error" in result]
        if errors:
            if errors[0] == _UNTOLD and len(queries) > 1:
                # Version 1.6 tells of several only that they were not executed; alone the first one is told why.
                await self._asked(queries[:1])
            raise _refusal(next((said for said in errors if said != _UNTOLD), errors[0]))
        # After a failed statement the rest is not run, so fewer answers without an error are a broken answer.
        if len(results) != len(queries):
            raise _bad(f"{len(results)} results for {len(queries)} queries")
        return [_rows(result) for result in results]


def _entrance(user: str | None, password: str | None) -> Mapping[str, str]:
    if not user:
        return {}
    pair = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _refusal(said: str) -> Exception:
    words = excerpt(said)
    if _BUSY.search(words):
        return Unavailable(f"InfluxDB could not answer. {words}", backend=BACKEND)
    return Refused(f"InfluxDB refused the query. {words}", backend=BACKEND)


def _rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = result.get("series", [])
    if not isinstance(rows, list):
        raise _bad("series are no list")
    if result.get("partial") or any(isinstance(row, dict) and row.get("partial") for row in rows):
        raise _bad("it is cut off (max-row-limit)")
    if len(rows) > _MOST_SERIES:
        message = (
            f"The query gives {len(rows)} series; at most {_MOST_SERIES} are read. Group it by fewer tags."
        )
        raise Refused(message, backend=BACKEND)
    for row in rows:
        values = row.get("values", []) if isinstance(row, dict) else None
        if not isinstance(values, list) or not all(isinstance(one, list) and one for one in values):
            raise _bad("a series cannot be read")
        row["values"] = values
    return rows


def _series(row: Mapping[str, Any]) -> Series:
    tags = row.get("tags") or {}
    try:
        labels = {str(name): str(value) for name, value in tags.items()}
        points = tuple(
            (float(at), float(value))
            for at, value in row["values"]
            if value is not None and math.isfinite(float(value))
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise _bad("a series cannot be read") from error
    return Series(labels=labels, points=points)


def _bad(why: str) -> BadAnswer:
    return BadAnswer(f"InfluxDB answered something unexpected: {why}.", backend=BACKEND)

"""The slow routes of a table of requests in PostgreSQL: one fixed query, in a session that can only read."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from agent.errors import Misconfigured
from tools.connectors.postgres_sessions import connected
from tools.connectors.requests_reader import Endpoint, Endpoints

BACKEND = "requests"
# The monitoring guide's own query, with its durations in milliseconds; the totals say whether there was anything at all.
QUERY = """
WITH seen AS (
  SELECT route, count(*) AS requests, avg(duration)::float8 AS mean, max(duration)::float8 AS slowest,
         percentile_cont(0.95) WITHIN GROUP (ORDER BY duration)::float8 AS p95
  FROM http_requests
  WHERE "timestamp" > %(since)s AND "timestamp" <= %(until)s AND duration IS NOT NULL
  GROUP BY route
)
SELECT total.routes, found.route, found.requests, found.mean, found.p95, found.slowest
FROM (SELECT count(*) AS routes FROM seen) AS total
LEFT JOIN LATERAL (
  SELECT * FROM seen WHERE mean > %(over)s ORDER BY p95 DESC, route LIMIT %(most)s
) AS found ON true
ORDER BY found.p95 DESC NULLS LAST, found.route
"""


class PostgresRequests:
    """A RequestsReader over a table `http_requests(route, duration in milliseconds, timestamp)`."""

    backend = BACKEND

    def __init__(self, dsn: str, *, timeout_seconds: float) -> None:
        self._dsn = dsn.replace("postgresql+psycopg://", "postgresql://", 1)
        self._timeout = timeout_seconds
        try:
            conninfo_to_dict(self._dsn)
        except psycopg.Error as error:
            said = "OPS_REQUESTS_POSTGRESQL_URL must look like postgresql://host/db."
            raise Misconfigured(said) from error

    async def close(self) -> None:
        """Nothing is kept open."""

    async def version(self) -> str:
        """Return the server's version."""
        async with self._connection() as connection:
            row = await (await connection.execute("SHOW server_version")).fetchone()
        return str(row[0]) if row else ""

    async def slow(self, since: datetime, until: datetime, *, over_seconds: float, most: int) -> Endpoints:
        """Return the routes whose mean is over a limit, the highest P95 first, and how many routes there were."""
        named = {"since": since, "until": until, "over": over_seconds * 1000, "most": most}
        async with self._connection() as connection:
            rows = await (await connection.execute(QUERY.encode(), named)).fetchall()
        found = tuple(
            Endpoint("", str(route), float(count), mean / 1000, p95 / 1000, slowest / 1000)
            for _, route, count, mean, p95, slowest in rows
            if count is not None
        )
        return Endpoints(found, int(rows[0][0]) if rows else 0, " ".join(QUERY.split()))

    def _connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        return connected(self._dsn, BACKEND, timeout_seconds=self._timeout, read_only=True)

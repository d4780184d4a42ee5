"""The demo's real Redis and PostgreSQL, where they are installed, with what the shop expects to find in them."""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from demo.backends.postgres import PostgresServer
from demo.backends.process import BackendMissing
from demo.backends.redis import RedisServer
from demo.staged import Staged

DATABASE = "ledger"
# Three Pods with ten connections each, one more while a release rolls, and a few to spare.
PAYMENT_LIMIT = 45
_TABLES = (
    "CREATE TABLE charges (id bigserial PRIMARY KEY, order_id text NOT NULL, at timestamptz DEFAULT now())",
    "GRANT INSERT, SELECT ON charges TO payment",
    "GRANT USAGE ON SEQUENCE charges_id_seq TO payment",
)


class DataBackends(Staged):
    """Starts what is installed; `environment` is for the shop's containers, the URLs are for the bot (None: not here)."""

    def __init__(self, home: Path, *, say: Callable[[str], None] = print) -> None:
        self._home = home / "data"
        self._say = say
        super().__init__()
        self._environment: dict[str, str] = {}
        self.redis_url: str | None = None
        self.postgresql_url: str | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables through which the shop's containers find the servers."""
        return self._environment

    async def _start(self) -> None:
        await asyncio.to_thread(shutil.rmtree, self._home, ignore_errors=True)
        await self._start_redis()
        await self._start_postgres()

    async def _start_redis(self) -> None:
        try:
            redis = await self._stack.enter_async_context(RedisServer(self._home / "redis"))
        except BackendMissing as missing:
            self._say(f"  no Redis: catalog keeps its cache in memory ({missing})")
            return
        self.redis_url = redis.url
        self._environment["CATALOG_CACHE_URL"] = redis.url
        self._say(f"  Redis        127.0.0.1:{redis.port}")

    async def _start_postgres(self) -> None:
        server = PostgresServer(self._home / "postgresql", fsync=False, max_connections=150)
        try:
            await self._stack.enter_async_context(server)
        except BackendMissing as missing:
            self._say(f"  no PostgreSQL: the ledger only plays its database ({missing})")
            return
        await self._furnish(server)
        self._say(f"  PostgreSQL   127.0.0.1:{server.port}")

    async def _furnish(self, server: PostgresServer) -> None:
        """Create the ledger, and one role with few rights for each that comes."""
        await server.create_database(DATABASE)
        roles = {
            "payment": (f"CONNECTION LIMIT {PAYMENT_LIMIT}", ()),
            "ledger_page": ("", ("pg_read_all_stats",)),
            # What the data actions need and no more; CREATEROLE is what lets a limit be changed.
            "ops_monitor": ("CREATEROLE", ("pg_read_all_stats", "pg_signal_backend")),
        }
        urls: dict[str, str] = {}
        for role, (options, memberships) in roles.items():
            password = secrets.token_urlsafe(18)
            await server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}' {options}")
            for membership in memberships:
                await server.execute(f"GRANT {membership} TO {role}")
            urls[role] = server.url_of(DATABASE, user=role, password=password)
        for statement in _TABLES:
            await server.execute(statement, DATABASE)
        # From version 16 on CREATEROLE alone does not reach roles that somebody else has made.
        await server.execute("GRANT payment TO ops_monitor WITH ADMIN OPTION")
        self._environment |= {"LEDGER_DSN": urls["payment"], "LEDGER_STATS_DSN": urls["ledger_page"]}
        self.postgresql_url = urls["ops_monitor"]

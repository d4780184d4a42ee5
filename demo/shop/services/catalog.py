"""Knows items and prices: answers from a cache, because its own database is slow and narrow."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from aiohttp import web

from demo.shop.context import MIB, PodContext
from demo.shop.item_cache import CacheMiss, Item, ItemCache, LocalItems, RedisItems
from demo.shop.service import Problem, Service

ITEMS = 200
# The database behind the cache renders an item in about half a second and does two at a time.
ORIGIN_SECONDS = (0.5, 0.7)
ORIGIN_SLOTS = 2
ORIGIN_QUEUE = 12
EXPIRED_PER_SECOND = 0.06
# One statement that reads every item, when there is nothing in the cache at all.
BULK_SECONDS = 1.0
# Reads that were under way when somebody emptied the cache put a few items back.
EMPTY = ITEMS // 4
CACHE_URL = "CATALOG_CACHE_URL"
# A leaking index grows fast until most prices are in it, and at this share of the pace afterwards.
MOST_PRICES, NEW_PRICES = 72 * MIB, 0.2


class Catalog(Service):
    """Serves items from its cache and reads what is missing from its database.

    A Pod that starts, and one that finds the cache all but empty, writes all items into it; an entry that is there and cannot
    be read is left alone, so it costs a read of the database each time.
    """

    cpu_per_request: ClassVar[float] = 0.022
    idle_memory: ClassVar[int] = 148 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        telemetry = pod.telemetry
        self._hits = telemetry.counter("cache_hits", "Reads answered by the cache")
        self._misses = telemetry.counter("cache_misses", "Reads that went to the database")
        self._entries = telemetry.gauge("cache_entries", "Items in the cache")
        self._origin_active = telemetry.gauge("db_active_queries", "Reads of the database that run or wait")
        url = pod.env.get(CACHE_URL)
        self._cache: ItemCache = RedisItems(url) if url else LocalItems(pod.trouble)
        self._warms_itself = bool(url)
        self._origin = asyncio.Semaphore(ORIGIN_SLOTS)
        self._queued = 0
        self._leaked = 0.0
        self._to_expire = 0.0

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the item route and the cache's door for operators."""
        return (web.get("/items/{item}", self._read), web.post("/admin/cache/flush", self._flush))

    async def begin(self) -> None:
        """Fill the cache."""
        await self._cache.warm(_ALL)

    async def end(self) -> None:
        """Let go of the cache."""
        await self._cache.close()

    def memory(self) -> float:
        """Return the bytes in use with what the price index has leaked."""
        return super().memory() + self._leaked

    async def tick(self, seconds: float) -> None:
        """Expire a few items, leak when a fault asks for it, and publish."""
        leak = self.pod.trouble.leak_bytes_per_second
        self._leaked = self._leaked + leak * seconds * self._growth() if leak else 0.0
        self._to_expire += EXPIRED_PER_SECOND * seconds
        while self._to_expire >= 1:
            self._to_expire -= 1
            await self._cache.drop(self.pod.chance.randrange(ITEMS))
        entries = await self._cache.count()
        self._entries.set(entries)
        self._origin_active.set(self._queued)
        if entries < EMPTY and self._warms_itself:
            await self._refill()
        if self._leaked > 40 * MIB:
            message = f"Price index holds {self._leaked / MIB:.0f} MiB of unreleased snapshots"
            self.pod.log.write("warn", message, context="PriceIndex", heap_mib=round(self._leaked / MIB))

    def _growth(self) -> float:
        """Return how fast the index grows: once most prices are in it, only the new ones are added."""
        return 1.0 if self._leaked < MOST_PRICES else NEW_PRICES

    async def _read(self, request: web.Request) -> web.Response:
        name = request.match_info["item"]
        number = int(name.rpartition("-")[2]) % ITEMS
        await self.work(0.002, 0.006)
        try:
            item = await self._cache.get(number)
        except CacheMiss as miss:
            self._misses.inc()
            item = await self._from_database(number, str(miss))
            await self._cache.put(number, item)
        else:
            self._hits.inc()
        return web.json_response(item)

    async def _refill(self) -> None:
        await asyncio.sleep(BULK_SECONDS)
        await self._cache.warm(_ALL)
        self.pod.log.write("info", f"Cache was empty: {ITEMS} items written", context="CacheClient")

    async def _from_database(self, number: int, why: str) -> Item:
        if self._queued >= ORIGIN_QUEUE:
            self.pod.log.write(
                "error",
                f"Database read of item {number} rejected: {self._queued} reads are waiting",
                context="ItemRepository",
            )
            raise Problem(503, "too many reads are waiting")
        if why:
            self.pod.log.write("warn", f"Cache get item:{number} failed: {why}", context="CacheClient")
        self._queued += 1
        try:
            async with self._origin:
                self.pod.usage.cpu_seconds += 0.08
                await asyncio.sleep(self.pod.chance.uniform(*ORIGIN_SECONDS))
        finally:
            self._queued -= 1
        return _item(number)

    async def _flush(self, _: web.Request) -> web.Response:
        dropped = await self._cache.drop()
        self._leaked = 0.0
        message = f"Cache flushed by an operator: {dropped} entries dropped"
        self.pod.log.write("warn", message, context="CacheClient", log_type="audit")
        return web.json_response({"dropped": dropped})


def _item(number: int) -> Item:
    return {"item": f"item-{number}", "price": 9 + number % 40}


_ALL = {number: _item(number) for number in range(ITEMS)}

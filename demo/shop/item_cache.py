"""Where catalog keeps its items: in its own memory, or in a Redis that all of its Pods share."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from demo.shop.context import Trouble

Item = dict[str, int | str]
PREFIX = "catalog:item:"
REFUSED = "ECONNREFUSED"
UNREADABLE = "unexpected byte 0x80 at position 0"
# What another program's serialiser would have written there.
FOREIGN = b"\x80\x04\x95"


class CacheMiss(Exception):
    """The cache has no usable entry; the message says why when it should have had one."""


class ItemCache(Protocol):
    """A cache of items by number."""

    async def get(self, number: int) -> Item:
        """Return an item; raise CacheMiss."""
        ...

    async def put(self, number: int, item: Item) -> None:
        """Keep an item that was missing; an entry that is there stays."""
        ...

    async def warm(self, items: Mapping[int, Item]) -> None:
        """Write these items over whatever is there."""
        ...

    async def drop(self, number: int | None = None) -> int:
        """Forget one item, or all of them, and return how many there were."""
        ...

    async def count(self) -> int:
        """Return how many entries there are."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class LocalItems:
    """A cache in the Pod's memory, which a fault can take away."""

    def __init__(self, trouble: Trouble) -> None:
        self._items: dict[int, Item] = {}
        self._trouble = trouble

    async def get(self, number: int) -> Item:
        """Return an item; raise CacheMiss."""
        if self._trouble.cache_down:
            raise CacheMiss(REFUSED)
        if number not in self._items:
            raise CacheMiss
        return self._items[number]

    async def put(self, number: int, item: Item) -> None:
        """Keep an item, unless the cache is away."""
        if not self._trouble.cache_down:
            self._items.setdefault(number, item)

    async def warm(self, items: Mapping[int, Item]) -> None:
        """Write these items over whatever is there."""
        self._items |= items

    async def drop(self, number: int | None = None) -> int:
        """Forget one item, or all of them."""
        if number is not None:
            return 0 if self._items.pop(number, None) is None else 1
        dropped = len(self._items)
        self._items.clear()
        return dropped

    async def count(self) -> int:
        """Return how many entries there are; none while the cache is away."""
        return 0 if self._trouble.cache_down else len(self._items)

    async def close(self) -> None:
        """Nothing to let go of."""


class RedisItems:
    """A cache in a real Redis; as long as Redis is away every read misses."""

    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(
            url, socket_timeout=1.0, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 1)
        )

    async def get(self, number: int) -> Item:
        """Return an item; raise CacheMiss, with the reason when it is unreadable or Redis is away."""
        try:
            stored = await self._redis.get(f"{PREFIX}{number}")
        except (RedisError, OSError):
            raise CacheMiss(REFUSED) from None
        if stored is None:
            raise CacheMiss
        item = _readable(stored)
        if item is None:
            raise CacheMiss(UNREADABLE)
        return item

    async def put(self, number: int, item: Item) -> None:
        """Keep an item that was missing: of many that read it at once the first wins, so a bad entry stays as well."""
        await self._quietly(self._redis.set(f"{PREFIX}{number}", json.dumps(item), nx=True))

    async def warm(self, items: Mapping[int, Item]) -> None:
        """Write these items over whatever is there."""
        await self._quietly(
            self._redis.mset({f"{PREFIX}{number}": json.dumps(item) for number, item in items.items()})
        )

    async def drop(self, number: int | None = None) -> int:
        """Forget one item, or all of them."""
        keys = await self._keys() if number is None else [f"{PREFIX}{number}"]
        return int(await self._quietly(self._redis.unlink(*keys)) or 0) if keys else 0

    async def count(self) -> int:
        """Return how many entries there are, readable or not."""
        return len(await self._keys())

    async def spoil(self) -> None:
        """Write over every entry with what no reader of the shop understands."""
        keys = await self._keys()
        if keys:
            await self._redis.mset(dict.fromkeys(keys, FOREIGN))

    async def spoiled(self) -> int:
        """Return how many entries cannot be read."""
        keys = await self._keys()
        values = (await self._quietly(self._redis.mget(keys)) or []) if keys else []
        return sum(value is not None and _readable(value) is None for value in values)

    async def close(self) -> None:
        """Close the connections; one that does not end in time is left to itself."""
        await self._quietly(self._redis.aclose())

    async def _keys(self) -> list[bytes]:
        found: Any = await self._quietly(self._all_keys())
        return found or []

    async def _all_keys(self) -> list[bytes]:
        return [key async for key in self._redis.scan_iter(match=f"{PREFIX}*", count=1000)]

    @staticmethod
    async def _quietly(call: Any) -> Any:
        """Await a call; None when Redis is away, because a cache must never be what breaks the shop."""
        try:
            return await call
        except (RedisError, OSError):
            return None


def _readable(stored: bytes) -> Item | None:
    try:
        item = json.loads(stored)
    except ValueError:
        return None
    return item if isinstance(item, dict) else None

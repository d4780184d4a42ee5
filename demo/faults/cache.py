"""The fault of catalog's cache: entries that nobody can read, or, without a Redis, a cache that is away."""

from dataclasses import dataclass
from typing import ClassVar

from demo.faults.fault import NAMESPACE, Stage
from demo.faults.pods import LOST_CACHE
from demo.shop.item_cache import RedisItems
from demo.shop.services.catalog import CACHE_URL


@dataclass(frozen=True, slots=True)
class CacheStampede:
    """Another program has written over catalog's entries; a flush, or a new Pod that fills the cache, mends it."""

    name: ClassVar[str] = LOST_CACHE.name
    title: ClassVar[str] = LOST_CACHE.title
    description: ClassVar[str] = (
        "Catalog's cache turns useless: every read goes to its narrow database, and latency rises everywhere."
    )

    async def inject(self, stage: Stage) -> None:
        """Spoil every entry."""
        items = _shared(stage)
        if items is None:
            return await LOST_CACHE.inject(stage)
        try:
            await items.spoil()
        finally:
            await items.close()

    async def clear(self, stage: Stage) -> None:
        """Drop every entry; catalog fills the cache again."""
        items = _shared(stage)
        if items is None:
            return await LOST_CACHE.clear(stage)
        try:
            await items.drop()
        finally:
            await items.close()

    async def active(self, stage: Stage) -> bool:
        """Tell whether any entry cannot be read."""
        items = _shared(stage)
        if items is None:
            return await LOST_CACHE.active(stage)
        try:
            return await items.spoiled() > 0
        finally:
            await items.close()


def _shared(stage: Stage) -> RedisItems | None:
    """Return the cache that the Pods of catalog share, if they do."""
    for pod in stage.runtime.pods_of(NAMESPACE, "catalog").values():
        url = pod.pod.env.get(CACHE_URL)
        if url:
            return RedisItems(url)
    return None

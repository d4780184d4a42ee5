"""Keeps the newest pictures in memory until they have been sent or stored."""

import hashlib
from collections import OrderedDict


class Pictures:
    """Pictures by their SHA-256; the least recently used one is dropped first."""

    def __init__(self, limit: int = 32) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, data: bytes) -> str:
        """Store a picture and return its SHA-256 (hex)."""
        digest = hashlib.sha256(data).hexdigest()
        self._kept[digest] = data
        self._kept.move_to_end(digest)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        return digest

    def get(self, digest: str) -> bytes | None:
        """Return a picture, or None when it is gone."""
        if digest in self._kept:
            self._kept.move_to_end(digest)
        return self._kept.get(digest)

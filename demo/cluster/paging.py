"""Continue tokens: writing, reading, and refusing them."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from demo.cluster.status import ApiError, bad_request

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
    "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
    "modified, or deleted between the time the first chunk was returned and now may show up in the list."
)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a list goes on: after a key, at a revision; -1 means the present."""

    revision: int
    start: str

    def token(self, *, rooted: bool = True) -> str:
        """Write the opaque token."""
        start = ("/" if rooted else "") + self.start + "\x00"
        text = json.dumps({"v": "meta.k8s.io/v1", "rv": self.revision, "start": start}, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_page(token: str) -> Page:
    """Read a token; raise 400 when it is not one."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as broken:
        raise bad_request(f"invalid continue token: continue key is not valid: {broken}") from broken
    try:
        data = json.loads(raw.decode("utf-8", "replace"))
        return Page(int(data["rv"]), str(data["start"]).lstrip("/").rstrip("\x00"))
    except (ValueError, KeyError, TypeError) as broken:
        first = raw.decode("latin-1")[:1]
        why = f"invalid character '{first}' looking for beginning of value"
        raise bad_request(f"invalid continue token: continue key is not valid: {why}") from broken


def too_old(page: Page) -> ApiError:
    """Build the 410 that offers a token for going on inconsistently."""
    onward = Page(-1, page.start).token(rooted=False)
    return ApiError(410, "Expired", _TOO_OLD, metadata={"continue": onward})

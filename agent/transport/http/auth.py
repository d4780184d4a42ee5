"""The check of a bearer token."""

import hashlib
import hmac

from aiohttp import web

from agent.errors import NotPermitted


def require_bearer(request: web.Request, token: str | None) -> None:
    """Raise NotPermitted unless the request carries the token; takes the same time for every wrong one."""
    if not token:
        raise NotPermitted("Webhooks are closed: OPS_WEBHOOK_TOKEN is not set.")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    right = hmac.compare_digest(_digest(given.strip()), _digest(token))
    if scheme.casefold() != "bearer" or not right:
        raise NotPermitted("A webhook needs the header `Authorization: Bearer …` with the right token.")


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()

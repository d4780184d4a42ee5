"""Who may use the page: whoever holds the login link, as a cookie or in the query."""

import hmac
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

COOKIE = "workspace_login"
_OPEN_PREFIXES = ("/api/", "/link", "/response/", "/upload/")
_SENTENCE = "Please open the login link that the workspace printed when it started."


def login_guard(token: str, app_may_read: Callable[[str], bool]) -> Middleware:
    """Return the middleware that asks for the login; apps read files with their own tokens."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(_OPEN_PREFIXES):
            return await handler(request)
        if _same(request.query.get("token"), token):
            if request.path == "/":
                return _welcome(token)
            return await handler(request)
        if _same(request.cookies.get(COOKIE), token) or _app_reads(request):
            return await handler(request)
        return web.Response(status=401, text=_SENTENCE)

    def _app_reads(request: web.Request) -> bool:
        header = request.headers.get("Authorization", "")
        return request.path.startswith("/files/") and app_may_read(header.removeprefix("Bearer "))

    return guard


def _same(given: str | None, token: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _welcome(token: str) -> web.Response:
    response = web.Response(status=302, headers={"Location": "/"})
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", path="/")
    return response

"""What surrounds every request: an id, one access line without the query, and errors as JSON."""

import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from aiohttp import web

from agent.errors import BadInput, NotFound, NotPermitted, OpsError, TooLarge, Unavailable
from agent.telemetry.logs import LogEvent
from agent.telemetry.traces import span

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = structlog.get_logger(__name__)
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_RETRY_SECONDS = 5


@web.middleware
async def log_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and write one line about it."""
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _ID.fullmatch(given) else uuid4().hex
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        with span("http.request", **{"http.request.method": request.method, "url.path": request.path[:200]}):
            response = await handler(request)
        if request.path not in _QUIET_PATHS or response.status >= 400:
            _log.info(
                LogEvent.WEBHOOK,
                method=request.method,
                path=request.path[:200],
                status=response.status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
    response.headers["X-Request-ID"] = request_id
    return response


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into JSON answers; Alertmanager sends again after a 5xx only."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status, headers=_allowed(error))
    except OpsError as error:
        return error_response(error)
    except Exception as error:  # noqa: BLE001 - the door's edge: a fault of ours must be an answer, not a dropped line
        _log.error(LogEvent.TASK_FAILED, task="http", path=request.path[:200], exc_info=error)
        return web.json_response({"error": "something went wrong here; please send it again"}, status=500)


def error_response(error: OpsError) -> web.Response:
    """Return the answer to an error of ours."""
    body = {"error": error.user_message}
    if isinstance(error, BadInput) and error.field:
        body["field"] = error.field
    headers = {}
    status = 500
    for kind, code in (
        (TooLarge, 413),
        (BadInput, 400),
        (NotPermitted, 401),
        (NotFound, 404),
        (Unavailable, 503),
    ):
        if isinstance(error, kind):
            status = code
            break
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ops-monitor"'
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(round(error.retry_after_seconds or _RETRY_SECONDS))
    return web.json_response(body, status=status, headers=headers)


def _allowed(error: web.HTTPException) -> dict[str, str]:
    return {name: error.headers[name] for name in ("Allow", "Location") if name in error.headers}

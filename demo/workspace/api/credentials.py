"""Who makes a call: a token, or an app's own client id and secret; and the scope headers of the reply."""

import base64
import binascii
import hmac
from typing import Any

from aiohttp import web

from demo.workspace.api.call import Method
from demo.workspace.api.scopes import needed_scopes
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import Grant
from demo.workspace.workspace import Workspace

Json = dict[str, Any]


def caller(workspace: Workspace, request: web.Request, method: Method, args: Json) -> Grant:
    """Return what the caller may do, and take the secrets out of the arguments."""
    grant = (
        _client(workspace, request, args) if "client" in method.kinds else _bearer(workspace, request, args)
    )
    if grant.kind not in method.kinds:
        raise SlackRefusal("not_allowed_token_type")
    return grant


def _bearer(workspace: Workspace, request: web.Request, args: Json) -> Grant:
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") if header.startswith("Bearer ") else str(args.get("token") or "")
    args.pop("token", None)
    if not token:
        raise SlackRefusal("not_authed")
    state = workspace.state
    if token in state.revoked:
        raise SlackRefusal("token_revoked")
    grant = state.grants.get(token)
    if grant is None:
        raise SlackRefusal("invalid_auth")
    if not state.alive(grant):
        raise SlackRefusal("token_expired")
    return grant


def _client(workspace: Workspace, request: web.Request, args: Json) -> Grant:
    client_id, secret = _basic(request) or (
        str(args.get("client_id", "")),
        str(args.get("client_secret", "")),
    )
    args.pop("client_secret", None)
    app = workspace.installations.client(client_id)
    if not hmac.compare_digest(secret.encode(), app.seed.client_secret.encode()):
        raise SlackRefusal("bad_client_secret")
    return Grant("", "client", app, "", "", frozenset())


def _basic(request: web.Request) -> tuple[str, str] | None:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Basic "):
        return None
    try:
        client_id, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackRefusal("invalid_client_id") from None
    return client_id, secret


def scope_headers(workspace: Workspace, grant: Grant, method: Method, args: Json) -> dict[str, str]:
    """Return the headers by which Slack names the scopes of a token and those that a method takes."""
    if grant.kind == "client":
        return {}
    accepted = {
        part for needed in needed_scopes(workspace.state, method.scope, args) for part in needed.split("|")
    }
    return {
        "X-OAuth-Scopes": ",".join(sorted(grant.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(sorted(accepted)),
    }

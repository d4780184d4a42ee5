"""Tokens of installed apps: made, described in Slack's words, renewed while rotation is on, and ended."""

import math
import secrets
from typing import Any

from demo.workspace.errors import SlackRefusal
from demo.workspace.state import App, Grant, State

Json = dict[str, Any]
TOKEN_SECONDS = 43_200
_PREFIX = {"bot": "xoxb", "user": "xoxp"}


class Tokens:
    """Mint and end the bot and user tokens of apps."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._refreshes: dict[str, Grant] = {}

    def bot(self, app: App, scopes: frozenset[str]) -> Json:
        """Give an app its bot token: without rotation there is one, and its scopes only ever grow."""
        held = next((grant for grant in self.of(app) if grant.kind == "bot"), None)
        granted = scopes | held.scopes if held else scopes
        kept = held.token if held and not app.manifest.rotates_tokens else ""
        return self._described(self._mint(app, "bot", app.seed.bot_user_id, granted, kept))

    def user(self, app: App, user: str, scopes: frozenset[str]) -> Json:
        """Give an app a token that acts for one person."""
        return self._described(self._mint(app, "user", user, scopes))

    def renew(self, app: App, refresh_token: str) -> Json:
        """Replace a token before it ends; a refresh token works once, else `invalid_refresh_token`."""
        old = self._refreshes.get(refresh_token)
        if old is None or old.app is not app:
            raise SlackRefusal("invalid_refresh_token")
        del self._refreshes[refresh_token]
        if old.token in self._state.revoked:
            raise SlackRefusal("token_revoked")
        return self._described(self._mint(app, old.kind, old.user_id, old.scopes))

    def of(self, app: App) -> list[Grant]:
        """List an app's bot and user tokens that nobody revoked, also those whose time is over."""
        state = self._state
        grants = (grant for grant in state.grants.values() if grant.app is app and grant.kind in _PREFIX)
        return [grant for grant in grants if grant.token not in state.revoked]

    def end(self, grants: list[Grant]) -> None:
        """Revoke tokens; their refresh tokens are worth nothing from now on."""
        self._state.revoked.update(grant.token for grant in grants)

    def _mint(self, app: App, kind: str, user: str, scopes: frozenset[str], kept: str = "") -> Grant:
        rotates = app.manifest.rotates_tokens
        token = kept or f"{'xoxe.' if rotates else ''}{_PREFIX[kind]}-{secrets.token_hex(24)}"
        until = self._state.clock.now() + TOKEN_SECONDS if rotates else math.inf
        bot_id = app.seed.bot_id if kind == "bot" else ""
        grant = Grant(token, kind, app, user, bot_id, scopes, until)
        self._state.grants[token] = grant
        return grant

    def _described(self, grant: Grant) -> Json:
        described: Json = {
            "access_token": grant.token,
            "token_type": grant.kind,
            "scope": ",".join(sorted(grant.scopes)),
        }
        if grant.kind == "bot":
            described["bot_user_id"] = grant.user_id
        if grant.app.manifest.rotates_tokens:
            refresh = f"xoxe-1-{secrets.token_hex(32)}"
            self._refreshes[refresh] = grant
            described |= {"refresh_token": refresh, "expires_in": TOKEN_SECONDS}
        return described

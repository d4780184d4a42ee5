"""Who let which app in: consent, the code that an app exchanges for tokens, and the way out again."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import App, Grant, State
from demo.workspace.tokens import Tokens

Json = dict[str, Any]
CODE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Consent:
    """What an app asks a person to allow, already checked against its manifest."""

    app: App
    scopes: frozenset[str]
    user_scopes: frozenset[str]
    redirect_uri: str
    state: str
    # Slack wants the address again at the exchange, but only from those who gave it here.
    named_uri: bool


@dataclass(slots=True)
class _Code:
    consent: Consent
    user: str
    expires_at: float
    used: bool = False


class Installations:
    """Install apps by consent and code, and take them out again."""

    def __init__(self, state: State, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer
        self._tokens = Tokens(state)
        self._codes: dict[str, _Code] = {}

    def client(self, client_id: str) -> App:
        """Find an app by its client id; refuses with `invalid_client_id`."""
        found = next((app for app in self._state.apps.values() if app.seed.client_id == client_id), None)
        if found is None:
            raise SlackRefusal("invalid_client_id")
        return found

    def consent(self, client_id: str, scope: str, user_scope: str, redirect_uri: str, state: str) -> Consent:
        """Check what an app asks for; refuses with Slack's names for a wrong client, scope or address."""
        app = self.client(client_id)
        scopes, user_scopes = _scopes(scope), _scopes(user_scope)
        if not scopes | user_scopes:
            raise SlackRefusal("no_scopes")
        if not (scopes <= app.scopes and user_scopes <= app.manifest.user_scopes):
            raise SlackRefusal("invalid_scope")
        address = _registered(app.manifest.redirect_urls, redirect_uri)
        return Consent(app, scopes, user_scopes, address, state, bool(redirect_uri))

    def allow(self, consent: Consent, user: str) -> str:
        """Return the code that the app may exchange once, within ten minutes."""
        code = f"{consent.app.seed.client_id}.{secrets.token_hex(32)}"
        until = self._state.clock.now() + CODE_SECONDS
        self._codes[code] = _Code(consent, self._state.user(user).id, until)
        return code

    def exchange(self, app: App, code: str, redirect_uri: str) -> Json:
        """Turn a code into tokens; refuses with `invalid_code`, `code_already_used` or `bad_redirect_uri`."""
        found = self._codes.get(code)
        if found is None or found.consent.app is not app or found.expires_at <= self._state.clock.now():
            raise SlackRefusal("invalid_code")
        if found.used:
            raise SlackRefusal("code_already_used")
        consent = found.consent
        if consent.named_uri and redirect_uri != consent.redirect_uri:
            raise SlackRefusal("bad_redirect_uri")
        found.used = True
        reply = self._about(app) | {"authed_user": {"id": found.user}}
        if consent.scopes:
            reply |= self._tokens.bot(app, consent.scopes)
            app.installed = True
        if consent.user_scopes:
            reply["authed_user"] |= self._tokens.user(app, found.user, consent.user_scopes)
        return reply

    def refresh(self, app: App, refresh_token: str) -> Json:
        """Replace a token before it ends; refuses with `invalid_refresh_token`."""
        return self._about(app) | self._tokens.renew(app, refresh_token)

    def revoke(self, grant: Grant) -> None:
        """End a token with its renewals; the bot's takes the installation with it."""
        same = (grant.kind, grant.user_id)
        self._end(grant.app, [g for g in self._tokens.of(grant.app) if (g.kind, g.user_id) == same])

    def uninstall(self, app: App) -> None:
        """Take an app out of the workspace: all its tokens end."""
        self._end(app, self._tokens.of(app))

    def _end(self, app: App, grants: list[Grant]) -> None:
        self._tokens.end(grants)
        users = {kind: sorted({g.user_id for g in grants if g.kind == kind}) for kind in ("user", "bot")}
        tokens = {"oauth": users["user"], "bot": users["bot"]}
        ts = self._state.ids.ts()
        self._announcer.to_app(app, {"type": "tokens_revoked", "tokens": tokens, "event_ts": ts})
        if users["bot"]:
            self._announcer.to_app(app, {"type": "app_uninstalled", "event_ts": ts})
            app.installed = False

    def _about(self, app: App) -> Json:
        team = {"id": self._state.team.id, "name": self._state.team.name}
        return {"app_id": app.id, "team": team, "enterprise": None, "is_enterprise_install": False}


def _scopes(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())


def _registered(registered: Iterable[str], wanted: str) -> str:
    """Return the address to send the person back to: a registered one, or a path below it."""
    addresses = list(registered)
    if not wanted and addresses:
        return addresses[0]
    for address in addresses:
        if wanted == address or wanted.startswith((address.rstrip("/") + "/", address + "?")):
            return wanted
    raise SlackRefusal("bad_redirect_uri")

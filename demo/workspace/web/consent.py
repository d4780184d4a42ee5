"""The page on which a person lets an app in, or does not: OAuth v2's `/oauth/v2/authorize`."""

import html
from collections import OrderedDict
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from demo.workspace.errors import SlackRefusal
from demo.workspace.installations import Consent
from demo.workspace.workspace import Workspace

_KEPT = 200
_WRONG = {
    "invalid_client_id": "No app of this workspace has this client id.",
    "invalid_scope": "The app asks for a scope that its manifest does not name.",
    "no_scopes": "The app asks for no scope at all.",
    "bad_redirect_uri": "The app's manifest does not name this redirect address.",
    "invalid_request": "This question was answered already; please start from the app again.",
}


class ConsentPage:
    """Ask whether an app may come in, and send the person back to it with a code or an error."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._asked: OrderedDict[str, Consent] = OrderedDict()

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes for the application; they stand behind the page's login."""
        return [
            web.get("/oauth/v2/authorize", self._ask),
            web.post("/oauth/v2/authorize", self._answer),
        ]

    async def _ask(self, request: web.Request) -> web.Response:
        given = request.query
        names = ("client_id", "scope", "user_scope", "redirect_uri", "state")
        try:
            consent = self._workspace.installations.consent(*(given.get(name, "") for name in names))
        except SlackRefusal as refusal:
            return _sorry(refusal.code)
        # The form carries a key that only this page knows, so that no other site can press Allow.
        key = self._workspace.state.ids.secret()
        self._asked[key] = consent
        while len(self._asked) > _KEPT:
            self._asked.popitem(last=False)
        return _page(self._question(consent, key), goes_to=consent.redirect_uri)

    async def _answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        consent = self._asked.pop(str(form.get("key", "")), None)
        if consent is None:
            return _sorry("invalid_request")
        if form.get("answer") != "allow":
            return _back(consent, {"error": "access_denied"})
        try:
            code = self._workspace.installations.allow(consent, str(form.get("user", "")))
        except SlackRefusal as refusal:
            return _sorry(refusal.code)
        return _back(consent, {"code": code})

    def _question(self, consent: Consent, key: str) -> str:
        state = self._workspace.state
        people = "".join(
            f'<option value="{html.escape(user.id)}">{html.escape(user.real_name)}</option>'
            for user in state.users.values()
            if not user.is_bot
        )
        app, team = html.escape(consent.app.seed.name), html.escape(state.team.name)
        return (
            f"<h1>{app} asks to come into {team}</h1>"
            f"{_list('As an app it may', consent.scopes)}{_list('In your name it may', consent.user_scopes)}"
            f'<form method="post"><input type="hidden" name="key" value="{key}">'
            f'<p><label>You are <select name="user">{people}</select></label></p>'
            '<button name="answer" value="cancel">Cancel</button> '
            '<button name="answer" value="allow">Allow</button></form>'
        )


def _list(title: str, scopes: frozenset[str]) -> str:
    if not scopes:
        return ""
    items = "".join(f"<li><code>{html.escape(scope)}</code></li>" for scope in sorted(scopes))
    return f"<h2>{title}</h2><ul>{items}</ul>"


def _back(consent: Consent, answer: dict[str, str]) -> web.Response:
    parts = urlsplit(consent.redirect_uri)
    query = urlencode([*parse_qsl(parts.query), *answer.items(), ("state", consent.state)])
    return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


def _sorry(code: str) -> web.Response:
    sentence = _WRONG.get(code, "The workspace cannot do that.")
    body = f"<h1>The app cannot come in</h1><p>{html.escape(sentence)}</p><p><code>{html.escape(code)}</code></p>"
    return _page(body, status=400)


def _page(body: str, *, status: int = 200, goes_to: str = "") -> web.Response:
    parts = urlsplit(goes_to)
    # Browsers also hold the address after the redirect against the form's permission.
    target = f"'self' {parts.scheme}://{parts.netloc}" if goes_to else "'none'"
    policy = (
        f"default-src 'none'; style-src 'self'; form-action {target}; frame-ancestors 'none'; base-uri 'none'"
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Let an app in</title>'
        '<link rel="stylesheet" href="/static/consent.css"></head>'
        f"<body><main>{body}</main></body></html>"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)

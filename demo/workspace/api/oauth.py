"""oauth.v2.access and apps.uninstall: what an app does with its client id and secret."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal

Json = dict[str, Any]


def access(call: Call) -> Json:
    """oauth.v2.access: exchange a code, or renew a token."""
    installations = call.workspace.installations
    kind = call.text("grant_type", "authorization_code")
    if kind == "refresh_token":
        return installations.refresh(call.app, call.text("refresh_token"))
    if kind != "authorization_code":
        raise SlackRefusal("invalid_grant_type")
    return installations.exchange(call.app, call.text("code"), call.text("redirect_uri"))


def uninstall(call: Call) -> Json:
    """apps.uninstall: all tokens of the app end."""
    call.workspace.installations.uninstall(call.app)
    return {}

"""auth.*, api.test, apps.connections.open: who is calling, and where the socket is."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal

Json = dict[str, Any]


def test(call: Call) -> Json:
    """auth.test."""
    state, grant = call.workspace.state, call.grant
    return {
        "url": f"{call.workspace.files.base_url}/",
        "team": state.team.name,
        "user": state.users[grant.user_id].name,
        "team_id": state.team.id,
        "user_id": grant.user_id,
        "bot_id": grant.bot_id,
        "app_id": grant.app.id,
        "is_enterprise_install": False,
    }


def teams(call: Call) -> Json:
    """auth.teams.list."""
    team = call.workspace.state.team
    return {"teams": [{"id": team.id, "name": team.name}], "response_metadata": {"next_cursor": ""}}


def revoke(call: Call) -> Json:
    """auth.revoke: the token dies, and the app hears of it."""
    if call.flag("test"):
        return {"revoked": False}
    call.workspace.installations.revoke(call.grant)
    return {"revoked": True}


def api_test(call: Call) -> Json:
    """api.test: echo the arguments, fail with `error`."""
    if call.text("error"):
        raise SlackRefusal(call.text("error"), args=dict(call.args))
    return {"args": dict(call.args)}


def connections_open(call: Call) -> Json:
    """apps.connections.open: a url that opens one socket."""
    return {"url": call.link_url(call.app.id)}

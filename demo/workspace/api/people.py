"""users.*, usergroups.*, bots.*, team.*, dnd.*, emoji.*."""

from typing import Any

from demo.workspace.api.call import Call, cursor_part, page_of
from demo.workspace.errors import SlackRefusal
from demo.workspace.seed import UsergroupSeed, UserSeed
from demo.workspace.shapes import bot_object, user_object

Json = dict[str, Any]


def _user(call: Call, user: UserSeed) -> Json:
    return user_object(call.workspace.state, user, locale=call.flag("include_locale"))


def user_list(call: Call) -> Json:
    """users.list."""
    state = call.workspace.state
    chosen, cursor = page_of([_user(call, user) for user in state.users.values()], call)
    return {"members": chosen, **cursor_part(cursor)}


def user_info(call: Call) -> Json:
    """users.info."""
    state = call.workspace.state
    user = state.users.get(call.need("user"))
    if user is None:
        raise SlackRefusal("user_not_found")
    return {"user": _user(call, user)}


def by_email(call: Call) -> Json:
    """users.lookupByEmail."""
    email = call.need("email").lower()
    state = call.workspace.state
    found = next((user for user in state.users.values() if user.email and user.email == email), None)
    if found is None:
        raise SlackRefusal("users_not_found")
    return {"user": user_object(state, found)}


def profile(call: Call) -> Json:
    """users.profile.get."""
    state = call.workspace.state
    user = state.user(call.text("user") or call.grant.user_id)
    return {"profile": user_object(state, user)["profile"]}


def presence(call: Call) -> Json:
    """users.getPresence."""
    call.workspace.state.user(call.text("user") or call.grant.user_id)
    return {"presence": "active", "online": True, "auto_away": False, "manual_away": False}


def dnd(call: Call) -> Json:
    """dnd.info."""
    call.workspace.state.user(call.text("user") or call.grant.user_id)
    return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1, "snooze_enabled": False}


def _group(call: Call, group: UsergroupSeed) -> Json:
    shape: Json = {
        "id": group.id,
        "team_id": call.workspace.state.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    if call.flag("include_users"):
        shape["users"] = list(group.users)
    return shape


def group_list(call: Call) -> Json:
    """usergroups.list."""
    return {"usergroups": [_group(call, group) for group in call.workspace.state.usergroups.values()]}


def group_users(call: Call) -> Json:
    """usergroups.users.list."""
    group = call.workspace.state.usergroups.get(call.need("usergroup"))
    if group is None:
        raise SlackRefusal("no_such_subteam")
    return {"users": list(group.users)}


def bot_info(call: Call) -> Json:
    """bots.info."""
    wanted = call.text("bot") or call.grant.bot_id
    for app in call.workspace.state.apps.values():
        if app.seed.bot_id == wanted:
            return {"bot": bot_object(app)}
    raise SlackRefusal("bot_not_found")


def team_info(call: Call) -> Json:
    """team.info."""
    team = call.workspace.state.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "icon": {}}}


def emoji(_call: Call) -> Json:
    """emoji.list: the workspace has no custom emoji."""
    return {"emoji": {}}

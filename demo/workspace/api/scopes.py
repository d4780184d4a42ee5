"""Which scopes a call needs, when that depends on the kind of conversation."""

from typing import Any

from demo.workspace.api.call import TRUE
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import SCOPE_PREFIX, State

Json = dict[str, Any]
_KIND = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
# Slack names the right to change public channels differently from the others.
_MANAGE = {
    "public": "channels:manage",
    "private": "groups:write",
    "im": "im:write",
    "mpim": "mpim:write",
}


def needed_scopes(state: State, scope: str, args: Json) -> list[str]:
    """List the scopes that must all be there; `a|b` means either, `*:right` follows the channel's kind."""
    if not scope:
        return []
    if "*:" not in scope:
        return [scope]
    return [_concrete(scope, kind) for kind in _kinds(state, args)]


def _concrete(scope: str, kind: str) -> str:
    parts = []
    for part in scope.split("|"):
        if part == "*:manage":
            parts.append(_MANAGE[kind])
        elif part.startswith("*:"):
            parts.append(f"{SCOPE_PREFIX[kind]}:{part.removeprefix('*:')}")
        else:
            parts.append(part)
    return "|".join(parts)


def _kinds(state: State, args: Json) -> list[str]:
    try:
        return [state.channel(str(args.get("channel") or "")).kind]
    except SlackRefusal:
        # Creating one names no channel yet.
        if args.get("is_private") in TRUE:
            return ["private"]
        types = str(args.get("types") or "").split(",")
        return [_KIND.get(name.strip(), "public") for name in types]

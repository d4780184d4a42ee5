"""From the routing policy's mentions to Slack's codes; anything else than a known form mentions nobody."""

import re
from collections.abc import Sequence

_GROUP = re.compile(r"S[A-Z0-9]{5,20}")
_PERSON = re.compile(r"[UW][A-Z0-9]{5,20}")
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def mention_codes(mentions: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that notify: `here`, `channel`, a user group id (`S…`) or a person's id (`U…`)."""
    codes = (_code(mention.removeprefix("@")) for mention in mentions)
    return tuple(code for code in codes if code)


def _code(mention: str) -> str:
    if mention in _BROADCASTS:
        return f"<!{mention}>"
    if _GROUP.fullmatch(mention):
        return f"<!subteam^{mention}>"
    return f"<@{mention}>" if _PERSON.fullmatch(mention) else ""

"""An answer's Markdown made fit for Slack: nothing in it may become a mention or a link."""

import re

from agent.transport.foreign import clean
from agent.transport.slack.limits import MARKDOWN_TEXT, SECTION_TEXT, cut_markup

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_ADDRESS = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s`<>|]+|\bmailto:[^\s`<>|]+")
_LINK_JOINT = re.compile(r"\](?=[(\[])")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_HEADING = re.compile(r"^#{1,6} +(\S.*)$", re.MULTILINE)
_BULLET = re.compile(r"^( *)[-*] +", re.MULTILINE)


def safe_markdown(text: str, limit: int = MARKDOWN_TEXT) -> str:
    """Return Markdown in which `<…>` is text and addresses are code, so that nothing pings and nothing links."""
    pieces = _CODE.split(clean(text, limit, lines=True))
    return cut_markup("".join(_safe(piece) for piece in pieces), limit)


def to_mrkdwn(text: str, limit: int = SECTION_TEXT) -> str:
    """Return an answer's Markdown as Slack's older mrkdwn, for places that know no Markdown block."""
    pieces = _CODE.split(clean(text, limit, lines=True))
    return cut_markup("".join(_mrkdwn(piece) for piece in pieces), limit)


def _safe(piece: str) -> str:
    if _CODE.fullmatch(piece):
        return _escape(piece)
    unlinked = _LINK_JOINT.sub("] ", piece).replace("`", "ˋ")
    return _escape(_ADDRESS.sub(lambda match: f"`{match[0]}`", unlinked))


def _mrkdwn(piece: str) -> str:
    safe = _safe(piece)
    if _CODE.fullmatch(piece):
        return safe
    bold = _BOLD.sub(r"*\1*", _HEADING.sub(r"*\1*", safe))
    return _BULLET.sub(r"\1• ", bold)


def _escape(piece: str) -> str:
    return piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""Builds a mail: headers that no foreign text can add to, plain text, and HTML in which text is nothing but text."""

import base64
import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from itertools import groupby

from agent.analysis.redaction import clean_text
from agent.domain.notification import Mail

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", re.ASCII
)
_NAMED = re.compile(r"(?P<name>[^<>\r\n]{0,80})<(?P<address>[^<>\s]+)>")
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}]+", re.ASCII)
_POINT = re.compile(r"^\s{0,3}(?:[-*•])\s+")
# No name of a folder, nothing that a shell or a header would read.
_FILE_NAME = re.compile(r"[^\w.-]+")
_LONGEST_SUBJECT = 200


def is_address(text: str) -> bool:
    """Say whether a text is one plain mail address."""
    local, _, domain = text.rpartition("@")
    dots = any(part.startswith(".") or part.endswith(".") or ".." in part for part in (local, domain))
    return bool(_ADDRESS.fullmatch(text)) and not dots


def sender_of(text: str) -> Address | None:
    """Return `address` or `Name <address>` as a sender; None when it is neither."""
    named = _NAMED.fullmatch(text.strip())
    name, address = (one_line(named["name"].strip(' "')), named["address"]) if named else ("", text.strip())
    return Address(display_name=name, addr_spec=address) if is_address(address) else None


def one_line(text: str, limit: int = _LONGEST_SUBJECT) -> str:
    """Return a text without line ends and invisible characters, cut to a number of characters."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def compose(mail: Mail, *, key: str, to: str, sender: Address, at: datetime) -> EmailMessage:
    """Build the mail of a notification; the same key and time give the same mail, byte for byte."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=to)
    message["Subject"] = one_line(mail.subject) or "—"
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(key, sender)
    if mail.thread:
        # The first mail of a thread cannot be known here: all of them answer a root that was never sent.
        root = message_id(f"thread {mail.thread}", sender)
        message["In-Reply-To"] = root
        message["References"] = root
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_lines(mail.text), cte="base64")
    message.add_alternative(mail.html or as_html(mail.text), subtype="html", cte="base64")
    _attach(message, mail)
    _bound(message, key)
    return message


def _attach(message: EmailMessage, mail: Mail) -> None:
    for place, file in enumerate(mail.files):
        kind, _, form = file.media_type.partition("/")
        name = _FILE_NAME.sub("_", one_line(file.name, 100)).strip(".") or f"file-{place + 1}"
        content = base64.b64decode(file.data, validate=True)
        # As bytes, text too: the library would give a text other line ends than the file has.
        charset = {"charset": "utf-8"} if kind == "text" else {}
        message.add_attachment(
            content, maintype=kind, subtype=form, filename=name, cte="base64", params=charset
        )


def _bound(message: EmailMessage, key: str) -> None:
    """Give every part of several a boundary that depends on the key alone."""
    several = [part for part in message.walk() if part.is_multipart()]
    for place, part in enumerate(several):
        part.set_boundary(f"=={_digest(f'boundary {key}' + (f' {place}' if place else ''))}==")


def message_id(key: str, sender: Address) -> str:
    """Return the Message-ID of a key, which tells nothing of the key."""
    return f"<{_digest(key)}@{sender.domain}>"


def as_html(text: str) -> str:
    """Render plain text as HTML: paragraphs, lists of points and links; nothing in the text becomes markup."""
    blocks = (_block(block.split("\n")) for block in re.split(r"\n\s*\n", _lines(text).strip("\n")))
    style = "font-family: sans-serif; font-size: 15px; line-height: 1.5; color: #1d1c1d; max-width: 640px"
    return f'<!doctype html><html><body style="{style}">{"".join(blocks)}</body></html>'


def _lines(text: str) -> str:
    # A signature begins with a line that ends with a space.
    lines = (clean_text(line).rstrip() for line in re.split(r"\r\n|\r|\n", text))
    kept = "\n".join("-- " if line == "--" else line for line in lines)
    return f"{kept.rstrip()}\n"


def _block(lines: list[str]) -> str:
    html: list[str] = []
    for is_list, group in groupby(lines, lambda line: bool(_POINT.match(line))):
        if is_list:
            points = (f"<li>{_linked(_POINT.sub('', line))}</li>" for line in group)
            html.append(f"<ul>{''.join(points)}</ul>")
        else:
            html.append(f"<p>{'<br>'.join(map(_linked, group))}</p>")
    return "".join(html)


def _linked(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _URL.finditer(text):
        url = match[0].rstrip(".,;:!?)]")
        parts += [escape(text[end : match.start()]), f'<a href="{escape(url)}">{escape(url)}</a>']
        end = match.start() + len(url)
    return "".join([*parts, escape(text[end:])])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]

"""A mail server that keeps what it takes in an inbox; the server is aiosmtpd's, so the protocol is a real one's."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from demo.vendors.door import Faults

MOST_MAILS = 500


@dataclass(slots=True)
class Received:
    """A mail as it stands in the inbox; the same mail twice is one mail with two copies."""

    id: str
    sender: str
    to: str
    message: EmailMessage
    at: datetime
    copies: int = 1

    def described(self) -> dict[str, Any]:
        """Return what the page shows."""
        head, text, html = self.message, self.part("plain"), self.part("html")
        told = {"subject": str(head["Subject"]), "text": text, "html": html}
        thread = str(head["References"] or "")
        return {
            "id": self.id,
            "from": str(head["From"]),
            "to": self.to,
            "at": self.at.isoformat(),
            **told,
            "thread": thread,
            "copies": self.copies,
        }

    def part(self, kind: str) -> str:
        """Return the text of the plain or the html part."""
        found = self.message.get_body((kind,))
        return str(found.get_content()).replace("\r\n", "\n") if found else ""


@dataclass(frozen=True, slots=True)
class MailRules:
    """How the server behaves: `login` demands AUTH, `answers` are its words for some recipients (`550 no such user`)."""

    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    login: tuple[str, str] | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


class MailVendor:
    """The server and its inbox; of the faults it knows `down`, which closes the door on every mail."""

    name = "mail"

    def __init__(self, rules: MailRules | None = None, *, port: int = 0) -> None:
        self.faults = Faults()
        self.rules = rules or MailRules()
        self.inbox: dict[tuple[str, str], Received] = {}
        self.port = port
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on loopback."""
        implicit = self.rules.tls if self.rules.implicit_tls else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port; connections that are open end by themselves."""
        if self._server:
            self._server.close()

    def mails(self) -> list[Received]:
        """Return the inbox, oldest first."""
        return list(self.inbox.values())

    def routes(self) -> Sequence[web.RouteDef]:
        """Return nothing: it speaks SMTP."""
        return ()

    def state(self) -> Mapping[str, Any]:
        """Return the inbox as the page shows it, newest first."""
        return {"mails": [mail.described() for mail in reversed(self.inbox.values())]}

    def _protocol(self) -> SMTP:
        rules = self.rules
        upgrade = None if rules.implicit_tls else rules.tls
        return SMTP(
            self,
            hostname="mail.demo",
            enable_SMTPUTF8=True,
            tls_context=upgrade,
            require_starttls=upgrade is not None,
            auth_required=rules.login is not None,
            auth_require_tls=upgrade is not None,
            auth_exclude_mechanism=() if rules.login else ("LOGIN", "PLAIN"),
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
            timeout=30,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self.rules.login, handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient or answer what the rules say."""
        answer = "451 4.3.0 try again later" if self.faults.spend() else self.rules.answers.get(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Put the mail into every recipient's inbox."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, policy=default)
        for to in envelope.rcpt_tos:
            self._keep(str(message["Message-ID"]), str(envelope.mail_from), to, message)
        return "250 OK, it is in the inbox"

    def _keep(self, identity: str, sender: str, to: str, message: EmailMessage) -> None:
        known = self.inbox.get((identity, to))
        if known:
            known.copies += 1
            return
        self.inbox[identity, to] = Received(identity, sender, to, message, datetime.now(UTC))
        while len(self.inbox) > MOST_MAILS:
            del self.inbox[next(iter(self.inbox))]

"""Sends mail through an SMTP server; one connection for each mail, encrypted unless the server is on this machine."""

import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import aiosmtplib

from agent.domain.notification import Channel, Mail, Notification, Receipt
from agent.domain.probe import Probe
from agent.errors import BackendError, Misconfigured, OpsError, Refused, TimedOut, Unavailable
from tools.connectors.http_json import excerpt, trusting
from tools.connectors.mail_documents import compose, is_address, sender_of

BACKEND = "smtp"
PROBE = "E-mail"
_MEND = "Change that setting and run doctor again."


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes and as whom; no `username` means no login."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None


class SmtpMail:
    """A Notifier of mails; raises Misconfigured when its settings contradict each other."""

    channel = Channel.EMAIL

    def __init__(self, server: MailServer, *, timeout_seconds: float) -> None:
        self._server = server
        self._timeout = timeout_seconds
        self._sender = _checked(server)
        self._tls = None if server.security == "none" else trusting(server.ca_file)

    async def close(self) -> None:
        """Do nothing: no connection outlives its mail."""

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Send a mail; a second try carries the same Message-ID, by which mailboxes can tell it is the same one."""
        mail = notification.content
        if not isinstance(mail, Mail):
            raise Refused("Only mails can be sent by e-mail.", backend=BACKEND)
        if not is_address(notification.address):
            said = excerpt(notification.address, 80)
            raise Refused(f"“{said}” is not a mail address.", backend=BACKEND)
        message = compose(
            mail, key=notification.key, to=notification.address, sender=self._sender, at=notification.at
        )
        async with self._connected() as client:
            await self._deliver(client, message, notification.address)
        return Receipt(reference=str(message["Message-ID"]))

    async def probe(self) -> Probe:
        """Connect, encrypt and log in; nothing is sent."""
        try:
            async with self._connected() as client:
                await client.noop()
        except OpsError as error:
            said = error.user_message
            where = "Check OPS_SMTP_HOST and OPS_SMTP_PORT, and whether the server can be reached from here."
            return Probe(name=PROBE, ok=False, detail=said, fix=_MEND if "OPS_" in said else where)
        server = self._server
        login = f"logged in as {server.username}" if server.username else "without a login"
        secured = {"starttls": "STARTTLS", "tls": "TLS", "none": "not encrypted"}[server.security]
        return Probe(name=PROBE, ok=True, detail=f"{server.host}:{server.port}, {secured}, {login}")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=self._timeout,
            use_tls=server.security == "tls",
            start_tls=False,
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if server.security == "starttls":
                await self._encrypt(client)
            if server.username:
                await self._login(client, server.username, server.password or "")
            yield client
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._translated(error) from error
        finally:
            # A farewell would wait for an answer that changes nothing: the mail is accepted by now, or it failed.
            client.close()

    async def _encrypt(self, client: aiosmtplib.SMTP) -> None:
        await client.ehlo()
        if not client.supports_extension("starttls"):
            message = "The mail server offers no STARTTLS. Set OPS_SMTP_SECURITY to tls, or use another port."
            raise Refused(message, backend=BACKEND)
        await client.starttls()

    async def _login(self, client: aiosmtplib.SMTP, username: str, password: str) -> None:
        await client.ehlo()
        offered = client.supported_auth_methods
        # One try with one method: servers hang up on the second failure, and the reason would be lost.
        method = next((name for name in ("plain", "login", "cram-md5") if name in offered), None)
        if method is None:
            message = (
                "The mail server offers no login by password. Unset OPS_SMTP_USERNAME, or use another port."
            )
            raise Refused(message, backend=BACKEND)
        tries = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
        try:
            await tries[method](username, password)
        except aiosmtplib.SMTPServerDisconnected as error:
            # Some servers hang up on a wrong password, but so does one that restarts: worth another try.
            message = "The mail server hung up at the login. Check OPS_SMTP_USERNAME and OPS_SMTP_PASSWORD."
            raise Unavailable(message, backend=BACKEND) from error

    async def _deliver(self, client: aiosmtplib.SMTP, message: EmailMessage, to: str) -> None:
        try:
            await client.send_message(message, sender=self._sender.addr_spec, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _answered(f"does not take mail for {to}", first.code, first.message) from error

    def _translated(self, error: Exception) -> BackendError:
        where = f"{self._server.host}:{self._server.port}"
        if isinstance(error, TimeoutError):
            return TimedOut(f"The mail server {where} did not answer in time.", backend=BACKEND)
        broken = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
        if isinstance(broken, ssl.SSLCertVerificationError):
            said = excerpt(broken.verify_message or "it does not verify", 120)
            fix = "Name its authority in OPS_TLS_CA_FILE."
            return Refused(
                f"The certificate of the mail server is not trusted: {said}. {fix}", backend=BACKEND
            )
        if isinstance(broken, ssl.SSLError):
            return Refused(
                f"No TLS can be agreed on with the mail server {where}. Check OPS_SMTP_SECURITY and OPS_SMTP_PORT.",
                backend=BACKEND,
            )
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            fix = "Check OPS_SMTP_USERNAME and OPS_SMTP_PASSWORD."
            return _answered("refuses the login", error.code, error.message, fix)
        if isinstance(error, aiosmtplib.SMTPSenderRefused):
            return _answered("does not take mail from OPS_SMTP_FROM", error.code, error.message)
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
            return _answered("refuses the mail", error.code, error.message)
        if isinstance(error, aiosmtplib.SMTPNotSupported | ValueError):
            return Refused(f"The mail cannot be sent: {excerpt(str(error), 120)}.", backend=BACKEND)
        if isinstance(error, aiosmtplib.SMTPServerDisconnected):
            return Unavailable(f"The mail server {where} hung up.", backend=BACKEND)
        return Unavailable(f"The mail server cannot be reached at {where}.", backend=BACKEND)


def _answered(what: str, code: int, said: str, fix: str = "") -> BackendError:
    message = f"The mail server {what} ({code}: {excerpt(said, 160)}). {fix}".strip()
    # 4xx is SMTP's "not now"; 5xx is "never".
    return Unavailable(message, backend=BACKEND) if code < 500 else Refused(message, backend=BACKEND)


def _checked(server: MailServer) -> Address:
    """Return the sender; raises Misconfigured."""
    sender = sender_of(server.sender)
    if sender is None:
        raise Misconfigured("OPS_SMTP_FROM must be a mail address, such as ops@example.com.")
    if server.username and server.password is None:
        raise Misconfigured("OPS_SMTP_USERNAME is set, so OPS_SMTP_PASSWORD must be set too.")
    if server.security == "none" and not _on_this_machine(server.host):
        raise Misconfigured(
            "OPS_SMTP_SECURITY may be none only for a mail server on this machine; use starttls or tls."
        )
    return sender


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

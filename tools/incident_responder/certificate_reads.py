"""The read that looks at the certificate a server presents."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Protocol

from pydantic import AfterValidator, Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import Quantity, TableResult
from tools.base import Params
from tools.connectors.tls import Certified, Presented

BACKEND = "tls"
_SHOWN_NAMES = 5
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?")


class Handshakes(Protocol):
    """Whatever can shake hands with a TLS server."""

    async def look(self, host: str, port: int) -> Presented:
        """Return what the server presents now."""
        ...


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("a host is a name or an address, without scheme and path")
    return value


class CertificateParams(Params):
    """Which server."""

    host: Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_host)]
    port: int = Field(default=443, ge=1, le=65535)


@dataclass(frozen=True, slots=True)
class CertificateRead:
    """The certificate that a server presents."""

    name: ClassVar[str] = "incident_responder.certificate"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "The certificate chain that a TLS server presents: names, issuer, end, days left, whether it verifies."
    )
    params: ClassVar[type[Params]] = CertificateParams
    handshakes: Handshakes

    async def run(self, params: CertificateParams, now: datetime) -> Reading:
        """Shake hands and say what was presented."""
        found = await self.handshakes.look(params.host, params.port)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=f"openssl s_client -connect {params.host}:{params.port} -servername {params.host} -showcerts",
            summary=_summary(params, found, now),
            window=Window(start=now, end=now),
            value=Quantity(value=round(days_left(found.leaf, now), 2), unit="days"),
            result=TableResult(
                columns=("certificate", "names", "issuer", "not after", "days left", "verified"),
                rows=tuple(_row(one, found, now) for one in found.chain),
            ),
        )


def days_left(one: Certified, now: datetime) -> float:
    """Return the days until a certificate ends; negative when it has ended."""
    return (one.not_after - now).total_seconds() / 86400


def _summary(params: CertificateParams, found: Presented, now: datetime) -> str:
    days = days_left(found.leaf, now)
    when = f"ends in {days:.0f} days" if days >= 1 else f"ends in {days * 24:.1f} hours"
    if days <= 0:
        when = f"ended {-days:.1f} days ago"
    trust = f"does not verify: {found.problem}" if found.problem else "verifies"
    return f"The certificate of {params.host}:{params.port} ({found.leaf.subject}) {when} and {trust}."


def _row(one: Certified, found: Presented, now: datetime) -> tuple[str, ...]:
    names = ", ".join(one.names[:_SHOWN_NAMES])
    more = f" and {len(one.names) - _SHOWN_NAMES} more" if len(one.names) > _SHOWN_NAMES else ""
    end = one.not_after.strftime("%Y-%m-%d %H:%M UTC")
    # Only the chain as a whole verifies or not, and the server's own certificate stands for it.
    verified = ("no" if found.problem else "yes") if one is found.leaf else ""
    return one.subject, names + more, one.issuer, end, f"{days_left(one, now):.1f}", verified

"""When certificates end: those of named servers, and those that metrics tell of."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence
from agent.domain.noun import Json
from agent.operations.checks.answers import failed, newest_of, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import Certificates

_MOST = 6
HTTPS = 443


@dataclass(frozen=True, slots=True)
class CertificatesCheck:
    """Looks at how many days each certificate has left."""

    name: ClassVar[str] = "certificates"

    async def run(self, kit: CheckKit, params: Certificates) -> Outcome:
        """Name the certificate that ends first, and everyone that ends soon or does not verify."""
        measured, *presented = await asyncio.gather(
            kit.look("metrics_collector.signal", signal="certificate_days_left", minutes=30),
            *(_handshake(kit, host) for host in params.hosts),
        )
        left = [(one.name, one.value) for one in newest_of(measured)]
        left += [
            (host, found.reading.value.value)
            for host, found in zip(params.hosts, presented, strict=True)
            if found.reading.value is not None
        ]
        left.sort(key=lambda one: one[1])
        broken = failed((measured, *presented))
        if not left:
            return no_data("certificate_days_left") if broken is None else unseen(broken)
        untrusted = [
            host for host, found in zip(params.hosts, presented, strict=True) if _does_not_verify(found)
        ]
        return _outcome(params, left, untrusted, broken)


def _outcome(
    params: Certificates, left: list[tuple[str, float]], untrusted: list[str], broken: Evidence | None
) -> Outcome:
    ending = [one for one in left if one[1] < params.warn_days]
    details = [
        Said(
            message="check-certificates-urgent" if days < params.urgent_days else "check-certificates-soon",
            args={"what": what, "days": round(days, 1)},
        )
        for what, days in ending[:_MOST]
    ]
    details += [
        Said(message="check-certificates-untrusted", args={"what": what}) for what in untrusted[:_MOST]
    ]
    if broken is not None:
        details.append(Said(message="check-part-unseen", args={"why": broken.error or ""}))
    args: dict[str, Json] = {
        "count": len(left),
        "ending": len(ending),
        "what": left[0][0],
        "days": round(left[0][1], 1),
        "warn": params.warn_days,
    }
    if ending:
        return Outcome(ItemState.ATTENTION, "check-certificates-ending", args, tuple(details))
    bad = bool(untrusted) or broken is not None
    state = ItemState.ATTENTION if bad else ItemState.OK
    return Outcome(state, "check-certificates-ok", args, tuple(details))


async def _handshake(kit: CheckKit, host: str) -> Evidence:
    name, _, port = host.partition(":")
    return await kit.look("incident_responder.certificate", host=name, port=int(port or HTTPS))


def _does_not_verify(found: Evidence) -> bool:
    return any(row.get("verified") == "no" for row in rows_of(found))

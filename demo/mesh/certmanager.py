"""Plays cert-manager: issues what a Certificate asks for into its Secret, renews it, and says how it stands."""

import base64
from datetime import UTC, datetime, timedelta

from demo.backends.process import BackendFailed
from demo.cluster.objects import Obj, clone, dig, name_of, namespace_of, parse_time, stamp
from demo.cluster.server import ClusterServer
from demo.mesh.objects import (
    CERTIFICATES,
    SECRETS,
    condition_of,
    decoded,
    with_condition,
    write_secret,
    write_status,
)
from demo.mesh.rules import seconds_of
from demo.shop.tls import Authority

USUAL_LIFE = timedelta(days=90)
# What stands in the demo from its beginning was issued a month ago.
FIRST_AGE = timedelta(days=30)
SKEW = timedelta(minutes=1)
_BACKOFF, _LONGEST_BACKOFF = timedelta(hours=1), timedelta(hours=32)


def backoff_of(failures: int) -> timedelta:
    """Return how long a new attempt waits after so many failed ones."""
    doublings: int = max(min(failures, 10) - 1, 0)
    return min(_BACKOFF * (1 << doublings), _LONGEST_BACKOFF)


def is_issuing(certificate: Obj) -> bool:
    """Tell whether a renewal was asked for, by the clock or by a person."""
    return (condition_of(certificate, "Issuing") or {}).get("status") == "True"


class CertManager:
    """Looks after every Certificate of the cluster."""

    def __init__(self, cluster: ClusterServer, authority: Authority) -> None:
        self._cluster = cluster
        self._authority = authority
        self._validities: dict[str, tuple[datetime, datetime]] = {}

    async def look(self) -> None:
        """Take every Certificate one step further."""
        for certificate in self._cluster.store.select(CERTIFICATES):
            await self._step(certificate)

    async def _step(self, certificate: Obj) -> None:
        secret = self._secret(certificate)
        if is_issuing(certificate) or secret is None:
            await self._issue(certificate, first=secret is None and "status" not in certificate)
            return
        pem = decoded(secret, "tls.crt")
        if pem not in self._validities:
            try:
                self._validities[pem] = await self._authority.validity(pem)
            except BackendFailed:
                self._say(certificate, None, "InvalidCertificate", "The Secret holds no readable certificate")
                return
        valid = self._validities[pem]
        if datetime.now(UTC) >= valid[1]:
            self._say(certificate, valid, "Expired", f"Certificate expired on {stamp(valid[1])}")
        else:
            self._say(certificate, valid, "Ready", "Certificate is up to date and has not expired")
        self._renew_when_due(certificate)

    def _secret(self, certificate: Obj) -> Obj | None:
        return self._cluster.store.get(SECRETS, namespace_of(certificate), _secret_name(certificate))

    def _fresh(self, certificate: Obj) -> Obj | None:
        return self._cluster.store.get(CERTIFICATES, namespace_of(certificate), name_of(certificate))

    def _renew_when_due(self, certificate: Obj) -> None:
        present = self._fresh(certificate)
        if present is None:
            return
        status = dig(present, "status", default={})
        due = status.get("renewalTime")
        failures, last = int(status.get("failedIssuanceAttempts") or 0), status.get("lastFailureTime")
        waits = bool(failures and last and datetime.now(UTC) < parse_time(last) + backoff_of(failures))
        if not due or waits or datetime.now(UTC) < parse_time(due):
            return
        message = "Renewing certificate as renewal was scheduled"
        self._set(present, "Issuing", holds=True, reason="Renewing", message=message)

    def _say(
        self, certificate: Obj, valid: tuple[datetime, datetime] | None, reason: str, message: str
    ) -> None:
        present = self._fresh(certificate)
        if present is None:
            return
        status = clone(dig(present, "status", default={}))
        if valid:
            early = timedelta(seconds=seconds_of(dig(present, "spec", "renewBefore")) or 0)
            early = early or (valid[1] - valid[0]) / 3
            status |= {"notBefore": stamp(valid[0]), "notAfter": stamp(valid[1])}
            status["renewalTime"] = stamp(valid[1] - early)
        self._set(present, "Ready", holds=reason == "Ready", reason=reason, message=message, status=status)

    def _set(
        self,
        certificate: Obj,
        kind: str,
        *,
        holds: bool,
        reason: str,
        message: str,
        status: Obj | None = None,
    ) -> None:
        status = clone(dig(certificate, "status", default={})) if status is None else status
        generation = dig(certificate, "metadata", "generation", default=1)
        status["conditions"] = with_condition(
            status.get("conditions") or [],
            kind,
            holds=holds,
            reason=reason,
            message=message,
            generation=generation,
        )
        write_status(self._cluster, CERTIFICATES, certificate, status)

    async def _issue(self, certificate: Obj, *, first: bool) -> None:
        names = [str(name) for name in dig(certificate, "spec", "dnsNames", default=[])] or ["localhost"]
        life = timedelta(seconds=seconds_of(dig(certificate, "spec", "duration")) or 0) or USUAL_LIFE
        starts = -FIRST_AGE if first and life > FIRST_AGE else -SKEW
        made = await self._authority.issue(names[0], starts=starts, ends=starts + life)
        pem, key = made.certificate.read_text(), made.key.read_text()
        self._validities[pem] = await self._authority.validity(pem)
        present = self._fresh(certificate)
        if present is None:
            return
        write_secret(self._cluster, self._body(present, pem, key))
        status = clone(dig(present, "status", default={}))
        status["revision"] = int(status.get("revision") or 0) + 1
        for name in ("lastFailureTime", "failedIssuanceAttempts", "nextPrivateKeySecretName"):
            status.pop(name, None)
        status["conditions"] = [c for c in status.get("conditions") or [] if c.get("type") != "Issuing"]
        write_status(self._cluster, CERTIFICATES, present, status)
        self._say(present, self._validities[pem], "Ready", "Certificate is up to date and has not expired")

    def _body(self, certificate: Obj, pem: str, key: str) -> Obj:
        names = [str(name) for name in dig(certificate, "spec", "dnsNames", default=[])]
        annotations = {
            "cert-manager.io/alt-names": ",".join(names),
            "cert-manager.io/certificate-name": name_of(certificate),
            "cert-manager.io/issuer-kind": dig(certificate, "spec", "issuerRef", "kind", default="Issuer"),
            "cert-manager.io/issuer-name": dig(certificate, "spec", "issuerRef", "name", default=""),
        }
        texts = {"ca.crt": self._authority.certificate.read_text(), "tls.crt": pem, "tls.key": key}
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {
                "name": _secret_name(certificate),
                "namespace": namespace_of(certificate),
                "annotations": annotations,
            },
            "data": {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()},
        }


def _secret_name(certificate: Obj) -> str:
    return str(dig(certificate, "spec", "secretName", default=""))

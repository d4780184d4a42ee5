"""Plays a gateway's controller: each TLS listener serves what its Secret holds now, and its status says so."""

import ssl
from collections.abc import Mapping
from typing import Protocol

from demo.backends.process import BackendFailed
from demo.cluster.objects import Obj, clone, dig, name_of, namespace_of
from demo.cluster.server import ClusterServer
from demo.mesh.objects import GATEWAYS, SECRETS, decoded, with_condition, write_status

CLASS = "demo"


class Listener(Protocol):
    """A port that presents a certificate."""

    async def present(self, certificate: str, key: str) -> None:
        """Present a chain from now on."""
        ...


class Gateways:
    """Keeps the listeners of the Gateways of the demo's class; `listeners` are named as their Gateways."""

    def __init__(self, cluster: ClusterServer, listeners: Mapping[str, Listener]) -> None:
        self._cluster = cluster
        self._listeners = dict(listeners)
        self._served: dict[str, tuple[str, str]] = {}

    async def look(self) -> None:
        """Bring every Gateway's listener and status up to its spec."""
        for gateway in self._cluster.store.select(GATEWAYS):
            if dig(gateway, "spec", "gatewayClassName") == CLASS:
                await self._step(gateway)

    async def _step(self, gateway: Obj) -> None:
        listeners = dig(gateway, "spec", "listeners", default=[])
        troubles = {str(item.get("name", "")): await self._serve(gateway, item) for item in listeners}
        present = self._cluster.store.get(GATEWAYS, namespace_of(gateway), name_of(gateway))
        # Somebody may have changed it meanwhile; then another look follows, about the new spec.
        if present is None or present["metadata"]["generation"] != gateway["metadata"]["generation"]:
            return
        self._report(present, troubles)

    async def _serve(self, gateway: Obj, listener: Obj) -> str:
        """Present what the listener refers to; return what is wrong with that, or an empty string."""
        references = dig(listener, "tls", "certificateRefs", default=[])
        if not references:
            return ""
        name = str(references[0].get("name", ""))
        secret = self._cluster.store.get(SECRETS, namespace_of(gateway), name)
        if secret is None:
            return f"Secret {name} does not exist"
        chain = decoded(secret, "tls.crt"), decoded(secret, "tls.key")
        serving = self._listeners.get(name_of(gateway))
        if serving is None or self._served.get(name_of(gateway)) == chain:
            return ""
        try:
            await serving.present(*chain)
        except (ssl.SSLError, BackendFailed):
            return f"Secret {name} holds no certificate with its key"
        self._served[name_of(gateway)] = chain
        return ""

    def _report(self, gateway: Obj, troubles: Mapping[str, str]) -> None:
        status = clone(dig(gateway, "status", default={}))
        generation = gateway["metadata"]["generation"]
        before = {item["name"]: item for item in status.get("listeners") or []}
        status["listeners"] = [
            _listener(name, trouble, before.get(name) or {}, generation) for name, trouble in troubles.items()
        ]
        conditions = status.get("conditions") or []
        for kind, reason in (("Accepted", "Accepted"), ("Programmed", "Programmed")):
            conditions = with_condition(
                conditions, kind, holds=True, reason=reason, message="", generation=generation
            )
        status["conditions"] = conditions
        write_status(self._cluster, GATEWAYS, gateway, status)


def _listener(name: str, trouble: str, before: Obj, generation: int) -> Obj:
    conditions = before.get("conditions") or []
    for kind, good, bad in (
        ("ResolvedRefs", "ResolvedRefs", "InvalidCertificateRef"),
        ("Programmed", "Programmed", "Invalid"),
    ):
        conditions = with_condition(
            conditions,
            kind,
            holds=not trouble,
            reason=bad if trouble else good,
            message=trouble,
            generation=generation,
        )
    return {"name": name, "attachedRoutes": 0, "conditions": conditions}

"""Changes which certificate a gateway presents."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Check, CheckState, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import CERTIFICATES, GATEWAYS, PatchKind
from tools.incident_responder.objects import at, items, moment, name_of, service_of, word
from tools.incident_responder.writes.certificates import holds
from tools.incident_responder.writes.following import count
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import LabelName, ObjectName, within
from tools.incident_responder.writes.patching import PatchWrite, Sketch


class GatewayParams(Params):
    """Which gateway, and the Secret whose certificate it shall present."""

    namespace: LabelName = Field(description="the namespace of the gateway")
    gateway: ObjectName = Field(description="the Gateway")
    secret: ObjectName = Field(description="a Secret that a Certificate in the same namespace keeps")


class UpdateGatewayCertificate(PatchWrite):
    """Makes the TLS listeners of a gateway present another certificate."""

    name: ClassVar[str] = "update_gateway_certificate"
    description: ClassVar[str] = "Let a gateway present the certificate of another Secret (Gateway API)."
    params: ClassVar[type[Params]] = GatewayParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 60
    patch_kind: ClassVar[PatchKind] = "merge"

    def place(self, params: GatewayParams) -> Place:
        """Return where the gateway is."""
        return Place(GATEWAYS, within(params.namespace, self._namespaces), params.gateway)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return the listeners."""
        listeners: list[Json] = [*items(at(item, "spec", "listeners"))]
        return listeners

    async def body(self, params: GatewayParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the listeners with the new reference where the certificate's names fit."""
        certificate = await self._certificate(params)
        names = {str(name) for name in at(certificate, "spec", "dnsNames") or []}
        listeners = items(at(item, "spec", "listeners"))
        fitting = [one for one in listeners if _presents(one) and _covers(names, word(one.get("hostname")))]
        if not fitting:
            raise BadInput(
                f"The certificate in {params.secret} is for {', '.join(sorted(names)) or 'no name'}; "
                f"no TLS listener of {params.gateway} serves that.",
                field="secret",
            )
        if all(_secrets(one) == [params.secret] for one in fitting):
            raise BadInput(f"{params.gateway} presents {params.secret} already.", field="secret")
        chosen = {word(one.get("name")) for one in fitting}
        references = [{"name": params.secret}]
        return _with_references(dict.fromkeys(chosen, references), listeners)

    async def _certificate(self, params: GatewayParams) -> JsonObject:
        # The Secret itself is never read: the account needs no right to see keys.
        found = await self._cluster.list(CERTIFICATES, params.namespace)
        for item in found:
            if at(item, "spec", "secretName") == params.secret:
                if not holds(item, "Ready"):
                    why = f"The certificate {name_of(item)} in {params.secret} is not ready, or has expired."
                    raise BadInput(why, field="secret")
                return item
        raise BadInput(
            f"No Certificate in {params.namespace} keeps a Secret {params.secret}.", field="secret"
        )

    async def sketch(self, params: GatewayParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say which Secret comes in place of which."""
        certificate = await self._certificate(params)
        ends = moment(at(certificate, "status", "notAfter"))
        days = round((ends - datetime.now(UTC)).total_seconds() / 86400, 1) if ends else None
        old, new = items(at(item, "spec", "listeners")), items(at(after, "spec", "listeners"))
        changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        former = sorted({name for a, _ in changed for name in _secrets(a)})
        kept: dict[str, Json] = {word(a.get("name")): at(a, "tls", "certificateRefs") for a, _ in changed}
        return Sketch(
            args={
                "namespace": params.namespace,
                "name": params.gateway,
                "secret": params.secret,
                "old": ", ".join(former) or "–",
                "days": "–" if days is None else f"{days:g}",
            },
            radius=BlastRadius(count=len(changed), unit="listeners", services=(service_of(item),)),
            facts={"days_left": days, "listeners": len(changed)},
            before={"references": kept},
            seconds=5,
            changes=tuple(_change(a, b) for a, b in changed),
        )

    async def progress(self, params: Any, plan: Plan, item: JsonObject) -> Check:
        """Wait until the gateway's controller has taken the references, or refused them."""
        told = items(at(item, "status", "listeners"))
        conditions = [c for one in told for c in items(one.get("conditions"))]
        generation = count(item, "metadata", "generation")
        if not conditions or any(count(c, "observedGeneration") < generation for c in conditions):
            return Check(state=CheckState.PENDING, detail="The gateway has not taken the change yet.")
        for condition in conditions:
            if condition.get("type") in ("ResolvedRefs", "Programmed") and condition.get("status") == "False":
                why = word(condition.get("message")) or word(condition.get("reason"))
                return Check(state=CheckState.FAILED, detail=f"The gateway refuses it: {why}")
        return Check(state=CheckState.DONE, detail="The gateway presents it.")

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the old references back."""
        kept = plan.before.get("references")
        references = kept if isinstance(kept, dict) else {}
        return _with_references(references, items(at(item, "spec", "listeners")))

    def done(self, params: GatewayParams, plan: Plan) -> str:
        """Return the sentence for the changed gateway."""
        return f"{params.gateway} is told to present {params.secret}."


def _change(before: JsonObject, after: JsonObject) -> FieldChange:
    return FieldChange(
        path=f"spec.listeners[{word(before.get('name'))}].tls.certificateRefs",
        before=", ".join(_secrets(before)) or None,
        after=", ".join(_secrets(after)) or None,
    )


def _presents(listener: JsonObject) -> bool:
    return bool(at(listener, "tls", "certificateRefs"))


def _secrets(listener: JsonObject) -> list[str]:
    return [word(ref.get("name")) for ref in items(at(listener, "tls", "certificateRefs"))]


def _covers(names: set[str], hostname: str) -> bool:
    """Say whether a certificate is for a listener's host; a listener without one serves any."""
    return not hostname or hostname in names or f"*.{hostname.partition('.')[2]}" in names


def _with_references(references: dict[str, Any], listeners: list[JsonObject]) -> JsonObject:
    changed = [
        {**one, "tls": {**(at(one, "tls") or {}), "certificateRefs": references[name]}}
        if (name := word(one.get("name"))) in references
        else one
        for one in listeners
    ]
    return {"spec": {"listeners": changed}}

"""Renews a certificate of cert-manager."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk, Target
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import CERTIFICATES, ClusterWriter
from tools.incident_responder.objects import at, items, moment, service_of, word
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.following import count
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import Named, within
from tools.incident_responder.writes.one_way import OneWay

ASKED = "ManuallyTriggered"
_TRIES = 5


class RenewCertificate(OneWay):
    """Asks cert-manager for a new certificate, the way its own command line does."""

    name: ClassVar[str] = "renew_certificate"
    backend: ClassVar[str] = "kubernetes"
    description: ClassVar[str] = "Ask cert-manager to issue a certificate anew, before its time."
    params: ClassVar[type[Params]] = Named
    risk: ClassVar[Risk] = Risk.LOW
    timeout_seconds: ClassVar[float] = 300
    why: ClassVar[str] = "a certificate that was issued stays issued, and does no harm"

    def __init__(self, cluster: ClusterWriter, namespaces: tuple[str, ...]) -> None:
        self._cluster = cluster
        self._namespaces = namespaces

    async def plan(self, params: Named, now: datetime) -> Plan:
        """Look at the certificate and let the server try the request."""
        place = self._place(params)
        item = await self._read(place)
        if _issuing(item):
            raise BadInput(f"{params.name} is being renewed already.", field="name")
        await self._cluster.patch(
            CERTIFICATES,
            place.namespace,
            place.name,
            _request(item, "preview", now),
            kind="merge",
            subresource="status",
            dry_run=True,
        )
        ends = moment(at(item, "status", "notAfter"))
        days = round((ends - now).total_seconds() / 86400, 1) if ends else None
        revision = count(item, "status", "revision")
        names = ", ".join(map(str, at(item, "spec", "dnsNames") or [])) or params.name
        return Plan(
            target=_target(place, item, [at(item, "spec"), revision]),
            changes=(
                FieldChange(path="status.notAfter", before=word(at(item, "status", "notAfter")) or None),
            ),
            radius=BlastRadius(count=1, unit="certificates", services=(service_of(item),)),
            reversible=False,
            seconds=10,
            args={
                "namespace": params.namespace,
                "name": params.name,
                "names": names,
                "days": "–" if days is None else f"{days:g}",
            },
            facts={"days_left": days, "ready": holds(item, "Ready")},
            before={"revision": revision, "notAfter": word(at(item, "status", "notAfter"))},
        )

    def _place(self, params: Named) -> Place:
        return Place(CERTIFICATES, within(params.namespace, self._namespaces), params.name)

    async def _read(self, place: Place) -> JsonObject:
        return await self._cluster.get(place.resource, place.namespace, place.name)

    async def apply(self, params: Named, plan: Plan, key: str) -> Applied:
        """Set the condition that makes cert-manager issue; its message bears the action's id."""
        place = self._place(params)
        for attempt in range(_TRIES):
            item = await self._read(place)
            if _asked_by(item, key):
                break
            if _target(place, item, [at(item, "spec"), count(item, "status", "revision")]) != plan.target:
                raise Conflict(f"{place.shown} was changed or renewed since the preview.")
            try:
                await self._cluster.patch(
                    CERTIFICATES,
                    place.namespace,
                    place.name,
                    _request(item, key, datetime.now(UTC)),
                    kind="merge",
                    subresource="status",
                )
                break
            except Conflict:
                # A refusal proves that nothing happened: the status moved on, so it is read and judged anew.
                if attempt == _TRIES - 1:
                    raise
        return Applied(detail=f"cert-manager was asked to renew {params.name}.")

    async def happened(self, params: Named, plan: Plan, key: str) -> Happened:
        """Say whether it was asked: the request is gone once it is fulfilled, but the revision has then grown."""
        try:
            item = await self._read(self._place(params))
        except NotFound:
            return Happened.UNKNOWN
        if _asked_by(item, key) or _renewed(item, plan):
            return Happened.YES
        # Asking once more does no harm: at most the certificate is issued a second time.
        return Happened.NO

    async def check(self, params: Named, plan: Plan, key: str) -> Check:
        """Wait until the certificate is ready and ends later than before."""
        place = self._place(params)
        try:
            item = await self._read(place)
        except NotFound:
            return Check(state=CheckState.FAILED, detail=f"{place.shown} is gone.")
        issuing = _condition(item, "Issuing")
        if issuing.get("status") == "False" and issuing.get("reason") == "Failed":
            why = word(issuing.get("message"))[:300]
            return Check(state=CheckState.FAILED, detail=f"cert-manager could not issue it: {why}")
        ends, before = moment(at(item, "status", "notAfter")), moment(plan.before.get("notAfter"))
        later = ends is not None and (before is None or ends > before)
        if _renewed(item, plan) and not _issuing(item) and holds(item, "Ready") and later and ends:
            return Check(state=CheckState.DONE, detail=f"It is valid until {ends:%Y-%m-%d %H:%M} UTC.")
        return Check(state=CheckState.PENDING, detail="The certificate is being issued.")


def _condition(item: JsonObject, kind: str) -> JsonObject:
    return next((c for c in items(at(item, "status", "conditions")) if c.get("type") == kind), {})


def holds(item: JsonObject, kind: str) -> bool:
    """Say whether a condition of an object is true."""
    return _condition(item, kind).get("status") == "True"


def _issuing(item: JsonObject) -> bool:
    return holds(item, "Issuing")


def _asked_by(item: JsonObject, key: str) -> bool:
    return _issuing(item) and _condition(item, "Issuing").get("message") == _message(key)


def _message(key: str) -> str:
    return f"Renewal asked for by ops-monitor, action {key}"


def _renewed(item: JsonObject, plan: Plan) -> bool:
    before = plan.before.get("revision")
    return count(item, "status", "revision") > (before if isinstance(before, int) else 0)


def _request(item: JsonObject, key: str, now: datetime) -> JsonObject:
    """Return the patch of the status; it may carry no annotation, so the condition's message is the mark."""
    asked = {
        "type": "Issuing",
        "status": "True",
        "reason": ASKED,
        "message": _message(key),
        "lastTransitionTime": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "observedGeneration": count(item, "metadata", "generation", default=1),
    }
    others = [c for c in items(at(item, "status", "conditions")) if c.get("type") != "Issuing"]
    return marks.guarded(item, {"status": {"conditions": [*others, asked]}})


def _target(place: Place, item: JsonObject, state: Any) -> Target:
    return Target(
        kind=place.resource.kind,
        name=place.name,
        namespace=place.namespace,
        uid=marks.uid_of(item),
        version=marks.version_of(item, state),
    )

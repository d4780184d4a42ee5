"""Sets one key of a ConfigMap, and says which names and values may be set at all."""

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from agent.domain.action import BlastRadius, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import CONFIG_MAPS, DEPLOYMENTS, STATEFUL_SETS, PatchKind
from tools.incident_responder.objects import at, items, name_of, service_of, word
from tools.incident_responder.podtemplates import config_maps_of
from tools.incident_responder.writes.following import wanted
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import Named, within
from tools.incident_responder.writes.patching import PatchWrite, Sketch
from tools.incident_responder.writes.preview import harmless, masked
from tools.incident_responder.writes.steering import refuse_script

MAX_VALUE_BYTES = 4096
_SECRET_WORDS = frozenset(
    {
        *("password", "passwd", "pwd", "passphrase", "secret", "secrets", "token", "tokens", "key", "keys"),
        *("apikey", "credential", "credentials", "auth", "authorization", "cookie", "private", "dsn"),
    }
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CLUSTERS_OWN = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})


def _bounded(value: str) -> str:
    if len(value.encode()) > MAX_VALUE_BYTES:
        raise ValueError(f"at most {MAX_VALUE_BYTES} bytes")
    if not all(letter.isprintable() or letter in "\n\t" for letter in value):
        raise ValueError("control characters are not allowed")
    return value


SafeText = Annotated[str, Field(max_length=MAX_VALUE_BYTES), AfterValidator(_bounded)]
"""A value of at most 4 KB without control characters."""


def names_secret(name: str) -> bool:
    """Say whether a setting of this name looks as if it held a secret; rather too often than once too few."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return bool(words & _SECRET_WORDS) or not harmless(name, "x")


def refuse_secret(field: str, name: str, value: str) -> None:
    """Raise BadInput for a name or a value that looks like a secret: those never pass through a chat."""
    if names_secret(name):
        raise BadInput(f"“{name}” looks like a secret; those are not set from here.", field=field)
    if not harmless(name, value):
        raise BadInput("The value looks like a secret; those are not set from here.", field="value")


class ConfigKeyParams(Named):
    """Which key of which ConfigMap, and its value."""

    key: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")] = Field(
        description="the key to set"
    )
    value: SafeText = Field(description="its value; never a secret")


class SetConfigKey(PatchWrite):
    """Sets one key of a ConfigMap."""

    name: ClassVar[str] = "set_config_key"
    description: ClassVar[str] = "Set one key of a ConfigMap, such as a pool's size."
    params: ClassVar[type[Params]] = ConfigKeyParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30
    patch_kind: ClassVar[PatchKind] = "merge"

    def place(self, params: ConfigKeyParams) -> Place:
        """Return where the ConfigMap is."""
        return Place(CONFIG_MAPS, within(params.namespace, self._namespaces), params.name)

    def state(self, params: ConfigKeyParams, item: JsonObject) -> Json:
        """Return the one key's value."""
        return [params.key, self._present(params, item)]

    @staticmethod
    def _present(params: ConfigKeyParams, item: JsonObject) -> str | None:
        found = at(item, "data", params.key)
        return found if isinstance(found, str) else None

    async def body(self, params: ConfigKeyParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one key."""
        refuse_secret("key", params.key, params.value)
        refuse_script(params.key, params.value)
        if params.name in _CLUSTERS_OWN or item.get("immutable"):
            raise BadInput(f"The ConfigMap {params.name} may not be changed.", field="name")
        if params.key in (item.get("binaryData") or {}):
            raise BadInput(f"{params.key} holds binary data.", field="key")
        present = self._present(params, item)
        if present == params.value:
            raise BadInput(f"{params.key} has that value already.", field="value")
        if len((present or "").encode()) > MAX_VALUE_BYTES:
            raise BadInput(f"{params.key} is too long to be set from here.", field="key")
        return {"data": {params.key: params.value}}

    async def sketch(self, params: ConfigKeyParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Show the value before and after, and who reads it."""
        present = self._present(params, item)
        kept = present is None or harmless(params.key, present)
        old = "" if present is None else masked(params.key, present)
        readers = await self._readers(params)
        names = ", ".join(name_of(reader) for reader in readers)
        warnings: tuple[str, ...] = (
            () if not names else (f"Pods see it only later or after a restart: {names}.",)
        )
        if not kept:
            warnings += ("The present value looks like a secret, so it is not kept for an undo.",)
        return Sketch(
            args={
                "namespace": params.namespace,
                "name": params.name,
                "key": params.key,
                "value": params.value,
                "old": old or "–",
            },
            radius=BlastRadius(
                count=sum(map(wanted, readers)), services=tuple(sorted({service_of(r) for r in readers}))
            ),
            facts={"key": params.key, "value": params.value, "value_before": old or None},
            before={"value": present if kept else None},
            seconds=1,
            warnings=warnings,
            reversible=kept,
        )

    async def _readers(self, params: ConfigKeyParams) -> list[JsonObject]:
        found: list[JsonObject] = []
        for resource in (DEPLOYMENTS, STATEFUL_SETS):
            found += await self._cluster.list(resource, params.namespace)
        return [item for item in found if params.name in _maps_of(at(item, "spec", "template"))]

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the value back; a key that was not there is taken away."""
        return {"data": {params.key: plan.before.get("value")}}

    def done(self, params: ConfigKeyParams, plan: Plan) -> str:
        """Return the sentence for the changed key."""
        return f"{params.key} of {params.name} is set."


def _maps_of(template: Any) -> set[str]:
    projected = {
        word(at(source, "configMap", "name"))
        for volume in items(at(template, "spec", "volumes"))
        for source in items(at(volume, "projected", "sources"))
    }
    return config_maps_of(template) | (projected - {""})

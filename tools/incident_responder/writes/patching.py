"""What every write that is one patch of one object has in common: agreed version, mark, proof, and the way back."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from agent.domain.action import BlastRadius, FieldChange, Plan, Target
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened
from tools.connectors.readers import JsonObject
from tools.connectors.writers import ClusterWriter, PatchKind
from tools.incident_responder.objects import at
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.preview import field_changes

AGREED = "agreed"
APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a write says of its own about a plan: the words, what policies may test, what an undo needs.

    `reversible` None means what the class says; `changes` None means what the dry run shows.
    """

    args: Mapping[str, str]
    radius: BlastRadius
    facts: Mapping[str, Json] = field(default_factory=dict)
    before: Mapping[str, Json] = field(default_factory=dict)
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    reversible: bool | None = None
    changes: tuple[FieldChange, ...] | None = None


class PatchWrite(ABC):
    """A write that is one patch of one object.

    A subclass says where the object is, which part of it matters, what to patch, and how to put it back; it raises
    BadInput from `body` when the object is in no state for it.
    """

    backend: ClassVar[str] = "kubernetes"
    reversible: ClassVar[bool]
    patch_kind: ClassVar[PatchKind] = "strategic"

    def __init__(self, cluster: ClusterWriter, namespaces: tuple[str, ...]) -> None:
        self._cluster = cluster
        self._namespaces = namespaces

    @abstractmethod
    def place(self, params: Any) -> Place:
        """Return where the object is; raises BadInput for a namespace that is not ours."""

    @abstractmethod
    def state(self, params: Any, item: JsonObject) -> Json:
        """Return the part of the object that matters: a preview is out of date as soon as it differs."""

    def lasting(self, params: Any, item: JsonObject) -> Json:
        """Return the part that must stay as a change left it; all that matters, unless the change moves by itself."""
        return self.state(params, item)

    def seen(self, item: JsonObject) -> str:
        """Return a text that stays as long as nobody writes what is wanted of the object."""
        return marks.seen(item)

    @abstractmethod
    async def body(self, params: Any, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch; without a plan it is only rehearsed."""

    @abstractmethod
    async def sketch(self, params: Any, item: JsonObject, after: JsonObject) -> Sketch:
        """Say what the change means."""

    @abstractmethod
    def done(self, params: Any, plan: Plan) -> str:
        """Return the sentence for a change that was made."""

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Return the patch that puts back what was there before."""
        raise BadInput(f"{plan.target.name}: this cannot be taken back.")

    async def plan(self, params: Any, now: datetime) -> Plan:
        """Look at the object, let the server try the patch, and say what would change."""
        place = self.place(params)

        async def build(item: JsonObject) -> JsonObject:
            return await self.body(params, item, None)

        item, after = await marks.rehearse(self._cluster, place, build, kind=self.patch_kind)
        found = await self.sketch(params, item, after)
        before: dict[str, Json] = {
            marks.SEEN: self.seen(item),
            AGREED: marks.fingerprint(self.lasting(params, item)),
            APPLIED: marks.fingerprint(self.lasting(params, after)),
        }
        return Plan(
            target=self._target(params, place, item),
            changes=field_changes(item, after) if found.changes is None else found.changes,
            radius=found.radius,
            reversible=self.reversible if found.reversible is None else found.reversible,
            seconds=found.seconds,
            args=dict(found.args),
            facts=dict(found.facts),
            before={**before, **found.before},
            warnings=found.warnings,
        )

    def _target(self, params: Any, place: Place, item: JsonObject) -> Target:
        return Target(
            kind=place.resource.kind,
            name=place.name,
            namespace=place.namespace,
            uid=marks.uid_of(item),
            version=marks.version_of(item, self.state(params, item)),
        )

    async def apply(self, params: Any, plan: Plan, key: str) -> Applied:
        """Send the patch, unless what matters is no longer as it was in the preview."""
        place = self.place(params)

        async def build(item: JsonObject) -> JsonObject:
            if marks.version_of(item, self.state(params, item)) != plan.target.version:
                raise Conflict(f"{place.shown} was changed since the preview.")
            return await self.body(params, item, plan)

        after = await marks.change(self._cluster, place, marks.of_action(key), build, kind=self.patch_kind)
        generation = at(after, "metadata", "generation")
        return Applied(detail=self.done(params, plan), facts={"generation": generation} if generation else {})

    async def happened(self, params: Any, plan: Plan, key: str) -> Happened:
        """Look for the mark; without it only an untouched object proves that nothing happened."""
        mark = marks.of_action(key)
        return await marks.happened(self._cluster, self.place(params), plan, mark, self.seen)

    async def check(self, params: Any, plan: Plan, key: str) -> Check:
        """Look whether the object still is as the change left it."""
        item, lost = await self.still(params, plan, APPLIED)
        return lost or await self.progress(params, plan, item)

    async def progress(self, params: Any, plan: Plan, item: JsonObject) -> Check:
        """Say how far the effect has come; at once for an object that nobody has to follow."""
        return Check(state=CheckState.DONE)

    async def undo(self, params: Any, plan: Plan, key: str) -> Applied:
        """Put back what was there, unless somebody else has changed it since."""
        place = self.place(params)
        if not plan.reversible:
            raise BadInput(f"{place.shown}: this cannot be taken back.")

        async def build(item: JsonObject) -> JsonObject:
            if not self._is(params, plan, item, APPLIED):
                raise Conflict(f"{place.shown} was changed by somebody else since, so it is left as it is.")
            return await self.undo_body(params, plan, item)

        await marks.change(self._cluster, place, marks.of_undo(key), build, kind=self.patch_kind)
        return Applied(detail=f"{place.shown} is being put back to what it was.")

    async def undone(self, params: Any, plan: Plan, key: str) -> Happened:
        """Look for the mark of the undo; an object as the change left it proves that nothing was put back."""
        place = self.place(params)
        try:
            item = await self._cluster.get(place.resource, place.namespace, place.name)
        except NotFound:
            return Happened.UNKNOWN
        if marks.of_undo(key).on(item):
            return Happened.YES
        return Happened.NO if self._is(params, plan, item, APPLIED) else Happened.UNKNOWN

    async def undo_check(self, params: Any, plan: Plan, key: str) -> Check:
        """Look whether the object is what it was before, and stays so."""
        item, lost = await self.still(params, plan, AGREED)
        return lost or await self.progress(params, plan, item)

    async def still(self, params: Any, plan: Plan, which: str) -> tuple[JsonObject, Check | None]:
        """Return the object, and a failed check when it is no longer what a plan says."""
        place = self.place(params)
        try:
            item = await self._cluster.get(place.resource, place.namespace, place.name)
        except NotFound:
            return {}, Check(state=CheckState.FAILED, detail=f"{place.shown} is gone.")
        if self._is(params, plan, item, which):
            return item, None
        return item, Check(
            state=CheckState.FAILED, detail=f"{place.shown} was changed by somebody else meanwhile."
        )

    def _is(self, params: Any, plan: Plan, item: JsonObject, which: str) -> bool:
        same = marks.fingerprint(self.lasting(params, item)) == plan.before.get(which)
        return same and marks.uid_of(item) == plan.target.uid

"""Rolls a workload back to a revision, or on to another image."""

import re
from typing import Annotated, Any, ClassVar

from pydantic import Field

from agent.domain.action import Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict
from tools.base import Params
from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at, items, name_of, word
from tools.incident_responder.podtemplates import images_of
from tools.incident_responder.rollouts import CAUSE, REVISION
from tools.incident_responder.writes.following import bare, current_set, replica_sets
from tools.incident_responder.writes.naming import LabelName, Named
from tools.incident_responder.writes.patching import Sketch
from tools.incident_responder.writes.workloads import WorkloadWrite, container_of, refuse_stuck

_IMAGE = (
    r"^[a-z0-9]([-a-zA-Z0-9._]*[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)*"
    r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$"
)
_TAG = re.compile(r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")


def revision_of(item: JsonObject) -> int:
    """Return the number of a revision, 0 when there is none."""
    found = word(at(item, "metadata", "annotations", REVISION))
    return int(found) if found.isdigit() else 0


def repository_of(image: str) -> str:
    """Return an image's name without its tag and digest."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{_TAG.sub('', tail)}"


def short(image: str) -> str:
    """Return what tells an image from its neighbours: the tag, or the beginning of the digest."""
    name, _, digest = image.partition("@")
    tag = name.removeprefix(repository_of(image)).removeprefix(":")
    return tag or (digest.removeprefix("sha256:")[:12] if digest else image)


class RollBackParams(Named):
    """Which Deployment, and to which revision."""

    revision: int | None = Field(
        default=None, ge=1, le=2**31, description="the revision to go back to; the one before when left out"
    )


class RollBackWorkload(WorkloadWrite):
    """Puts the pod template of an earlier revision back, as `kubectl rollout undo` does."""

    name: ClassVar[str] = "roll_back_workload"
    description: ClassVar[str] = "Roll a Deployment back to an earlier revision."
    params: ClassVar[type[Params]] = RollBackParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 300

    async def body(self, params: RollBackParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch that replaces the whole template by that of the wanted revision."""
        refuse_stuck(item)
        sets = await replica_sets(self._cluster, item)
        if plan is not None:
            return _template_of(_named(sets, word(plan.before.get("to"))))
        return _template_of(_wanted(params, item, sets))

    async def sketch(self, params: RollBackParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Name both revisions and both images."""
        sets = await replica_sets(self._cluster, item)
        target, present = _wanted(params, item, sets), current_set(item, sets)
        old, new = at(item, "spec", "template"), at(target, "spec", "template")
        images = images_of(old), images_of(new)
        numbers = revision_of(present or item), revision_of(target)
        args = {
            "from": _tag_words(old, numbers[0], other=new),
            "to": _tag_words(new, numbers[1], other=old),
            "from_revision": str(numbers[0]),
            "to_revision": str(numbers[1]),
            "from_image": images[0],
            "to_image": images[1],
        }
        facts: dict[str, Json] = {
            "image_before": images[0],
            "image_after": images[1],
            "revision_before": numbers[0],
            "revision_after": numbers[1],
        }
        found = await self.every_pod(item, args, facts=facts)
        return Sketch(
            args=found.args,
            radius=found.radius,
            facts=found.facts,
            before={
                **found.before,
                "to": name_of(target),
                "from": name_of(present) if present else "",
            },
            seconds=found.seconds,
            reversible=present is not None,
        )

    async def undo_body(self, params: RollBackParams, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the template of the revision before back."""
        refuse_stuck(item)
        return _template_of(_named(await replica_sets(self._cluster, item), word(plan.before.get("from"))))

    def done(self, params: RollBackParams, plan: Plan) -> str:
        """Return the sentence for the started roll-back."""
        return f"{params.name} is being rolled back to revision {plan.args.get('to_revision', '?')}."


def _wanted(params: RollBackParams, item: JsonObject, sets: list[JsonObject]) -> JsonObject:
    """Return the ReplicaSet to go back to."""
    present = current_set(item, sets)
    others = sorted((s for s in sets if s is not present and revision_of(s)), key=revision_of, reverse=True)
    known = ", ".join(str(revision_of(s)) for s in reversed(others)) or "none"
    if params.revision is None:
        newer_than = revision_of(present) if present else 2**63
        before = [s for s in others if revision_of(s) < newer_than]
        if not before:
            raise BadInput(f"{params.name} has no earlier revision.", field="revision")
        return before[0]
    if present is not None and revision_of(present) == params.revision:
        raise BadInput(f"{params.name} is at revision {params.revision} already.", field="revision")
    found = next((s for s in others if revision_of(s) == params.revision), None)
    if found is None:
        raise BadInput(
            f"{params.name} has no revision {params.revision}; there are: {known}.", field="revision"
        )
    return found


def _named(sets: list[JsonObject], name: str) -> JsonObject:
    found = next((s for s in sets if name_of(s) == name), None)
    if found is None:
        raise Conflict(f"The revision kept in ReplicaSet {name or '?'} is no longer there.")
    return found


def _template_of(replica_set: JsonObject) -> JsonObject:
    """Return the patch to a ReplicaSet's template; the note why it was once released goes with it."""
    cause = at(replica_set, "metadata", "annotations", CAUSE)
    template = {"$patch": "replace", **bare(at(replica_set, "spec", "template"))}
    return {"metadata": {"annotations": {CAUSE: cause}}, "spec": {"template": template}}


def _tag_words(template: Any, revision: int, *, other: Any) -> str:
    """Return what people call a revision: its image's tag, or its number where the images are the same."""
    if images_of(template) == images_of(other):
        return f"revision {revision}"
    mine = items(at(template, "spec", "containers"))
    theirs = {word(c.get("image")) for c in items(at(other, "spec", "containers"))}
    tags = [short(word(c.get("image"))) for c in mine if word(c.get("image")) not in theirs]
    return ", ".join(tags) or f"revision {revision}"


class RollForwardParams(Named):
    """Which container gets which image."""

    container: LabelName = Field(description="the container that gets the image")
    image: Annotated[str, Field(min_length=3, max_length=400, pattern=_IMAGE)] = Field(
        description="the image, with its tag or digest, from the repository that is used now"
    )


class RollForwardWorkload(WorkloadWrite):
    """Rolls out another tag of the image that a container uses now."""

    name: ClassVar[str] = "roll_forward_workload"
    description: ClassVar[str] = "Roll a Deployment forward to another tag or digest of the image it uses."
    params: ClassVar[type[Params]] = RollForwardParams
    risk: ClassVar[Risk] = Risk.HIGH
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 300

    async def body(self, params: RollForwardParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one image."""
        refuse_stuck(item)
        present = word(container_of(item, params.container).get("image"))
        if params.image == present:
            raise BadInput(f"{params.name} runs {params.image} already.", field="image")
        if repository_of(params.image) != repository_of(present):
            only = repository_of(present)
            raise BadInput(f"Only another tag or digest of {only} may be rolled out.", field="image")
        if params.image == repository_of(params.image):
            raise BadInput("Name the tag or the digest.", field="image")
        return _image(params.container, params.image)

    async def sketch(self, params: RollForwardParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Name both images."""
        present = word(container_of(item, params.container).get("image"))
        args = {
            "container": params.container,
            "from": short(present),
            "to": short(params.image),
            "from_image": present,
            "to_image": params.image,
        }
        found = await self.every_pod(item, args, facts={"image_before": present, "image_after": params.image})
        moves = "@" not in params.image and short(params.image) == "latest"
        return Sketch(
            args=found.args,
            radius=found.radius,
            facts=found.facts,
            before={**found.before, "image": present},
            seconds=found.seconds,
            warnings=("The tag “latest” may mean another image tomorrow.",) if moves else (),
        )

    async def undo_body(self, params: RollForwardParams, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the image back."""
        return _image(params.container, word(plan.before.get("image")))

    def done(self, params: RollForwardParams, plan: Plan) -> str:
        """Return the sentence for the started rollout."""
        return f"{params.name} is being rolled forward to {params.image}."


def _image(container: str, image: str) -> JsonObject:
    return {"spec": {"template": {"spec": {"containers": [{"name": container, "image": image}]}}}}

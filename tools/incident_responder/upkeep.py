"""Reads quotas, scheduled jobs and images out of Kubernetes objects, any field of which may be missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at, items, moment, name_of, word
from tools.quantities import parsed_quantity

PURPOSE = "ops-monitor.dev/purpose"
_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """How much of one resource a quota's namespace uses; `share` is None where nothing is allowed at all."""

    quota: str
    namespace: str
    resource: str
    used: str
    hard: str
    share: float | None


def quota_uses(quota: JsonObject) -> list[QuotaUse]:
    """Return every limited resource of a quota whose use is known."""
    hard, used = at(quota, "status", "hard"), at(quota, "status", "used")
    found = []
    for resource, limit in hard.items() if isinstance(hard, dict) else ():
        amount = at(used, resource)
        if amount is None:
            continue
        allowed = parsed_quantity(limit)
        share = parsed_quantity(amount) / allowed if allowed else None
        where = word(at(quota, "metadata", "namespace"))
        found.append(QuotaUse(name_of(quota), where, word(resource), word(amount), word(limit), share))
    return found


@dataclass(frozen=True, slots=True)
class JobStanding:
    """How a CronJob stands: `state` is what came of its newest run that has ended or goes on."""

    name: str
    namespace: str
    schedule: str
    suspended: bool
    purpose: str
    last_success: datetime | None
    last_run: datetime | None
    state: str
    failures: int


def job_standing(cron: JsonObject, jobs: Iterable[JsonObject]) -> JobStanding:
    """Return how a CronJob stands by its own status and the Jobs that it owns."""
    mine = sorted((job for job in jobs if _owned(job, cron)), key=_began)
    ended = [(job, state) for job in mine if (state := _state(job)) in ("succeeded", "failed")]
    successes = [moment(at(job, "status", "completionTime")) for job, state in ended if state == "succeeded"]
    known = [when for when in (*successes, moment(at(cron, "status", "lastSuccessfulTime"))) if when]
    last = max(known, default=None)
    since = [job for job, state in ended if state == "failed" and (last is None or _began(job) > _iso(last))]
    labels = at(cron, "metadata", "labels")
    return JobStanding(
        name=name_of(cron),
        namespace=word(at(cron, "metadata", "namespace")),
        schedule=word(at(cron, "spec", "schedule")),
        suspended=at(cron, "spec", "suspend") is True,
        purpose=word(at(labels, PURPOSE)),
        last_success=last,
        last_run=moment(at(cron, "status", "lastScheduleTime")),
        state=_state(mine[-1]) if mine else ("succeeded" if last else "never ran"),
        failures=len(since),
    )


def _owned(job: JsonObject, cron: JsonObject) -> bool:
    if at(job, "metadata", "namespace") != at(cron, "metadata", "namespace"):
        return False
    owners = items(at(job, "metadata", "ownerReferences"))
    return any(o.get("kind") == "CronJob" and o.get("name") == name_of(cron) for o in owners)


def _began(job: JsonObject) -> str:
    return _iso(moment(at(job, "status", "startTime")) or moment(at(job, "metadata", "creationTimestamp")))


def _iso(when: datetime | None) -> str:
    return when.isoformat() if when else ""


def _state(job: JsonObject) -> str:
    conditions = {
        word(one.get("type")) for one in items(at(job, "status", "conditions")) if one.get("status") == "True"
    }
    if "Complete" in conditions:
        return "succeeded"
    return "failed" if "Failed" in conditions else "running"


@dataclass(frozen=True, slots=True)
class UnusedImage:
    """An image on a node that no pod there uses; `needed` where something may start it again at any time."""

    node: str
    image: str
    size_bytes: float
    needed: bool = False


def unused_images(
    nodes: Sequence[JsonObject], pods: Sequence[JsonObject], owners: Sequence[JsonObject] = ()
) -> list[UnusedImage]:
    """Return the images that nodes hold and none of their pods uses, the largest first; `pods` must be all of them.

    What a kept revision (ReplicaSet) or a scheduled job of `owners` names is needed: for a way back, or for its next run.
    """
    again = {name for owner in owners for name in _images_of(_template(owner))}
    used: dict[str, set[str]] = {}
    for pod in pods:
        used.setdefault(word(at(pod, "spec", "nodeName")), set()).update(_images_of(pod))
    found = [
        UnusedImage(
            name_of(node),
            _shown(names),
            float(size) if isinstance(size, int | float) else 0.0,
            needed=_any_used(names, again),
        )
        for node in nodes
        for image in items(at(node, "status", "images"))
        if (names := _names(image)) and not _any_used(names, used.get(name_of(node), set()))
        for size in (image.get("sizeBytes"),)
    ]
    return sorted(found, key=lambda one: (-one.size_bytes, one.node, one.image))


def _template(owner: JsonObject) -> JsonObject:
    """Return what the pods of a ReplicaSet or a CronJob are made from."""
    template = at(owner, "spec", "jobTemplate", "spec", "template") or at(owner, "spec", "template")
    return template if isinstance(template, dict) else {}


def _names(image: JsonObject) -> list[str]:
    names = image.get("names")
    return [word(name) for name in names if name] if isinstance(names, list) else []


def _shown(names: Sequence[str]) -> str:
    """Return the name with a tag where there is one; digests say little to people."""
    return next((name for name in names if "@" not in name), names[0])


def _images_of(pod: JsonObject) -> set[str]:
    specs = [
        *items(at(pod, "spec", "containers")),
        *items(at(pod, "spec", "initContainers")),
        *items(at(pod, "spec", "ephemeralContainers")),
    ]
    statuses = [
        *items(at(pod, "status", "containerStatuses")),
        *items(at(pod, "status", "initContainerStatuses")),
        *items(at(pod, "status", "ephemeralContainerStatuses")),
    ]
    named = [spec.get("image") for spec in specs]
    named += [status.get(key) for status in statuses for key in ("image", "imageID")]
    return {canonical(word(name)) for name in named if name} | {
        digest for name in named if name and (digest := _digest(word(name)))
    }


def _any_used(names: Sequence[str], used: set[str]) -> bool:
    return any(canonical(name) in used or (_digest(name) or "-") in used for name in names)


def _digest(name: str) -> str:
    return name.rpartition("@")[2] if "@" in name else (name if name.startswith("sha256:") else "")


def canonical(name: str) -> str:
    """Return an image's full name: with its registry, and with `latest` where neither tag nor digest is given."""
    bare = name.rpartition("://")[2]
    first, slash, _ = bare.partition("/")
    if not slash:
        bare = f"{_HUB}/library/{bare}"
    elif "." not in first and ":" not in first and first != "localhost":
        bare = f"{_HUB}/{bare}"
    last = bare.rpartition("/")[2]
    return bare if "@" in last or ":" in last else f"{bare}:latest"

"""What is known of a service's releases: what senders told, what the cluster shows, and which images were ever seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.deployment import Deployment
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import Change, ChangesResult, PodsResult, TableResult
from agent.errors import BadInput
from agent.locale.messages import text
from agent.ports.reads import Reads
from agent.ports.store import Store

ROLLOUTS, PODS, DESCRIBE, BUDGET = (
    "incident_responder.rollouts",
    "incident_responder.pods",
    "incident_responder.describe",
    "sla_tracker.budget",
)
LOOK_BACK = timedelta(days=7)
_MOST = 20
_OVER = frozenset({"Succeeded", "Failed", "Terminating"})


@dataclass(frozen=True, slots=True)
class History:
    """The releases of a service, the newest first, with the evidence of what the cluster shows."""

    releases: tuple[Deployment, ...]
    changes: tuple[Change, ...]
    evidence: Evidence

    @property
    def images(self) -> frozenset[str]:
        """Return every image that ran, or was released, within the last days."""
        told = (text for one in self.releases for text in (one.image, one.was_image))
        seen = (text for one in self.changes for text in (one.before or "", one.after or ""))
        return frozenset(image for text in (*told, *seen) for image in _split(text))


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads what is known; nothing here is guessed."""

    reads: Reads
    store: Store

    async def history(self, service: str, now: datetime, incident_id: str | None) -> History:
        """Return what was released of a service lately."""
        minutes = int(LOOK_BACK.total_seconds() // 60)
        seen = await self._read(ROLLOUTS, {"service": service, "minutes": minutes}, incident_id)
        async with self.store.read() as tx:
            known = await tx.deployments.of_subject(service, _MOST)
        recent = [one for one in known if now - (one.finished_at or one.at) <= LOOK_BACK]
        result = seen.reading.result
        changes = result.changes if isinstance(result, ChangesResult) else ()
        return History(tuple(recent), changes, seen)

    async def budget_left(self, service: str, incident_id: str | None) -> tuple[float | None, Evidence]:
        """Return the share of the error budget that is left, None when nobody can tell, with the evidence."""
        seen = await self._read(BUDGET, {"service": service}, incident_id)
        return (seen.reading.value.value if seen.ok and seen.reading.value else None), seen

    async def container(self, service: str, image: str, lang: str) -> str:
        """Return the container that runs an image's repository; raises BadInput when none does."""
        pods = (await self._read(PODS, {"service": service}, None)).reading.result
        live = [pod for pod in pods.pods if pod.phase not in _OVER] if isinstance(pods, PodsResult) else []
        if not live:
            raise BadInput(text(lang, "release-plan-no-pods", service=service), field="service")
        told = (await self._read(DESCRIBE, {"pod": live[0].name}, None)).reading.result
        rows = told.rows if isinstance(told, TableResult) else ()
        for what, how in ((row[0], row[1]) for row in rows if len(row) > 1):
            name = what.removeprefix("container ")
            if name != what and repository(how.partition(";")[0].strip()) == repository(image):
                return name
        raise BadInput(text(lang, "release-plan-other-image", image=image, service=service), field="image")

    async def _read(self, tool: str, params: dict[str, Json], incident_id: str | None) -> Evidence:
        return await self.reads.run(ReadRequest(tool=tool, params=params), incident_id=incident_id)


def repository(image: str) -> str:
    """Return an image's name without tag and digest."""
    head, slash, tail = image.partition("@")[0].rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def rollouts(changes: Iterable[Change]) -> Sequence[Change]:
    """Return the roll-outs among changes, the newest first."""
    return sorted(
        (one for one in changes if one.change == "deployment"), key=lambda one: one.at, reverse=True
    )


def _split(images: str) -> list[str]:
    return [one.strip() for one in images.split(",") if one.strip()]

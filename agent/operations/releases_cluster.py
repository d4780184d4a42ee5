"""Finished roll-outs that nobody told of, seen in the cluster by the same reads as everything else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.diagnosis.deeds import deed_of
from agent.domain.action import Action
from agent.domain.deployment import DeploymentSignal, DeploymentState
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import Change, ChangesResult, PodsResult, PodState
from agent.errors import OpsError
from agent.operations.releases import ReleaseKit, take
from agent.operations.releases_merge import id_of
from agent.ports.reads import Reads
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent, get_log

ROLLOUTS, PODS = "incident_responder.rollouts", "incident_responder.pods"
# What finished longer ago than this was no news when the bot began to look.
LOOK_BACK = timedelta(minutes=30)
# An object's own times have whole seconds, and machines' clocks differ.
SLACK = timedelta(seconds=10)
_OVER = frozenset({"Succeeded", "Failed", "Terminating"})
_DEEDS = 200
_KNOWN = 30
_log = get_log("releases")


@dataclass(frozen=True, slots=True)
class ClusterReleases:
    """Looks for roll-outs, for ever; `namespaces` are those that the bot may read."""

    store: Store
    kit: ReleaseKit
    reads: Reads
    namespaces: tuple[str, ...]

    async def run(self) -> None:
        """Look again and again; what cannot be read now is read the next time."""
        while True:
            policy = self.kit.book.current.deployments.kubernetes
            if policy.watch:
                try:
                    await self.look()
                except OpsError as error:
                    _log.warning(LogEvent.TASK_FAILED, task="releases", error=error.user_message)
            await asyncio.sleep(policy.every)

    async def look(self) -> int:
        """Take every roll-out that is new; return how many there were."""
        wanted = self.kit.book.current.deployments.kubernetes.namespaces
        places = [name for name in self.namespaces if not wanted or name in wanted]
        found = [one for place in places for one in await self._in(place)]
        if not found:
            return 0
        async with self.store.read() as tx:
            deeds = await tx.actions.recent(_DEEDS)
            fresh = [pair for pair in found if not await self._known(tx, *pair)]
        return sum([await self._take(change, place, deeds) for change, place in fresh])

    async def _in(self, place: str) -> list[tuple[Change, str]]:
        minutes = int(LOOK_BACK.total_seconds() // 60)
        seen = await self._read(ROLLOUTS, {"namespace": place, "minutes": minutes})
        result = seen.reading.result if seen is not None else None
        changes = result.changes if isinstance(result, ChangesResult) else ()
        # A first installation changed nothing that had run before.
        return [(one, place) for one in newest(changes) if one.before is not None]

    async def _known(self, tx: Tx, change: Change, place: str) -> bool:
        """Say whether the end of a roll-out was seen already: then its pods need not be asked for again."""
        own = id_of(self._signal(change, place))
        known = await tx.deployments.of_subject(self._service(change), _KNOWN)
        told = (one for one in known if own == one.id or own in one.signals)
        return any(one.state is not DeploymentState.STARTED for one in told)

    def _service(self, change: Change) -> str:
        policies = self.kit.book.current
        return policies.services.bare(policies.deployments.name_of(change.service))

    async def _take(self, change: Change, place: str, deeds: Sequence[Action]) -> bool:
        signal = self._signal(change, place)
        seen = await self._read(PODS, {"service": change.service, "namespace": place})
        result = seen.reading.result if seen is not None else None
        if not isinstance(result, PodsResult):
            return False
        now = self.kit.clock.now()
        done = finished(change, result.pods)
        late = timedelta(seconds=self.kit.book.current.deployments.kubernetes.unfinished_after)
        if done is not None:
            signal = signal.model_copy(update={"status": "succeeded", "finished_at": min(done, now)})
        elif now - change.at > late:
            signal = signal.model_copy(update={"status": "failed", "finished_at": now})
        async with self.store.write() as tx:
            await take(self.kit, tx, signal, own=deed_of(change, deeds) is not None)
        return True

    def _signal(self, change: Change, place: str) -> DeploymentSignal:
        workload = workload_of(change)
        return DeploymentSignal(
            source="kubernetes",
            key=f"{place}/{workload}#{change.revision}",
            status="started",
            service=change.service,
            environment=self.kit.environment,
            namespace=place,
            workload=workload,
            revision=str(change.revision or ""),
            image=(change.after or "")[:300],
            was_image=(change.before or "")[:300],
            title=change.description[:300],
            started_at=change.at,
            told_at=max(self.kit.clock.now(), change.at),
        )

    async def _read(self, tool: str, params: dict[str, Json]) -> Evidence | None:
        try:
            return await self.reads.run(ReadRequest(tool=tool, params=params))
        except OpsError:
            return None


def newest(changes: Sequence[Change]) -> list[Change]:
    """Return the last roll-out of each workload: earlier ones were replaced before anybody could look."""
    found: dict[str, Change] = {}
    for one in changes:
        if one.change != "deployment" or one.revision is None:
            continue
        name = workload_of(one)
        if name not in found or (one.revision or 0) > (found[name].revision or 0):
            found[name] = one
    return list(found.values())


def workload_of(change: Change) -> str:
    """Return the Deployment's name, with which the description of a roll-out begins."""
    return change.description.partition(" ")[0]


def finished(change: Change, pods: Sequence[PodState]) -> datetime | None:
    """Return when a roll-out was done: every pod of the workload is new and ready; None while it is not."""
    name = workload_of(change)
    live = [pod for pod in pods if pod.phase not in _OVER and _of(name, pod)]
    wanted = {image.strip() for image in (change.after or "").split(",") if image.strip()}
    new = [
        pod.started_at
        for pod in live
        if pod.ready
        and pod.started_at is not None
        and pod.started_at >= change.at - SLACK
        and (not wanted or pod.image in wanted)
    ]
    return max(new) if live and len(new) == len(live) else None


def _of(workload: str, pod: PodState) -> bool:
    """Say whether a Deployment made a pod: its name is the Deployment's, a template's hash, and five letters."""
    return pod.name.rpartition("-")[0].rpartition("-")[0] == workload

"""Faults of a single Pod among several: its siblings are well."""

from dataclasses import dataclass
from typing import Any, ClassVar

from demo.faults.fault import NAMESPACE, Stage

SERVICE = "checkout"


@dataclass(frozen=True, slots=True)
class BadInstance:
    """One Pod of checkout has run out of file descriptors: every request that it takes ends in a 500."""

    name: ClassVar[str] = "bad-instance"
    title: ClassVar[str] = "One bad instance of checkout"
    description: ClassVar[str] = (
        "One of checkout's Pods answers every request with a 500; the others are well."
    )

    async def inject(self, stage: Stage) -> None:
        """Break the first Pod that takes calls."""
        serving = await self._serving(stage)
        if serving and not await self.active(stage):
            stage.runtime.trouble(serving[0]["metadata"]["uid"]).no_files_left = True

    async def clear(self, stage: Stage) -> None:
        """Mend every Pod of the service, in or out of service."""
        for uid in stage.runtime.pods_of(NAMESPACE, SERVICE):
            stage.runtime.trouble(uid).no_files_left = False

    async def active(self, stage: Stage) -> bool:
        """Tell whether a broken Pod takes calls; one that was taken out of service hurts nobody."""
        serving = await self._serving(stage)
        return any(stage.runtime.trouble(pod["metadata"]["uid"]).no_files_left for pod in serving)

    @staticmethod
    async def _serving(stage: Stage) -> list[dict[str, Any]]:
        pods = [
            pod for pod in await stage.kube.pods(NAMESPACE) if not pod["metadata"].get("deletionTimestamp")
        ]
        found = [pod for pod in pods if pod["metadata"].get("labels", {}).get("app") == SERVICE]
        return sorted(found, key=lambda pod: str(pod["metadata"]["name"]))

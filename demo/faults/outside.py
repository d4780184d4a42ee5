"""Faults from outside the shop's services: a noisy neighbour."""

import contextlib
from dataclasses import dataclass
from typing import Any, ClassVar

from demo.faults.fault import Stage
from demo.shop.kube import KubeRefused

BATCH_PATH = "/apis/apps/v1/namespaces/batch/deployments"
BATCH_NODE = "node-2"


def _report() -> dict[str, Any]:
    labels = {"app": "batch-report", "version": "v1"}
    container = {
        "name": "batch-report",
        "image": "registry.example/batch-report:v1",
        "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "512Mi"}},
    }
    pod = {"nodeName": BATCH_NODE, "terminationGracePeriodSeconds": 30, "containers": [container]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "batch-report", "namespace": "batch", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "batch-report"}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


@dataclass(frozen=True, slots=True)
class NoisyNeighbour:
    """A report in another namespace takes most of a node's CPU; nothing else suffers."""

    name: ClassVar[str] = "noisy-neighbour"
    title: ClassVar[str] = "Noisy neighbour on node-2"
    description: ClassVar[str] = (
        "A batch report burns CPU and logs a lot on one node: a symptom that harms nobody."
    )

    async def inject(self, stage: Stage) -> None:
        """Start the report."""
        if not await self.active(stage):
            await stage.kube.call("POST", BATCH_PATH, _report())

    async def clear(self, stage: Stage) -> None:
        """Delete the report."""
        with contextlib.suppress(KubeRefused):
            await stage.kube.call("DELETE", f"{BATCH_PATH}/batch-report")

    async def active(self, stage: Stage) -> bool:
        """Tell whether the report exists."""
        try:
            await stage.kube.deployment("batch", "batch-report")
        except KubeRefused:
            return False
        return True

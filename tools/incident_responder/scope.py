"""The cluster and the namespaces that incident_responder looks at."""

import asyncio
from dataclasses import dataclass

from agent.errors import NotFound
from tools.connectors.readers import ClusterReader, JsonObject
from tools.incident_responder.objects import belongs


@dataclass(frozen=True, slots=True)
class Scope:
    """The cluster and the namespaces that are looked at."""

    cluster: ClusterReader
    namespaces: tuple[str, ...]

    def chosen(self, namespace: str | None) -> tuple[str, ...]:
        """Return the namespaces to look at."""
        return (namespace,) if namespace else self.namespaces

    async def pods(self, service: str | None, namespace: str | None) -> list[JsonObject]:
        """Return the pods of a service."""
        found = await asyncio.gather(*(self.cluster.list("pods", n) for n in self.chosen(namespace)))
        return [pod for group in found for pod in group if belongs(pod, service)]

    async def pod(self, name: str) -> tuple[str, JsonObject]:
        """Return a pod and its namespace; raises NotFound."""
        for namespace in self.namespaces:
            try:
                return namespace, await self.cluster.get("pods", namespace, name)
            except NotFound:
                continue
        raise NotFound(f"There is no pod “{name}” in {', '.join(self.namespaces)}.")

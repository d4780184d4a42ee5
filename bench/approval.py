"""Click to running: from the click on *Approve* to the moment the change stands in the cluster.

Method: the product runs in a process of its own on SQLite, connected to the local workspace over Socket Mode (rate
limits off), with autonomy `approve` and the write account of the demo's cluster (which runs in the benchmark's process,
pods played). 40 incidents (8 with --quick), each with a Deployment of its own. On each card one person proposes a
restart by dialog and another approves it. The clock starts when the click is handed to the workspace and stops when the
Deployment carries the action's mark, looked at every 2 ms; in between lie Slack's delivery, the vote with its guards,
the second check of everything, the ledger's reservation and the request itself. `refused_s` is the time until a person
outside the group has read why their click did not count.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bench.bot import Bot, send
from bench.figures import options, percentile, report
from bench.payloads import alert, delivery
from bench.slack import new_workspace, roots, settings_for
from demo.cluster.annotated import AnnotatedRuntime
from demo.cluster.identity import MASTERS, Identity
from demo.cluster.server import ClusterServer
from demo.workspace.server import WorkspaceServer
from demo.workspace.workspace import Workspace

RIGHTS = Path(__file__).resolve().parent.parent / "deploy" / "kubernetes"
GROUPS = ("system:serviceaccounts", "system:serviceaccounts:monitoring")
TOKENS = {
    "admin": Identity("admin", (MASTERS,)),
    "reader": Identity("system:serviceaccount:monitoring:ops-monitor", GROUPS),
    "writer": Identity("system:serviceaccount:monitoring:ops-monitor-writer", GROUPS),
}
DEPLOYMENTS = ("apps", "deployments")
MARK = "ops-monitor.dev/action"
MINA, JUN, SAM = "U0MINA0001", "U0JUN00002", "U0SAM00005"
ROOM = "alerts-critical"
Json = dict[str, Any]


def deployment(name: str) -> Json:
    """Return the manifest of one small Deployment."""
    container = {"name": "app", "image": "registry.example/app:v1", "ports": [{"containerPort": 8080}]}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


async def furnish(cluster: ClusterServer, names: list[str]) -> None:
    """Create the namespace, the shipped rights and the Deployments."""
    await cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    for file in ("rbac.yaml", "rbac-write.yaml"):
        for manifest in yaml.safe_load_all((RIGHTS / file).read_text()):
            await cluster.apply(manifest)
    for name in names:
        await cluster.apply(deployment(name))


class Stage:
    """The workspace, the cluster and the bot, and one round of propose, refuse, approve."""

    def __init__(self, server: WorkspaceServer, cluster: ClusterServer, bot: Bot) -> None:
        self._server = server
        self._ws: Workspace = server.workspace
        self._cluster = cluster
        self._bot = bot

    async def round(self, http: aiohttp.ClientSession, name: str) -> tuple[float, float]:
        """Return the seconds from click to effect, and from a stranger's click to the refusal."""
        await send(http, self._bot, delivery(name, "HighErrorRate", [alert(name, "HighErrorRate", 0)]))
        card = await self._ws.wait_for(lambda _: self._card(name) or {}, timeout=20)
        ts = str(card["ts"])
        await self._propose(name, ts)
        refused = await self._timed(SAM, ts, lambda: bool(self._ws.whispers(SAM, ROOM)[self._heard :]))
        approved = await self._timed(JUN, ts, lambda: self._marked(name))
        return approved, refused

    async def _propose(self, name: str, ts: str) -> None:
        self._heard = len(self._ws.whispers(SAM, ROOM))
        await self._ws.click(MINA, ROOM, ts, "incident.act")
        await self._ws.wait_for(lambda w: w.modals_of(MINA), timeout=20)
        await self._ws.submit(MINA, {"action": "restart_workload"})
        await self._ws.wait_for(lambda w: "p:namespace" in str(w.modals_of(MINA)), timeout=20)
        values = {"p:namespace": "shop", "p:name": name, "reason": "a benchmark"}
        outcome = await self._ws.submit(MINA, values)
        if outcome.errors:
            raise RuntimeError(f"the dialog refused: {outcome.errors}")
        await self._ws.wait_for(lambda _: "action.approve" in str(self._card(name)), timeout=20)

    async def _timed(self, user: str, ts: str, done: Any) -> float:
        began = time.perf_counter()
        click = asyncio.create_task(self._ws.click(user, ROOM, ts, "action.approve"))
        while not done():
            if time.perf_counter() - began > 30:
                raise RuntimeError(f"nothing came of the click of {user}: {self._ws.whispers(user, ROOM)}")
            await asyncio.sleep(0.002)
        took = time.perf_counter() - began
        await click
        return took

    def _marked(self, name: str) -> bool:
        found = self._cluster.store.get(DEPLOYMENTS, "shop", name)
        return found is not None and MARK in found["metadata"].get("annotations", {})

    def _card(self, name: str) -> Json | None:
        return next((card for card in roots(self._server) if name in str(card["blocks"])), None)


async def _run(rounds: int) -> dict[str, float | int]:
    names = [f"approve-{number:03d}" for number in range(rounds)]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await stack.enter_async_context(new_workspace(rate_limits=None))
        cluster = await stack.enter_async_context(
            ClusterServer(runtime=AnnotatedRuntime(), nodes=("node-1",), tokens=TOKENS, time_scale=0.1)
        )
        await furnish(cluster, names)
        settings = settings_for(server) | {
            "environment": "demo",
            "kubernetes_url": cluster.url,
            "kubernetes_token": "reader",
            "kubernetes_write_token": "writer",
            "kubernetes_namespaces": "shop",
        }
        bot = await stack.enter_async_context(Bot(folder, settings))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        stage = Stage(server, cluster, bot)
        taken = [await stage.round(http, name) for name in names]
    clicks, refusals = [one for one, _ in taken], [other for _, other in taken]
    return {
        "clicks": len(clicks),
        "click_to_run_p50_s": percentile(clicks, 0.5),
        "click_to_run_p95_s": percentile(clicks, 0.95),
        "refused_p95_s": percentile(refusals, 0.95),
    }


def main() -> None:
    """Measure and print."""
    given = options(__doc__ or "")
    figures = asyncio.run(_run(8 if given.quick else 40))
    report(figures, only_json=given.json)


if __name__ == "__main__":
    main()

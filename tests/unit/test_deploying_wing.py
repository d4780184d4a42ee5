"""The wing of releases: a webhook's news is watched, a regression is cared for, and the way back is a recovery's own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from agent.app.deploying import Observing, open_deploying
from agent.app.ground import Ground, Wing
from agent.domain.deployment import DeploymentState
from agent.domain.handoff import PlanRelease
from agent.domain.incident import Priority
from agent.domain.results import TableResult
from agent.errors import BadInput
from agent.handoffs.asking import Asking
from agent.policy.book import PolicyBook
from agent.settings import Settings
from agent.telemetry.metrics import build_metrics
from agent.transport.http.middleware import answer_errors
from agent.transport.http.server import start_http
from demo.deployer import Deployer, done
from tests.support.alerts import SHIPPED
from tests.support.deploying import Rig, rig_at
from tests.support.readings import changes, deployment, found, pod, pods
from tests.support.reads import ScriptedReads
from tests.support.store import NOON

SECRET = "a-long-webhook-secret"


class Belt(ScriptedReads):
    """Reads from a script, with a cluster beside them."""

    def configured(self, backend: str) -> bool:
        return backend == "kubernetes"


@dataclass
class House:
    rig: Rig
    ground: Ground
    wing: Wing
    asking: Asking


def ground_of(rig: Rig, reads: Any, **more: Any) -> Ground:
    settings = Settings(environment="production", **more)
    return Ground(
        settings=settings,
        store=rig.store,
        jobs=rig.jobs,
        book=PolicyBook(SHIPPED),
        clock=rig.clock,
        toolbelt=reads,
        recovery=None,  # type: ignore[arg-type] # nothing is proposed here
        metrics=build_metrics(CollectorRegistry()),
        redactor=rig.kit.redactor,
        view=_nothing,
    )


async def _nothing(incident_id: str) -> None:
    return None


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with rig_at(tmp_path) as rig:
        reads: Any = rig.reads
        ground = ground_of(rig, reads, deployment_webhook_secret=SecretStr(SECRET))
        asking = Asking(rig.jobs, rig.clock, ground.book)
        yield House(rig, ground, open_deploying(ground, asking), asking)


async def _turn(house: House, minutes: int) -> list[str]:
    """Let time pass and do every look; return the kinds of the other jobs that were given out."""
    others = []
    for _ in range(minutes * 2):
        house.rig.clock.advance(30)
        while (job := house.rig.jobs.take()) is not None:
            if job.kind in house.wing.handlers:
                await house.wing.handlers[job.kind](job.payload)
            else:
                others.append(job.kind)
    return others


async def test_from_a_signed_webhook_to_the_question_for_the_way_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = house.rig
    monkeypatch.setattr("demo.deployer._now", lambda: NOON.isoformat())
    rig.world.course("checkout", "server_error_ratio", 0.002, 0.2, NOON)
    async with AsyncExitStack() as stack:
        app = web.Application(middlewares=[answer_errors])
        app.add_routes(house.wing.routes)
        running = await start_http(app, "127.0.0.1", 0)
        stack.push_async_callback(running.close)
        url = f"http://127.0.0.1:{running.port}"
        monkeypatch.setattr("agent.transport.http.signatures.TOLERANCE_SECONDS", 10**9)
        pipeline = Deployer(url, SECRET, environment="production")
        given = {"service": "checkout", "status": "succeeded", "version": "1.8.2", "actor": "Mina"}
        assert 200 == await pipeline.tell(given)
        async with aiohttp.ClientSession() as http, http.post(f"{url}/webhooks/github") as answer:
            assert 403 == answer.status

    others = await _turn(house, 6)

    only = await rig.only()
    (incident,) = await rig.incidents()
    assert (DeploymentState.REGRESSION, incident.id) == (only.state, only.incident_id)
    assert (Priority.P1, "release-regression") == (incident.priority, incident.priority_reason.rule)
    assert "checkout is worse since 1.8.2: Error rate 0.2% → 20%" == incident.title
    assert {"incident.investigate", "handoff.work"} <= set(others)
    async with rig.store.read() as tx:
        asked = await tx.handoffs.get(f"release:{only.number}:roll_back")
    assert asked is not None
    assert PlanRelease(service="checkout", want="roll_back") == asked.question
    assert "declared" in await rig.kinds(incident)


async def test_what_a_recovery_would_name_is_observed_the_same_way(tmp_path: Path) -> None:
    table = TableResult(columns=("what", "how"), rows=(("namespace", "shop"),))
    reads = Belt(NOON).on("incident_responder.pods", pods(pod("checkout-7d9f8c-abcde", "checkout")))
    reads.on("incident_responder.describe", found(table))
    reads.on("incident_responder.rollouts", changes(deployment("checkout", NOON, "a:1", "a:2", 7)))
    async with rig_at(tmp_path) as rig:
        observe = Observing(ground_of(rig, reads))
        incident = await rig.incident()
        seen = await observe("checkout", incident, ("namespace", "workload", "previous_revision"))
        reads.on("incident_responder.rollouts", changes())

        assert {"namespace": "shop", "workload": "checkout", "previous_revision": 6} == seen
        with pytest.raises(BadInput, match="has no earlier revision"):
            await Observing(ground_of(rig, reads))("checkout", incident, ("previous_revision",))


async def test_doctor_hears_which_doors_are_open(tmp_path: Path) -> None:
    async with rig_at(tmp_path) as rig:
        reads = Belt(NOON)
        open_doors = open_deploying(
            ground_of(rig, reads, argocd_webhook_token=SecretStr("t")),
            Asking(rig.jobs, rig.clock, PolicyBook(SHIPPED)),
        )
        broken = open_deploying(
            ground_of(rig, reads, deployment_webhook_secret=SecretStr("whsec_!!")),
            Asking(rig.jobs, rig.clock, PolicyBook(SHIPPED)),
        )
        (fine,), (wrong,) = await open_doors.probes(), await broken.probes()

    assert (True, "heard of through OPS_ARGOCD_WEBHOOK_TOKEN, the cluster itself") == (fine.ok, fine.detail)
    assert fine.fix is not None
    assert "OPS_GITHUB_WEBHOOK_SECRET" in fine.fix
    assert wrong.ok is False
    assert "releases" in open_doors.loops


def test_a_roll_out_is_done_when_every_replica_is_new() -> None:
    spec = {"replicas": 2, "template": {"spec": {"containers": [{"image": "r/payment:v2"}]}}}
    status = {"observedGeneration": 3, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}
    whole = {"metadata": {"generation": 3}, "spec": spec, "status": status}

    assert done(whole, "v2")
    assert not done(whole, "v3")
    assert not done(whole | {"status": status | {"availableReplicas": 1}}, "v2")
    assert not done(whole | {"metadata": {"generation": 4}}, "v2")

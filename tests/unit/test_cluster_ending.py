"""A cluster that ends while a Pod is starting leaves nothing open behind it."""

import asyncio
import contextlib

import pytest
from aiohttp import web

from demo.cluster.runtime import PodSpec
from demo.shop.pod import Pace
from demo.shop.runtime import ShopRuntime
from tests.support.cluster import Caller, FakeProcess, FakeRuntime, cluster, deployment

POD = PodSpec(
    namespace="shop",
    name="textbook-1",
    uid="uid-1",
    image="registry.example/textbook:v1",
    env={},
    labels={},
    annotations={},
    node="node-1",
    service_port=8080,
)


class SlowRuntime(FakeRuntime):
    """Takes its time over a start, and finishes it even when nobody waits any more."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()

    async def start(self, pod: PodSpec) -> FakeProcess:
        self.begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return await super().start(pod)


async def test_a_pod_that_comes_up_too_late_is_stopped() -> None:
    runtime = SlowRuntime()
    async with cluster(runtime) as server:
        call = Caller(server)
        await call("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        await call("POST", "/apis/apps/v1/namespaces/shop/deployments", deployment(replicas=1))
        await runtime.begun.wait()

    assert [0] == [process.stopped_with for process in runtime.started]


async def test_a_port_is_closed_when_nobody_waits_for_its_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[web.TCPSite] = []

    class Site(web.TCPSite):
        async def start(self) -> None:
            await super().start()
            opened.append(self)
            await asyncio.sleep(60)

    monkeypatch.setattr(web, "TCPSite", Site)
    starting = asyncio.create_task(ShopRuntime(pace=Pace(warm_up=0.0, linger=0.0)).start(POD))
    while not opened:
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    server = opened[0]._server
    assert server is not None
    assert not server.is_serving()

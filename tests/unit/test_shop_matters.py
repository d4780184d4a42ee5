"""The demo's faults of security, business and third parties do in the shop what they say."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from agent.domain.outpost import OutpostState
from agent.intake.falco import parse_falco
from agent.policy.load import load_policies
from demo.faults.matters import CREDENTIAL_STUFFING, NO_TEXTBOOKS, TOKEN_BURN, FalcoAlert, ThirdPartyOutage
from demo.overlay import lay_out
from demo.shop.card_network import HEALTH, CardNetwork
from demo.shop.context import Trouble
from demo.shop.falco import FalcoSensor
from demo.shop.state_metrics import vulnerability_families
from tests.support.store import NOON
from tools.connectors.http_probe import probe
from tools.connectors.outside import Outside
from tools.connectors.public_status import public_status


@pytest.mark.parametrize(
    ("fault", "name", "field"),
    [
        (CREDENTIAL_STUFFING, "credential-stuffing", "under_attack"),
        (NO_TEXTBOOKS, "no-textbooks", "creates_nothing"),
        (TOKEN_BURN, "token-burn", "burns_tokens"),
    ],
)
async def test_a_fault_of_a_pod_is_turned_on_and_off(fault: Any, name: str, field: str) -> None:
    trouble = Trouble()
    runtime = SimpleNamespace(pods_of=lambda *_: {"uid": None}, trouble=lambda _: trouble)
    stage: Any = SimpleNamespace(runtime=runtime)

    await fault.inject(stage)
    assert name == fault.name
    assert getattr(trouble, field)
    assert await fault.active(stage)
    await fault.clear(stage)
    assert trouble == Trouble()


@pytest.fixture
async def network() -> AsyncIterator[CardNetwork]:
    found = CardNetwork()
    await found.start()
    yield found
    await found.stop()


async def test_the_card_network_looks_down_to_the_bot_while_the_fault_is_on(network: CardNetwork) -> None:
    stage: Any = SimpleNamespace(card_network=network)
    outside = Outside()

    async def looks() -> tuple[OutpostState, ...]:
        probed = await probe(
            outside,
            network.url + HEALTH,
            statuses=[200],
            text="ok",
            timeout_seconds=30,
            private=True,
        )
        pages = [
            await public_status(
                outside,
                network.url,
                components=[name],
                down_from="major",
                timeout_seconds=30,
                private=True,
            )
            for name in ("Authorisation", "Settlement")
        ]
        return (probed.state, *(page.state for page in pages))

    assert await looks() == (OutpostState.UP,) * 3
    await ThirdPartyOutage().inject(stage)
    assert await looks() == (OutpostState.DOWN, OutpostState.DOWN, OutpostState.UP)
    await ThirdPartyOutage().clear(stage)
    assert not await ThirdPartyOutage().active(stage)
    await outside.close()


async def test_falcos_events_are_understood_by_the_bots_own_parser(tmp_path: Path) -> None:
    taken: list[tuple[str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((request.headers["Authorization"], await request.read()))
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/webhooks/falco", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    (tmp_path / "token").write_text("secret\n")
    port = runner.addresses[0][1]
    sensor = FalcoSensor(f"http://127.0.0.1:{port}/webhooks/falco", tmp_path / "token")
    spec = SimpleNamespace(name="textbook-6d5f8b7c9d-x2x4z", node="node-2")
    stage: Any = SimpleNamespace(
        falco=sensor, runtime=SimpleNamespace(pods_of=lambda *_: {"u": None}, specs={"u": spec})
    )
    await FalcoAlert().inject(stage)
    await runner.cleanup()

    alerts = [parse_falco(body, NOON).alerts[0] for _, body in taken]
    assert [alert.name for alert in alerts] == ["Unauthorized API Access", "Suspicious Database Query"]
    assert {alert.labels["service"] for alert in alerts} == {"textbook"}
    assert {token for token, _ in taken} == {"Bearer secret"}
    assert await FalcoAlert().active(stage)
    await FalcoAlert().clear(stage)
    assert not sensor.alarmed


async def test_without_a_bot_nothing_is_sent() -> None:
    await FalcoSensor().alarm("textbook-0", "node-1")


def test_the_demos_third_parties_are_where_they_listen(tmp_path: Path) -> None:
    laid = lay_out(tmp_path / "policies", addresses={"card-network": "http://127.0.0.1:7/health"})
    outposts = load_policies(laid).outposts

    assert outposts.outposts[0].url == "http://127.0.0.1:7/health"
    assert outposts.edges == {("payment", "card-network")}


def test_no_image_of_the_shop_has_critical_vulnerabilities() -> None:
    pod = json.loads(
        '{"metadata": {"namespace": "shop"}, "spec": {"containers": [{"name": "a", "image": "r/a:v1"}]}}'
    )
    page = vulnerability_families([pod, pod])

    assert page.count("trivy_image_vulnerabilities{") == 2
    assert 'severity="Critical"} 0.0' in page

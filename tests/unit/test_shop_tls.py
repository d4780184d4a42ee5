"""The model gateway's certificate: real handshakes succeed, fail when it has expired, and succeed after renewal."""

import ssl
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from demo.shop.model_gateway import ModelGateway


async def _ask(gateway: ModelGateway) -> int:
    tls = ssl.create_default_context(cafile=str(gateway.authority_file))
    connector = aiohttp.TCPConnector(ssl=tls, force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        http.post(f"{gateway.url}/complete", json={"question": "why"}) as response,
    ):
        return response.status


async def _probed(gateway: ModelGateway) -> dict[str, float]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://{gateway.probe.address}/metrics") as response,
    ):
        return {s.name: s.value for f in parse(await response.text()) for s in f.samples}


async def test_an_expired_certificate_breaks_handshakes_and_a_renewed_one_mends_them(tmp_path: Path) -> None:
    gateway = ModelGateway(tmp_path)
    await gateway.start()
    try:
        before, good = await _ask(gateway), await _probed(gateway)
        await gateway.let_expire()
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match="certificate has expired"):
            await _ask(gateway)
        bad = await _probed(gateway)
        await gateway.renew()
        after = await _ask(gateway)
    finally:
        await gateway.stop()

    assert (before, after) == (200, 200)
    assert (good["probe_success"], bad["probe_success"]) == (1, 0)
    assert good["probe_ssl_earliest_cert_expiry"] - bad["probe_ssl_earliest_cert_expiry"] > 59 * 86400

"""The model gateway's certificate: real handshakes succeed, fail when it has expired, and succeed after renewal."""

import ssl
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from demo.backends.process import BackendFailed
from demo.shop.model_gateway import HEALTHY, NAME, ModelGateway
from demo.shop.tls import Authority


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


async def _issue(gateway: ModelGateway, ends: timedelta) -> tuple[str, str]:
    made = await gateway.authority.issue(NAME, starts=timedelta(days=-90), ends=ends)
    return made.certificate.read_text(), made.key.read_text()


async def test_an_expired_certificate_breaks_handshakes_and_a_renewed_one_mends_them(tmp_path: Path) -> None:
    gateway = ModelGateway(tmp_path)
    await gateway.start()
    try:
        before, good = await _ask(gateway), await _probed(gateway)
        await gateway.present(*await _issue(gateway, timedelta(hours=-1)))
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match="certificate has expired"):
            await _ask(gateway)
        bad = await _probed(gateway)
        await gateway.present(*await _issue(gateway, HEALTHY[1]))
        after = await _ask(gateway)
    finally:
        await gateway.stop()

    assert (before, after) == (200, 200)
    assert (good["probe_success"], bad["probe_success"]) == (1, 0)
    assert good["probe_ssl_earliest_cert_expiry"] - bad["probe_ssl_earliest_cert_expiry"] > 59 * 86400


async def test_a_chain_whose_key_is_another_ones_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    gateway = ModelGateway(tmp_path)
    await gateway.start()
    try:
        before = gateway.expires
        one, other = await _issue(gateway, timedelta(days=1)), await _issue(gateway, timedelta(days=2))
        with pytest.raises(ssl.SSLError):
            await gateway.present(one[0], other[1])
        still = await _ask(gateway), await _probed(gateway)
    finally:
        await gateway.stop()

    assert still[0] == 200
    assert gateway.expires == before
    assert still[1]["probe_ssl_earliest_cert_expiry"] == before.timestamp()


async def test_what_is_no_certificate_has_no_validity(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    await authority.create()
    with pytest.raises(BackendFailed):
        await authority.validity("not a certificate")

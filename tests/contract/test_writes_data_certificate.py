"""The certificate read against real TLS servers: good, expired, of an unknown authority, and no TLS at all."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.domain.evidence import EvidenceStatus
from agent.domain.results import TableResult
from agent.errors import BadAnswer, Misconfigured, OpsError, TimedOut, Unavailable
from demo.shop.tls import Authority
from tests.support.scripted_http import Script, scripted
from tools.connectors.tls import TlsHandshakes, certified
from tools.incident_responder.certificate_reads import CertificateParams, CertificateRead


@dataclass
class Gateway:
    """A TLS server whose certificate can be replaced."""

    authority: Authority
    tls: ssl.SSLContext
    server: asyncio.Server

    async def present(self, days: float) -> None:
        """Present a certificate that ends in so many days."""
        shown = await self.authority.issue(
            "model-gateway", starts=timedelta(days=-90), ends=timedelta(days=days)
        )
        self.tls.load_cert_chain(shown.certificate, shown.key)


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    authority = Authority(tmp_path / "tls")
    await authority.create()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server = await asyncio.start_server(_say_nothing, "127.0.0.1", 0, ssl=tls)
    running = Gateway(authority, tls, server)
    await running.present(60)
    async with server:
        yield running


def _at(gateway: Gateway, host: str = "127.0.0.1") -> CertificateParams:
    return CertificateParams(host=host, port=gateway.server.sockets[0].getsockname()[1])


async def test_a_good_certificate_verifies_with_its_days_and_names(gateway: Gateway) -> None:
    read = CertificateRead(TlsHandshakes(timeout_seconds=30, ca_file=gateway.authority.certificate))
    reading = await read.run(_at(gateway), datetime.now(UTC))

    assert EvidenceStatus.SUCCESS is reading.status
    assert isinstance(reading.result, TableResult)
    [row] = reading.result.rows
    assert ("CN=model-gateway", "model-gateway, 127.0.0.1", "CN=demo authority") == row[:3]
    assert ("60.0", "yes") == row[4:]
    assert "ends in 60 days and verifies" in reading.summary


async def test_an_expired_certificate_is_a_result_and_not_an_error(gateway: Gateway) -> None:
    await gateway.present(-1 / 24)
    read = CertificateRead(TlsHandshakes(timeout_seconds=30, ca_file=gateway.authority.certificate))
    reading = await read.run(_at(gateway), datetime.now(UTC))

    assert isinstance(reading.result, TableResult)
    assert "no" == reading.result.rows[0][5]
    assert reading.value is not None
    assert -0.1 < reading.value.value < 0
    assert "ended 0.0 days ago and does not verify: certificate has expired" in reading.summary


async def test_a_foreign_authority_and_a_wrong_name_are_told_apart(gateway: Gateway) -> None:
    foreign = await TlsHandshakes(timeout_seconds=30).look("127.0.0.1", _at(gateway).port)
    trusting = TlsHandshakes(timeout_seconds=30, ca_file=gateway.authority.certificate)
    wrong = await trusting.look("localhost", _at(gateway).port)

    assert "local issuer" in foreign.problem
    assert "not valid for 'localhost'" in wrong.problem


async def test_nobody_there_silence_and_plain_http_have_their_errors(gateway: Gateway) -> None:
    port = _at(gateway).port
    gateway.server.close()
    look = TlsHandshakes(timeout_seconds=30).look
    with pytest.raises(Unavailable, match="cannot be reached"):
        await look("127.0.0.1", port)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await look("no-such-host.invalid", 443)
    async with scripted(Script()) as plain:
        with pytest.raises(BadAnswer, match="does not complete a TLS handshake"):
            await look("127.0.0.1", int(plain.url.rpartition(":")[2].split("/")[0]))


async def test_a_server_that_says_nothing_times_out() -> None:
    server = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    async with server:
        with pytest.raises(TimedOut):
            await TlsHandshakes(timeout_seconds=0.3).look("127.0.0.1", server.sockets[0].getsockname()[1])


def test_a_file_without_authorities_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")
    with pytest.raises(Misconfigured, match=r"ca\.pem"):
        TlsHandshakes(timeout_seconds=1, ca_file=empty)


@pytest.mark.parametrize(
    "raw",
    [
        {"host": ""},
        {"host": "http://shop"},
        {"host": "shop/path"},
        {"host": "a b"},
        {"host": "-connect"},
        {"host": "shop;ls"},
        {"host": "shop", "port": 0},
        {"host": "shop", "port": 65536},
    ],
)
def test_a_host_is_a_name_and_nothing_else(raw: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CertificateParams.model_validate(raw)


TEXTS = st.recursive(
    st.none() | st.text(max_size=8) | st.integers(), lambda inner: st.lists(inner, max_size=3)
)


@given(
    st.dictionaries(st.sampled_from(["subject", "issuer", "subjectAltName", "notBefore", "notAfter"]), TEXTS)
)
def test_any_description_of_a_certificate_is_read_or_refused(info: dict[str, Any]) -> None:
    try:
        found = certified(info)
    except OpsError:
        return
    assert found.not_after.tzinfo is not None

"""The pages of Grafana's double: what was published is shown as text, and they say that they are none of Grafana's."""

from typing import Any

import aiohttp
import pytest

from demo.vendors.door import VendorServer
from demo.vendors.grafana import GrafanaVendor
from tests.support.hostile import HOSTILE
from tools.dashboard_builder.build import grafana_json
from tools.dashboard_builder.catalogue import board_named


async def saved(vendor: GrafanaVendor, url: str, model: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {vendor.token}"}
    folder = {"uid": "f1", "title": "Operations: live"}
    dashboard = {"dashboard": model, "folderUid": "f1"}
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as http:
        for path, body in (("folders", folder), ("dashboards/db", dashboard)):
            async with http.post(f"{url}/api/{path}", json=body):
                pass


async def page(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return answer.status, await answer.text()


async def test_every_page_says_what_it_is_and_shows_what_was_published() -> None:
    async with VendorServer(vendor := GrafanaVendor()) as server:
        empty = await page(f"{server.url}/")
        absent = await page(f"{server.url}/d/ops-operations")
        await saved(vendor, server.url, dict(grafana_json(board_named("operations"))))
        front = await page(f"{server.url}/")
        there = await page(f"{server.url}/d/ops-operations/operations?var-service=payment")

    assert [200, 404, 200, 200] == [status for status, _ in (empty, absent, front, there)]
    assert all("This is a stand-in for Grafana" in words for _, words in (empty, absent, front, there))
    assert "/ops dashboard operations publish" in absent[1]
    assert "/d/ops-operations" in front[1]
    assert "P95 response time" in there[1]
    assert "histogram_quantile" in there[1]


@pytest.mark.parametrize("words", HOSTILE)
async def test_no_text_becomes_markup(words: str) -> None:
    panel = {"title": words, "type": words, "targets": [{"expr": words}], "gridPos": {"x": 0, "w": 24}}
    async with VendorServer(vendor := GrafanaVendor()) as server:
        await saved(
            vendor, server.url, {"uid": "u1", "title": f"a {words}", "description": words, "panels": [panel]}
        )
        shown = [(await page(f"{server.url}{path}"))[1] for path in ("/", "/d/u1")]

    assert not [one for one in shown if "<" in words and words in one]
    assert {1} == {one.count("<header>") for one in shown}

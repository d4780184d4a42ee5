"""The shop's services over real HTTP: how they work together, and how each trouble shows."""

import asyncio

import pytest

from demo.shop import rush as rush_module
from demo.shop import service as service_frame
from demo.shop.context import MIB
from demo.shop.runtime import UnknownImage
from demo.shop.services import catalog as catalog_module
from demo.shop.services import payment as payment_module
from demo.shop.services import storefront as storefront_module
from tests.support.backends import eventually
from tests.support.shop_launcher import ShopLauncher, call, shop

SAMPLED = f"00-{'ab' * 16}-{'cd' * 8}-01"
QUIET = SAMPLED[:-1] + "0"
CART = {"user": "u-1", "cart": "c-1", "item": "item-3", "count": 2, "currency": "KRW"}


@pytest.fixture(autouse=True)
def _no_bad_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_frame, "HICCUP", 0.0)
    monkeypatch.setattr(payment_module, "DECLINED", 0.0)


async def _start_all(launcher: ShopLauncher, payment: str = "payment:v1") -> None:
    for image in ("ledger-db:v1", "catalog:v1", "checkout:v1", payment):
        await launcher.start(image)


async def test_a_checkout_crosses_five_services_in_one_trace() -> None:
    async with shop() as launcher:
        await _start_all(launcher)
        front = await launcher.start("storefront:v1")
        trace = "ab" * 16
        status, body = await call(front, "POST", "/checkout", CART, traceparent=f"00-{trace}-{'cd' * 8}-01")
        _, metrics = await call(front, "GET", "/metrics")

    assert status == 200
    assert body["payment"].startswith("pay-")
    reached = {line["service"] for line in launcher.lines if line.get("trace_id") == trace}
    assert reached == {"storefront", "checkout", "catalog", "payment", "ledger-db"}
    assert 'http_requests_total{method="POST",route="/checkout",status="200"} 1.0' in metrics


async def test_release_v2_of_payment_fails_for_the_forgotten_currency_only() -> None:
    async with shop() as launcher:
        await _start_all(launcher, payment="payment:v2")
        front = await launcher.start("storefront:v1")
        won, _ = await call(front, "POST", "/checkout", CART)
        dollar, _ = await call(front, "POST", "/checkout", CART | {"currency": "USD"})

    assert won == 502
    assert dollar == 200
    assert "Unhandled exception in POST /charges: KeyError('KRW')" in launcher.messages("error")


async def test_a_service_without_endpoints_is_a_502_for_its_caller() -> None:
    async with shop() as launcher:
        front = await launcher.start("storefront:v1")
        status, body = await call(front, "GET", "/products/item-1")

    assert status == 502
    assert body == {"error": "Upstream call failed: catalog: no ready endpoints"}


async def test_a_held_pool_refuses_charges_until_an_operator_ends_the_queries() -> None:
    async with shop() as launcher:
        database = await launcher.start("ledger-db:v1")
        payment = await launcher.start("payment:v1", uid="p", DB_POOL_MAX="3")
        launcher.runtime.trouble("p").hold_connections = True
        charge = {"order": "o-1", "amount": 5, "currency": "EUR"}

        async def queries() -> list[dict[str, int]]:
            return list((await call(database, "GET", "/admin/queries"))[1]["queries"])

        async def all_held() -> bool:
            return len(await queries()) == 3

        await eventually(all_held)
        status, _ = await call(payment, "POST", "/charges", charge)
        for query in await queries():
            await call(database, "DELETE", f"/admin/queries/{query['id']}")
        await eventually(lambda: not launcher.runtime.trouble("p").hold_connections)
        after, _ = await call(payment, "POST", "/charges", charge)

    assert (status, after) == (503, 200)
    assert any("3 of 3 in use" in message for message in launcher.messages("error"))


async def test_an_enlarged_pool_takes_charges_again() -> None:
    async with shop() as launcher:
        await launcher.start("ledger-db:v1")
        payment = await launcher.start("payment:v1", uid="p", DB_POOL_MAX="1")
        launcher.runtime.trouble("p").hold_connections = True
        await eventually(lambda: any("part 0 started" in text for text in launcher.messages("info")))
        status, body = await call(payment, "PUT", "/admin/pool", {"max": 4})
        charged, _ = await call(payment, "POST", "/charges", {"order": "o", "amount": 1, "currency": "EUR"})

    assert (status, body) == (200, {"max": 4})
    assert charged == 200


async def test_without_its_cache_the_catalog_queues_and_sheds_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_module, "ORIGIN_SECONDS", (0.05, 0.05))
    async with shop() as launcher:
        catalog = await launcher.start("catalog:v1", uid="c")
        warm, _ = await call(catalog, "GET", "/items/item-5")
        launcher.runtime.trouble("c").cache_down = True
        reads = [call(catalog, "GET", f"/items/item-{number}") for number in range(30)]
        statuses = [status for status, _ in await asyncio.gather(*reads)]
        _, metrics = await call(catalog, "GET", "/metrics")

    assert warm == 200
    assert 12 <= statuses.count(200) < 30
    assert statuses.count(503) > 0
    assert "cache_hits_total 1.0" in metrics
    assert "cache_misses_total 30.0" in metrics


async def test_a_leaking_catalog_is_killed_at_its_limit_and_keeps_its_log() -> None:
    async with shop() as launcher:
        catalog = await launcher.start("catalog:v1", uid="c", MEMORY_LIMIT="160Mi")
        launcher.runtime.trouble("c").leak_bytes_per_second = 50 * MIB
        async with asyncio.timeout(120):
            how = await catalog.wait()
        launcher.runtime.trouble("c").leak_bytes_per_second = 0
        again = await launcher.start("catalog:v1", uid="c", MEMORY_LIMIT="160Mi")

    assert (how.code, how.reason) == (137, "OOMKilled")
    assert any("Starting catalog" in line for line in again.logs(tail=None, previous=True, since=None))


async def test_flushing_the_cache_also_frees_what_has_leaked() -> None:
    async with shop() as launcher:
        catalog = await launcher.start("catalog:v1", uid="c")
        before = catalog.usage()[1]
        launcher.runtime.trouble("c").leak_bytes_per_second = 10 * MIB
        await eventually(lambda: catalog.usage()[1] > before + 5 * MIB)
        launcher.runtime.trouble("c").leak_bytes_per_second = 1
        _, body = await call(catalog, "POST", "/admin/cache/flush")
        await eventually(lambda: catalog.usage()[1] < before + MIB)

    assert body == {"dropped": 200}


async def test_textbook_exits_at_start_with_a_theme_that_does_not_exist() -> None:
    async with shop() as launcher:
        textbook = await launcher.start("textbook:v1", PAGE_THEME="aurora")
        async with asyncio.timeout(120):
            how = await textbook.wait()

    assert (how.code, how.reason) == (1, "Error")
    assert not textbook.ready()
    assert any("no such file /app/themes/aurora.json" in text for text in launcher.messages("error"))


async def test_a_stopping_pod_leaves_the_endpoints_at_once_and_answers_while_it_lingers() -> None:
    async with shop() as launcher:
        catalog = await launcher.start("catalog:v1")
        launcher.runtime.pace.linger = 1.5
        stopping = asyncio.create_task(catalog.stop(10))
        await eventually(lambda: not catalog.ready(), every=0.01)
        was_ready = catalog.ready()
        status, _ = await call(catalog, "GET", "/metrics")
        await stopping
        how = await catalog.wait()

    assert not was_ready
    assert status == 200
    assert how.reason == "Completed"


async def test_an_image_that_nobody_built_cannot_be_started() -> None:
    async with shop() as launcher:
        with pytest.raises(UnknownImage, match="mystery:v1"):
            await launcher.start("mystery:v1")


async def test_access_security_and_audit_lines_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop() as launcher:
        front = await launcher.start("storefront:v1")
        for number in range(2):
            monkeypatch.setattr(storefront_module, "FAILED_LOGINS", float(number))
            await call(front, "POST", "/login", {"user": f"u-{number}"}, traceparent=SAMPLED)

    kinds = {line["log_type"] for line in launcher.lines}
    [access, *_] = [line for line in launcher.lines if line["log_type"] == "access"]
    fields = {"timestamp", "level", "service", "trace_id", "message", "version", "pod", "environment"}
    assert {"access", "security", "audit"} <= kinds
    assert fields <= set(access)


async def test_a_trace_that_is_not_sampled_logs_only_what_fails() -> None:
    async with shop() as launcher:
        front = await launcher.start("storefront:v1")
        await call(front, "GET", "/", traceparent=QUIET)
        quiet = [line for line in launcher.lines if "trace_id" in line]
        await call(front, "GET", "/products/item-1", traceparent=QUIET)

    assert quiet == []
    assert launcher.messages("error") == ["Upstream call failed: catalog: no ready endpoints"]


async def test_a_service_that_hangs_passes_its_probes_and_answers_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with shop() as launcher:
        tutor = await launcher.start("tutor:v1", uid="u-1")
        launcher.runtime.trouble("u-1").hung = True
        probe, _ = await call(tutor, "GET", "/healthz")
        for method, path in (("POST", "/answers"), ("GET", "/metrics")):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call(tutor, method, path, {"user": "u", "question": "q"}), 0.3)
        monkeypatch.setattr(service_frame, "HANGS_SECONDS", 0.0)
        late, _ = await call(tutor, "GET", "/metrics")
        launcher.runtime.trouble("u-1").hung = False
        again, _ = await call(tutor, "GET", "/metrics")

    assert (200, 503, 200) == (probe, late, again)


async def test_a_crowd_waits_for_the_front_page_and_more_pods_serve_it_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storefront_module, "PAGE_SECONDS", (0.02, 0.02))
    monkeypatch.setattr(rush_module, "LOOKS_SECONDS", (0.05, 0.05))
    monkeypatch.setattr(rush_module, "VISITORS", 12)
    monkeypatch.setattr(rush_module, "REMEMBERED", 24)
    async with shop() as launcher:
        await launcher.start("storefront:v1")
        rush = rush_module.Rush(lambda: launcher.runtime_endpoints("storefront"))
        before = rush.wait
        await rush.start()
        crowded = await eventually(lambda: rush.wait > 0.1 and rush.wait, every=0.02)
        for _ in range(5):
            await launcher.start("storefront:v1")
        served = await eventually(lambda: rush.wait < crowded / 2 and rush.present, every=0.02)
        await rush.stop()

    assert (0.0, True, False, 0.0) == (before, served, rush.present, rush.wait)

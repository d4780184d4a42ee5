"""The HTTP door: who may come in, what is refused and how, and that 2xx means stored."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from agent.errors import Unavailable
from agent.intake.generic import Mapping
from agent.policy.documents import parse_document
from agent.store.engine import SqlStore
from agent.telemetry.metrics import build_metrics
from agent.transport.http import webhooks
from agent.transport.http.server import HttpNeeds, build_http, start_http
from tests.support.alerts import Desk, alert, payload
from tests.support.store import NOON, store_at

TOKEN = "a-long-webhook-token"
GOOD = json.dumps(payload(alert("HighErrorRate", starts=NOON, service="payment"))).encode()


@dataclass
class Door:
    url: str
    http: aiohttp.ClientSession
    store: SqlStore
    missing: dict[str, str]

    async def post(
        self, body: bytes, path: str = "alertmanager", *, token: str | None = TOKEN, **headers: str
    ) -> Any:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self.http.post(f"{self.url}/webhooks/{path}", data=body, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()

    async def stored(self) -> int:
        async with self.store.read() as tx:
            return await tx.inbox.waiting()


async def open_door(stack: AsyncExitStack, folder: Path, token: str | None = TOKEN) -> Door:
    store = await stack.enter_async_context(store_at(folder))
    desk = Desk(store)
    registry = CollectorRegistry()
    missing: dict[str, str] = {}

    async def slack() -> str | None:
        if missing.get("slack") == "raise":
            raise Unavailable("Slack cannot be reached.", backend="slack")
        return missing.get("slack")

    mapping = parse_document("labels:\n  alertname: {path: name}\n", Mapping, name="m.yaml")
    app = build_http(
        HttpNeeds(
            store=store,
            jobs=desk.jobs,
            clock=desk.clock,
            metrics=build_metrics(registry),
            registry=registry,
            webhook_token=token,
            max_bytes=20_000,
            queue_bound=3,
            mappings={"uptime": mapping},
            ready={"slack": slack, "store": store.ready},
        )
    )
    running = await start_http(app, "127.0.0.1", 0)
    stack.push_async_callback(running.close)
    http = await stack.enter_async_context(aiohttp.ClientSession())
    return Door(f"http://127.0.0.1:{running.port}", http, store, missing)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        yield await open_door(stack, tmp_path)


async def test_a_good_delivery_is_stored_with_its_job_before_it_is_accepted(door: Door) -> None:
    status, body, headers = await door.post(GOOD)

    assert (status, body) == (200, {"accepted": 1, "delivery": 1})
    assert len(headers["X-Request-ID"]) == 32
    assert await door.stored() == 1
    async with door.store.read() as tx:
        rows = await tx.connection.exec_driver_sql("SELECT kind, payload, group_key FROM jobs")
        assert [tuple(r) for r in rows] == [("intake.process", '{"inbox_id": 1}', "intake")]


async def test_falco_has_a_door_with_the_same_token(door: Door) -> None:
    event = json.dumps({"rule": "Terminal Shell In Container", "priority": "Warning"}).encode()

    assert (await door.post(event, "falco", token="wrong"))[0] == 401
    assert (await door.post(b"{}", "falco"))[1]["field"] == "0.rule"
    assert (await door.post(event, "falco"))[:2] == (200, {"accepted": 1, "delivery": 1})
    code, told = (await door.post(event + b"\n{", "falco"))[:2]
    assert (207, 1, 1) == (code, told["accepted"], told["refused"])
    assert ["line 2"] == [one["field"] for one in told["problems"]]
    assert await door.stored() == 2


@pytest.mark.parametrize(
    "given",
    [None, "", "wrong", TOKEN + "x", TOKEN[:-1], "ü" * 40],
    ids=["none", "empty", "wrong", "longer", "shorter", "not ascii"],
)
async def test_a_wrong_token_is_refused_and_nothing_is_stored(door: Door, given: str | None) -> None:
    status, body, headers = await door.post(GOOD, token=given)

    assert status == 401
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert TOKEN not in json.dumps(body)
    assert await door.stored() == 0


async def test_another_scheme_is_refused_even_with_the_right_token(door: Door) -> None:
    status, _, _ = await door.post(GOOD, token=None, Authorization=f"Basic {TOKEN}")

    assert status == 401


async def test_without_a_configured_token_the_door_stays_shut(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        door = await open_door(stack, tmp_path, token=None)
        status, body, _ = await door.post(GOOD, token="None")

        assert status == 401
        assert "OPS_WEBHOOK_TOKEN" in body["error"]


async def test_a_bad_body_is_refused_with_the_field(door: Door) -> None:
    status, body, _ = await door.post(json.dumps({"status": "odd", "alerts": []}).encode())

    assert (status, body["field"]) == (400, "status")
    assert await door.stored() == 0


async def test_a_body_over_the_bound_is_refused_however_it_comes(door: Door) -> None:
    large = b" " * 20_001

    async def chunks() -> AsyncIterator[bytes]:
        yield large

    declared, _, _ = await door.post(large)
    chunked, _, _ = await door.post(chunks())  # type: ignore[arg-type]
    bomb, _, _ = await door.post(gzip.compress(b" " * 2_000_000), **{"Content-Encoding": "gzip"})

    assert [declared, chunked, bomb] == [413, 413, 413]
    assert await door.stored() == 0


async def test_a_compressed_body_is_understood_and_a_broken_one_refused(door: Door) -> None:
    good, _, _ = await door.post(gzip.compress(GOOD), **{"Content-Encoding": "gzip"})
    broken, _, _ = await door.post(b"not gzip at all", **{"Content-Encoding": "gzip"})

    assert (good, broken) == (200, 400)


async def test_a_full_queue_asks_the_sender_to_come_again(door: Door) -> None:
    answers = [await door.post(GOOD) for _ in range(4)]
    _, body, headers = answers[-1]

    assert [a[0] for a in answers] == [200, 200, 200, 503]
    assert int(headers["Retry-After"]) > 0
    assert "again" in body["error"]
    assert await door.stored() == 3


async def test_a_database_that_cannot_write_asks_the_sender_to_come_again(door: Door) -> None:
    async with door.store.write() as tx:
        await tx.connection.exec_driver_sql("ALTER TABLE inbox RENAME TO gone")
    status, body, _ = await door.post(GOOD)

    assert status == 503
    assert "SELECT" not in json.dumps(body)


async def test_other_senders_use_their_mapping(door: Door) -> None:
    good, _, _ = await door.post(b'{"name": "Ping"}', "generic/uptime")
    nameless, body, _ = await door.post(b"{}", "generic/uptime")
    unknown, _, _ = await door.post(b"{}", "generic/nobody")

    assert (good, nameless, unknown) == (200, 400, 404)
    assert body["field"] == "name"
    async with door.store.read() as tx:
        item = await tx.inbox.get(1)
    assert item is not None
    assert item.group.source == "uptime"


async def test_unknown_paths_and_methods_answer_as_json(door: Door) -> None:
    missing, _, _ = await door.post(GOOD, "nothing")
    async with door.http.get(f"{door.url}/webhooks/alertmanager") as answer:
        assert (missing, answer.status, answer.headers["Allow"]) == (404, 405, "POST")
        assert await answer.json() == {"error": "Method Not Allowed"}


async def test_request_ids_are_taken_over_only_when_they_are_plain(door: Door) -> None:
    _, _, plain = await door.post(GOOD, **{"X-Request-ID": "abc-1.2"})
    _, _, odd = await door.post(GOOD, **{"X-Request-ID": "<script>"})

    assert plain["X-Request-ID"] == "abc-1.2"
    assert "<" not in odd["X-Request-ID"]


async def test_readiness_names_what_is_missing(door: Door) -> None:
    ready, _ = await door.get("/readyz")
    door.missing["slack"] = "not connected yet"
    waiting, body = await door.get("/readyz")
    door.missing["slack"] = "raise"
    failing, why = await door.get("/readyz")
    alive, _ = await door.get("/healthz")

    assert (ready, waiting, failing, alive) == (200, 503, 503, 200)
    assert json.loads(body)["missing"] == {"slack": "not connected yet"}
    assert json.loads(why)["missing"] == {"slack": "Slack cannot be reached."}


async def test_metrics_count_requests_alerts_and_what_waits(door: Door) -> None:
    await door.post(GOOD)
    await door.post(GOOD, token="wrong")
    status, text = await door.get("/metrics")

    assert status == 200
    assert 'ops_monitor_webhook_requests_total{code="200",receiver="alertmanager"} 1.0' in text
    assert 'ops_monitor_webhook_requests_total{code="401",receiver="alertmanager"} 1.0' in text
    assert "ops_monitor_alerts_received_total 1.0" in text
    assert "ops_monitor_intake_queue_depth 1.0" in text
    assert 'ops_monitor_jobs{state="waiting"} 1.0' in text
    assert TOKEN not in text


async def test_access_lines_hold_no_query_and_no_token(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    await door.post(GOOD, "alertmanager?secret=hunter2")
    written = "".join(capfd.readouterr())

    assert "/webhooks/alertmanager" in written
    assert "hunter2" not in written
    assert TOKEN not in written


async def test_a_body_that_comes_too_slowly_is_asked_for_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_SLOW_SENDER_SECONDS", 0.05)
    ended = asyncio.Event()

    async def dribble() -> AsyncIterator[bytes]:
        yield GOOD[:20]
        await ended.wait()

    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with door.http.post(f"{door.url}/webhooks/alertmanager", data=dribble(), headers=headers) as answer:
        status = answer.status
    ended.set()

    assert status == 503
    assert await door.stored() == 0


async def test_a_fault_of_ours_is_counted_like_every_other_answer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(webhooks, "parse_webhook", stumble)
    status, body, _ = await door.post(GOOD)
    _, metrics = await door.get("/metrics")

    assert status == 500
    assert "secret detail" not in json.dumps(body)
    assert 'ops_monitor_webhook_requests_total{code="500",receiver="alertmanager"} 1.0' in metrics

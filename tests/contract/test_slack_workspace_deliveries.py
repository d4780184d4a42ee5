"""How deliveries travel: signatures, retries, redirects, one-time tickets, several sockets, late acks."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from demo.workspace.clock import ManualClock, SystemClock
from demo.workspace.faults import Fault
from demo.workspace.server import WorkspaceServer
from tests.support.workspace import Json, bolt, client_of, over_socket, running

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def server() -> AsyncIterator[WorkspaceServer]:
    # A retry after five minutes comes after 30 ms.
    async with running(clock=SystemClock(scale=0.0001), ack_seconds=60.0) as started:
        yield started


@pytest.fixture
async def hasty() -> AsyncIterator[WorkspaceServer]:
    """Run a workspace in which acks are due after 300 ms."""
    async with running(clock=SystemClock(scale=0.0001), ack_seconds=0.3) as started:
        yield started


@asynccontextmanager
async def receiver(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/{tail:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    await runner.cleanup()


@asynccontextmanager
async def socket(server: WorkspaceServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    token = server.workspace.state.app.seed.app_token
    opened = await client_of(server).apps_connections_open(app_token=token)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(opened["url"]) as ws,
    ):
        yield ws


async def test_requests_are_signed_as_the_official_verifier_expects(server: WorkspaceServer) -> None:
    verifier = SignatureVerifier(server.workspace.state.app.seed.signing_secret)
    valid: list[bool] = []
    kinds: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.text()
        valid.append(verifier.is_valid_request(body, dict(request.headers)))
        kinds.append(request.content_type)
        return web.json_response({"text": "fine"})

    async with receiver(handle) as url:
        await server.use_http(url, verify=False)
        await server.workspace.say("mina", "general", "hello")
        outcome = await server.workspace.slash("mina", "general", "/ops 한국어 & more")
        await server.workspace.wait_for(lambda _: len(valid) == 2)

    assert valid == [True, True]
    assert sorted(kinds) == ["application/json", "application/x-www-form-urlencoded"]
    assert outcome.reply == {"text": "fine"}


async def test_the_challenge_must_come_back(server: WorkspaceServer) -> None:
    async def wrong(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def right(request: web.Request) -> web.Response:
        return web.Response(text=(await request.json())["challenge"])

    async with receiver(wrong) as bad, receiver(right) as good:
        assert await server.use_http(bad) is False
        assert await server.use_http(good) is True


async def test_an_event_is_retried_three_times_with_the_reason(server: WorkspaceServer) -> None:
    seen: list[tuple[str, str, str]] = []

    async def failing(request: web.Request) -> web.Response:
        envelope = json.loads(await request.text())
        retry, reason = (request.headers.get(f"X-Slack-Retry-{name}", "") for name in ("Num", "Reason"))
        seen.append((envelope["event_id"], retry, reason))
        return web.Response(status=500)

    async with receiver(failing) as url:
        await server.use_http(url, verify=False)
        await server.workspace.say("mina", "general", "hello")
        await server.workspace.wait_for(lambda _: len(seen) == 4)

    assert [(number, reason) for _, number, reason in seen] == [
        ("", ""),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert len({event_id for event_id, _, _ in seen}) == 1


async def test_an_app_may_refuse_retries(server: WorkspaceServer) -> None:
    async def failing(_request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with receiver(failing) as url:
        await server.use_http(url, verify=False)
        await server.workspace.say("mina", "general", "hello")
        await server.workspace.wait_for(lambda w: w.recorder.deliveries())
        await asyncio.sleep(0.1)

    assert len(server.workspace.recorder.deliveries()) == 1


@pytest.mark.parametrize(("hops", "status"), [(2, "acked"), (3, "too_many_redirects")])
async def test_two_redirects_are_followed(server: WorkspaceServer, hops: int, status: str) -> None:
    async def moved(request: web.Request) -> web.Response:
        count = int(request.query.get("n", "0"))
        if count == hops:
            return web.Response()
        return web.Response(status=302, headers={"Location": f"/in?n={count + 1}"})

    async with receiver(moved) as url:
        await server.use_http(url, verify=False)
        await server.workspace.slash("mina", "general", "/ops x")

    assert server.workspace.recorder.deliveries("slash")[0].status == status


async def test_a_slow_or_absent_app_is_told_to_the_person(hasty: WorkspaceServer) -> None:
    told = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await told.wait()
        return web.Response()

    async with receiver(slow) as url:
        await hasty.use_http(url, verify=False)
        late = await hasty.workspace.slash("mina", "general", "/ops x")
        told.set()
    gone = await hasty.workspace.slash("mina", "general", "/ops x")
    hasty.use_socket()
    silent = await hasty.workspace.slash("mina", "general", "/ops x")

    assert [outcome.error for outcome in (late, gone, silent)] == [
        "operation_timeout",
        "dispatch_failed",
        "dispatch_failed",
    ]


async def test_a_handler_that_acks_late_is_a_timeout_over_the_socket(hasty: WorkspaceServer) -> None:
    app, told = bolt(hasty), asyncio.Event()

    @app.command("/ops")
    async def slow(ack: Callable[[], Awaitable[None]]) -> None:
        await told.wait()
        await ack()

    async with over_socket(hasty, app):
        outcome = await hasty.workspace.slash("mina", "general", "/ops x")
        told.set()

    assert outcome.error == "operation_timeout"


async def test_a_ticket_opens_one_socket_only(server: WorkspaceServer) -> None:
    token = server.workspace.state.app.seed.app_token
    opened = await client_of(server).apps_connections_open(app_token=token)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as ws:
        hello = await ws.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(opened["url"])

    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0OPSMON01"}
    assert caught.value.status == 403


async def test_each_envelope_goes_to_one_socket_and_a_retry_to_the_other(
    hasty: WorkspaceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = hasty
    async with socket(server) as one, socket(server) as two:
        for ws in (one, two):
            await ws.receive_json()
        await server.workspace.say("mina", "general", "hello")
        first = await _any_of(one, two)
        # Only the first one is let slip.
        monkeypatch.setattr(server.gate, "_ack_seconds", 60.0)
        other = two if first[0] is one else one
        again = await other.receive_json(timeout=60)
        await other.send_json({"envelope_id": again["envelope_id"]})
        await server.workspace.wait_for(lambda w: len(w.recorder.deliveries()) == 2)

    assert again["payload"]["event_id"] == first[1]["payload"]["event_id"]
    assert (first[1]["retry_attempt"], again["retry_attempt"], again["retry_reason"]) == (0, 1, "timeout")
    assert again["accepts_response_payload"] is False
    assert [r.status for r in server.workspace.recorder.deliveries()] == ["timeout", "acked"]


async def _any_of(
    one: aiohttp.ClientWebSocketResponse, two: aiohttp.ClientWebSocketResponse
) -> tuple[aiohttp.ClientWebSocketResponse, Json]:
    waits = {asyncio.ensure_future(ws.receive_json()): ws for ws in (one, two)}
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    task = done.pop()
    return waits[task], task.result()


async def test_the_eleventh_socket_is_turned_away(server: WorkspaceServer) -> None:
    async with aiohttp.ClientSession() as session:
        token = server.workspace.state.app.seed.app_token
        client = client_of(server)
        sockets = []
        for _ in range(11):
            opened = await client.apps_connections_open(app_token=token)
            sockets.append(await session.ws_connect(opened["url"]))
        answers = [await ws.receive_json() for ws in sockets]
        for ws in sockets:
            await ws.close()

    assert [answer["type"] for answer in answers] == ["hello"] * 10 + ["disconnect"]
    assert answers[-1]["reason"] == "too_many_websockets"


async def test_a_disabled_link_stays_closed(server: WorkspaceServer) -> None:
    async with socket(server) as ws:
        await ws.receive_json()
        await server.gate.disconnect("link_disabled")
        notice = await ws.receive_json()
    token = server.workspace.state.app.seed.app_token
    reply = await client_of(server).api_call("api.test")
    refusal = await _raw(server, "apps.connections.open", token)

    assert notice["reason"] == "link_disabled"
    assert reply["ok"] is True
    assert refusal == {"ok": False, "error": "link_disabled"}


async def _raw(server: WorkspaceServer, method: str, token: str) -> Json:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.api_url}{method}", headers=headers) as reply,
    ):
        body: Json = await reply.json()
        return body


async def test_a_lost_ack_brings_the_event_again() -> None:
    clock = ManualClock()
    heard: list[str] = []
    async with running(clock=clock) as server:
        app = bolt(server)

        @app.event("message")
        async def said(body: Json) -> None:
            heard.append(body["event_id"])
            server.workspace.recorder.touch()

        async with over_socket(server, app):
            server.workspace.faults.lose_acks()
            await server.workspace.say("mina", "general", "hello")
            await server.workspace.wait_for(lambda _: len(heard) == 2)

    assert heard[0] == heard[1]


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        (Fault("server_error", times=1), 500, "Internal Server Error"),
        (Fault("garbage", times=1), 200, "<html>gateway</html>"),
        (Fault("refuse", times=1, error="fatal_error"), 200, '{"ok": false, "error": "fatal_error"}'),
        (Fault("timeout", times=1, seconds=0.01), 504, ""),
    ],
)
async def test_faults_spoil_as_told_and_then_stop(
    server: WorkspaceServer, fault: Fault, status: int, text: str
) -> None:
    server.workspace.faults.add(fault)
    answers = []
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.post(f"{server.api_url}api.test?token=x") as reply:
                answers.append((reply.status, await reply.text()))

    assert answers == [(status, text), (200, '{"ok": false, "error": "invalid_auth"}')]


async def test_one_call_in_three_is_rate_limited(server: WorkspaceServer) -> None:
    server.workspace.faults.add(Fault("ratelimited", "api.*", every=3, retry_after=7))
    answers = []
    async with aiohttp.ClientSession() as session:
        for _ in range(6):
            async with session.post(f"{server.api_url}api.test") as reply:
                answers.append((reply.status, reply.headers.get("Retry-After")))

    assert answers == [(200, None), (200, None), (429, "7")] * 2

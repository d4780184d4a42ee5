"""The product with a model whose endpoint is cut at every moment: the card never waits, and is upgraded in place."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.support import liar
from tests.support.anthropic_wire import (
    Reply,
    Script,
    ScriptedWire,
    error,
    said,
    served,
    text,
    tool_use,
    turn,
)
from tests.support.backends import eventually
from tests.support.product import Product, alert, delivery, refusals, roots, shown, slack_settings, workspace
from tests.support.workspace import MINA

pytestmark = [pytest.mark.slow, pytest.mark.alone]
Json = dict[str, Any]
SIGNAL = tool_use("metrics_collector__signal", {"signal": "latency_p95", "service": "payment", "minutes": 20})
LOOK = turn(text("I look."), SIGNAL)
CLAIM = "payment meets a currency that it does not know <@U1> "
TRUE = "payment meets a currency that it does not know"
SILENT = error(400, "invalid_request_error")


async def metrics(request: web.Request) -> web.StreamResponse:
    """Answer every query of Prometheus with a flat line for payment."""
    if request.path.endswith("/values"):
        names = ["http_requests_total", "http_request_duration_seconds_bucket", "payment"]
        return web.json_response({"status": "success", "data": names})
    now = int(time.time())
    values = [[now - 15 * (39 - i), "0.25"] for i in range(40)]
    one = {"metric": {"service": "payment"}, "value": values[-1], "values": values}
    kind = "matrix" if request.path.endswith("query_range") else "vector"
    return web.json_response({"status": "success", "data": {"resultType": kind, "result": [one]}})


def concluding(asked: Json) -> list[bytes]:
    """Write findings that cite what the call has shown; the second of them tries to ring somebody."""
    bodies = [json.loads(line) for line in asked["messages"][0]["content"][0]["text"].splitlines()]
    ids = [one["id"] for body in bodies for one in [*body.get("evidence", []), *body.get("read_since", [])]]
    drafts = [
        {"kind": "cause", "service": "payment", "claim": claim, "confidence": 0.9, "evidence": ids[:2]}
        for claim in (TRUE, CLAIM)
    ]
    return said({"findings": drafts, "action": "", "action_reason": ""})


def settings(model_url: str, prometheus_url: str) -> Json:
    return {
        "anthropic_api_key": "a-key-for-nobody",
        "anthropic_base_url": model_url,
        "prometheus_url": prometheus_url,
        "model_call_timeout_seconds": 3.0,
    }


def kinds(bot: Product) -> list[str]:
    return [kind for (kind,) in bot.rows("select kind from timeline order by seq")]


@pytest.mark.slow(25)
async def test_an_endpoint_that_is_cut_at_every_moment(tmp_path: Path) -> None:
    ended = concluding({"messages": [{"content": [{"text": "{}"}]}]})
    cuts = [
        Reply(LOOK[:at], cut=True) for at in (0, 1, 3, len(LOOK) - 3, len(LOOK) - 1)
    ]  # the first try fails for good at the fourth
    last = [Reply(ended[:2], cut=True)]
    script: list[Script] = [*cuts, LOOK, *cuts[:1], turn(text("a currency")), *last, concluding]
    wire = ScriptedWire(*script, counsel=SILENT)
    async with (
        served(wire) as model,
        liar.lying_server(metrics) as prometheus,
        workspace() as server,
        Product(tmp_path, **slack_settings(server), **settings(model.url, prometheus.url)) as bot,
    ):
        assert await bot.deliver(delivery(alert())) == 200
        await eventually(lambda: roots(server), within=60)
        await eventually(lambda: "diagnosed" in kinds(bot), within=60)
        # Complete before the model has said a single whole turn.
        assert "deepened" not in kinds(bot)
        await eventually(lambda: "Claude could not be reached" in shown(roots(server)[0]), within=60)

        await eventually(lambda: "deepened" in kinds(bot), within=60)
        await eventually(lambda: TRUE in shown(roots(server)[0]), within=60)
        card = shown(roots(server)[0])

        assert "Claude could not be reached" not in card
        assert "<@U1>" not in card
        assert len(roots(server)) == 1
        assert refusals(server) == []
        assert "Traceback" not in bot.said
        assert "a-key-for-nobody" not in bot.said
        assert bot.rows("select sum(calls) > 0 from model_spend") == [(1,)]


async def test_killed_in_the_middle_of_a_look_it_goes_on(tmp_path: Path) -> None:
    wire = ScriptedWire(LOOK, Reply(turn(text("a currency")), pause=30.0), concluding, counsel=SILENT)
    async with (
        served(wire) as model,
        liar.lying_server(metrics) as prometheus,
        workspace() as server,
        Product(tmp_path, **slack_settings(server), **settings(model.url, prometheus.url)) as bot,
    ):
        assert await bot.deliver(delivery(alert())) == 200
        await eventually(lambda: len(wire.asked) == 2, within=60)
        await bot.kill()
        wire.script[2:2] = [turn(text("a currency"))]
        await bot.start()
        await eventually(lambda: "deepened" in kinds(bot), within=60)
        await eventually(lambda: TRUE in shown(roots(server)[0]), within=60)

        # The look before the kill was not paid for twice.
        assert [len(asked["messages"]) for asked in wire.asked] == [1, 3, 3, 1]
        assert await bot.broken_chains() == []
        assert len(roots(server)) == 1


async def test_a_question_is_answered_with_its_help_and_without_it(tmp_path: Path) -> None:
    def answering(asked: Json) -> list[bytes]:
        found = json.loads(asked["messages"][0]["content"][0]["text"].splitlines()[-1])["read"]
        return said({"sentences": [{"text": "payment의 지연은 0.25초입니다.", "evidence": [found[0]["id"]]}]})

    away = Reply(status=529, body={"error": {}})
    wire = ScriptedWire(LOOK, turn(text("0.25 s")), answering, away, counsel=SILENT)
    async with (
        served(wire) as model,
        liar.lying_server(metrics) as prometheus,
        workspace() as server,
        Product(tmp_path, **slack_settings(server), **settings(model.url, prometheus.url)) as bot,
    ):
        ws = server.workspace
        assert (await ws.slash(MINA, "#general", "/ops ask payment 지연이 왜 높아?")).ok
        await eventually(lambda: "0.25초" in whole(server), within=60)
        assert (await ws.slash(MINA, "#general", "/ops ask is payment healthy?")).ok
        await eventually(lambda: "payment answers 25% of requests with an error" in whole(server), within=60)
        assert "Traceback" not in bot.said


def whole(server: Any) -> str:
    ws = server.workspace
    return json.dumps(
        [ws.history("#general"), ws.whispers(MINA, "#general")], ensure_ascii=False, default=str
    )

"""At the shipped level: the card shows what would be done and what the policy says, and the cluster is only read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from demo.workspace.server import WorkspaceServer
from tests.support.backends import eventually
from tests.support.product import Product, alert, delivery, refusals, roots, shown, slack_settings, workspace
from tests.support.slackbot import bot_seed
from tests.support.workspace import JUN
from tests.support.writing_cluster import RIGHTS, writing_world

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.backend]
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
Json = dict[str, Any]


@asynccontextmanager
async def watched(target: str) -> AsyncIterator[tuple[str, list[tuple[str, str]]]]:
    """Stand in front of an API server and note every request: method and path."""
    seen: list[tuple[str, str]] = []

    async def passed_on(request: web.Request) -> web.Response:
        seen.append((request.method, request.path))
        headers = {key: value for key, value in request.headers.items() if key.lower() != "host"}
        body = await request.read()
        async with http.request(
            request.method, target + str(request.rel_url), headers=headers, data=body
        ) as answer:
            content = answer.headers.get("Content-Type", "application/json").partition(";")[0]
            return web.Response(status=answer.status, body=await answer.read(), content_type=content)

    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", passed_on)
    runner = web.AppRunner(application, access_log=None)
    async with aiohttp.ClientSession() as http:
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
        finally:
            await runner.cleanup()


def buttons(message: Json) -> set[str]:
    """Return the action ids of a message's buttons."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.update({str(value["action_id"])} if "action_id" in value else ())
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message.get("blocks"))
    return found


async def test_a_card_shows_the_suggestion_and_nothing_is_changed_or_tried(tmp_path: Path) -> None:
    async with writing_world() as world, workspace() as server, watched(world.server.url) as (url, seen):
        await world.make(*yaml.safe_load_all((RIGHTS / "rbac-suggest.yaml").read_text("utf-8")))
        before = await world.versions()
        settings = slack_settings(server) | {
            "autonomy": "suggest",
            "kubernetes_url": url,
            "kubernetes_token": "reader",
            "kubernetes_namespaces": "shop",
            # Credentials alone change nothing.
            "kubernetes_write_token": "writer",
            "redis_url": "redis://127.0.0.1:9/0",
        }
        async with Product(tmp_path, **settings) as product:
            await product.deliver(delivery(alert("payment", "ServiceDown")))
            await eventually(lambda: any("Suggested, A-1" in shown(one) for one in roots(server)), within=60)
            card = next(one for one in roots(server) if "Suggested, A-1" in shown(one))
            channel = product.incidents()[0]["conversation"]["channel"]
            await server.workspace.click(JUN, channel, card["ts"], "action.why")
            await server.workspace.wait_for(lambda w: "autonomy" in str(w.modals_of(JUN)).lower(), timeout=60)
            explained = str(server.workspace.modals_of(JUN))
            states = {state for (state,) in product.rows("select state from actions")}
            jobs = product.rows("select count(*) from jobs where kind = 'action.advance'")
        said = shown(card)
        after = await world.versions()

    assert "Restart payment in shop" in said
    assert "the server was not asked to try it" in said
    assert "sre-oncall" in said
    assert {"action.approve", "action.reject"}.isdisjoint(buttons(card))
    assert "sre-oncall" in explained
    assert {"suggested"} == states
    assert [(0,)] == jobs
    assert set() == {(how, where) for how, where in seen if how != "GET" and where != REVIEWS}
    assert any("/deployments/payment" in where for _, where in seen)
    assert before == after
    assert refusals(server) == []


@pytest.mark.parametrize(("autonomy", "starts"), [("approve", False), ("suggest", True)])
async def test_rules_that_nobody_can_meet_stop_the_start_only_where_something_may_run(
    tmp_path: Path, autonomy: str, starts: bool
) -> None:
    seed = bot_seed()
    staffed = tuple(group for group in seed.usergroups if group.handle != "dba")
    async with WorkspaceServer(seed.model_copy(update={"usergroups": staffed}), rate_limits=None) as server:
        product = Product(tmp_path, **slack_settings(server), autonomy=autonomy)
        if starts:
            async with product:
                await eventually(lambda: "@dba" in product.said, within=60)
        else:
            process = await product.spawn()
            code = await asyncio.wait_for(process.wait(), 60)
            assert code != 0
    assert "approvals.yaml:" in product.said
    assert "needs 1 of @dba, and 0 people are there" in product.said

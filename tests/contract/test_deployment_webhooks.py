"""The doors for releases over real HTTP: who may come in, what is answered, and that 2xx means stored."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from agent.domain.deployment import DeploymentState
from agent.operations.releases_planned import hear
from agent.transport.http.deployments import DeploymentSecrets, deployment_routes
from agent.transport.http.middleware import answer_errors, log_access
from agent.transport.http.server import start_http
from tests.support.deploying import Rig, rig_at
from tests.support.store import NOON

SECRET, HUB, TOKEN = "a-long-webhook-secret", "a-long-github-secret", "a-long-argocd-token"
RELEASE = {"id": "b-1", "service": "checkout", "status": "succeeded", "version": "1.8.2", "actor": "Mina"}


class Sender:
    """Sends deliveries to a door, signed as each of the three senders signs."""

    def __init__(self, rig: Rig, url: str, http: aiohttp.ClientSession) -> None:
        self.rig, self._url, self._http = rig, url, http

    async def post(self, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._http.post(f"{self._url}/webhooks/{path}", data=body, headers=named) as answer:
            return answer.status, await answer.json()

    async def standard(
        self, given: Any, *, key: str = SECRET, delivery: str = "msg_1", age: int = 0, version: str = "v1"
    ) -> tuple[int, Any]:
        body, stamp = json.dumps(given).encode(), str(int(NOON.timestamp()) - age)
        signed = f"{delivery}.{stamp}.".encode() + body
        value = base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()
        headers = {
            "webhook_id": delivery,
            "webhook_timestamp": stamp,
            "webhook_signature": f"v1a,{value} {version},{value}",
        }
        return await self.post("deployments", body, **headers)

    async def github(
        self, event: str, given: Any, *, key: str = HUB, delivery: str = "g-1"
    ) -> tuple[int, Any]:
        body = json.dumps(given).encode()
        signed = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X_GitHub_Event": event, "X_GitHub_Delivery": delivery}
        return await self.post("github", body, X_Hub_Signature_256=f"sha256={signed}", **headers)


async def open_sender(stack: AsyncExitStack, folder: Path, secrets: DeploymentSecrets) -> Sender:
    rig = await stack.enter_async_context(rig_at(folder))
    app = web.Application(middlewares=[log_access, answer_errors], client_max_size=4096)
    routes = deployment_routes(
        rig.store, rig.clock, rig.kit.metrics, partial(hear, rig.kit), secrets=secrets, max_bytes=4096
    )
    app.add_routes(routes)
    running = await start_http(app, "127.0.0.1", 0)
    stack.push_async_callback(running.close)
    http = await stack.enter_async_context(aiohttp.ClientSession())
    return Sender(rig, f"http://127.0.0.1:{running.port}", http)


@pytest.fixture
async def sender(tmp_path: Path) -> AsyncIterator[Sender]:
    async with AsyncExitStack() as stack:
        yield await open_sender(stack, tmp_path, DeploymentSecrets(SECRET, HUB, TOKEN))


async def test_a_signed_delivery_is_stored_and_a_repeat_does_nothing(sender: Sender) -> None:
    status, answer = await sender.standard(RELEASE)
    again = await sender.standard(RELEASE)

    assert (200, "watching", 1) == (status, answer["state"], answer["release"])
    assert (200, {"accepted": True, "repeated": True}) == again
    only = await sender.rig.only()
    assert ("checkout", "Mina", DeploymentState.WATCHING) == (only.service, only.actor, only.state)


async def test_a_planned_release_is_a_plan_until_it_begins(sender: Sender) -> None:
    at = "2026-11-26T02:00:00Z"
    plan = {**RELEASE, "status": "planned", "started_at": at}
    status, answer = await sender.standard(plan, delivery="m-1")
    moved = await sender.standard({**plan, "started_at": "2026-11-26T03:00:00Z"}, delivery="m-2")
    async with sender.rig.store.read() as tx:
        [kept] = await tx.planned_releases.in_states(["planned"])
    before = await sender.rig.all()
    begun = await sender.standard(RELEASE, delivery="m-3")
    late = await sender.standard(plan, delivery="m-4")
    async with sender.rig.store.read() as tx:
        left = await tx.planned_releases.in_states(["planned"])

    assert (200, "planned") == (status, answer["state"]) == (moved[0], moved[1]["state"])
    assert ("checkout", "1.8.2", 3) == (kept.service, kept.release, kept.at.hour)
    assert ([], []) == (before, left)
    assert "watching" == begun[1]["state"] == late[1]["state"]


async def test_a_plan_that_is_called_off_is_no_failed_release(sender: Sender) -> None:
    plan = {**RELEASE, "status": "scheduled", "started_at": "2026-11-26T02:00:00Z"}
    await sender.standard(plan, delivery="m-1")
    off = await sender.standard({**RELEASE, "status": "cancelled"}, delivery="m-2")
    other = await sender.standard({**plan, "environment": "staging", "id": "b-2"}, delivery="m-3")
    timeless = await sender.standard({**RELEASE, "status": "planned"}, delivery="m-4")

    assert (200, "dropped") == (off[0], off[1]["state"])
    assert (202, 400) == (other[0], timeless[0])
    assert "started_at" in str(timeless[1])
    assert [] == await sender.rig.all()


async def test_who_cannot_sign_is_refused(sender: Sender) -> None:
    body = json.dumps(RELEASE).encode()
    refused = [
        await sender.standard(RELEASE, key="another-secret"),
        await sender.standard(RELEASE, version="v2"),
        await sender.standard(RELEASE, age=301),
        await sender.standard(RELEASE, age=-301),
        await sender.github("ping", {}, key="another-secret"),
        await sender.post("argocd", b"{}", Authorization="Bearer wrong"),
    ]

    assert [401] * 6 == [status for status, _ in refused]
    assert 400 == (await sender.post("deployments", body))[0]
    assert [] == await sender.rig.all()


async def test_a_body_that_was_changed_on_its_way_is_refused(sender: Sender) -> None:
    stamp = str(int(NOON.timestamp()))
    value = base64.b64encode(
        hmac.new(SECRET.encode(), f"m.{stamp}.{{}}".encode(), hashlib.sha256).digest()
    ).decode()
    body = json.dumps(RELEASE).encode()
    headers = {"webhook_id": "m", "webhook_timestamp": stamp, "webhook_signature": f"v1,{value}"}

    assert 401 == (await sender.post("deployments", body, **headers))[0]


async def test_a_key_in_base64_signs_as_the_standard_says(tmp_path: Path) -> None:
    # The example of the specification's own libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    async with AsyncExitStack() as stack:
        sender = await open_sender(stack, tmp_path, DeploymentSecrets(deployments=secret))
        body, stamp = json.dumps(RELEASE).encode(), str(int(NOON.timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        value = base64.b64encode(
            hmac.new(key, f"m.{stamp}.".encode() + body, hashlib.sha256).digest()
        ).decode()
        headers = {"webhook_id": "m", "webhook_timestamp": stamp, "webhook_signature": f"v1,{value}"}

        assert 200 == (await sender.post("deployments", body, **headers))[0]


async def test_github_is_heard_and_its_other_events_are_left(sender: Sender) -> None:
    given = {
        "deployment": {"id": 7, "sha": "0" * 40, "ref": "v1.8.2", "environment": "production"},
        "deployment_status": {"state": "in_progress"},
        "repository": {"name": "checkout", "full_name": "shop/checkout"},
    }
    begun = await sender.github("deployment_status", given)
    again = await sender.github("deployment_status", given)
    out = await sender.github(
        "deployment_status", given | {"deployment_status": {"state": "success"}}, delivery="g-2"
    )

    assert ["started", None, "watching"] == [answer.get("state") for _, answer in (begun, again, out)]
    assert (202, False) == ((p := await sender.github("ping", {}, delivery="g-3"))[0], p[1]["accepted"])
    assert 202 == (await sender.github("push", {}, delivery="g-4"))[0]
    assert 1 == len(await sender.rig.all())


async def test_argo_cd_is_heard_with_its_token(sender: Sender) -> None:
    given = {"app": "checkout", "revision": "0" * 40, "phase": "Succeeded", "health": "Healthy"}
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    assert 200 == (await sender.post("argocd", json.dumps(given).encode(), **bearer))[0]
    assert 200 == (await sender.post("argocd", json.dumps(given).encode(), **bearer))[0]
    assert 400 == (await sender.post("argocd", b"[]", **bearer))[0]
    assert 1 == len(await sender.rig.all())


async def test_what_is_wrong_is_answered_with_the_field_and_can_be_sent_again(sender: Sender) -> None:
    status, answer = await sender.standard(RELEASE | {"status": "perhaps"})
    mended = await sender.standard(RELEASE)

    assert (400, "status") == (status, answer["field"])
    assert (200, "watching") == (mended[0], mended[1]["state"])
    assert 202 == (await sender.standard(RELEASE | {"environment": "staging"}, delivery="msg_2"))[0]
    assert 413 == (await sender.standard(RELEASE | {"title": "x" * 5000}, delivery="msg_3"))[0]


async def test_a_door_without_a_secret_is_shut_and_says_which_setting_opens_it(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        sender = await open_sender(stack, tmp_path, DeploymentSecrets())
        answers = [await sender.post(path, b"{}") for path in ("deployments", "github", "argocd")]

    assert [403, 403, 403] == [status for status, _ in answers]
    settings = ("OPS_DEPLOYMENT_WEBHOOK_SECRET", "OPS_GITHUB_WEBHOOK_SECRET", "OPS_ARGOCD_WEBHOOK_TOKEN")
    assert all(name in answer["error"] for name, (_, answer) in zip(settings, answers, strict=True))

"""Deliveries about releases: what is read from them, what is refused and why, and that nothing breaks the reading."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.deployment import DeploymentSignal
from agent.errors import BadInput, Misconfigured, NotPermitted
from agent.intake.deployments import parse_deployment
from agent.intake.deployments_argocd import parse_argocd
from agent.intake.deployments_github import EVENT, parse_github
from agent.transport.http.signatures import GITHUB_DELIVERY, GITHUB_SIGNATURE, github_webhook, sign_standard
from tests.support.store import NOON

GENERIC = {
    "id": "build-42",
    "service": "checkout",
    "environment": "production",
    "status": "succeeded",
    "version": "1.8.2",
    "image": "registry.example/shop/checkout:1.8.2",
    "commit": "0123456789abcdef",
    "started_at": "2026-11-22T11:58:00Z",
    "finished_at": "2026-11-22T12:59:00+01:00",
    "actor": "Mina",
    "url": "https://ci.example/build/42",
}
GITHUB = {
    "deployment": {
        "id": 145988746,
        "sha": "0123456789abcdef0123456789abcdef01234567",
        "ref": "v1.8.2",
        "task": "deploy",
        "payload": {"service": "checkout", "image": "registry.example/shop/checkout:1.8.2"},
        "environment": "production",
        "creator": {"login": "mina"},
        "created_at": "2026-11-22T11:58:00Z",
    },
    "deployment_status": {
        "state": "success",
        "description": "rolled out",
        "log_url": "https://ci.example/runs/7",
        "created_at": "2026-11-22T11:59:30Z",
    },
    "repository": {"name": "checkout-web", "full_name": "shop/checkout-web"},
}
ARGOCD = {
    "app": "checkout",
    "namespace": "shop",
    "environment": "production",
    "revision": "0123456789abcdef0123456789abcdef01234567",
    "phase": "Succeeded",
    "health": "Healthy",
    "started_at": "2026-11-22T11:58:00Z",
    "finished_at": "2026-11-22T11:59:00Z",
    "images": ["registry.example/shop/checkout:1.8.2", "registry.example/mesh/proxy:3"],
    "actor": "mina",
    "url": "https://argocd.example/applications/checkout",
}


def body(given: Any) -> bytes:
    return json.dumps(given).encode()


def test_the_generic_form() -> None:
    said = parse_deployment(body(GENERIC), NOON)

    assert ("generic", "build-42", "succeeded") == (said.source, said.key, said.status)
    assert ("checkout", "1.8.2", "Mina") == (said.service, said.release, said.actor)
    assert (NOON - timedelta(minutes=2), NOON - timedelta(minutes=1)) == (said.started_at, said.finished_at)
    assert "https://ci.example/build/42" == said.url


def test_a_sender_without_ids_is_told_apart_by_what_it_released() -> None:
    bare = {"service": "checkout", "status": "deployed", "commit": "0123456"}
    one, same = parse_deployment(body(bare), NOON), parse_deployment(body(bare), NOON + timedelta(seconds=9))
    other = parse_deployment(body(bare | {"commit": "7654321"}), NOON)

    assert one.key == same.key
    assert one.key != other.key


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "maybe"}, "status"),
        ({"status": None}, "status"),
        ({"service": ""}, "service"),
        ({"service": ["checkout"]}, "service"),
        ({"version": "", "image": "", "commit": ""}, "version"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"version": "9" * 400}, "version"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_deployment(body(GENERIC | change), NOON)

    assert field == refused.value.field


@pytest.mark.parametrize("broken", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(broken: bytes) -> None:
    with pytest.raises(BadInput):
        parse_deployment(broken, NOON)


def test_texts_lose_controls_and_addresses_must_be_of_the_web() -> None:
    said = parse_deployment(
        body(GENERIC | {"title": "fine\u202e\x00 words", "url": "javascript:alert(1)", "actor": "M" * 500}),
        NOON,
    )

    assert ("fine words", "") == (said.title, said.url)
    assert len(said.actor) <= 100


def test_githubs_event() -> None:
    said = parse_github(EVENT, body(GITHUB), NOON)
    assert said is not None

    assert ("github", "shop/checkout-web#145988746", "succeeded") == (said.source, said.key, said.status)
    assert ("checkout", "v1.8.2", "mina") == (said.service, said.release, said.actor)
    assert ("registry.example/shop/checkout:1.8.2", "production") == (said.image, said.environment)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("in_progress", "started"),
        ("failure", "failed"),
        ("error", "failed"),
        ("queued", None),
        ("inactive", None),
    ],
)
def test_githubs_states(state: str, status: str | None) -> None:
    given = GITHUB | {"deployment_status": {"state": state}}
    said = parse_github(EVENT, body(given), NOON)

    assert status == (said.status if said else None)


def test_githubs_other_events_are_none_of_ours() -> None:
    assert parse_github("ping", b"{}", NOON) is None
    assert parse_github("push", b"not even json", NOON) is None


def test_a_repository_names_the_service_where_nothing_else_does() -> None:
    deployment = {**GITHUB["deployment"], "payload": "no json", "ref": "main"}  # type: ignore[dict-item]
    said = parse_github(EVENT, body(GITHUB | {"deployment": deployment}), NOON)
    assert said is not None

    assert ("checkout-web", "") == (said.service, said.release)


def test_argo_cds_form() -> None:
    said = parse_argocd(body(ARGOCD), NOON)
    assert said is not None

    assert ("argocd", "succeeded", "checkout") == (said.source, said.status, said.service)
    assert "registry.example/shop/checkout:1.8.2" == said.image
    assert "0123456789abcdef0123456789abcdef01234567" == said.commit


def test_argo_cd_is_done_when_the_pods_are() -> None:
    begun = parse_argocd(body(ARGOCD | {"health": "Progressing"}), NOON)
    sick = parse_argocd(body(ARGOCD | {"phase": "Error"}), NOON)
    assert begun is not None
    assert sick is not None

    assert ("started", None, "failed") == (begun.status, begun.finished_at, sick.status)
    assert parse_argocd(body(ARGOCD | {"phase": "Terminating"}), NOON) is None


def test_templates_leave_marks_for_what_is_not_there() -> None:
    said = parse_argocd(body(ARGOCD | {"actor": "<no value>", "images": None, "version": "<nil>"}), NOON)
    assert said is not None

    assert ("", "", "") == (said.actor, said.image, said.release)


def test_signatures_are_those_of_the_published_examples() -> None:
    standard = sign_standard(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    signed = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {GITHUB_SIGNATURE: signed, GITHUB_DELIVERY: "d-1"}

    assert "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == standard
    assert "d-1" == github_webhook(headers, b"Hello, World!", "It's a Secret to Everybody")
    with pytest.raises(NotPermitted):
        github_webhook(headers, b"Hello, World?", "It's a Secret to Everybody")


def test_a_key_that_is_empty_signs_nothing() -> None:
    with pytest.raises(Misconfigured, match="no key"):
        sign_standard("whsec_", "msg", "1614265330", b"{}")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([GENERIC, GITHUB, ARGOCD]), st.data())
@settings(max_examples=150)
def test_whatever_stands_in_a_field_is_read_or_refused(whole: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(whole)))
    inner = whole[name]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        change: Any = inner | {data.draw(st.sampled_from(sorted(inner))): data.draw(anything)}
    else:
        change = data.draw(anything)
    given_body = body(whole | {name: change})
    for parse in (parse_deployment, parse_argocd, lambda b, at: parse_github(EVENT, b, at)):
        try:
            said = parse(given_body, NOON)
        except BadInput:
            continue
        assert said is None or DeploymentSignal.model_validate_json(said.model_dump_json()) == said


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_no_bytes_break_the_reading(given_body: bytes) -> None:
    for parse in (parse_deployment, parse_argocd, lambda b, at: parse_github(EVENT, b, at)):
        try:
            parse(given_body, NOON)
        except BadInput:
            continue

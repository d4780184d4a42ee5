"""Secrets and invisible characters never get through redaction, and nothing else is lost."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.redaction import MARK, Redactor, clean_text, secret_key

REDACTOR = Redactor(["s3cr3t-of-the-bot", 'with"quote/and+plus'])
# Written in pieces, so that no scanner of this repository takes them for real ones.
SECRETS = {
    "a password": "password=hunter2x",
    "a quoted one": 'passwd: "hunter2x with space"',
    "a Korean label": "비밀번호: hunter2x",
    "a Korean sentence": "토큰은 hunter2x",
    "a bearer": "Authorization: Bearer " + "hunter2x.abc",
    "a bearer alone": "sent bearer " + "hunter2x-1234567",
    "a basic": "basic " + "dXNlcjpodW50ZXIyeA==",
    "a cookie": "Set-Cookie: session=hunter2x; Path=/",
    "a URL": "postgres://app:hunter2x@db:5432/shop",
    "a URL with an at sign": "amqp://app:hunt@er2x@mq/",
    "a JWT": "eyJhbGciOiJI" + ".eyJzdWIiOiIxIn0" + ".hunter2x",
    "an AWS key": "AKIA" + "HUNTER2XHUNTER2X",
    "a Slack token": "xoxb-" + "1234567890-hunter2x",
    "a Slack hook": "https://hooks.slack.com/services/T0/B0/" + "hunter2x",
    "a GitHub token": "ghp_" + "hunter2xhunter2xhunter2x",
    "a model key": "sk-ant-" + "hunter2xhunter2x",
    "a query": "GET /x?api_key=hunter2x&y=1",
    "a PEM": "-----BEGIN RSA PRIVATE KEY-----\nhunter2x\n-----END RSA PRIVATE KEY-----",
    "a cut PEM": "-----BEGIN PRIVATE KEY-----\nhunter2x",
    "a known secret": "…s3cr3t-of-the-bot…",
    "a known secret in a URL": "?k=with%22quote%2Fand%2Bplus",
}
LEAKS = ("hunter2x", "er2x", "hunter", "aHVudGVy", "dXNlcjpod", "HUNTER2X", "s3cr3t", "with%22")


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "2026-01-01T00:00:00Z ERROR {} then more", "{}, next=1"])
def test_no_secret_gets_through(kind: str, frame: str) -> None:
    safe = REDACTOR.text(frame.format(SECRETS[kind]))

    assert not [leak for leak in LEAKS if leak in safe]
    assert MARK in safe


@pytest.mark.parametrize(
    "text",
    [
        "token: expired",
        "ai_tokens=1532 max_tokens: 4096",
        "basic authentication failed for bearer tokens",
        "GET /orders/8f14e45f-ceea-467f-a1d6-51a1f2c3b4d5 200 12ms",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 at 1763840400123",
        "image registry.example/payment@sha256:0123456789abcdef",
        "주문 결제 실패: 잔액 부족",
        "",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert text == REDACTOR.text(text)


def test_card_numbers_go_and_other_long_numbers_stay() -> None:
    assert f"card {MARK} declined" == REDACTOR.text("card 4111 1111 1111 1111 declined")
    assert "order 4111111111111112 paid" == REDACTOR.text("order 4111111111111112 paid")


def test_mail_addresses_go_unless_they_are_wanted() -> None:
    assert "to [e-mail] sent" == REDACTOR.text("to someone@example.com sent")
    assert "to someone@example.com sent" == Redactor(emails=False).text("to someone@example.com sent")


def test_a_json_line_is_redacted_by_key_and_stays_json() -> None:
    line = json.dumps(
        {
            "user": "mina",
            "password": ["hunter2x", 1],
            "db": {"AWS_SECRET_ACCESS_KEY": {"x": "hunter2x"}, "note": "비밀번호 password=hunter2x"},
            "token_count": 7,
            "nested": '{"clientSecret": "hunter2x"}',
        }
    )

    safe = REDACTOR.text(line)
    parsed = json.loads(safe)

    assert "hunter2x" not in safe
    assert "mina" == parsed["user"]
    assert MARK == parsed["password"]
    assert 7 == parsed["token_count"]
    assert {"clientSecret": MARK} == json.loads(parsed["nested"])


def test_escapes_in_json_hide_nothing() -> None:
    line = '{"\\u0070assword": "hunter2x", "m": "pass\\u0077ord=hunter2x \\u202egnihton"}'

    safe = REDACTOR.text(line)

    assert "hunter2x" not in safe
    assert "\u202e" not in json.loads(safe)["m"]


@pytest.mark.parametrize(
    "key", ["Password", "db.password", "x-api-key", "API_KEY", "sessionId", "사용자_비밀번호"]
)
def test_names_of_secrets_are_known_in_every_spelling(key: str) -> None:
    assert secret_key(key)


@pytest.mark.parametrize("key", ["tokens", "message", "keyboard", "secretary", "passenger"])
def test_names_that_only_resemble_secrets_are_not(key: str) -> None:
    assert not secret_key(key)


def test_invisible_and_direction_characters_are_taken_out() -> None:
    assert "pay\tment\nfine" == clean_text("pay\u200b\tm\u202eent\x1b[31m\n\x00fi\u2066ne\ufeff\ud800")


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_redaction_is_stable_and_leaves_text_that_can_be_sent(text: str) -> None:
    once = REDACTOR.text(text)

    assert once == REDACTOR.text(once)
    once.encode("utf-8")


@settings(max_examples=100)
@given(
    before=st.text(string.ascii_letters + string.digits + " =:/?&\"'{}[],.-_", max_size=60),
    after=st.text(string.ascii_letters + string.digits + " =:/?&\"'{}[],.-_", max_size=60),
)
def test_a_known_secret_never_survives_any_neighbourhood(before: str, after: str) -> None:
    assert "s3cr3t-of-the-bot" not in REDACTOR.text(f"{before}s3cr3t-of-the-bot{after}")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100)
@given(JSON)
def test_any_json_keeps_its_shape_and_stays_json(value: object) -> None:
    safe = REDACTOR.value(value)

    assert type(value) is type(safe)
    json.loads(json.dumps(safe))
    if isinstance(value, list | dict):
        json.loads(REDACTOR.text(json.dumps(value)))


@settings(max_examples=100)
@given(
    st.dictionaries(
        st.sampled_from(["password", "api_key", "token", "토큰"]), st.text("xyz123", min_size=3), min_size=1
    )
)
def test_what_stands_under_a_secret_key_never_survives(value: dict[str, str]) -> None:
    assert {MARK} == set(REDACTOR.value(value).values())
    assert {MARK} == set(json.loads(REDACTOR.text(json.dumps(value))).values())


def test_depth_beyond_reason_is_cut_and_not_followed() -> None:
    value: object = "password=hunter2x"
    for _ in range(200):
        value = [value]

    assert "hunter2x" not in json.dumps(REDACTOR.value(value))
    assert "hunter2x" not in REDACTOR.text("[" * 5000 + "password=hunter2x" + "]" * 5000)

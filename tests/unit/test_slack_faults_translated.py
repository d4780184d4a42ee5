"""Every way that a call to Slack can fail becomes one of our errors, with its cause and the pause it asks for."""

import logging
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import (
    SlackApiError,
    SlackClientError,
    SlackClientNotConnectedError,
    SlackObjectFormationError,
    SlackRequestError,
)
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from agent.errors import BackendError, BadAnswer, Refused, TimedOut, Unavailable
from agent.transport.slack.faults import code_of, speaking


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={},
        data=data,
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError("failed", response)


def raised(error: BaseException) -> BackendError:
    with pytest.raises(BackendError) as caught, speaking("posting"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer({"ok": False, "error": "channel_not_found"}), Refused),
        (answer({"ok": False, "error": "a_new_error_of_2030"}), Refused),
        (answer({"ok": False, "error": "internal_error"}), Unavailable),
        (answer("<html>oops</html>", 502), Unavailable),
        (answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "7"}), Unavailable),
        (answer("<html>"), BadAnswer),
        (answer({}), BadAnswer),
        (TimeoutError(), TimedOut),
        (aiohttp.ClientConnectionError(), Unavailable),
        (aiohttp.ServerDisconnectedError(), Unavailable),
        (ConnectionResetError(), Unavailable),
        (SlackRequestError("x"), BadAnswer),
        (SlackClientNotConnectedError("x"), BadAnswer),
        (SlackObjectFormationError("x"), BadAnswer),
        (SlackClientError("x"), BadAnswer),
    ],
)
def test_failures_are_translated(error: BaseException, kind: type[BackendError]) -> None:
    found = raised(error)

    assert type(found) is kind
    assert found.backend == "slack"
    assert "posting" in found.user_message


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({"Retry-After": "7"}, 7), ({"retry-after": "0"}, 0.5), ({"Retry-After": "soon"}, 1), ({}, 1)],
)
def test_a_rate_limit_says_how_long(headers: dict[str, str], pause: float) -> None:
    found = raised(answer({"ok": False, "error": "ratelimited"}, 429, headers))

    assert isinstance(found, Unavailable)
    assert found.retry_after_seconds == pause


def test_a_missing_scope_is_named_with_its_fix() -> None:
    found = raised(answer({"ok": False, "error": "missing_scope", "needed": "files:write"}))

    assert "files:write" in found.user_message
    assert "slack-manifest.yaml" in found.user_message
    assert code_of(found) == "missing_scope"


def test_the_sdk_logger_never_writes_requests() -> None:
    from agent.transport.slack.app import _quiet_logger

    assert _quiet_logger().level > logging.DEBUG

"""Slack's errors in our words: what may be tried again, what was refused and how to mend it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from agent.errors import BackendError, BadAnswer, Refused, TimedOut, Unavailable

BACKEND = "slack"
_TRY_AGAIN = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "rollup_error",
        "accesslimited",
    }
)
_FIXES = {
    "channel_not_found": "there is no such channel, or it is private and the bot is not in it. Create it, or run"
    " /invite @ops-monitor there",
    "not_in_channel": "the bot is not in the channel. Run /invite @ops-monitor there",
    "is_archived": "the channel is archived. Unarchive it or change policies/routing.yaml",
    "missing_scope": "the app lacks a permission. Install it again with deploy/slack-manifest.yaml",
    "invalid_auth": "the bot token is not valid. Set OPS_SLACK_BOT_TOKEN to the app's current token",
    "not_authed": "no token was sent. Set OPS_SLACK_BOT_TOKEN",
    "token_revoked": "the bot token was revoked. Install the app again and set OPS_SLACK_BOT_TOKEN",
    "account_inactive": "the app was removed from the workspace. Install it again",
    "restricted_action": "a workspace setting forbids the bot to post there",
    "message_not_found": "the message was deleted",
}


@contextmanager
def speaking(doing: str) -> Iterator[None]:
    """Turn everything that a call to Slack may raise into ours; `doing` says what was tried."""
    try:
        yield
    except SlackApiError as error:
        raise _from_answer(error, doing) from error
    except TimeoutError as error:
        raise TimedOut(f"Slack did not answer in time ({doing}).", backend=BACKEND) from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"Slack could not be reached ({doing}).", backend=BACKEND) from error
    except SlackClientError as error:
        raise BadAnswer(
            f"Slack answered something that cannot be read ({doing}).", backend=BACKEND
        ) from error


def code_of(error: BaseException | None) -> str:
    """Return Slack's name of an error (`not_in_channel`), looked for along the chain of causes."""
    while error is not None:
        if isinstance(error, SlackApiError):
            return str(_answer(error).get("error", ""))
        error = error.__cause__
    return ""


def _answer(error: SlackApiError) -> Mapping[str, Any]:
    data = getattr(error.response, "data", error.response)
    return data if isinstance(data, Mapping) else {}


def _from_answer(error: SlackApiError, doing: str) -> BackendError:
    status = _status(error)
    code = str(_answer(error).get("error", ""))
    if status == 429 or code in ("ratelimited", "rate_limited"):
        wait = _retry_after(error)
        return Unavailable(
            f"Slack asks for a pause of {wait:g} s ({doing}).", backend=BACKEND, retry_after_seconds=wait
        )
    if status >= 500 or code in _TRY_AGAIN:
        return Unavailable(f"Slack cannot answer right now ({doing}).", backend=BACKEND)
    if not code:
        return BadAnswer(f"Slack answered something that cannot be read ({doing}).", backend=BACKEND)
    needed = _answer(error).get("needed")
    fix = _FIXES.get(code, code) + (f" (needed: {needed})" if code == "missing_scope" and needed else "")
    return Refused(f"Slack refused ({doing}): {fix}.", backend=BACKEND)


def _status(error: SlackApiError) -> int:
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return int(status) if isinstance(status, int) else 200


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    for name, value in dict(headers).items():
        if str(name).lower() == "retry-after":
            text = value[0] if isinstance(value, list) else value
            try:
                return min(max(float(text), 0.5), 600.0)
            except ValueError:
                break
    return 1.0

"""The bot's logs: one JSON object a line, and never a secret, whoever logs it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from agent.telemetry.logs import LogEvent, configure_logs, get_log

OWN = "xyz-our-own-token-1"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_line_is_one_json_object_with_a_name_and_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", form="json")
    get_log("app").info(LogEvent.READY, port=8080, slack=True)
    get_log("app").debug(LogEvent.READY)
    (line,) = [json.loads(line) for line in _lines(capsys)]

    assert (line["event"], line["room"], line["port"], line["slack"]) == ("ready", "app", 8080, True)


@pytest.mark.parametrize("form", ["json", "console"])
def test_secrets_are_taken_out_of_values_exceptions_and_what_libraries_say(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(level="info", form=form, secrets=[OWN])
    log = get_log("app")
    log.info(
        LogEvent.SLACK, reason=f"sent {OWN}", parts=[{"password": "hunter2-hunter2"}], odd=ValueError(OWN)
    )
    library = logging.getLogger("some.library")
    library.warning("cannot reach https://ada:pass-word@example.test/ with %s", OWN)
    library.error("handshake failed, url=wss://example.test/link?ticket=abc-123&app_id=4")
    try:
        raise ValueError(f"Bearer {OWN} and token=abcdef123456")
    except ValueError:
        log.exception(LogEvent.TASK_FAILED, task="http")
        library.exception("it failed")
    written = "\n".join(_lines(capsys))

    assert "ValueError" in written
    assert "some.library" in written
    assert "app_id=4" in written
    for secret in (OWN, "hunter2", "pass-word", "abc-123", "abcdef123456"):
        assert secret not in written

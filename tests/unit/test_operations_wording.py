"""Short requests are understood in any order and with small mistakes; the rest gets a useful complaint."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadInput
from agent.operations.aliases import LEVELS, SIGNAL_ALIASES, SIGNALS, minutes_of
from agent.operations.wording import (
    Wish,
    mentioned_minutes,
    mentioned_service,
    mentioned_signal,
    understand_logs,
    understand_service,
    understand_signal,
)
from tools.signals import SIGNALS as TOOL_SIGNALS

SERVICES = ("storefront", "checkout", "payment", "catalog", "ledger-db", "tutor")


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("checkout latency 30m", Wish("checkout", "latency_p95", 30)),
        ("30m latency checkout", Wish("checkout", "latency_p95", 30)),
        ("latency of checkout for the last 2 hours", Wish("checkout", "latency_p95", 120)),
        ("payment error rate", Wish("payment", "server_error_ratio")),
        ("payment 5xx 1d", Wish("payment", "server_error_ratio", 1440)),
        ("payment latency_p99 45 min", Wish("payment", "latency_p99", 45)),
        ("Ledger-DB cpu", Wish("ledger-db", "cpu_utilization")),
        ("checkout 지연 30분", Wish("checkout", "latency_p95", 30)),
        ("payment의 에러율", Wish("payment", "server_error_ratio")),
        ("rps", Wish(None, "request_rate")),
        ("checkout", Wish("checkout")),
        ("", Wish()),
        ("`checkout` *latency*", Wish("checkout", "latency_p95")),
        ("chekout latency", Wish("checkout", "latency_p95", meant=("chekout", "checkout"))),
    ],
)
def test_a_signal_is_understood(words: str, wish: Wish) -> None:
    assert understand_signal(words, SERVICES) == wish


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("payment errors 15m", Wish("payment", minutes=15, level="error")),
        ("payment warnings", Wish("payment", level="warn")),
        ("access logs of storefront 1h", Wish("storefront", minutes=60, log_type="access")),
        ('checkout "card declined" 2h', Wish("checkout", minutes=120, text="card declined")),
        ("payment KeyError", Wish("payment", text="KeyError")),
        ("payment 오류 로그 15분", Wish("payment", minutes=15, level="error")),
        ("paymnet errors", Wish("payment", level="error", meant=("paymnet", "payment"))),
    ],
)
def test_logs_are_understood(words: str, wish: Wish) -> None:
    assert understand_logs(words, SERVICES) == wish


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("checkout latencee", "Did you mean “latency”?"),
        ("wether latency", "Services: catalog, checkout"),
        ("checkout latency 30m please explain quantum", "I do not know “explain”"),
        ("checkout latency 9999d", "The longest window is 7 days."),
        ("x" * 600, "at most 500 characters"),
    ],
)
def test_what_is_not_understood_gets_a_hint(words: str, hint: str) -> None:
    with pytest.raises(BadInput) as complaint:
        understand_signal(words, SERVICES)

    assert hint in complaint.value.user_message


def test_while_no_service_is_known_a_persons_word_is_taken() -> None:
    assert understand_signal("anything latency", ()) == Wish("anything", "latency_p95")
    assert understand_service("payment", ()) == Wish("payment")


@pytest.mark.parametrize(
    ("word", "minutes"),
    [
        ("30m", 30),
        ("2h", 120),
        ("1d", 1440),
        ("90s", 2),
        ("1s", 1),
        ("30분", 30),
        ("2시간", 120),
        ("2 hours", 120),
    ],
)
def test_durations(word: str, minutes: int) -> None:
    assert minutes_of(word) == minutes


@pytest.mark.parametrize("word", ["", "m", "30", "30x", "-3m", "3.5h", "30mm"])
def test_what_is_no_duration(word: str) -> None:
    assert minutes_of(word) is None


@pytest.mark.parametrize(
    ("sentence", "service"),
    [
        ("why is checkout slow?", "checkout"),
        ("Why is CHECKOUT slow", "checkout"),
        ("is ledger-db ok", "ledger-db"),
        ("payment는 왜 느려?", "payment"),
        ("why is chekout slow", "checkout"),
        ("why is everything slow", None),
        ("how are the payments", "payment"),
    ],
)
def test_a_service_is_found_in_a_sentence(sentence: str, service: str | None) -> None:
    assert mentioned_service(sentence, SERVICES) == service


def test_signals_and_durations_are_found_in_a_sentence() -> None:
    assert mentioned_signal("how high was the error rate of it in the last 2 hours?") == "server_error_ratio"
    assert mentioned_minutes("how high was it in the last 2 hours?") == 120


def test_every_alias_means_a_signal_that_exists() -> None:
    assert set(SIGNALS) == set(TOOL_SIGNALS)
    assert set(SIGNAL_ALIASES.values()) <= set(SIGNALS)
    assert set(LEVELS.values()) <= {"error", "warn", "info", "debug", "fatal"}


@given(st.text(max_size=80))
def test_any_request_is_understood_or_refused_with_a_sentence(words: str) -> None:
    for understand in (understand_signal, understand_logs, understand_service):
        with contextlib.suppress(BadInput):
            assert understand(words, SERVICES).service in (None, *SERVICES)


@given(st.permutations(["checkout", "latency", "30m"]))
def test_the_order_does_not_matter(words: list[str]) -> None:
    assert understand_signal(" ".join(words), SERVICES) == Wish("checkout", "latency_p95", 30)

"""The guard sees names however they are written, and lets pass what outsiders may read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.folding import folded
from agent.locale.messages import catalogue_files, text
from agent.policy.documents import parse_document
from agent.policy.leak_match import gathered
from agent.policy.leak_names import names_in, vocabulary
from agent.policy.leaks import leaks
from agent.policy.oncall import OnCallPolicy
from tests.support.life import PEOPLE
from tests.support.updates import told_policies
from tests.support.views import diagnosed_view, sample_alert, sample_incident, sample_view

POLICIES = told_policies(never_say=["Aurora"])
INCIDENT = sample_incident(acknowledged_by="U0MINA1234").model_copy(
    update={"service": "ledger-core", "namespace": "wallet-prod", "title": "정산코어: LedgerDown"}
)
VIEW = sample_view(
    INCIDENT,
    alerts=(sample_alert("LedgerDown", "정산코어"), sample_alert("LedgerDown", "ledger-core")),
)
NAMES = names_in(VIEW, POLICIES)


def found(words: str, level: str = "public") -> list[str]:
    return [one.text for one in leaks(words, VIEW, POLICIES, level=level)]  # type: ignore[arg-type]  # a test's word


@pytest.mark.parametrize(
    "words",
    [
        "ledger-core is down",
        "Ledger Core is down",
        "the LEDGERCORE trouble",
        "l e d g e r - c o r e",
        "ledger\u200b-core",
        "lеdgеr-соrе",
        "ｌｅｄｇｅｒ－ｃｏｒｅ",
        "lédger-cöre",
        "1edger-c0re",
        "eroc-regdel",
        "(ledger–core)",
        "ledger-core에서 오류가 발생했습니다",
        "정산코어가 느립니다",
        "정산 코어 장애",
        "신규정산코어 장애",
        "wallet_prod",
        "LedgerDown fires",
        "U0MINA1234 is on it",
        "aurora is late",
        "INC-12",
        "inc 12",
        "our P0",
        "gateway v2.3.1",
        "release 2.14.0",
        "commit 9f2c1ab",
        "10.20.30.40 is slow",
        "10 dot 20 dot 30 dot 40",
        "10[.]20[.]30[.]40",
        "fe80::1ff:fe23:4567:890a",
        "db7.shop.internal",
        "https://wiki.example/x",
        "www.example.org",
        "ada@shop.example",
        "#alerts-critical",
        "@ada",
        "payments_failed_total",
        "OutOfMemory",
        "node-7f3a restarts",
        "/var/log/app",
        "registry/shop/app",
        "image: shop/pay:v2",
        "token=abcdef123",
        "Bearer abcdef123456",
        "[redacted]",
        "`code`",
        "a\u202eb",
        "bGVkZ2VyLWNvcmU=",
        "ledger%2Dcore",
    ],
)
def test_what_outsiders_must_not_read_is_seen(words: str) -> None:
    assert found(words)


@pytest.mark.parametrize(
    "words",
    [
        "Since 10:40 UTC, you may not be able to use card payments.",
        "11월 22일 20:50(KST)부터 카드 결제·주문 이용 중 오류가 발생할 수 있습니다.",
        "We expect 24-hour support; 99.9% of orders arrive.",
        "Please call 1588-1234, or pay and/or order later.",
        "The cause seems to be a recent change on our side.",
        "café, naïve, Zürich",
        "Sign-in works. Card payments don’t.",
        "다음 안내는 21:30(KST)까지 드리겠습니다.",
        "core business hours",
    ],
)
def test_what_people_may_say_passes(words: str) -> None:
    assert [] == [one for one in found(words) if one != "core"]


def test_public_names_and_our_own_words_are_no_leaks_even_when_services_are_called_so() -> None:
    view = sample_view(
        INCIDENT.model_copy(update={"service": "checkout", "title": "update: Down"}),
        alerts=(sample_alert("Down", "update"), sample_alert("Down", "card-payments")),
    )

    for words in ("We will post the next update.", "You may not be able to use checkout and card payments."):
        assert leaks(words, view, POLICIES) == []


def test_a_longer_name_that_begins_with_a_public_one_is_seen() -> None:
    view = sample_view(INCIDENT.model_copy(update={"service": "checkout-ledger"}))

    assert leaks("checkout-ledger is slow", view, POLICIES)
    assert leaks("checkout ledger is slow", view, POLICIES)


@pytest.mark.parametrize(
    ("words", "seen_by"),
    [
        ("ledger-core is slow", {"public", "business"}),
        ("INC-12 is P0", {"public"}),
        ("10.20.30.40 is slow", {"public", "business", "internal"}),
        ("password: abcdef", {"public", "business", "internal", "technical"}),
        ("image shop:v2 of 9f2c1ab", {"public", "business"}),
    ],
)
def test_each_level_may_read_more_than_the_one_outside_it(words: str, seen_by: set[str]) -> None:
    levels = ("public", "business", "internal", "technical")

    assert seen_by == {level for level in levels if found(words, level)}


def test_people_on_call_are_names() -> None:
    policies = replace(POLICIES, oncall=parse_document(PEOPLE, OnCallPolicy, name="oncall.yaml"))

    assert "cleo" in [one.text.casefold() for one in leaks("Cleo is on it", VIEW, policies)]
    assert leaks("call +15550100001", VIEW, policies)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_public_sentence_of_ours_passes(language: str) -> None:
    path = next(path for path in catalogue_files(language) if path.name == "public.ftl")
    ids = [
        line.partition(" =")[0] for line in path.read_text("utf-8").splitlines() if line.startswith("public-")
    ]
    args = dict.fromkeys(
        ("what", "since", "at", "by", "cause", "span", "title", "first", "last", "shown"), "card payments"
    )

    assert {name: found(text(language, name, **args)) for name in ids} == {name: [] for name in ids}


def test_nothing_internal_is_in_the_public_vocabulary() -> None:
    assert not vocabulary() & {"payment", "pod", "node", "kubernetes", "prometheus", "deployment", "incident"}


def test_everything_that_names_something_in_a_view_is_a_name() -> None:
    names = names_in(diagnosed_view(), POLICIES).plain.values()

    assert {"HighErrorRate", "U0000MINA", "elasticsearch"} <= set(names)
    assert not {"critical", "active", "triage", "success"} & set(names)


PLAIN = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)
GAPS = st.sampled_from(["", " ", "-", "_", ".", "\u200b", "\u00ad", "\u2060", "·"])


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.lists(GAPS, min_size=11, max_size=11), st.sampled_from(["", "에서", "!", " fails"]))
def test_a_name_is_found_through_any_gaps(name: str, gaps: list[str], after: str) -> None:
    written = "".join(letter + gap for letter, gap in zip(name, [*gaps, ""], strict=False)) + after

    assert list(gathered([name]).found_in(f"We see {written}")) == [name]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_judged_and_folding_settles(words: str) -> None:
    leaks(words, VIEW, POLICIES, names=NAMES)

    assert folded(folded(words)) == folded(words)


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=40),
    st.sampled_from(["ledger-core", "wallet-prod", "정산코어", "LedgerDown", "10.20.30.40"]),
)
def test_nothing_around_a_name_hides_it(around: str, name: str) -> None:
    assert leaks(f"{around} {name} {around}", VIEW, POLICIES, names=NAMES)

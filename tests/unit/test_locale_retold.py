"""A sentence that was kept in one language is told in another; what nobody of ours wrote stays as it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.locale.messages import text
from agent.locale.retold import KEPT, retold
from agent.policy.evaluate import decide
from agent.policy.explain import explain
from tests.support.alerts import shipped_policies
from tests.support.rules import facts

HANGUL = re.compile(r"[가-힣]")
NAMES = {"an on-call engineer agreed": "당직 엔지니어가 동의함"}
SAID = {
    "Recovered in 1 min 28 s. None of the alerts fires any more.": (
        "1분 28초 만에 복구되었습니다. 더는 발생 중인 알림이 없습니다."
    ),
    "HighErrorRate still holds (0.2, the limit is 0.05).": "HighErrorRate 조건이 여전히 성립합니다 (0.2, 기준은 0.05).",
    "needs one person of @sre or @dba other than the requester (rule “an on-call engineer agreed”)": (
        "요청자를 제외한 @sre 또는 @dba 중 한 명의 승인이 필요합니다 (규칙 “당직 엔지니어가 동의함”)"
    ),
    "A-3 was not approved. The policy judges this differently now: needs 2 different people of @a (rule “r”)": (
        "A-3 조치는 승인되지 않았습니다. 정책의 판단이 달라졌습니다: @a 중 서로 다른 2명의 승인이 필요합니다 (규칙 “r”)"
    ),
    "U1 has looked: it did not happen.": "U1 님이 확인했습니다: 실행되지 않았습니다.",
}


@pytest.mark.parametrize("english", sorted(SAID))
def test_a_kept_sentence_is_told_in_the_other_language(english: str) -> None:
    assert SAID[english] == retold("ko", english, NAMES)
    assert english == retold("en", english)


def test_what_a_korean_team_keeps_is_english_for_whoever_reads_english() -> None:
    kept = f"{text('ko', 'guarded-recovered', duration='28초')} {text('ko', 'judge-over')}"

    assert "Recovered in 28 s. None of the alerts fires any more." == retold("en", kept)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_any_words_are_told_as_they_are_or_as_a_message_says(words: str) -> None:
    told = retold("ko", words)

    assert told == words or HANGUL.search(told)


def test_what_a_backend_was_said_to_do_is_told_within_a_korean_sentence_too() -> None:
    kept = text("ko", "missing-partly", reason="Prometheus cannot be reached", what="요청량")

    assert "일부 조회 실패(Prometheus에 연결할 수 없습니다): 확인 불가 항목 요청량" == retold("ko", kept)


def test_foreign_sentences_among_ours_stay() -> None:
    said = "The server said: no. Recovered in 3 s. And then nothing."

    assert "The server said: no. 3초 만에 복구되었습니다. And then nothing." == retold("ko", said)


def test_families_that_are_recognised_exist() -> None:
    assert {"judge", "guarded", "policy", "said"} <= KEPT


def test_every_rule_and_freeze_of_ours_has_a_korean_name() -> None:
    policies = shipped_policies()
    named = {one.name: one.names for one in policies.approvals.rules}
    named |= {one.name: one.names for one in policies.freezes.windows}
    named[policies.approvals.fallback.name] = policies.approvals.fallback.names

    assert [] == [name for name, others in named.items() if not HANGUL.search(others.get("ko", ""))]


def test_a_decision_reads_in_korean_whichever_language_it_was_made_in() -> None:
    made = {language: decide(shipped_policies(), facts(), language=language) for language in ("en", "ko")}
    told = {
        language: [retold("ko", reason, decision.names["ko"]) for reason in decision.reasons]
        for language, decision in made.items()
    }

    assert told["ko"] == told["en"]
    assert [] == [reason for reason in told["en"] if "rule" in reason or "budget" in reason]


def test_the_tree_of_a_decision_names_its_rules_in_the_reader_s_language() -> None:
    policies = shipped_policies()
    tree = explain(decide(policies, facts()), "ko")
    english = [one.name for one in policies.approvals.rules if one.name in tree]

    assert [] == english
    assert "당직 엔지니어" in tree


def test_every_objective_of_ours_has_a_korean_title() -> None:
    objectives = shipped_policies().slos.objectives

    assert objectives
    assert [] == [one.name for one in objectives if not HANGUL.search(one.title_in("ko"))]
    assert [] == [one.name for one in objectives if HANGUL.search(one.title_in("en"))]

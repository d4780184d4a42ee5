"""What is healthy is said plainly; a dot is green only where numbers and alerts agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.evidence import Evidence, Reading
from agent.domain.results import TableResult
from agent.operations.health import health_of, in_words, sentence
from tests.support import readings as r
from tests.support import troubles as t

COLUMNS = ("service", "up", "rps", "error_ratio", "p95_seconds")


def seen(*rows: tuple[str, ...]) -> Evidence:
    return evidence(r.found(TableResult(columns=COLUMNS, rows=rows)))


def evidence(reading: Reading) -> Evidence:
    _, view = t.bad_deployment()
    request = {"tool": "metrics_collector.services", "params": {}}
    return Evidence.model_validate(
        {
            "id": "ev_1",
            "incident_id": view.incident.id,
            "request": request,
            "reading": reading,
            "observed_at": t.NOW,
            "digest": "d",
            "backend": "prometheus",
        }
    )


WELL = ("catalog", "100 %", "7.4 req/s", "0 %", "167 ms")


@pytest.mark.parametrize(
    ("row", "dot"),
    [
        (WELL, "🟢"),
        (("a", "100 %", "7 req/s", "0.9 %", "167 ms"), "🟢"),
        (("a", "100 %", "7 req/s", "1 %", "167 ms"), "🟡"),
        (("a", "100 %", "7 req/s", "56.8 %", "675 ms"), "🔴"),
        (("a", "50 %", "7 req/s", "0 %", "167 ms"), "🟡"),
        (("a", "0 %", "", "", ""), "🔴"),
        (("alerting", "100 %", "7 req/s", "0 %", "167 ms"), "🟡"),
        (("a", "", "", "", ""), "⚪"),
    ],
)
def test_a_dot_for_each_state(row: tuple[str, ...], dot: str) -> None:
    health = health_of(seen(row), {"alerting"}, "en")

    assert health is not None
    assert f"{dot} {row[0]}" == health.table.rows[0][0]


def test_worst_first_in_words_and_units_of_both_languages() -> None:
    rows = (WELL, ("checkout", "100 %", "2.44 req/s", "56.8 %", "1.2 s"))
    english, korean = (health_of(seen(*rows), (), lang) for lang in ("en", "ko"))

    assert english is not None
    assert korean is not None
    assert ("Service", "Up", "Requests", "Errors", "Latency (p95)") == english.table.columns
    assert ("🔴 checkout", "100%", "2.44 req/s", "56.8%", "1.2 s") == english.table.rows[0]
    assert ("서비스", "가동", "요청량", "오류율", "응답 시간 (p95)") == korean.table.columns
    assert ("🔴 checkout", "100%", "초당 2.44건", "56.8%", "1.2초") == korean.table.rows[0]


def test_the_sentence_names_what_is_wrong_and_counts_what_is_well() -> None:
    bad, unseen = ("checkout", "100 %", "2 req/s", "9 %", "1 s"), ("tutor", "", "", "", "")
    some = health_of(seen(WELL, bad, unseen), (), "en")
    good = health_of(seen(WELL, ("textbook", "100 %", "1 req/s", "0 %", "1 s")), (), "ko")

    assert some is not None
    assert good is not None
    assert (
        "**1 of 3 services need a look:** checkout. No numbers come from tutor. The other one is healthy."
        == sentence(some, "en")
    )
    assert "**서비스 2개 모두 정상입니다.**" == sentence(good, "ko")


def test_without_rows_there_is_no_judgement() -> None:
    assert health_of(seen(), (), "en") is None


@settings(max_examples=30)
@given(st.lists(st.lists(st.text(max_size=8), min_size=5, max_size=5), min_size=1, max_size=6))
def test_any_cells_can_be_judged(rows: list[list[str]]) -> None:
    health = health_of(seen(*(tuple(row) for row in rows)), (), "ko")

    assert health is not None
    assert len(rows) == len(health.table.rows)
    assert sentence(health, "en")


def test_a_cell_that_is_no_number_stays() -> None:
    assert ["expired", "–", "3 bananas"] == [in_words("ko", cell) for cell in ("expired", "", "3 bananas")]

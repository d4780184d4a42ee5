"""An answer's evidence: a query is told once, whole where it stands alone, and short in the middle in a list."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.answer import Answer
from agent.domain.evidence import Evidence
from agent.domain.results import TableResult
from agent.transport.slack.answers import (
    evidence_blocks,
    middle,
    plain_table,
    render_answer,
    table_blocks,
    width,
)
from tests.support import readings as r
from tests.support import troubles as t
from tests.support.blockkit import wrong_with


def piece(number: int, query: str) -> Evidence:
    reading = r.signal(t.NOW, "server_error_ratio", 0.002).model_copy(update={"query": query})
    return Evidence.model_validate(
        {
            "id": f"ev_{number}",
            "incident_id": None,
            "request": {"tool": "metrics_collector.signal"},
            "reading": reading,
            "observed_at": t.NOW,
            "digest": "d",
            "backend": "prometheus",
        }
    )


def test_one_piece_shows_its_whole_query() -> None:
    query = (
        "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[5m])))" * 5
    )

    shown = evidence_blocks([piece(1, query), piece(2, query)], "en")

    assert ["section", "rich_text"] == [block["type"] for block in shown]
    assert query in str(shown[1])


def test_several_pieces_are_a_list_with_both_ends_of_each_query() -> None:
    long = f"sum(rate(first[5m])){' + x' * 90} / last"

    (shown,) = evidence_blocks([piece(1, long), piece(2, "up")], "en")

    assert "`sum(rate(first[5m]))" in str(shown)
    assert "/ last`" in str(shown)
    assert "`up`" in str(shown)


def test_no_evidence_no_words() -> None:
    assert () == evidence_blocks([], "en")


@given(st.lists(st.text(max_size=3_000), min_size=1, max_size=8))
def test_any_queries_fit(queries: list[str]) -> None:
    shown = evidence_blocks([piece(n, query) for n, query in enumerate(queries)], "ko")

    assert [] == wrong_with(shown)


@given(st.text(), st.integers(8, 80))
def test_the_middle_goes_first(words: str, limit: int) -> None:
    cut = middle(words, limit)

    assert len(cut) <= limit
    assert words[:3] == cut[:3]
    assert words[len(words) - 2 :] == cut[len(cut) - 2 :]


def test_hangul_columns_stand_below_each_other() -> None:
    table = TableResult(columns=("서비스", "가동"), rows=(("🟢 a", "100%"), ("🔴 결제", "0%")))

    lines = zip(plain_table(table).split("\n"), ("가동", "100", "0%"), strict=True)
    starts = {width(line[: line.rindex(cell)]) for line, cell in lines}

    assert 1 == len(starts)


def test_people_are_shown_as_people_and_only_those_that_the_answer_names() -> None:
    table = TableResult(columns=("Who", "What"), rows=(("U0ALEX0003", "U0MINA0001"),))
    answer = Answer(
        text="on it: U0ALEX0003, said U0MINA0001 <@U0MINA0001>", table=table, people=("U0ALEX0003", "Jun")
    )

    shown = render_answer(answer, None, "en")

    assert [] == wrong_with(shown.blocks)
    assert "on it: <@U0ALEX0003>, said U0MINA0001 &lt;@U0MINA0001&gt;" in str(shown.blocks[0])
    assert "{'type': 'user', 'user_id': 'U0ALEX0003'}" in str(shown.blocks[1])
    assert "'user_id': 'U0MINA0001'" not in str(shown.blocks)


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    table = TableResult(columns=("Pod",), rows=tuple((f"pod-{n}",) for n in range(40)))

    shown, more = table_blocks(table, "en")

    assert [] == wrong_with([shown, more])
    assert "and 15 more" in str(more)

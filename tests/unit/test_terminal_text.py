"""The terminal shows the same facts as the card, as plain text that no foreign byte can colour or break."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.answer import Answer, Step
from agent.domain.probe import Probe
from agent.domain.results import TableResult
from agent.transport.terminal import Terminal, answer_text, table_text
from tests.support.views import blind_view, diagnosed_view, fresh_view, resolved_view


def written(*, colour: bool = False, language: str = "en") -> tuple[Terminal, io.StringIO]:
    stream = io.StringIO()
    return Terminal(stream, language=language, colour=colour), stream


def test_an_incident_reads_like_its_card() -> None:
    terminal, stream = written()
    terminal.incident(diagnosed_view())
    said = stream.getvalue()

    for expected in (
        "INC-12 P1 payment — high error rate",
        "Cause (86%)",
        "48%",
        "Next: Roll payment back to v1.",
    ):
        assert expected in said


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_is_written_without_colour_codes(language: str) -> None:
    terminal, stream = written(language=language)
    for view in (fresh_view(), blind_view(), diagnosed_view(), resolved_view()):
        terminal.incident(view)

    assert "\x1b" not in stream.getvalue()


def test_colour_is_for_screens_only() -> None:
    terminal, stream = written(colour=True)
    terminal.incident(resolved_view())

    assert stream.getvalue().startswith("\x1b[1m\x1b[32mINC-12")
    assert "\x1b" not in written_by_default()


def written_by_default() -> str:
    stream = io.StringIO()
    Terminal(stream).incident(resolved_view())
    return stream.getvalue()


def test_probes_say_how_to_mend() -> None:
    terminal, stream = written()
    terminal.probes([Probe(name="slack", ok=False, detail="no token", fix="Set OPS_SLACK_BOT_TOKEN.")])

    assert stream.getvalue() == "!! slack: no token\n   Set OPS_SLACK_BOT_TOKEN.\n"


def test_wide_letters_keep_columns_aligned() -> None:
    table = TableResult(columns=("이름", "n"), rows=(("checkout", "1"), ("결제", "2")))

    assert table_text(table).splitlines() == ["이름      n", "--------  -", "checkout  1", "결제      2"]


@settings(max_examples=100)
@given(st.text(), st.lists(st.lists(st.text(), max_size=4), max_size=5))
def test_foreign_bytes_never_reach_the_screen(words: str, rows: list[list[str]]) -> None:
    table = TableResult(columns=("a", "b", "c"), rows=tuple(tuple(row) for row in rows))
    terminal, stream = written()
    terminal.answer(Answer(text=words, table=table))
    terminal.step(Step(id="1", title=words, status="complete", output=words))

    assert not set(stream.getvalue()) & {chr(code) for code in range(32) if chr(code) != "\n"}
    assert answer_text(Answer(text=words, table=table), "en").count("\n") <= words.count("\n") + 60

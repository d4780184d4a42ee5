"""How reports look: Markdown and Slack in which text is never markup, and pages in both languages."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.report import Figure, ReportFile, ReportKind, ReportState, Written
from agent.errors import Misconfigured
from agent.operations.reports.document import document, strip
from agent.operations.reports.markdown import markdown
from agent.operations.reports.model import (
    CaseBlock,
    CasesBlock,
    ChartBlock,
    Curve,
    FigureBlock,
    FigureLine,
    PointsBlock,
    Report,
    Section,
    TableBlock,
    TextBlock,
)
from agent.operations.reports.plain import plain_text
from agent.transport.printing.typesetter import Typesetter, fonts_for
from agent.transport.slack.standing.reports_draw import render_report
from tests.support.blockkit import wrong_with
from tests.support.hostile import HOSTILE, stored

AT = datetime(2026, 10, 1, tzinfo=UTC)
ROWS = 2


def figure(name: str = "latency", value: float | None = 0.2) -> Figure:
    return Figure(
        name=name, value=value, unit="seconds", target=0.2, how="a how", window_start=AT, window_end=AT
    )


def report(said: str, language: str = "en") -> Report:
    """Return a report in which every text is the same one."""
    line = FigureLine(label=said, figure=figure(), before=figure(value=None), note=said)
    case = CaseBlock(name=said, title=said, priority="P1", facts=((said, said),), sentences=((said, said),))
    chart = ChartBlock(
        title=said,
        style="line",
        places=("1", said),
        curves=(Curve(name=said, values=(1.0, None)), Curve(name=said, values=(0.5, 2.0))),
        ticks=((0.0, said), (2.0, "2")),
        alt=said,
    )
    blocks = (
        FigureBlock(lines=(line,), previous=said or "before"),
        TableBlock(title=said, columns=(said, said), rows=((said, said),) * ROWS, numeric=(1,), left_out=3),
        chart,
        chart.model_copy(update={"style": "bar"}),
        CasesBlock(cases=(case,), left_out=1),
        PointsBlock(title=said, points=(said, said)),
        TextBlock(text=said, tone="note"),
    )
    return Report(
        kind=ReportKind.MONTHLY,
        period="2026-10",
        title=said,
        subtitle=said,
        language="ko" if language == "ko" else "en",
        zone="UTC",
        start=AT,
        end=AT,
        so_far=False,
        headline=(said,),
        sections=(
            Section(name="a", title=said, blocks=blocks),
            Section(name="how", title=said, blocks=blocks[-2:]),
        ),
        written_at=AT,
    )


def record(said: str) -> Written:
    return Written(
        id="monthly:2026-10",
        number=1,
        at=AT,
        kind=ReportKind.MONTHLY,
        name="monthly",
        period="2026-10",
        zone="UTC",
        language="ko",
        start=AT,
        end=AT,
        state=ReportState.WRITTEN,
        asked_by="U0MINA0001",
        title=said,
        subtitle=said,
        headline=(said,) * 3,
        figures=(said,) * 10,
        notices=(said,),
        files=(ReportFile(name="a.pdf", media_type="application/pdf", digest="0", size=1),),
    )


@given(stored)
@settings(max_examples=20, deadline=None)
def test_no_text_becomes_markdown(said: str) -> None:
    shown = markdown(report(said))
    lines = shown.splitlines()
    # The skeleton is the same whatever is said: headings, table rules and rows, points.
    assert 1 == sum(line.startswith("# ") for line in lines)
    assert 2 == sum(line.startswith("## ") for line in lines)
    tables = [line for line in lines if line.startswith("| ")]
    assert 2 + 1 + ROWS == len(tables)
    assert {5, 2} == {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1 for line in tables}
    assert not re.search(r"(?<!\\)(?:\\\\)*(?:<|!\[|\]\()", shown)


@given(stored)
@settings(max_examples=20, deadline=None)
def test_slack_takes_every_summary_and_nobody_is_called(said: str) -> None:
    message = render_report(record(said))
    assert [] == wrong_with(message.blocks)
    whole = str(message.blocks) + message.text
    assert "<!" not in whole
    assert set(re.findall(r"<@(\w+)>", whole)) <= {"U0MINA0001"}


@given(stored)
@settings(max_examples=15, deadline=None)
def test_a_mail_says_the_same_in_plain_text(said: str) -> None:
    assert plain_text(report(said), (said,)).endswith("\n")


async def test_hostile_text_is_set_as_text() -> None:
    # In English, which needs no font of the machine; the template is the same in both languages.
    typesetter = Typesetter()
    markup = '#panic() $x$ *b* _i_ @ref <label> `raw` \\ // /* #import "a": * [[ ]] {} = head'
    for said in (markup, " ".join(word[:300] for word in HOSTILE if "\ud800" not in word)):
        pdf = await typesetter.pdf(document(report(said), written="now"))
        assert pdf.startswith(b"%PDF-")


async def test_pages_are_pictures_too() -> None:
    pages = await Typesetter().pictures(document(report("한글과 English"), written="now"), density=30)
    assert pages
    assert all(page.startswith(b"\x89PNG") for page in pages)
    charts = strip(report("한글과 English"))
    assert charts is not None
    assert 1 == len(await Typesetter().pictures(charts[0], density=30))


def test_a_machine_without_a_korean_font_is_told_and_still_sets_english() -> None:
    assert ["Libertinus Serif"] == fonts_for("en", ["Libertinus Serif"])
    assert ["Libertinus Serif"] == fonts_for("en", [])
    assert ["Noto Sans CJK KR", "DejaVu Sans"] == fonts_for("ko", ["DejaVu Sans", "Noto Sans CJK KR"])
    with pytest.raises(Misconfigured, match="fonts-noto-cjk"):
        fonts_for("ko", ["DejaVu Sans", "Libertinus Serif"])


async def test_english_needs_no_font_of_the_machine() -> None:
    alone = Typesetter(system_fonts=False)
    assert (await alone.pdf(document(report("plain"), written="now"))).startswith(b"%PDF-")
    with pytest.raises(Misconfigured):
        await alone.pdf(document(report("한글", "ko"), written="now"))


@given(st.floats(-1e9, 1e9) | st.none())
@settings(max_examples=15, deadline=None)
def test_a_document_is_plain_data(value: float | None) -> None:
    made = report("x")
    line = FigureLine(label="x", figure=figure(value=value))
    section = Section(name="a", title="x", blocks=(FigureBlock(lines=(line,)),))
    data = document(made.model_copy(update={"sections": (section,)}), written="now")
    cells = data["sections"][0]["blocks"][0]["rows"][0]
    assert all(isinstance(cell, str) for cell in cells)
    assert ("no data" in cells[1]) == (value is None)


@given(st.integers(1, 400))
@settings(max_examples=20, deadline=None)
def test_a_word_that_is_wider_than_a_column_may_break(size: int) -> None:
    said = "x" * size
    cells = document(report(said), written="now")["sections"][0]["blocks"][1]["rows"][0]
    assert all(len(piece) <= 24 for piece in cells[0].split("\u200b"))
    assert cells[0].replace("\u200b", "").rstrip("…") in said

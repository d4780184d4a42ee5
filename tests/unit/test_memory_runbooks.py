"""The team's runbooks: own folder, Korean words, links, hostile front matter, and how card, thread and answers show them."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.app.core import RUNBOOKS
from agent.app.terminal import doctor
from agent.brain.recollect import next_answer
from agent.brain.runbooks import LARGEST_BYTES, load_runbooks
from agent.domain.evidence import Diagnosis
from agent.domain.malformed import Malformed
from agent.domain.runbook import Runbook, RunbookWords, parse_runbook, parse_translation, runbook_about
from agent.errors import Misconfigured
from agent.locale.messages import LANGUAGES
from agent.settings import Settings
from agent.transport.slack.cards import render_card
from agent.transport.slack.details import render_details
from agent.transport.slack.markup import foreign
from tests.support.blockkit import wrong_with
from tests.support.hostile import stored as words
from tests.support.views import diagnosed_view, fresh_view, resolved_view, sample_alert, sample_view
from tests.unit.test_blocks_limits import pings

LAG = """---
name: ledger-lag
title: "The ledger lags behind"
url: https://wiki.example.org/ledger-lag
matchers: {matchers}
---
1. Look at the replica's disk.
2. Fail over when it is slow.
"""
KOREAN = "---\nname: ledger-lag\ntitle: 원장 지연\n---\n1. 복제본의 디스크를 봅니다.\n"
NESTED = 'service=~"(a+)+x"'


def lag(matchers: str = '[alertname="HighErrorRate"]', **changes: object) -> Runbook:
    return parse_runbook(LAG.replace("{matchers}", matchers)).model_copy(update=changes)


@pytest.mark.parametrize(
    ("matchers", "labels", "expected"),
    [
        ('[alertname="A", service=~"b.*"]', {"alertname": "A", "service": "books"}, True),
        ('[alertname="A", service=~"b.*"]', {"alertname": "A", "service": "xbooks"}, False),
        ('[alertname="A", service=~"b.*"]', {"alertname": "A"}, False),
        ("['alertname=\"A\"', 'service!~\"b|c\"']", {"alertname": "A", "service": "bc"}, True),
        ("['alertname=\"A\"', 'service!~\"b|c\"']", {"alertname": "A", "service": "c"}, False),
        ('[alertname="A, B", "a label"="]"]', {"alertname": "A, B", "a label": "]"}, True),
        (r'[alertname="say \"A\", please"]', {"alertname": 'say "A", please'}, True),
        ("[alertname=~A|B]", {"alertname": "B"}, True),
        ("[alertname=~A|B]", {"alertname": "AB"}, False),
        ('{alertname="A", service=""}', {"alertname": "A"}, True),
    ],
)
def test_an_inline_list_is_one_list_as_alertmanager_writes_it(
    matchers: str, labels: dict[str, str], expected: bool
) -> None:
    assert expected is lag(matchers).applies(labels)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("{matchers}", "[]", "matchers"),
        ("{matchers}", "[alertname=]", "matchers"),
        ("{matchers}", '[alertname=~"("]', "matchers"),
        ("{matchers}", f"[{NESTED}]", "matchers"),
        ("{matchers}", '[alertname="A"', "matchers"),
        ("https://wiki.example.org/ledger-lag", "javascript:alert(1)", "url"),
        ("https://wiki.example.org/ledger-lag", "https://a/<!channel>|x", "url"),
        ("https://wiki.example.org/ledger-lag", "", "url"),
        ('"The ledger lags behind"', "x" * 151, "title"),
        ('"The ledger lags behind"', "a\u202eb", "title"),
        ("1. Look", f"{'1. again' + chr(10)}" * 60 + "1. Look", "steps"),
        ("1. Look", f"1. {'x' * 1001}\n1. Look", "steps"),
        ("url:", "url_ko:", "url_ko"),
        ("url:", "url: x\nurl:", "url"),
        ("url:", "!!python/object:os.system x:", ""),
    ],
)
def test_what_is_hostile_or_wrong_is_named_with_file_and_field(old: str, new: str, field: str) -> None:
    text = LAG.replace(old, new, 1).replace("{matchers}", '[alertname="A"]')
    with pytest.raises(Malformed) as complaint:
        parse_runbook(text, source="lag.md")

    assert complaint.value.sentence.startswith("lag.md")
    if field:
        assert field == complaint.value.field


def test_an_empty_list_is_never_every_alert() -> None:
    for matchers in ("[ ]", "{}", "[,]", "['']"):
        with pytest.raises(Malformed):
            lag(matchers)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab\",=~![]{}\\'|. :\n-#"), max_size=60))
def test_any_front_matter_is_a_runbook_or_a_complaint(matchers: str) -> None:
    for read in (parse_runbook, parse_translation):
        text = LAG.replace("{matchers}", matchers)
        with suppress(Malformed):
            read(text, source="x.md")


def folder(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (path / f"{name.replace('__', '.')}.md").write_text(text, "utf-8")
    return path


def test_every_shipped_runbook_has_korean_words_with_as_many_steps() -> None:
    books = load_runbooks(RUNBOOKS)

    assert 8 == len(books)
    for book in books:
        korean = book.words("ko")
        assert any("가" <= letter <= "힣" for letter in korean.title), book.name
        assert len(book.steps) == len(korean.steps), book.name
        assert book.title == book.words("en").title


def test_own_runbooks_come_first_and_replace_shipped_ones_of_the_same_name(tmp_path: Path) -> None:
    mine = LAG.replace("{matchers}", '[alertname="A"]')
    own = folder(
        tmp_path,
        a=mine,
        a__ko=KOREAN,
        memory=mine.replace("ledger-lag", "memory").replace("The ledger", "Our RAM"),
    )
    books = load_runbooks(RUNBOOKS, own)

    assert ["ledger-lag", "memory"] == [book.name for book in books[:2]]
    assert "Our RAM lags behind" == books[1].title
    assert len(load_runbooks(RUNBOOKS)) + 1 == len(books)
    assert "원장 지연" == books[0].words("ko").title


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": "no front matter"}, "a.md"),
        ({"a": LAG}, "a.md"),
        ({"a__ko": KOREAN}, "a.ko.md translates ledger-lag"),
        ({"a": "x" * (LARGEST_BYTES + 1)}, "larger than 64 KiB"),
        ({"a": LAG.replace("{matchers}", "[a=b]"), "b": LAG.replace("{matchers}", "[a=b]")}, "Two runbooks"),
        ({"a": LAG.replace("{matchers}", "[a=b]"), "a__fr": KOREAN}, "no language of ours"),
        (
            {"a": LAG.replace("{matchers}", "[a=b]"), "a__ko": KOREAN.replace("title", "url: x\ntitle")},
            "a.ko.md: url",
        ),
    ],
)
def test_a_folder_with_a_wrong_file_is_refused_in_one_sentence(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        load_runbooks(RUNBOOKS, folder(tmp_path, **files))


def test_what_is_no_text_no_file_or_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\xfe---")
    with pytest.raises(Misconfigured, match="not UTF-8"):
        load_runbooks(RUNBOOKS, tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.md").mkdir()
    with pytest.raises(Misconfigured, match=r"x\.md cannot be read"):
        load_runbooks(RUNBOOKS, tmp_path / "b")
    with pytest.raises(Misconfigured, match="OPS_RUNBOOKS_DIR"):
        load_runbooks(RUNBOOKS, tmp_path / "nowhere")


async def test_doctor_names_the_file_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = folder(tmp_path / "own", lag=LAG.replace("{matchers}", f"[{NESTED}]"))
    code = await doctor(
        Settings(runbooks_dir=own, database_url=f"sqlite:///{tmp_path / 'd.db'}"), as_json=True
    )
    probes = {p["name"]: p for p in map(json.loads, capsys.readouterr().out.splitlines())}

    assert 1 == code
    assert not probes["Runbooks"]["ok"]
    assert "lag.md" in probes["Runbooks"]["detail"]
    assert probes["Database"]["ok"]


def test_the_runbook_is_that_of_the_cause_before_that_of_others() -> None:
    mine, other = lag('[service="ledger"]'), lag('[alertname="HighErrorRate"]', name="other")
    records = (sample_alert(), sample_alert("Slow", "ledger"), sample_alert("Ended", "ledger", firing=False))

    assert other == runbook_about([mine, other], records, "payment")
    assert mine == runbook_about([mine, other], records, "ledger")
    assert runbook_about([], records, "ledger") is None
    assert runbook_about([lag('[alertname="No"]')], records) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_card_and_thread_show_it_in_the_teams_language(lang: str) -> None:
    korean = RunbookWords(title="원장 지연", steps=("복제본의 디스크를 봅니다.",), body="")
    book = lag(translations={"ko": korean})
    card = render_card(diagnosed_view(), None, lang, runbooks=[book]).blocks
    details = render_details(diagnosed_view(), lang, runbooks=[book]).blocks
    title = book.words(lang).title

    assert f"<https://wiki.example.org/ledger-lag|{title}>" in str(card)
    assert f"1. {foreign(book.words(lang).steps[0])}" in str(details)
    assert [] == wrong_with(card) + wrong_with(details)


def test_a_runbook_without_a_link_is_named_only_once() -> None:
    book = lag(url=None)
    step = Diagnosis(next_step="Wait (runbook “The ledger lags behind”)")

    assert "Runbook" not in str(render_card(sample_view(diagnosis=step), None, "en", runbooks=[book]).blocks)
    assert "Runbook: The ledger lags behind" in str(
        render_card(fresh_view(), None, "en", runbooks=[book]).blocks
    )
    assert "Runbook" not in str(render_card(resolved_view(), None, "en", runbooks=[book]).blocks)


def test_the_address_in_an_alerts_annotation_never_becomes_a_link() -> None:
    record = sample_alert()
    hostile = record.alert.model_copy(update={"annotations": {"runbook_url": "https://evil.example/x"}})
    view = sample_view(alerts=(record.model_copy(update={"alert": hostile}),))

    assert "evil.example" not in str(render_card(view, None, "en", runbooks=[lag()]).blocks)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(words, st.lists(words.filter(bool), min_size=1, max_size=50), st.sampled_from(LANGUAGES))
def test_whatever_a_runbook_says_fits_and_notifies_nobody(title: str, steps: list[str], lang: str) -> None:
    book = lag(translations={lang: RunbookWords(title=title, steps=tuple(steps), body="")})
    view = diagnosed_view().model_copy(update={"timeline": ()})
    card = render_card(view, None, lang, runbooks=[book]).blocks
    details = render_details(view, lang, runbooks=[book]).blocks

    assert [] == wrong_with(card) + wrong_with(details)
    assert [] == pings([card, details])


def test_an_answer_on_what_to_do_next_holds_the_steps() -> None:
    said = next_answer(diagnosed_view(), [lag()], "en").text
    nothing = next_answer(sample_view(alerts=()), [lag()], "ko").text

    assert "**Next:** Roll payment back to v1." in said
    assert "**Runbook “The ledger lags behind”:**\n1. Look at the replica's disk.\n2. Fail over" in said
    assert "런북" not in nothing
    assert nothing

"""Foreign text stays text: no mention, no link, no markup, no tricks, within its limit."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.transport.foreign import clean, web_link
from agent.transport.slack.limits import cut_markup
from agent.transport.slack.markdown import safe_markdown, to_mrkdwn
from agent.transport.slack.markup import code, foreign, link, person
from agent.transport.slack.mentions_policy import mention_codes
from tests.support.hostile import HOSTILE, words

ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")


@settings(max_examples=100)
@given(words, st.integers(min_value=1, max_value=400))
def test_foreign_text_is_inert(text: str, limit: int) -> None:
    shown = foreign(text, limit)

    assert len(shown) <= limit
    assert not set(shown) & set("<>\n\x00\x1b\u202e\u200b\ud800")
    assert not ENTITY.search(shown)
    assert "`" not in shown


@pytest.mark.parametrize("text", ["*b*", "~s~", "_i_", "`c`", ":smile:", "<!channel>", "<@U0MINA0001>"])
def test_no_marker_survives(text: str) -> None:
    shown = foreign(text)

    assert not re.search(r"[*~`<>]|:smile:|\b_|_\b", shown)


@pytest.mark.parametrize("text", ["http_requests_total", "payment:v2", "19:30:00", "a - b", "50% > 5%"])
def test_ordinary_names_stay_readable(text: str) -> None:
    assert foreign(text) == text.replace(">", "&gt;")


@settings(max_examples=100)
@given(words, st.integers(min_value=3, max_value=300))
def test_code_keeps_everything_but_its_own_end(text: str, limit: int) -> None:
    shown = code(text, limit)

    assert len(shown) <= limit + 2
    assert not shown or (shown[0] == shown[-1] == "`" and "`" not in shown[1:-1])


@settings(max_examples=100)
@given(words, st.integers(min_value=1, max_value=500), st.booleans())
def test_clean_text_is_visible_and_bounded(text: str, limit: int, lines: bool) -> None:
    shown = clean(text, limit, lines=lines)

    assert len(shown) <= limit
    assert all(letter.isprintable() or (lines and letter == "\n") for letter in shown)
    shown.encode("utf-8")


@given(words)
@settings(max_examples=60)
def test_markdown_pings_nobody_and_links_nowhere(text: str) -> None:
    for shown in (safe_markdown(text), to_mrkdwn(text)):
        outside_code = re.sub(r"```.*?```|`[^`\n]*`", " ", shown, flags=re.DOTALL)

        assert not set(shown) & set("<>")
        assert "://" not in outside_code
        assert "](" not in outside_code


def test_markdown_keeps_what_an_answer_needs() -> None:
    answer = "# Why\n**payment** fails:\n- 48% errors\n- see `rate(x[5m]) > 1`"

    assert safe_markdown(answer) == answer.replace(">", "&gt;")
    assert to_mrkdwn(answer) == "*Why*\n*payment* fails:\n• 48% errors\n• see `rate(x[5m]) &gt; 1`"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://grafana.example/d/1?a=b&c=d", "<https://grafana.example/d/1?a=b&amp;c=d|graph>"),
        ("javascript:alert(1)", "graph"),
        ("https://x.example/|evil>", "graph"),
        ("https://x.example/ space", "graph"),
        (None, "graph"),
    ],
)
def test_links_need_a_plain_web_address(address: str | None, expected: str) -> None:
    assert expected == link(address, "graph")


@settings(max_examples=100)
@given(st.text())
def test_a_trusted_address_cannot_end_its_link(tail: str) -> None:
    found = web_link(f"https://x.example/{tail}")

    assert found is None or not set(found) & set("<>| \n`")


def test_people_are_mentioned_by_id_only() -> None:
    assert person("U0MINA0001") == "<@U0MINA0001>"
    assert person("<!channel>") == "&lt;!channel&gt;"
    assert person("S0SREONC01") == "S0SREONC01"


def test_policy_mentions_become_codes_and_nothing_else_does() -> None:
    codes = mention_codes(["here", "@channel", "S0SREONC01", "U0MINA0001", "<!everyone>", "somebody"])

    assert codes == ("<!here>", "<!channel>", "<!subteam^S0SREONC01>", "<@U0MINA0001>")


PIECES = [
    "a",
    "word ",
    "&amp;",
    "&lt;",
    "<!date^1772479840^{time}|19:30 UTC>",
    "<@U0MINA0001>",
    "<https://x.example|y>",
]


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.integers(min_value=1, max_value=200))
def test_cutting_never_leaves_half_a_code(pieces: list[str], limit: int) -> None:
    text = "".join(pieces)
    shown = cut_markup(text, limit)
    whole = re.sub(r"&(amp|lt);|<[^<>]+>", "", shown)

    assert len(shown) <= limit
    assert not set(whole) & set("<>&")
    assert shown == text or text.startswith(shown.removesuffix("…"))


def test_the_list_of_hostile_text_holds_each_kind() -> None:
    assert max(len(text) for text in HOSTILE) >= 65_536

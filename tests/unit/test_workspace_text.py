"""What people type becomes Slack's stored text, and nothing that was typed becomes markup by accident."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.workspace.clock import ManualClock
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import demo_seed
from demo.workspace.state import State
from demo.workspace.text import Typist, escape, rich_text, unescape

STATE = State(demo_seed(sample_manifest()), ManualClock(1_800_000_000.0))
TYPIST = Typist(STATE)
TOKEN = re.compile(
    r"<(@[A-Z0-9]+|#[A-Z0-9]+\|[\w-]+|!subteam\^[A-Z0-9]+|!(here|channel|everyone)|https?://[^<>]*)>"
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("@Mina, please", "<@U0MINA0001>, please"),
        ("ask @sre-oncall.", "ask <!subteam^S0SREONC01>."),
        ("in #alerts-critical", "in <#C0ALERTSCR|alerts-critical>"),
        ("@here and @nobody", "<!here> and @nobody"),
        ("mina@demo.example", "mina@demo.example"),
        ("see https://example.com/?a=1&b=2", "see <https://example.com/?a=1&amp;b=2>"),
        ("(see https://example.com/a)", "(see <https://example.com/a>)"),
        ("see https://example.com/a_(b).", "see <https://example.com/a_(b)>."),
        ("[https://example.com/]!", "[<https://example.com/>]!"),
        ("<@U0DANA0004> stays", "<@U0DANA0004> stays"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<!subteam^S0DBA00002|dba>", "<!subteam^S0DBA00002|dba>"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    ],
)
def test_typed_text_is_stored_as_slack_stores_it(typed: str, stored: str) -> None:
    assert TYPIST.stored(typed) == stored


@given(st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text(alphabet="<>&@#!|/ab minahere:.^U0", max_size=60))
def test_only_whole_tokens_leave_angle_brackets(typed: str) -> None:
    rest = TOKEN.sub("", TYPIST.stored(typed))

    assert re.search(r"[<>]", re.sub(r"<[@#!][^<>]*>", "", rest)) is None


@given(st.text(max_size=60))
def test_rich_text_says_what_the_text_says(typed: str) -> None:
    block = rich_text(escape(typed), "b1")

    said = "".join(part["text"] for part in block["elements"][0]["elements"])
    assert said == (typed or " ")


def test_rich_text_knows_people_channels_groups_and_links() -> None:
    stored = TYPIST.stored("@mina in #alerts with @dba and @here: https://example.com/")

    parts = rich_text(stored, "b1")["elements"][0]["elements"]

    assert [part["type"] for part in parts if part["type"] != "text"] == [
        "user",
        "channel",
        "usergroup",
        "broadcast",
        "link",
    ]

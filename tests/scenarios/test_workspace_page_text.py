"""The page's readers of mrkdwn, Markdown and blocks, fed with anything: they never fail and never make markup."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Page, Route

from tests.support.chromium import Troubles, chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
FILES = Path(__file__).parents[2] / "demo" / "workspace" / "page"
ORIGIN = "http://page.test"
EXAMPLES = settings(max_examples=120, deadline=None)
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
MARKS = [
    "*",
    "_",
    "~",
    "`",
    "```",
    "\n",
    "> ",
    "<",
    ">",
    "|",
    "&lt;",
    "&amp;",
    ":tada:",
    "[a](",
    ")",
    "- ",
    "1. ",
    "#",
]
WORDS = [
    "checkout",
    "확인",
    "javascript:x()",
    "https://a.example/b?c=1",
    "@U1",
    "!date^1700000000^{date}",
    "<script>",
]
TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(MARKS + WORDS + [" "]), max_size=40).map("".join),
)
ALLOWED = frozenset(
    [
        "A",
        "B",
        "I",
        "S",
        "CODE",
        "PRE",
        "BR",
        "BLOCKQUOTE",
        "SPAN",
        "TIME",
        "P",
        "H1",
        "H2",
        "H3",
        "H4",
        "H5",
        "H6",
        "HR",
        "UL",
        "OL",
        "LI",
        "DIV",
        "TABLE",
        "THEAD",
        "TBODY",
        "TR",
        "TH",
        "TD",
    ]
)
HARNESS = """
const [text, mark, blocks, format, forms] = await Promise.all(
  ["mrkdwn", "markdown", "blocks", "format", "form"].map((name) => import(`/${name}.js`)));
const people = { U1: { name: "mina", real_name: "Mina" } };
const names = { me: "U2", clock: format.clockFor({ tz: "Asia/Seoul", locale: "ko-KR" }),
  user: (id) => people[id], channel: () => null, group: () => null };
const ctx = () => ({ names, form: new forms.FormState(), container: {}, act: async () => ({}),
  people: () => [], channels: () => [] });
const draw = { mrkdwn: (it) => text.mrkdwn(it, names), markdown: (it) => mark.markdown(it, names),
  blocks: (it) => blocks.drawBlocks(it, ctx()) };
window.render = (kind, it) => {
  const box = document.createElement("div");
  box.append(...draw[kind](it));
  document.body.replaceChildren(box);
  const all = [...box.querySelectorAll("*")];
  return { text: box.textContent, tags: [...new Set(all.map((node) => node.tagName.toUpperCase()))],
    links: all.map((node) => node.getAttribute("href")).filter(Boolean), html: box.innerHTML,
    handlers: all.flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith("on")) };
};
"""


async def _serve(route: Route) -> None:
    path = FILES / route.request.url.removeprefix(f"{ORIGIN}/")
    if path == FILES:
        await route.fulfill(body="<!doctype html><body></body>", content_type="text/html")
    else:
        await route.fulfill(body=path.read_text(), content_type=TYPES[path.suffix])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with chromium() as browser:
        opened = await browser.new_page()
        await opened.route("**/*", _serve)
        troubles = Troubles(opened, ORIGIN)
        await opened.goto(f"{ORIGIN}/")
        await opened.evaluate(f"(async () => {{ {HARNESS} }})()")
        yield opened
        assert troubles.seen == []


async def render(page: Page, kind: str, what: Any) -> dict[str, Any]:
    drawn: dict[str, Any] = await page.evaluate("([kind, what]) => window.render(kind, what)", [kind, what])
    return drawn


def check_inert(drawn: dict[str, Any]) -> None:
    assert set(drawn["tags"]) <= ALLOWED, drawn["tags"]
    assert drawn["handlers"] == []
    assert all(url.startswith(("http://", "https://", "mailto:")) for url in drawn["links"]), drawn["links"]


@EXAMPLES
@given(text=TEXT)
async def test_any_mrkdwn_is_drawn_without_markup_of_its_own(page: Page, text: str) -> None:
    check_inert(await render(page, "mrkdwn", text))


@EXAMPLES
@given(text=TEXT)
async def test_any_markdown_is_drawn_without_markup_of_its_own(page: Page, text: str) -> None:
    check_inert(await render(page, "markdown", text))


@EXAMPLES
@given(text=st.text(st.sampled_from("abc 확인.,!?<>&\"'=/()[]{}"), max_size=80))
async def test_escaped_words_come_out_as_they_went_in(page: Page, text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    drawn = await render(page, "mrkdwn", "x" + escaped)
    assert drawn["text"] == "x" + text
    assert drawn["links"] == []


LEAF = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=12))
TYPE_NAMES = st.sampled_from(
    [
        "header",
        "section",
        "divider",
        "context",
        "actions",
        "image",
        "input",
        "rich_text",
        "markdown",
        "table",
        "data_table",
        "plan",
        "task_card",
        "alert",
        "card",
        "carousel",
        "container",
        "context_actions",
        "file",
        "video",
        "mrkdwn",
        "plain_text",
        "button",
        "static_select",
        "overflow",
        "checkboxes",
        "rich_text_section",
        "rich_text_list",
        "text",
        "link",
        "__proto__",
        "constructor",
    ]
)
KEYS = st.sampled_from(
    [
        "text",
        "elements",
        "fields",
        "accessory",
        "blocks",
        "title",
        "tasks",
        "rows",
        "actions",
        "element",
        "label",
        "options",
        "child_blocks",
        "url",
        "level",
        "block_id",
        "action_id",
        "value",
        "style",
        "confirm",
        "description",
        "caption",
        "image_url",
        "alt_text",
        "positive_button",
    ]
)
THINGS = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.builds(
            lambda kind, rest: {**rest, "type": kind}, TYPE_NAMES, st.dictionaries(KEYS, inner, max_size=4)
        ),
    ),
    max_leaves=12,
)


@EXAMPLES
@given(blocks=st.lists(THINGS, max_size=3))
async def test_malformed_blocks_never_take_the_page_down(page: Page, blocks: list[Any]) -> None:
    drawn = await render(page, "blocks", blocks)
    assert not {"SCRIPT", "IFRAME", "OBJECT", "EMBED"} & set(drawn["tags"])
    assert drawn["handlers"] == []


@pytest.mark.parametrize(
    ("kind", "text", "html"),
    [
        ("mrkdwn", "*b* _i_ ~s~ `c`", "<b>b</b> <i>i</i> <s>s</s> <code>c</code>"),
        ("mrkdwn", "a*b*c 2 * 3 * 4 _ x_", "a*b*c 2 * 3 * 4 _ x_"),
        ("mrkdwn", "*_both_*", "<b><i>both</i></b>"),
        ("mrkdwn", "`*not bold*`", "<code>*not bold*</code>"),
        ("mrkdwn", "one\ntwo", "one<br>two"),
        ("mrkdwn", "&gt; said\n&gt; more\nme", '<blockquote class="quote">said<br>more</blockquote>me'),
        ("mrkdwn", "```x *y*```", '<pre class="fence"><code>x *y*</code></pre>'),
        ("mrkdwn", "<@U1>", '<span class="mention" data-user="U1">@Mina</span>'),
        ("mrkdwn", "<javascript:x|go>", "&lt;javascript:x|go&gt;"),
        ("mrkdwn", "[t](u) **b**", "[t](u) **b**"),
        ("mrkdwn", "<!date^99999999999999999999^{date}|then>", "then"),
        ("mrkdwn", ":nonsense_code: 10:30:00", ":nonsense_code: 10:30:00"),
        ("markdown", "**b** *i* ~~s~~", '<p class="md-paragraph"><b>b</b> <i>i</i> <s>s</s></p>'),
        ("markdown", "snake_case_name", '<p class="md-paragraph">snake_case_name</p>'),
        ("markdown", "## Head", '<h2 class="md-heading">Head</h2>'),
        (
            "markdown",
            "- a\n  - b\n- c",
            '<ul class="rich-list"><li>a<ul class="rich-list"><li>b</li></ul></li><li>c</li></ul>',
        ),
        ("markdown", "\\*plain\\*", '<p class="md-paragraph">*plain*</p>'),
        ("markdown", "<b>x</b>", '<p class="md-paragraph">&lt;b&gt;x&lt;/b&gt;</p>'),
    ],
)
async def test_known_marks_make_known_nodes(page: Page, kind: str, text: str, html: str) -> None:
    assert (await render(page, kind, text))["html"] == html


async def test_a_table_in_markdown_keeps_its_cells_and_sides(page: Page) -> None:
    drawn = await render(page, "markdown", "| a | b |\n|:--|--:|\n| `x` | 1 |")
    assert "<code>x</code>" in drawn["html"]
    assert '<td class="at-right">1</td>' in drawn["html"]


async def test_a_bare_address_becomes_a_link_without_its_full_stop(page: Page) -> None:
    drawn = await render(page, "mrkdwn", "see https://a.example/x?y=1&amp;z=2.")
    assert drawn["links"] == ["https://a.example/x?y=1&z=2"]


async def test_a_date_is_told_in_the_readers_zone_and_language(page: Page) -> None:
    drawn = await render(page, "mrkdwn", "<!date^1700000000^{date_num} {time}|then>")
    assert drawn["text"] == "2023. 11. 15. 오전 7:13"


async def test_a_long_line_of_lone_marks_is_drawn_whole(page: Page) -> None:
    for kind, text in (("mrkdwn", "*a" * 6000), ("markdown", "_a" * 6000), ("markdown", "[" * 6000)):
        assert (await render(page, kind, text))["text"] == text

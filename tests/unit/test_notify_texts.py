"""Any text becomes a mail, a Jira document or wiki markup that shows it, and nothing but it."""

import json
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.redaction import clean_text
from tests.support.outgoing import AT, mail
from tools.connectors.jira_documents import as_document, as_wiki, plain
from tools.connectors.mail_documents import as_html, compose, is_address, sender_of

SPECS = Path(__file__).parents[1] / "data" / "specs"
DOCUMENT = jsonschema.Draft4Validator(
    json.loads((SPECS / "atlassian-document.schema.json").read_text("utf-8"))
)
SENDER = sender_of("Operations <ops@example.com>")
PIECES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "\n",
            "\n\n",
            "- point",
            "* star",
            "<script>alert(1)</script>",
            "https://wiki.example/a_b?c=1&d=2.",
            "[x|https://evil.example]",
            "{code}",
            "\r\nBcc: everybody@example.com",
            "한국어",
            "h1. big",
            "\\",
            "\u202e",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
ANY = settings(max_examples=80, deadline=None)


class Shown(HTMLParser):
    """Collects the tags and the words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def squeezed(text: str) -> str:
    """Return the words of a text, without its points and spaces."""
    lines = re.split(r"\r\n|\r|\n", text)
    return "".join(re.sub(r"^\s{0,3}[-*•]\s+", "", clean_text(line).rstrip()) for line in lines).replace(
        " ", ""
    )


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def built(**changes: str) -> EmailMessage:
    assert SENDER is not None
    message = compose(mail(**changes), key="k", to="mina@example.com", sender=SENDER, at=AT)
    return message_from_bytes(message.as_bytes(), policy=default)


@ANY
@given(text=TEXTS)
def test_html_shows_the_text_and_has_no_tag_of_its_own(text: str) -> None:
    shown = Shown(as_html(text))

    assert shown.tags <= {"html", "body", "p", "br", "ul", "li", "a"}
    assert bare(squeezed(text)) == bare("".join(shown.words))
    assert all(link.startswith(("https://", "http://")) for link in shown.links)


@ANY
@given(subject=TEXTS, text=TEXTS, thread=TEXTS)
def test_no_text_can_add_a_header_or_a_recipient(subject: str, text: str, thread: str) -> None:
    message = built(subject=subject, text=text, thread=thread)

    assert {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"} <= set(message.keys())
    assert message["Bcc"] is None
    assert "mina@example.com" == str(message["To"])
    assert len(message.keys()) == len(set(message.keys()))
    assert bare(clean_text(text)) == bare(message.get_body(("plain",)).get_content())


def test_the_same_message_is_the_same_mail_byte_for_byte() -> None:
    assert built(subject="a", thread="t").as_bytes() == built(subject="a", thread="t").as_bytes()


def test_a_signature_stays_one() -> None:
    text = built(text="words\n\n-- \nops-monitor").get_body(("plain",)).get_content()

    assert "words\n\n-- \nops-monitor\n" == text.replace("\r\n", "\n")


def test_html_of_a_caller_is_kept() -> None:
    assert "<b>kept</b>" in built(html="<b>kept</b>").get_body(("html",)).get_content()


@ANY
@given(text=TEXTS)
def test_no_address_has_room_for_a_second_one(text: str) -> None:
    if is_address(text):
        assert 1 == text.count("@")
        assert not re.search(r"[\s,;<>()\[\]:\"\\]", text)


def test_addresses_that_people_have_are_addresses() -> None:
    good = ["a@example.com", "first.last+tag@mail.example.co.kr", "ops-monitor@localhost"]
    bad = ["", "a", "@b", "a@", ".a@b.c", "a.@b.c", "a@b..c", "a@.b", "a@b.", "한@example.com", "a@b,c@d"]

    assert (good, []) == ([a for a in good if is_address(a)], [a for a in bad if is_address(a)])


@ANY
@given(text=TEXTS)
def test_a_document_is_valid_and_says_the_text(text: str) -> None:
    document = as_document(text)

    assert [] == [error.message[:200] for error in DOCUMENT.iter_errors(document)]
    assert bare(squeezed(text)) == bare(plain(document))


@ANY
@given(text=TEXTS)
def test_wiki_markup_says_the_text_and_escapes_what_would_be_markup(text: str) -> None:
    markup = as_wiki(text)
    without_links = re.sub(r"https?://[^\s<>\"'`|\\^{}\[\]]+", "", markup)

    assert bare(squeezed(text)) == bare(plain(markup))
    assert not re.search(r"(?<!\\)(?:\\\\)*[{}\[\]|!]", without_links)


def test_a_document_that_is_too_long_is_cut() -> None:
    assert len(plain(as_document("word " * 20_000))) <= 30_001
    assert 1 == len(as_document("")["content"])

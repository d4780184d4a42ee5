"""Matchers read as Alertmanager's, hold as they say, and any text gives matchers or one clear complaint."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.malformed import Malformed
from agent.domain.matchers import Matcher, Operator, all_hold, parse_matchers

LABELS = {"alertname": "HighErrorRate", "service": "payment", "메모": "a, b", "empty": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('alertname="HighErrorRate"', True),
        ("alertname=HighErrorRate", True),
        ('{alertname="HighErrorRate",service!="checkout"}', True),
        ('{ alertname =~ "High.*" , service =~ "pay|check" , }', False),
        ('alertname=~"High.*",service=~"payment|checkout"', True),
        ('alertname=~"High"', False),
        ('service!~"check.*"', True),
        ('absent=""', True),
        ('absent!=""', False),
        ('empty=""', True),
        ('"메모"="a, b"', True),
        ('메모="a, b"', True),
        ("", True),
        ("{}", True),
    ],
)
def test_matchers_hold_as_alertmanagers_do(text: str, expected: bool) -> None:
    assert all_hold(parse_matchers(text), LABELS) is expected


def test_names_operators_and_escapes_are_read() -> None:
    found = parse_matchers(r'{"odd name"!="a\"b\\c\nd",b=c}')

    assert found == (
        Matcher(name="odd name", operator=Operator.NOT_EQUAL, value='a"b\\c\nd'),
        Matcher(name="b", operator=Operator.EQUAL, value="c"),
    )


@pytest.mark.parametrize(
    ("text", "position", "what"),
    [
        ("alertname", 10, "expected =, !=, =~ or !~"),
        ('alertname="x', 11, "does not end"),
        ('a="x" b="y"', 7, "expected a comma"),
        ('{a="x"', 7, "expected }"),
        ('a="x"}', 6, "expected a comma"),
        ('a=~"("', 4, "not a regular expression"),
        ('a=~"[[:alpha:]]"', 4, "not a regular expression"),
        ('="x"', 1, "expected a label name"),
        ('""="x"', 4, "needs a label name"),
        (r'a="\q"', 3, "unknown escape"),
        ("a=,", 3, "expected a value"),
        ('{a="x"} b', 9, "expected the end"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, position: int, what: str) -> None:
    with pytest.raises(Malformed) as complaint:
        parse_matchers(text)

    assert f"position {position}: " in complaint.value.sentence
    assert what in complaint.value.sentence


def test_an_endless_list_is_refused() -> None:
    with pytest.raises(Malformed, match="at most"):
        parse_matchers("a=b," * 2000)


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_matchers(text)
    except Malformed:
        return
    all_hold(found, LABELS)


@settings(max_examples=100)
@given(st.text(alphabet='{}=!~,"\\ abAB(|)*\n', max_size=40))
def test_any_near_miss_is_read_or_refused(text: str) -> None:
    try:
        parse_matchers(text)
    except Malformed:
        return


matchers = st.builds(
    Matcher,
    name=st.text(min_size=1, max_size=20),
    operator=st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]),
    value=st.text(max_size=30),
)


@settings(max_examples=100)
@given(st.lists(matchers, max_size=5), st.booleans())
def test_the_text_form_reads_back(some: list[Matcher], braced: bool) -> None:
    text = ",".join(map(str, some))

    assert list(parse_matchers(f"{{{text}}}" if braced else text)) == some


@settings(max_examples=100)
@given(matchers, st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=4))
def test_a_matcher_and_its_negation_never_agree(matcher: Matcher, labels: dict[str, str]) -> None:
    opposite = {Operator.EQUAL: Operator.NOT_EQUAL, Operator.NOT_EQUAL: Operator.EQUAL}[matcher.operator]

    assert matcher.holds(labels) is not matcher.model_copy(update={"operator": opposite}).holds(labels)

"""The part of InfluxQL that objectives are counted in: what is taken, and what is said of a mistake."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.influxql import rendered, selection

COUNT = "SELECT sum(count) FROM requests WHERE <time> AND service = 'x' GROUP BY time(<window>)"


def test_what_a_query_selects_is_told() -> None:
    found = selection(
        'select sum(fresh) from (select non_negative_difference(seen) as fresh from "rp"."m 1" '
        "where service = 'checkout' and status !~ /^5/ group by *) where <time> group by time(<window>), pod"
    )

    assert (("sum",), ('"rp"."m 1"',), True) == (found.functions, found.sources, found.apart)
    assert {"seen", "service", "status", "pod"} == found.names


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("SELECT", "SELCT", "SELECT is expected"),
        ("sum(", "summ(", "did you mean sum?"),
        ("sum(count)", "count", "is no function of a field"),
        ("sum(count)", "sum (count)", "is no function of a field"),
        ("sum(count)", "1", "a function must stand in it"),
        ("sum(count)", "sum(count), sum(bad)", "more than one value"),
        ("sum(count)", "sum(user)", 'write "user"'),
        ("sum(count)", "sum(count) INTO other", "FROM is expected"),
        ("<time> AND ", "", "the time asked for must stand in it"),
        ("<time> AND", "<time> OR", "in brackets"),
        ("<time> AND service = 'x'", "(<time> AND service = 'x')", "outside of brackets"),
        ("<time>", "time > now() - 1h", "leave times out"),
        ("'x'", "checkout", "write 'checkout'"),
        ("= 'x'", "=~ 'x'", "no expression"),
        ("= 'x'", "=~ /[/", "cannot be read"),
        ("'x'", "'x", "add what closes it"),
        ("time(<window>)", "time(5m)", "write time(<window>)"),
        (" GROUP BY time(<window>)", "", "end with GROUP BY time(<window>)"),
        ("time(<window>)", "time(<window>) fill(0)", "invents data"),
        ("time(<window>)", "time(<window>) LIMIT 1", "end the query after"),
        ("time(<window>)", "time(<window>); DROP DATABASE ops", "; at character"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(old: str, new: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        selection(COUNT.replace(old, new))


def test_inner_queries_do_not_go_on_for_ever() -> None:
    with pytest.raises(ValueError, match="deep at most"):
        selection("SELECT sum(a) FROM (" * 500)


@given(st.text(max_size=200) | st.lists(st.sampled_from(COUNT.split(" ")), max_size=12).map(" ".join))
def test_any_text_is_taken_or_refused_with_a_sentence(text: str) -> None:
    try:
        found = selection(text)
    except ValueError:
        # Any other error would be one of ours.
        return
    assert found.functions
    assert found.sources


def test_slices_lie_on_the_start() -> None:
    assert (
        "SELECT sum(count) FROM requests WHERE  time >= 1000s AND time < 1700s  AND service = 'x' "
        "GROUP BY time(350s, 300s)"
    ) == rendered(COUNT, 350, 1000.0, 1700.0)

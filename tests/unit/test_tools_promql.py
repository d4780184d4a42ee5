"""Free PromQL is checked before it is sent, and no answer has more points than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadInput
from tools.metrics_collector.promql import MAX_POINTS, check, step_for


@pytest.mark.parametrize(
    "query",
    [
        "up",
        ' sum by (service) (rate(http_requests_total{status=~"5.."}[5m])) / 2 ',
        "histogram_quantile(0.95, sum(rate(x_bucket[5m])) by (le))",
        "max_over_time(up[1h:5m] offset 3d)",
    ],
)
def test_queries_of_the_guide_pass(query: str) -> None:
    assert query.strip() == check(query)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "empty"),
        ("sum(rate(x[5m])", "end of the query"),
        ("rate(ai_tokens_used_total[5m]) by (model)", "character 32"),
        ("up{a=b}", "character 4"),
        ("x y", "character 3"),
        ("(" * 60 + "x" + ")" * 60, "nested deeper"),
        ("x" * 3000, "longer than"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(query: str, place: str) -> None:
    with pytest.raises(BadInput, match=place) as caught:
        check(query)

    assert "promql" == caught.value.field


@given(st.text(st.sampled_from("abx_{}[]()\"=~!5m,+-*/. by sum\\'`"), max_size=60) | st.text(max_size=60))
def test_any_text_passes_or_is_bad_input(query: str) -> None:
    try:
        assert query.strip() == check(query)
    except BadInput as error:
        assert error.user_message  # noqa: PT017 - either end is right, and both are looked at


@given(st.integers(min_value=1, max_value=400 * 86400))
def test_no_range_has_more_points_than_allowed(seconds: int) -> None:
    step = step_for(seconds)

    assert 0 < seconds / step <= MAX_POINTS

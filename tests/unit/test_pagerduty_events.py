"""PagerDuty's events: whatever arrives is news or refused, and only the secret signs."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadInput, NotPermitted
from agent.transport.http.pagerduty_events import parse_news, require_signature
from demo.vendors.pagerduty_hooks import signed

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
event_fields = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(max_size=300) | json_values,
        "event_type": st.sampled_from(["incident.annotated", "incident.resolved", "pagey.ping"])
        | json_values,
        "occurred_at": st.sampled_from(["2026-02-31T00:00:00Z", "2026-11-22T12:00:00+09:00", "x"])
        | json_values,
        "agent": json_values
        | st.fixed_dictionaries({"id": json_values, "type": json_values, "summary": json_values}),
        "data": json_values
        | st.fixed_dictionaries(
            {
                "incident": json_values,
                "incident_key": json_values,
                "assignees": json_values,
                "content": json_values,
            }
        ),
    },
)


@given(st.binary(max_size=200) | st.builds(lambda e: json.dumps({"event": e}).encode(), event_fields))
@settings(max_examples=150)
def test_whatever_arrives_is_news_or_bad_input(body: bytes) -> None:
    try:
        news = parse_news(body)
    except BadInput:
        return
    assert news.id
    assert news.kind
    assert len(news.words) <= 3000
    assert len(news.key) <= 300


@given(st.binary(max_size=100), st.text(min_size=1, max_size=40), st.text(max_size=100))
def test_only_the_secret_signs(body: bytes, secret: str, given_header: str) -> None:
    require_signature({"X-PagerDuty-Signature": signed(body, secret)}, body, [secret])
    with pytest.raises(NotPermitted):
        require_signature({"X-PagerDuty-Signature": given_header}, body, [secret])
    with pytest.raises(NotPermitted):
        require_signature({"X-PagerDuty-Signature": signed(body, secret)}, body + b"x", [secret])

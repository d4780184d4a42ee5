"""Trace context: what is well formed is continued, everything else starts a trace of its own."""

from hypothesis import given
from hypothesis import strategies as st

from demo.shop.trace import new_span

HEX = "0123456789abcdef"


@given(
    st.text(HEX, min_size=32, max_size=32).filter(lambda t: set(t) != {"0"}),
    st.text(HEX, min_size=16, max_size=16),
)
def test_a_well_formed_header_keeps_its_trace(trace: str, span: str) -> None:
    continued = new_span(f"00-{trace}-{span}-01")
    assert continued.trace_id == trace
    assert continued.header().startswith(f"00-{trace}-")


@given(st.text())
def test_anything_else_starts_a_new_valid_trace(noise: str) -> None:
    span = new_span(noise)
    assert new_span(span.header()).trace_id == span.trace_id

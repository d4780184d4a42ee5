"""Looks at third parties over real connections: what counts as up, what is not followed, and what cannot be read."""

import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.app.outposts import look_at
from agent.domain.outpost import Looked, OutpostState, is_public
from agent.errors import Unavailable
from tests.support.outposts import ThirdParty, outpost, third_party
from tools.connectors.outside import Outside
from tools.connectors.public_status import _judged

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
async def party() -> AsyncIterator[ThirdParty]:
    async with third_party() as found:
        yield found


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    found = Outside(max_bytes=100_000)
    yield found
    await found.close()


def page(indicator: object = "none", **components: str) -> bytes:
    """Return a status page's summary."""
    listed = [{"id": name, "name": name, "status": status} for name, status in components.items()]
    status = {"indicator": indicator, "description": "All Systems Operational"}
    return json.dumps({"page": {"id": "p"}, "status": status, "components": listed, "incidents": []}).encode()


@pytest.mark.parametrize(
    ("status", "expect", "up", "detail"),
    [
        (200, {}, True, "answers 200"),
        (204, {"status": [200, 204]}, True, "answers 204"),
        (200, {"text": "ok"}, True, "answers 200"),
        (200, {"text": "fine"}, False, "answers without the text that is expected"),
        (503, {}, False, "answers 503 instead of 200"),
        (302, {}, False, "answers 302 instead of 200"),
        (302, {"status": [302]}, True, "answers 302"),
    ],
)
async def test_an_address_is_up_when_it_answers_as_expected(
    party: ThirdParty, outside: Outside, status: int, expect: dict[str, Any], up: bool, detail: str
) -> None:
    party.status, party.headers = status, {"Location": "/elsewhere"} if status == 302 else {}
    looked = await look_at(outside, outpost(f"{party.url}/health?deep=1", expect=expect))

    assert (looked.state is OutpostState.UP, looked.detail) == (up, detail)
    assert looked.seconds is not None
    assert party.asked == ["/health"]
    assert {"Cookie", "Authorization"}.isdisjoint(party.seen[0])


async def test_nobody_there_is_down_without_a_time(outside: Outside) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        looked = await look_at(outside, outpost(f"http://127.0.0.1:{taken.getsockname()[1]}/x?key=1"))

    assert (looked.state, looked.seconds) == (OutpostState.DOWN, None)
    assert "cannot be reached" in looked.detail
    assert "key" not in looked.detail


async def test_an_answer_that_takes_too_long_is_down(outside: Outside) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable, match=r"did not answer within 0\.1 s"):
            await outside.get(url, timeout_seconds=0.1, private=True)


async def test_only_the_beginning_of_a_large_answer_is_read(party: ThirdParty, outside: Outside) -> None:
    party.body = b"x" * 3_000_000
    answered = await outside.get(party.url, timeout_seconds=30, private=True)

    assert len(answered.body) == 100_000


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_our_own_network_is_asked_only_where_the_policy_says_so(
    party: ThirdParty, outside: Outside, host: str
) -> None:
    url = party.url.replace("127.0.0.1", host)
    with pytest.raises(Unavailable):
        await outside.get(url, timeout_seconds=30)

    assert party.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("fd00::1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("example.org", None),
    ],
)
def test_which_addresses_are_public(address: str, public: bool | None) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("indicator", "down_from", "state"),
    [
        ("none", "minor", OutpostState.UP),
        ("maintenance", "minor", OutpostState.UP),
        ("minor", "major", OutpostState.UP),
        ("minor", "minor", OutpostState.DOWN),
        ("major", "major", OutpostState.DOWN),
        ("critical", "critical", OutpostState.DOWN),
        ("purple", "minor", OutpostState.UNKNOWN),
        (None, "minor", OutpostState.UNKNOWN),
        (["none"], "minor", OutpostState.UNKNOWN),
    ],
)
async def test_what_a_status_page_says_of_itself(
    party: ThirdParty, outside: Outside, indicator: object, down_from: str, state: OutpostState
) -> None:
    party.body = page(indicator)
    looked = await look_at(outside, outpost(party.url, kind="statuspage", down_from=down_from))

    assert looked.state is state
    assert party.asked == ["/api/v2/summary.json"]


async def test_only_the_named_components_count_and_a_missing_one_is_unknown(
    party: ThirdParty, outside: Outside
) -> None:
    party.body = page("critical", API="operational", Web="major_outage")
    mine = outpost(party.url, kind="statuspage", components=["API"])
    assert (await look_at(outside, mine)).state is OutpostState.UP

    both = mine.model_copy(update={"components": ("API", "Web")})
    looked = await look_at(outside, both)
    assert (looked.state, looked.detail) == (OutpostState.DOWN, "says of itself: trouble with Web")

    gone = await look_at(outside, mine.model_copy(update={"components": ("Mail",)}))
    assert (gone.state, gone.detail) == (OutpostState.UNKNOWN, "the status page has no component Mail")


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"{}"), (200, b"<html>"), (200, b"[" * 50_000), (200, b"[1]")]
)
async def test_a_page_that_cannot_be_read_says_nothing(
    party: ThirdParty, outside: Outside, status: int, body: bytes
) -> None:
    party.status, party.body = status, body
    looked = await look_at(outside, outpost(f"{party.url}/summary.json", kind="statuspage"))

    assert looked.state is OutpostState.UNKNOWN
    assert party.asked == ["/summary.json"]


@settings(max_examples=60, deadline=None)
@given(page=_JSON, names=st.lists(st.text(max_size=8), max_size=2))
def test_any_json_gives_a_look(page: object, names: list[str]) -> None:
    assert isinstance(_judged(page, names, 1, 0.1), Looked)

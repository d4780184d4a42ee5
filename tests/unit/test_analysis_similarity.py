"""Misspelt names find the known one, and unlike words find nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.similarity import closest

SERVICES = ("checkout", "payment", "catalog", "ledger-db", "storefront")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("chekout", "checkout"),
        ("Payment", "payment"),
        ("paymnet", "payment"),
        ("ledgerdb", "ledger-db"),
        ("weather", None),
        ("", None),
    ],
)
def test_the_nearest_known_name_is_meant(written: str, meant: str | None) -> None:
    assert meant == closest(written, SERVICES)


@given(st.text(max_size=40))
def test_a_known_name_always_finds_itself(word: str) -> None:
    assert closest(word, [word, "something else entirely"]) is not None

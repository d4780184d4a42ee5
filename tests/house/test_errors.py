"""One error tree: its drawing is true, and each error answers the two questions callers have."""

import inspect

import pytest

from agent import errors

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.OpsError)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.__name__)
def test_every_error_is_in_the_drawing(error: type[errors.OpsError]) -> None:
    assert f" {error.__name__} " in f" {' '.join((errors.__doc__ or '').split())} "


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    retryable = {c.__name__ for c in CLASSES if c.retryable}

    assert retryable == {"Unavailable", "TimedOut", "Overloaded"}

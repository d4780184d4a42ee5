"""What every command of the terminal shares: its settings, its event loop, and errors as one sentence."""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from agent.errors import BadInput, OpsError

if TYPE_CHECKING:
    from agent.settings import Settings


@contextmanager
def told() -> Iterator[None]:
    """Tell a person what is wrong in one sentence; only what nobody foresaw may show its trace."""
    try:
        yield
    except OpsError as error:
        field = error.field if isinstance(error, BadInput) else ""
        raise click.ClickException(
            f"{field}: {error.user_message}" if field else error.user_message
        ) from error


def settings_of(secrets_dir: str | None) -> "Settings":
    """Return the settings, or tell which one is wrong."""
    from agent.settings import load_settings

    with told():
        return load_settings(secrets_dir)


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run a command to its end and exit with its code."""
    with told():
        try:
            code = asyncio.run(work)
        except KeyboardInterrupt:
            code = 130
    if code:
        sys.exit(code)

"""Databases for tests: `database` and `store` come once per engine, `postgres_server` is shared by a whole run.

It also says which modules begin first.
"""

import gc
import signal
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from agent.store.engine import SqlStore
from tests.support.store import SharedPostgres, hasten_sqlite, opened

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.backend)]


# Deep enough for laws about our own values; who reads what strangers wrote asks for more. How long an example takes says
# more about the machine than about the code.
settings.register_profile("house", max_examples=60, deadline=None)
settings.load_profile("house")


def pytest_configure() -> None:
    """Save what thousands of short tests would spend on anything but their subject."""
    # A test leaves little garbage, and what a run has loaded is much to look through.
    gc.set_threshold(10_000, 20, 20)
    hasten_sqlite()
    # Unless a command says otherwise, structlog draws a trace with boxes and values, which takes half a second.
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback
    # Around each coroutine asyncio asks for the handler of Ctrl-C, and the answer spells out all that the task returned.
    # With a handler that is not Python's own it installs none.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _stop)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def pytest_collection_finish() -> None:
    """Take what was loaded to be there for good."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that may take longest, or the last of them would run alone at the end."""
    patience: defaultdict[Path, tuple[float, bool]] = defaultdict(lambda: (0.0, False))
    for item in items:
        timeout, slow = item.get_closest_marker("timeout"), item.get_closest_marker("slow")
        seconds = float(timeout.args[0]) if timeout and timeout.args else 0.0
        patience[item.path] = max(patience[item.path], (seconds, slow is not None))
    items.sort(key=lambda item: patience[item.path], reverse=True)


@pytest.fixture(autouse=True)
def logs_go_where_they_went() -> Iterator[None]:
    yield
    # A command that was tried writes its logs to that test's standard error, which is closed by now.
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedPostgres]:
    shared = SharedPostgres(tmp_path_factory.mktemp("postgres"))
    shared.start()
    yield shared
    shared.stop()


@pytest.fixture
def postgres_database(postgres_server: SharedPostgres) -> Iterator[str]:
    url = postgres_server.fresh()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ops.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
async def store(database: str) -> AsyncIterator[SqlStore]:
    async with opened(database) as found:
        yield found

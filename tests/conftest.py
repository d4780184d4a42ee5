"""Databases for tests: `database` and `store` come once per engine, `postgres_server` is shared by a whole run.

It also says which modules begin first.
"""

import gc
import os
import signal
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from xdist.remote import Producer

from agent.store.engine import SqlStore
from demo.backends import process
from tests.support.store import SharedPostgres, hasten_sqlite, opened
from tests.support.units import Units

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.backend)]


# Deep enough for laws about our own values; who reads what strangers wrote asks for more. How long an example takes says
# more about the machine than about the code.
# The same examples each time: who changes nothing sees nothing fail. `--hypothesis-profile search` looks for new ones.
settings.register_profile("search", max_examples=300, deadline=None)
settings.register_profile("house", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_configure() -> None:
    """Save what thousands of short tests would spend on anything but their subject."""
    # A test leaves little garbage, and what a run has loaded is much to look through.
    gc.set_threshold(10_000, 20, 20)
    hasten_sqlite()
    take_own_ports()
    # Unless a command says otherwise, structlog draws a trace with boxes and values, which takes half a second.
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback
    # Around each coroutine asyncio asks for the handler of Ctrl-C, and the answer spells out all that the task returned.
    # With a handler that is not Python's own it installs none.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _stop)


def take_own_ports() -> None:
    """Leave other workers their ports: one that is chosen here is often bound only much later."""
    count, worker = os.environ.get("PYTEST_XDIST_WORKER_COUNT"), os.environ.get("PYTEST_XDIST_WORKER", "")
    if count is not None and worker.startswith("gw"):
        lowest, highest = process.UNUSED_BY_THE_SYSTEM
        width = (highest - lowest) // int(count)
        mine = lowest + width * int(worker.removeprefix("gw"))
        process.UNUSED_BY_THE_SYSTEM = (mine, mine + width)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def pytest_collection_finish() -> None:
    """Take what was loaded to be there for good."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, or the last of it would run alone at the end."""
    needed: defaultdict[str, float] = defaultdict(float)
    for item in items:
        needed[_unit(item)] = max(needed[_unit(item)], _seconds(item))
    items.sort(key=lambda item: needed[_unit(item)], reverse=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Units | None:
    """Give out the work as it is marked, where whole files are wanted together."""
    return Units(config, log) if config.getvalue("dist") == "loadfile" else None


def _unit(item: pytest.Item) -> str:
    return item.nodeid if item.get_closest_marker("alone") else item.path.stem


def _seconds(item: pytest.Item) -> float:
    slow = item.get_closest_marker("slow")
    return 0.0 if slow is None else float(slow.args[0]) if slow.args else 10.0


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

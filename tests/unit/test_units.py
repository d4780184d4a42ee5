"""How a parallel run is given out: modules whole, lone tests one by one, and few demos beside each other."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.units import DEMOS_AT_ONCE, Units

WORKERS = 5


class Worker:
    """Remembers what it was told to run."""

    shutting_down = False

    def __init__(self, number: int) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.told: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.told += indices

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.fixture
def root(tmp_path: Path) -> Path:
    marks = {f"demo_{n}": "pytest.mark.demo" for n in range(6)} | {"lone": "pytest.mark.alone", "plain": ""}
    for name, mark in marks.items():
        (tmp_path / f"test_{name}.py").write_text(f"pytestmark = [{mark}]")
    return tmp_path


def given(root: Path, *tests: str) -> tuple[Units, dict[str, list[str]]]:
    """Return the scheduler and what each worker was given at the start."""
    config: Any = SimpleNamespace(
        rootpath=root,
        getvalue=lambda name: ["popen"] * WORKERS,
        option=SimpleNamespace(loadscopereorder=False),
    )
    units, workers = Units(config), [Worker(number) for number in range(WORKERS)]
    for worker in workers:
        units.add_node(worker)
        units.add_node_collection(worker, tests)
    units.schedule()
    return units, {worker.gateway.id: [tests[i] for i in worker.told] for worker in workers}


def test_no_more_than_a_few_demos_run_beside_each_other(root: Path) -> None:
    demos = [f"test_demo_{n}.py::test_{step}" for n in range(6) for step in range(5)]
    lone = [f"test_lone.py::test_{n}" for n in range(20)]
    _, started = given(root, *demos, *lone)

    assert DEMOS_AT_ONCE == sum(any("demo" in test for test in tests) for tests in started.values())
    assert all(started.values())


def test_a_module_stays_whole_and_lone_tests_do_not(root: Path) -> None:
    plain = [f"test_plain.py::test_{n}" for n in range(9)]
    lone = [f"test_lone.py::test_{n}" for n in range(8)]
    _, started = given(root, *plain, *lone)

    assert plain in started.values()
    assert {1, 2, 9} >= {len(tests) for tests in started.values()}


def test_where_only_demos_are_left_nobody_idles(root: Path) -> None:
    demos = [f"test_demo_{n}.py::test_{step}" for n in range(6) for step in range(5)]
    _, started = given(root, *demos)

    assert all(started.values())

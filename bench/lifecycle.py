"""Lives of incidents: whatever happens, and whenever the process dies, nobody is called twice and no timer is lost.

Method: 200 randomised lives (12 with --quick), each on a SQLite database of its own with a clock that only the life moves.
Up to four incidents are declared, merged, split, escalated by hand, handed off, acknowledged (in chat and by the pager, each
twice), mitigated, resolved, reopened and given other priorities, while messages are carried, refused or left lying, replies
posted, and the clock runs, jumps hours ahead or is set back by up to two hours. The product's clock of life looks after every
event: in a fifth of the looks its process state is dropped at a random database statement, which abandons the transaction,
and in a quarter of the lives another process does part of the looks and is ended by `kill -9`. After each event the database
is compared with a model of the rules (`bench/lifecycle_model.py`) that shares no code with the product. `illegal_states`
counts incidents or calls in a state that the model does not have, and words, reminders or targets too many; `lost_timers`
counts calls, reminders, targets, words to audiences and words to the pager that are owed and not there; `double_pages` counts
calls (and words to the pager) too many. `lives_clean_low` is the lower end of the 95 % interval (Clopper-Pearson) of the
share of lives without any of them, 0 when there is one.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from multiprocessing.context import BaseContext
from pathlib import Path

from agent.policy.load import Policies
from agent.store.engine import open_store
from bench.figures import report
from bench.lifecycle_judge import Outcome
from bench.lifecycle_life import LivedLife
from bench.lifecycle_world import policies

FULL, QUICK = 200, 12
EVENTS = 60
_KEYS = ("illegal_states", "lost_timers", "double_pages", "kills", "crashes")


async def one_life(
    folder: Path, template: Path, rules: Policies, seed: int, context: BaseContext | None
) -> Outcome:
    """Live one life on a database of its own."""
    path = folder / f"life-{seed}.db"
    shutil.copy(template, path)
    store = await open_store(f"sqlite:///{path}")
    try:
        life = LivedLife(store, f"sqlite:///{path}", rules, random.Random(seed), context)
        return await life.play(EVENTS)
    finally:
        await store.close()
        path.unlink()


def _context() -> BaseContext:
    """Return a way to start processes that have loaded the product already."""
    os.environ["PYTHONWARNINGS"] = "ignore::RuntimeWarning"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bench.lifecycle", "agent.store.migrate"])
    return context


async def measure(lives: int, seed: int, say: Callable[[str], None]) -> dict[str, float | int]:
    """Live them all and count."""
    rules, context = policies(), _context()
    counted: Counter[str] = Counter()
    clean = 0
    with tempfile.TemporaryDirectory(prefix="ops-lives-") as name:
        folder = Path(name)
        template = folder / "template.db"
        await (await open_store(f"sqlite:///{template}")).close()
        for number in range(lives):
            outcome = await one_life(
                folder, template, rules, seed + number, context if number % 4 == 0 else None
            )
            clean += not outcome.said
            counted.update({key: getattr(outcome, key) for key in _KEYS})
            counted["events"] += sum(outcome.deeds.values())
            for sentence in outcome.said[:3]:
                say(f"life {seed + number}: {sentence}")
    low = (0.025 ** (1 / lives)) if clean == lives else 0.0
    return {"lives": lives, **{key: counted[key] for key in (*_KEYS, "events")}, "lives_clean_low": low}


def _silent(_: str) -> None:
    """Say nothing, for a program that reads the last line only."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a shorter run, under 45 s")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    parser.add_argument("--lives", type=int, help="how many lives instead of the full number")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--data", help="a folder with data (unused)")
    given = parser.parse_args()
    lives = given.lives or (QUICK if given.quick else FULL)
    report(
        asyncio.run(measure(lives, given.seed, _silent if given.json else print)),
        only_json=given.json,
    )


if __name__ == "__main__":
    main()

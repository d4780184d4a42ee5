"""What a crash costs: `kill -9` at random and chosen moments of an approved action's life, effects counted outside.

Method: each run has a database of its own (SQLite: one replica; PostgreSQL: two replicas on one database), an incident,
and one action that is proposed, approved and verified by the product's own store, queue and execution (short leases,
toy backend). A world in another process counts every effect and kills the replica that asks at the run's moment: before
or after the effect, while checking, while verifying (the verdict is "worse" in the undo runs), before or after the undo;
the runner kills it before, while and after the click. Every click is sent twice with one key, as Slack repeats it, and
once more by a second person at the same time; after a crash unanswered clicks are repeated. In a tenth of the runs the
world cannot tell afterwards whether an effect happened. Killed replicas are started again; a run ends when its action
has ended or asks for a person. `double_effects` counts runs with more than one effect (or undo), `lost` those whose
accepted approval led to nothing within 30 s, `unknown` those that ended by asking a person.
"""

import argparse
import asyncio
import multiprocessing
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.domain.action import ActionState
from agent.policy.load import load_policies
from agent.store.engine import open_store
from bench.crash_run import Crowd, one_run
from bench.crash_world import MOMENTS, UNDOING, CrashWorld, Run
from bench.figures import report
from demo.backends.postgres import PostgresServer

FULL = {"sqlite": 1000, "postgresql": 200}
QUICK = {"sqlite": 40, "postgresql": 10}
POLICIES = Path(__file__).resolve().parent.parent / "policies"
AT_ONCE = {"sqlite": 6, "postgresql": 3}


def plan_of(number: int, chance: random.Random) -> Run:
    """Return what happens in a run; every moment comes equally often."""
    moment = MOMENTS[number % len(MOMENTS)]
    return Run(moment=moment, worse=moment in UNDOING or chance.random() < 0.15, hidden=chance.random() < 0.1)


async def measure(engine: str, runs: int, seed: int, say: Callable[[str], None]) -> dict[str, float | int]:
    """Do the runs, several at a time, and count."""
    chance = random.Random(seed)
    policies = load_policies(POLICIES)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="ops-crash-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        async with CrashWorld(home / "world", chance) as world, databases(engine, home) as database:
            gate = asyncio.Semaphore(AT_ONCE[engine])
            crowd = Crowd(multiprocessing.get_context("forkserver"))

            async def run(number: int) -> None:
                async with gate:
                    name = f"target-{number}"
                    world.runs[name] = plan_of(number, chance)
                    result = await one_run(
                        crowd,
                        world,
                        policies,
                        home,
                        name,
                        await database(name),
                        replicas=2 if engine == "postgresql" else 1,
                    )
                    found.update(_counted(world.runs[name], result))
                    if result.problem:
                        say(f"{name} ({world.runs[name].moment}): {result.problem}")

            await asyncio.gather(*(run(number) for number in range(runs)))
    keys = ("double_effects", "lost", "unknown", "kills", "succeeded", "undone")
    return {"runs": runs, **{key: found[key] for key in keys}}


def _counted(run: Run, result: Any) -> dict[str, int]:
    return {
        "double_effects": int(len(run.effects) > 1 or len(run.undone) > 1),
        "lost": int(result.lost),
        "unknown": int(result.state is ActionState.UNKNOWN),
        "kills": result.kills,
        "succeeded": int(result.state is ActionState.SUCCEEDED),
        "undone": int(result.state is ActionState.UNDONE),
    }


@asynccontextmanager
async def databases(engine: str, home: Path) -> AsyncIterator[Callable[[str], Any]]:
    """Yield a way to get a fresh database for a run."""
    if engine == "sqlite":
        template = home / "template.db"
        await (await open_store(f"sqlite:///{template}")).close()

        async def file(name: str) -> str:
            shutil.copy(template, home / f"{name}.db")
            return f"sqlite:///{home / name}.db"

        yield file
        return
    async with PostgresServer(home / "postgres") as server:
        await (await open_store(await server.create_database("fresh"))).close()
        one_by_one = asyncio.Lock()

        async def made(name: str) -> str:
            # A template may have one copier at a time.
            async with one_by_one:
                return await server.create_database(name, template="fresh")

        yield made


def _silent(_: str) -> None:
    """Say nothing, for a program that reads the last line only."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=sorted(FULL), default="sqlite")
    parser.add_argument("--runs", type=int, help="how many runs instead of the full number")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--quick", action="store_true", help="a shorter run, under 45 s")
    parser.add_argument("--data", help="a folder with data (unused)")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    given = parser.parse_args()
    runs = given.runs or (QUICK if given.quick else FULL)[given.engine]
    figures = asyncio.run(measure(given.engine, runs, given.seed, _silent if given.json else print))
    report(figures, only_json=given.json)


if __name__ == "__main__":
    main()

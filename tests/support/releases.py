"""Recorded incidents with several canary releases of which one is to blame, drawn from widely different worlds."""

from dataclasses import dataclass, replace

import numpy as np

from agent.diagnosis.cases.model import Case, CaseChange, ChangeStep, Pod, Target, Truth
from tests.support.releases_telemetry import observe
from tests.support.releases_world import Plan, Release, World, grow

FAULTS = ("delay", "errors", "exceptions", "cpu", "memory", "network")


@dataclass(frozen=True, slots=True)
class Habit:
    """How one family of made incidents differs from the plain one."""

    edges: str = "mixed"
    steps: bool = True
    versions: bool = True
    same_version_calls: float = 0.2
    full: float = 0.0
    waits: float = 0.0
    few: bool = False
    noisy: bool = False
    cold: float = 0.4
    benign: float = 1.0
    logs: float = 0.3
    target: float = 0.5
    windows: bool = True
    missing: float = 0.05
    faulty: bool = True
    shop: bool = False


FAMILIES = {
    "plain": Habit(),
    "server edges": Habit(edges="server"),
    "both edges": Habit(edges="both"),
    "caller edges": Habit(edges="client"),
    "no edges": Habit(edges="none"),
    "only at": Habit(steps=False),
    "only at, no versions": Habit(steps=False, versions=False),
    "full roll-out": Habit(full=1.0),
    "versions call their own": Habit(same_version_calls=1.0),
    "few samples": Habit(few=True),
    "noisy": Habit(noisy=True, missing=0.2),
    "cold starts": Habit(cold=1.0),
    "versions differ": Habit(benign=3.0),
    "no windows": Habit(windows=False, target=0.0),
    "many services": Habit(shop=True),
    "faults that wait": Habit(waits=0.6),
}


def release_case(seed: int, habit: Habit = FAMILIES["plain"]) -> tuple[Case, Truth]:
    """Draw one incident and the release to blame; the same seed always gives the same one."""
    random = np.random.default_rng(seed)
    world = grow(random, _plan(random, habit))
    metrics, logs = observe(random, world, habit.edges, habit.missing, habit.logs)
    guilty = next((r for r in world.releases if r.fault), None)
    onset = min(r.breaks for r in world.releases if guilty is None or r is guilty)
    start, end = float(world.at[0]), float(world.at[-1])
    case = Case(
        entities=tuple(s.name for s in world.services),
        target=_target(random, world, habit, onset),
        normal=(start, float(min(r.at for r in world.releases))) if habit.windows else None,
        incident=(onset, end) if habit.windows else None,
        topology=tuple((s.name, world.services[t].name) for s in world.services for t in s.calls),
        pods={
            pod: Pod(s.name, version if habit.versions else "")
            for s in world.services
            for pod, version in zip(s.pods, s.versions, strict=True)
        },
        changes=tuple(_change(r, world, habit) for r in world.releases),
        metrics=metrics,
        logs=logs,
    )
    blamed = world.services[guilty.service].name if guilty else ""
    return case, Truth(frozenset({blamed}), guilty.fault if guilty else "", guilty.id if guilty else None)


def renamed(case: Case, names: dict[str, str]) -> Case:
    """Return the case with its services, pods and changes called otherwise."""

    def new(name: str) -> str:
        return names.get(name, name)

    def edge(text: str) -> str:
        return ">".join(new(end) for end in text.split(">")) if text else ""

    return replace(
        case,
        entities=tuple(map(new, case.entities)),
        target=replace(case.target, entity=new(case.target.entity)) if case.target else None,
        topology=tuple((new(a), new(b)) for a, b in case.topology),
        pods={new(pod): Pod(new(of.service), of.version) for pod, of in case.pods.items()},
        changes=tuple(
            replace(
                c,
                id=new(c.id),
                entity=new(c.entity),
                steps=tuple(
                    replace(
                        s,
                        new_pods=tuple(map(new, s.new_pods)),
                        removed_pods=tuple(map(new, s.removed_pods)),
                    )
                    for s in c.steps
                ),
            )
            for c in case.changes
        ),
        metrics=[replace(m, entity=new(m.entity), edge=edge(m.edge)) for m in case.metrics],
        logs=[replace(line, entity=new(line.entity)) for line in case.logs],
    )


def _plan(random: np.random.Generator, habit: Habit) -> Plan:
    interval = float(random.choice([15, 30, 60]))
    before = int(random.integers(8, 20) if habit.few else random.integers(20, 120))
    after = int(random.integers(4, 8) if habit.few else random.integers(12, 50))
    size = random.integers(15, 40) if habit.shop else random.integers(4, 13)
    return Plan(
        services=int(size),
        releases=int(random.integers(2, 7 if size > 6 else 4)),
        interval=interval,
        before=before,
        after=after,
        noise=float(random.uniform(0.2, 0.5) if habit.noisy else random.uniform(0.03, 0.2)),
        cold=habit.cold,
        benign=habit.benign,
        same_version=bool(random.random() < habit.same_version_calls),
        full=habit.full,
        waits=habit.waits,
        fault=str(random.choice(FAULTS)) if habit.faulty else "",
    )


def _change(release: Release, world: World, habit: Habit) -> CaseChange:
    steps = tuple(ChangeStep(at, new, old) for at, new, old in release.steps) if habit.steps else ()
    return CaseChange(
        release.id, release.at, world.services[release.service].name, "deployment", "a new version", steps
    )


def _target(random: np.random.Generator, world: World, habit: Habit, onset: float) -> Target | None:
    if random.random() >= habit.target:
        return None
    return Target(world.services[0].name, "latency", onset + 2 * float(world.at[1] - world.at[0]))

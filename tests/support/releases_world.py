"""A made production: services that call each other, pods, load, canary releases and what a fault does to callers."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Step = tuple[float, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The size and the manners of a world; `interval` in seconds, `before` and `after` in samples."""

    services: int
    releases: int
    interval: float
    before: int
    after: int
    noise: float
    cold: float
    benign: float
    same_version: bool
    full: float
    waits: float
    fault: str


@dataclass(slots=True)
class Service:
    """One service; arrays are pods x samples, NaN where a pod does not live."""

    name: str
    calls: tuple[int, ...]
    pods: list[str]
    versions: list[str]
    alive: NDArray[np.bool_]
    fresh: Floats
    rate: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    own: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    latency: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    errors: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    cpu: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    memory: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    raised: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    hop: Floats = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, slots=True)
class Release:
    """One release of one service; `fault` is empty when it is innocent."""

    id: str
    service: int
    at: float
    steps: tuple[Step, ...]
    fault: str
    breaks: float


@dataclass(frozen=True, slots=True)
class World:
    """All that is true of an incident, before anything is measured."""

    at: Floats
    services: list[Service]
    releases: list[Release]
    noise: float


def grow(random: np.random.Generator, plan: Plan) -> World:
    """Draw a world; services are in the order in which calls go, so that the first one is the entry."""
    at = 1.7e9 + random.integers(0, 10**6) + plan.interval * np.arange(plan.before + plan.after)
    services = [_service(random, i, plan, len(at)) for i in range(plan.services)]
    chosen = random.choice(plan.services, plan.releases, replace=False)
    begin = float(at[plan.before])
    releases = [
        _release(random, plan, at, services, int(s), begin, plan.fault if i == 0 else "")
        for i, s in enumerate(chosen)
    ]
    _behave(random, plan, at, services, {r.service: r for r in releases})
    random.shuffle(releases)
    return World(at, services, releases, plan.noise)


def _service(random: np.random.Generator, index: int, plan: Plan, samples: int) -> Service:
    later = np.arange(index + 1, plan.services)
    wanted = min(len(later), int(random.integers(0, 4)) if index else int(random.integers(2, 4)))
    calls = tuple(int(c) for c in random.choice(later, wanted, replace=False)) if wanted else ()
    pods = int(random.integers(2, 7))
    name = f"svc-{random.integers(16**6):06x}"
    return Service(
        name,
        calls,
        [f"{name}-{random.integers(16**5):05x}" for _ in range(pods)],
        ["v1"] * pods,
        np.ones((pods, samples), dtype=bool),
        np.zeros((pods, samples)),
    )


def _release(
    random: np.random.Generator,
    plan: Plan,
    at: Floats,
    services: list[Service],
    index: int,
    begin: float,
    fault: str,
) -> Release:
    service = services[index]
    spare = plan.interval * plan.after
    # The guilty release starts when the incident does; others up to a good while before, or after it.
    start = begin if fault else begin + float(random.uniform(-0.5, 0.4)) * min(spare, 30 * plan.interval)
    rounds = int(random.integers(1, 4))
    olds = list(service.pods)
    keep = 0 if random.random() < plan.full else 1
    steps: list[Step] = []
    when = start + float(random.uniform(0.2, 2)) * plan.interval
    for number in range(rounds):
        new = [f"{service.name}-{random.integers(16**5):05x}" for _ in range(int(random.integers(1, 3)))]
        gone = [olds.pop() for _ in range(min(len(new), len(olds) - keep))]
        if keep == 0 and number == rounds - 1:
            gone, olds = gone + olds, []
        _join(service, at, when, new, gone)
        steps.append((when, tuple(new), tuple(gone)))
        when += float(random.uniform(0.05, 0.2)) * spare
        if when > at[-1] - 3 * plan.interval:
            break
    return Release(
        f"rel-{random.integers(16**6):06x}",
        index,
        start,
        tuple(steps),
        fault,
        steps[0][0] + plan.waits * spare,
    )


def _join(service: Service, at: Floats, when: float, new: list[str], gone: list[str]) -> None:
    for pod in gone:
        service.alive[service.pods.index(pod), at >= when] = False
    for pod in new:
        service.pods.append(pod)
        service.versions.append("v2")
        lives = at >= when
        service.alive = np.vstack([service.alive, lives])
        service.fresh = np.vstack([service.fresh, np.where(lives, at - when, 0.0)])


def _behave(
    random: np.random.Generator, plan: Plan, at: Floats, services: list[Service], releases: dict[int, Release]
) -> None:
    day = 1 + random.uniform(0, 0.5) * np.sin(2 * np.pi * at / 86400 + random.uniform(0, 6))
    load = {0: random.uniform(20, 200) * day * _wobble(random, len(at), 0.05)}
    for index, service in enumerate(services):
        total = load.get(index, 5 * day)
        for callee in service.calls:
            load[callee] = load.get(callee, 0) + total * random.uniform(0.3, 1)
        _alone(random, plan, at, service, total, releases.get(index))
    for service in reversed(services):
        _with_callees(random, service, services, plan.same_version)


def _wobble(random: np.random.Generator, shape: int | tuple[int, ...], width: float) -> Floats:
    return np.exp(random.normal(0, width, shape))


def _alone(
    random: np.random.Generator,
    plan: Plan,
    at: Floats,
    service: Service,
    total: Floats,
    release: Release | None,
) -> None:
    shape = service.alive.shape
    new = np.array([v == "v2" for v in service.versions])
    differs = _wobble(random, (shape[0], 1), random.uniform(0.02, 0.08))
    weight = np.where(new, random.choice([0.3, 1.0]), 1.0)[:, None] * service.alive
    service.rate = total * weight / np.maximum(weight.sum(0), 1e-9) * _wobble(random, shape, 0.05)
    service.own = np.exp(random.uniform(1, 4.5)) * differs * np.ones(shape)
    service.errors = np.full(shape, random.choice([0.0, random.uniform(0, 0.02)]))
    service.raised = np.zeros(shape)
    service.hop = np.zeros(shape)
    service.cpu = (random.uniform(1, 20) + service.rate * random.uniform(0.1, 2)) * differs
    grows = 1 + 0.1 * random.random() * np.arange(shape[1]) / shape[1]
    service.memory = random.uniform(50, 800) * differs * np.where(new[:, None], random.uniform(0.7, 1), grows)
    if new.any() and release is not None:
        _version(random, plan, service, new)
        if release.fault:
            _fault(random, release.fault, service, new[:, None] & service.alive & (at >= release.breaks))


def _version(random: np.random.Generator, plan: Plan, service: Service, new: NDArray[np.bool_]) -> None:
    """An innocent new version is a little different, and slow while it is young."""
    service.own[new] *= 1 + plan.benign * random.uniform(-0.05, 0.05)
    service.cpu[new] *= 1 + plan.benign * random.uniform(-0.1, 0.1)
    service.memory[new] *= 1 + plan.benign * random.uniform(-0.1, 0.1)
    if random.random() < plan.cold:
        cold = np.exp(-service.fresh / (plan.interval * random.uniform(0.5, 2.5)))
        service.own[new] *= 1 + random.uniform(0.5, 3) * cold[new]
        service.cpu[new] *= 1 + random.uniform(0.5, 3) * cold[new]


def _fault(random: np.random.Generator, kind: str, service: Service, where: NDArray[np.bool_]) -> None:
    size = float(np.exp(random.uniform(np.log(1), np.log(8))))
    if kind == "delay":
        service.own += where * size * service.own
    elif kind == "network":
        service.own += where * 0.5 * size * service.own
        service.hop += where * size * float(np.median(service.own))
        service.errors += where * random.uniform(0, 0.1)
    elif kind in ("errors", "exceptions"):
        service.errors += where * random.uniform(0.08, 0.9)
        if kind == "exceptions":
            service.raised += where * 1.0
            service.own *= np.where(where, random.uniform(0.3, 1.1), 1.0)
    elif kind == "cpu":
        service.cpu *= np.where(where, 1 + size, 1)
        service.own *= np.where(where, 1 + 0.4 * size, 1)
    else:
        service.memory *= np.where(where, 1 + 0.5 * size, 1)
        service.own *= np.where(where, 1 + 0.2 * size, 1)
        service.errors += where * random.uniform(0, 0.05)
    service.errors = np.minimum(service.errors, 1)


def _with_callees(
    random: np.random.Generator, service: Service, services: list[Service], same_version: bool
) -> None:
    service.latency = service.own.copy()
    for index in service.calls:
        callee = services[index]
        share = random.uniform(0.4, 1)
        slow = _seen(callee, callee.latency, same_version, service.versions)
        bad = _seen(callee, callee.errors, same_version, service.versions)
        service.latency = service.latency + share * (slow + service.hop)
        service.errors = 1 - (1 - service.errors) * (1 - share * random.uniform(0.3, 1) * bad)
    service.latency *= _wobble(random, service.latency.shape, 0.02)


def _seen(callee: Service, what: Floats, same_version: bool, versions: list[str]) -> Floats:
    return np.vstack([blend(callee, what, version if same_version else "") for version in versions])


def blend(callee: Service, what: Floats, version: str) -> Floats:
    """Return what callers of the given version see of a callee, sample by sample; "" means of any version."""
    weight = np.where(callee.alive, np.nan_to_num(callee.rate), 0)
    if version:
        mine = weight * (np.array(callee.versions) == version)[:, None]
        weight = np.where(mine.sum(0) > 0, mine, weight)
    return np.asarray((what * weight).sum(0) / np.maximum(weight.sum(0), 1e-9))

"""Who is who in a release: the pods of the new version with the time each began, and those that stayed."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from agent.diagnosis.cases.model import Case, CaseChange
from agent.diagnosis.cases.releases_signals import Table


@dataclass(frozen=True, slots=True)
class Groups:
    """The pods of one release: `canaries` with the second each began, `stayed` of the same service, all sorted."""

    change: CaseChange
    service: str
    canaries: dict[str, float]
    stayed: tuple[str, ...]
    steps: tuple[float, ...]


def group_pods(case: Case, table: Table) -> list[Groups]:
    """Tell canaries from the pods that stayed, for every change in the order given."""
    first = _first_seen(table)
    named = {pod for change in case.changes for step in change.steps for pod in step.new_pods}
    found = []
    for change in case.changes:
        service = table.service_of(change.entity)
        pods = {pod for pod, owner in table.owners.items() if owner == service}
        canaries = _by_steps(change, first) or _by_birth(case, table, change, pods, first)
        stayed = tuple(sorted(p for p in pods if p not in canaries and p not in named))
        steps = tuple(step.done_at for step in change.steps) or tuple(sorted(set(canaries.values())))
        found.append(Groups(change, service, canaries, stayed, steps or (change.at,)))
    return found


def _first_seen(table: Table) -> dict[str, float]:
    found: dict[str, float] = {}
    for rows in table.rows.values():
        for key, pods in rows.items():
            if key.side == "seen":
                continue
            for pod, row in pods.items():
                bins = np.flatnonzero(np.isfinite(row))
                if bins.size:
                    at = table.grid.start + table.grid.step * float(bins[0])
                    found[pod] = min(at, found.get(pod, at))
    return found


def _by_steps(change: CaseChange, first: dict[str, float]) -> dict[str, float]:
    began = {pod: step.done_at for step in change.steps for pod in step.new_pods}
    # A pod may serve before its step is called done, and what it does then counts.
    return {pod: min(at, max(first.get(pod, at), change.at)) for pod, at in began.items()}


def _by_birth(
    case: Case, table: Table, change: CaseChange, pods: set[str], first: dict[str, float]
) -> dict[str, float]:
    """Take the pods that were born after the change, or else those of the rarer version, for the new ones."""
    born = {pod: first[pod] for pod in pods if pod in first}
    late = {p: at for p, at in born.items() if at >= change.at - table.grid.step}
    if len(late) == len(born) and change.at <= table.grid.start + table.grid.step:
        late = {}
    versions = Counter(case.pods[p].version for p in pods if p in case.pods and case.pods[p].version)
    if len(versions) < 2:
        return late
    fresh = Counter(case.pods[p].version for p in late if p in case.pods)
    # The new version is the one whose pods are mostly young; without births, the one of which there are fewer.
    new = min(versions, key=lambda v: (-fresh[v] / versions[v], versions[v], v))
    return {
        p: max(born.get(p, change.at), change.at)
        for p in pods
        if p in case.pods and case.pods[p].version == new
    }

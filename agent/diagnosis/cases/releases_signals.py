"""The measurements of a recorded incident by service, pod and side of a call, on one grid of times."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.diagnosis.cases.model import Case, Floats, MetricSeries
from agent.diagnosis.cases.releases_kinds import (
    Kind,
    counts_failures,
    counts_requests,
    kind_by_values,
    kind_of,
)
from agent.diagnosis.cases.releases_records import LOG_FAILURES, SPAN_FAILURES, from_logs, from_spans

Side = Literal["", "in", "out", "seen"]
Rows = dict[str, Floats]
# A finer grid only costs memory: no release is judged by single seconds over hours.
_MOST_BINS = 20_000


class Key(NamedTuple):
    """One measurement of a service: the metric, the side of the call it is about, and the other service.

    "in" is measured where a call arrives, "out" where it leaves, "seen" is what callers measure of a service.
    """

    metric: str
    side: Side
    peer: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal bins of time; `start` in unix seconds, `step` in seconds."""

    start: float
    step: float
    size: int

    def bin(self, at: float) -> int:
        """Return the bin of a moment, moved into the grid or just behind its end."""
        return min(max(round((at - self.start) / self.step), 0), self.size)

    def bins(self, at: Floats) -> NDArray[np.intp]:
        """Return the bins of many moments, moved into the grid."""
        found = np.rint((at - self.start) / self.step).astype(np.intp)
        return np.asarray(np.clip(found, 0, self.size - 1))


@dataclass(slots=True)
class Table:
    """What was measured: for each service and key, one row of the grid per pod (NaN where nothing was measured).

    `owners` is the service of each pod, `levels` the middle size of a metric's values, below which differences mean
    little.
    """

    grid: Grid
    rows: dict[str, dict[Key, Rows]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)

    def service_of(self, name: str) -> str:
        """Return the service that a pod is a copy of, or the name itself."""
        return self.owners.get(name, name)

    def calls(self) -> set[tuple[str, str]]:
        """Return the (caller, callee) pairs that measurements tell of."""
        return {
            (service, key.peer) if key.side == "out" else (key.peer, service)
            for service, rows in self.rows.items()
            for key in rows
            if key.side
        }


def tabulate(case: Case) -> Table | None:
    """Lay the metrics, and what logs and spans of pods tell, on one grid; None when there is nothing."""
    owners = owners_of(case)
    recorded = (*case.metrics, *from_logs(case.logs, owners), *from_spans(case.spans, owners))
    series = [one for one in recorded if one.at.size]
    if not series:
        return None
    table = Table(_grid(series), owners=owners)
    _fill(table, series)
    _name_kinds(table, series)
    _per_request(table)
    for metric, values in _values(table).items():
        sizes = np.abs(values[values != 0])
        table.levels[metric] = float(np.median(sizes)) if sizes.size else 1.0
    return table


def owners_of(case: Case) -> dict[str, str]:
    """Return the service of each pod: as listed, as a release says, or else the entity that its name begins with."""
    found = {pod: of.service for pod, of in case.pods.items() if of.service}
    for change in case.changes:
        for step in change.steps:
            for pod in (*step.new_pods, *step.removed_pods):
                found.setdefault(pod, change.entity)
    known = {*case.entities, *found, *found.values()}
    services = sorted((*case.entities, *found.values()), key=len, reverse=True)
    for name in {one.entity for one in case.metrics} - known:
        owner = next((service for service in services if name.startswith(f"{service}-")), None)
        if owner is not None:
            found[name] = owner
    return found


def _grid(series: list[MetricSeries]) -> Grid:
    gaps = [float(np.median(np.diff(one.at))) for one in series if one.at.size > 2]
    gaps = [gap for gap in gaps if gap > 0]
    step = float(np.median(gaps)) if gaps else 60.0
    start = min(float(one.at[0]) for one in series)
    end = max(float(one.at[-1]) for one in series)
    step = max(step, (end - start) / _MOST_BINS)
    return Grid(start, step, round((end - start) / step) + 1)


def _fill(table: Table, series: list[MetricSeries]) -> None:
    size = table.grid.size
    cells: dict[tuple[str, Key, str], tuple[Floats, Floats]] = {}
    for one in series:
        fine = np.isfinite(one.values)
        bins, values = table.grid.bins(one.at[fine]), one.values[fine]
        total = np.asarray(np.bincount(bins, values, size), dtype=np.float64)
        count = np.asarray(np.bincount(bins, None, size), dtype=np.float64)
        for place in _places(table, one):
            known = cells.get(place)
            cells[place] = (total, count) if known is None else (known[0] + total, known[1] + count)
    for (service, key, pod), (total, count) in cells.items():
        row = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        table.rows.setdefault(service, {}).setdefault(key, {})[pod] = row


def _places(table: Table, one: MetricSeries) -> Iterator[tuple[str, Key, str]]:
    """Yield where a series counts: at its own pod, at the pod it calls, and as what callers see of a service."""
    service = table.service_of(one.entity)
    if not one.edge:
        yield service, Key(one.metric, "", ""), one.entity
        return
    start, _, end = one.edge.partition(">")
    caller, callee = table.service_of(start), table.service_of(end)
    if one.entity == end or (service == callee and one.entity != start):
        yield service, Key(one.metric, "in", caller), one.entity
        return
    yield service, Key(one.metric, "out", callee), one.entity
    if end in table.owners:
        yield callee, Key(one.metric, "in", caller), end
    else:
        yield callee, Key(one.metric, "seen", caller), one.entity


def _values(table: Table) -> dict[str, Floats]:
    found: dict[str, list[Floats]] = defaultdict(list)
    for rows in table.rows.values():
        for key, pods in rows.items():
            found[key.metric] += [row[np.isfinite(row)] for row in pods.values()]
    return {metric: np.concatenate(parts) for metric, parts in found.items()}


def _name_kinds(table: Table, series: list[MetricSeries]) -> None:
    for one in series:
        if one.metric not in table.kinds:
            table.kinds[one.metric] = kind_of(one.metric, one.unit)
    if "unknown" in table.kinds.values():
        values = _values(table)
        for metric, kind in table.kinds.items():
            if kind == "unknown":
                table.kinds[metric] = kind_by_values(values[metric])


def _per_request(table: Table) -> None:
    """Divide counts of failures by the requests beside them, since a canary gets its own share of the load."""
    loads = sorted(m for m, kind in table.kinds.items() if counts_requests(m, kind))
    counts = {m for m, kind in table.kinds.items() if counts_failures(m, kind)} - {
        LOG_FAILURES,
        SPAN_FAILURES,
    }
    for rows in table.rows.values():
        for key in [key for key in rows if key.metric in counts]:
            beside = (rows.get(Key(m, key.side, key.peer)) for m in loads)
            load = next((found for found in beside if found), None)
            if load is not None:
                rows[key] = {pod: _share(row, load.get(pod)) for pod, row in rows[key].items()}


def _share(row: Floats, load: Floats | None) -> Floats:
    if load is None:
        return np.full(row.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(load > 0, row / load, np.nan))

"""Which recovery fits an incident: the most specific trigger that holds as a whole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import pairwise

from agent.domain.alert import AlertRecord
from agent.domain.evidence import ReadRequest
from agent.domain.recovery import RecoveryRun
from agent.domain.results import Series, SeriesResult
from agent.errors import OpsError
from agent.execution.depth import deepest_first
from agent.execution.scene import RecoveryKit, Scene
from agent.execution.targets import service_of_target
from agent.policy.recoveries import Clause, RecoveryPolicy, SignalCondition
from agent.ports.reads import Reads

# A cause below this confidence is a lead for people, not a reason to act.
SURE = 0.6
_CLOCKS_DIFFER = timedelta(seconds=10)
# Points of one look may lie so far apart, in seconds.
_SAME_LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Match:
    """A recovery that fits: for which service, because of which alerts; `labels` are those of the first of them."""

    recovery: RecoveryPolicy
    clause: Clause
    service: str
    alerts: tuple[AlertRecord, ...]

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels of the alert that began it."""
        return dict(self.alerts[0].alert.labels) if self.alerts else {}

    @property
    def services(self) -> tuple[str, ...]:
        """Return the services that its alerts are about, its own first."""
        named = (self.service, *(record.about for record in self.alerts))
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found; `again` is when to look once more because a signal has not been beyond its limit long
    enough yet."""

    match: Match | None
    again: timedelta | None = None


async def find_recovery(
    kit: RecoveryKit, scene: Scene, recoveries: Sequence[RecoveryPolicy], environment: str
) -> Search:
    """Return the most specific recovery whose trigger holds now; after a person's no, one for a diagnosed cause only."""
    again: timedelta | None = None
    for recovery, clause in ranked(recoveries):
        if scene.rejected and clause.cause is None:
            # Symptoms are still the same after a person's no; only a cause is a reason to ask them for something else.
            continue
        alerts = fitting(clause, scene, kit, environment)
        if alerts is None:
            continue
        if scene.cause is None:
            alerts = await deepest_first(kit.reads, alerts)
        service = subject(clause, scene, alerts)
        if clause.signal is None:
            return Search(Match(recovery, clause, service, alerts))
        state = await held(kit, clause.signal, service, scene.now)
        if state == "held":
            return Search(Match(recovery, clause, service, alerts))
        if state == "begun":
            wait = kit.lasting(clause.signal.held)
            again = wait if again is None else min(again, wait)
    return Search(None, again)


def ranked(recoveries: Sequence[RecoveryPolicy]) -> list[tuple[RecoveryPolicy, Clause]]:
    """Return every trigger, the most specific first; equals in the order of their recoveries' ids."""
    pairs = [(recovery, clause) for recovery in recoveries for clause in recovery.trigger]
    return sorted(pairs, key=lambda pair: (-pair[1].weight, pair[0].id))


def fitting(
    clause: Clause, scene: Scene, kit: RecoveryKit, environment: str
) -> tuple[AlertRecord, ...] | None:
    """Return the firing alerts for which everything but the signal holds, or None when something does not."""
    if not caused(clause, scene) or not _placed(clause, scene, environment):
        return None
    tier_of = kit.book.current.services.tier_of
    found = tuple(
        record
        for record in scene.firing
        if (clause.alerts is None or any(fnmatchcase(record.alert.name, p) for p in clause.alerts))
        and (clause.severity is None or record.severity in clause.severity)
        and (clause.tier is None or tier_of(record.about or scene.incident.service) in clause.tier)
    )
    limited = clause.alerts or clause.severity or clause.tier
    return None if limited and not found else _own_first(found, scene)


def _own_first(records: tuple[AlertRecord, ...], scene: Scene) -> tuple[AlertRecord, ...]:
    culprit = scene.cause.service if scene.cause else scene.incident.service
    return tuple(sorted(records, key=lambda r: (r.about != culprit, r.alert.starts_at, r.alert.fingerprint)))


def caused(clause: Clause, scene: Scene) -> bool:
    """Say whether the diagnosed cause is one that the trigger names, and sure enough."""
    if clause.cause is None:
        return True
    cause = scene.cause
    least = clause.confidence if clause.confidence is not None else SURE
    return (
        cause is not None
        and cause.confidence >= least
        and any(fnmatchcase(cause.rule, pattern) for pattern in clause.cause)
        and not own_doing(scene)
    )


def own_doing(scene: Scene) -> bool:
    """Say whether the diagnosed change is what an action of this incident has just changed: it is no cause to undo."""
    cause = scene.cause
    at = cause.details.get("at") if cause else None
    if cause is None or not isinstance(at, str):
        return False
    changed = datetime.fromisoformat(at)
    return any(
        action.times.started_at is not None
        and changed >= action.times.started_at - _CLOCKS_DIFFER
        and service_of_target(action.plan, scene.incident) == cause.service
        for action in scene.actions
    )


def displaced(kit: RecoveryKit, scene: Scene, run: RecoveryRun, recovery: RecoveryPolicy) -> bool:
    """Say whether a run has lost its ground: its cause is another one now, or a recovery fits that names a cause."""
    cause, began = scene.cause, run.facts.get("by_cause")
    if cause is None or own_doing(scene):
        return False
    if began:
        same = cause.service == run.facts.get("service")
        still = same and any(clause.cause and caused(clause, scene) for clause in recovery.trigger)
        return not still and cause.confidence >= SURE
    others = [one for one in kit.book.current.recoveries if one.id not in scene.had]
    return any(
        clause.cause is not None
        and clause.signal is None
        and fitting(clause, scene, kit, kit.environment) is not None
        for _, clause in ranked(others)
    )


def _placed(clause: Clause, scene: Scene, environment: str) -> bool:
    incident = scene.incident
    here = {incident.environment, environment} - {""}
    return (clause.priority is None or incident.priority in clause.priority) and (
        clause.environment is None or bool(here & set(clause.environment))
    )


def subject(clause: Clause, scene: Scene, alerts: Sequence[AlertRecord]) -> str:
    """Return the service that a recovery is about: that of the cause it names, else of its alert."""
    if clause.cause is not None and scene.cause is not None and scene.cause.service:
        return scene.cause.service
    return next((record.about for record in alerts if record.about), scene.incident.service)


async def held(kit: RecoveryKit, condition: SignalCondition, service: str, now: datetime) -> str:
    """Return `held` when a signal is beyond its limit for long enough, `begun` when it is beyond it now, else `no`."""
    length = kit.lasting(condition.held)
    series = await signal_series(kit.reads, condition.name, service, length)
    beyond = [one for one in series if one.points and condition.crossed(one.points[-1][1])]
    if not beyond:
        return "no"
    first = now.timestamp() - length.total_seconds()
    return "held" if any(_throughout(one, condition, first) for one in beyond) else "begun"


async def signal_series(
    reads: Reads, name: str, service: str, length: timedelta = timedelta()
) -> tuple[Series, ...]:
    """Return a named signal's series of the last while that still go on; nothing when it cannot be read."""
    minutes = min(10_000, max(2, math.ceil(length.total_seconds() / 60) + 1))
    params = {"signal": name, "service": service, "minutes": minutes}
    try:
        evidence = await reads.run(ReadRequest(tool="metrics_collector.signal", params=dict(params)))
    except OpsError:
        return ()
    result = evidence.reading.result
    return _going_on(result.series) if evidence.ok and isinstance(result, SeriesResult) else ()


def _going_on(series: Sequence[Series]) -> tuple[Series, ...]:
    """Return the series that reach the newest point of all: what a pod that is gone said last holds no more.

    All have the same grid of points, whose last is the moment of asking.
    """
    newest = max((one.points[-1][0] for one in series if one.points), default=0.0)
    steps = [b[0] - a[0] for one in series for a, b in pairwise(one.points)]
    least = newest - max(0.5 * min(steps, default=0.0), _SAME_LOOK)
    return tuple(one for one in series if one.points and one.points[-1][0] >= least)


def _throughout(series: Series, condition: SignalCondition, first: float) -> bool:
    inside = [value for at, value in series.points if at >= first]
    reaches_back = series.points[0][0] <= first + max(15.0, 0.1 * (series.points[-1][0] - first))
    return reaches_back and all(condition.crossed(value) for value in inside or [series.points[-1][1]])

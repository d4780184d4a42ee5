"""Which of several releases is to blame: the one whose new pods fare worse than the pods beside them.

After the difference in differences of ChangeRCA (Yu et al., FSE 2024), without learned weights: docs/replay.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.analysis.topology import reachable
from agent.diagnosis.cases.model import Case, Suspect, Verdict
from agent.diagnosis.cases.releases_effect import Effect, pod_effects
from agent.diagnosis.cases.releases_groups import Groups, group_pods
from agent.diagnosis.cases.releases_history import service_effects
from agent.diagnosis.cases.releases_kinds import Kind
from agent.diagnosis.cases.releases_signals import Table, tabulate
from agent.diagnosis.cases.releases_words import nothing_found, reasons_for

# People are hurt by failures and slowness; the rest is a hint. Chosen on made incidents: half or double of any of
# these moves the share of right answers by at most one point.
WEIGHTS: dict[Kind, float] = {"failure": 1.0, "latency": 1.0, "resource": 0.5, "unknown": 0.5, "load": 0.1}
# Three sigmas are the usual bound of what chance explains; beyond it evidence grows with the logarithm.
CHANCE = 3.0
# A release that began after the trouble did is hardly its cause, but the start of trouble is rarely known well.
LATE = 0.3
# Where the name of a metric says nothing, a fall may be bad as well; it counts as much as a traffic shift may cause.
FALL = 0.2
# The score of a single effect at the bound of chance is 1 - exp(-log(2) / 2) = 0.29.
LEAST_SCORE = 0.29


@dataclass(frozen=True, slots=True)
class Channel:
    """The strongest sign of one kind: how many `sigmas` worse, and the effect that shows it."""

    kind: Kind
    sigmas: float
    effect: Effect


Found = dict[str, Channel]


def blame_release(case: Case) -> Verdict:
    """Rank all releases of a case by how much they explain; inconclusive when no new pod fares worse than chance."""
    table = tabulate(case)
    if table is None or not case.changes:
        return Verdict(_ranked(case, [0.0] * len(case.changes), [()] * len(case.changes)), inconclusive=True)
    groups = group_pods(case, table)
    found = [_strongest(table, group, case) for group in groups]
    own = _without_callees(groups, found, {*case.topology, *table.calls()})
    late = _late(case, table, groups)
    totals = [_evidence(f) * (LATE if after else 1.0) for f, after in zip(own, late, strict=True)]
    reasons = [
        reasons_for(g, [c.effect for c in _by_weight(f)], late=after)
        for g, f, after in zip(groups, own, late, strict=True)
    ]
    suspects = _ranked(case, totals, reasons)
    weak = suspects[0].score < LEAST_SCORE
    share = max(totals) / sum(totals) if sum(totals) > 0 else 0.0
    quiet = tuple(nothing_found(g) for g, t in zip(groups, totals, strict=True) if t == 0)
    return Verdict(suspects, share * suspects[0].score, weak, quiet)


def _strongest(table: Table, group: Groups, case: Case) -> Found:
    """Keep the strongest sign of each kind; the past of the service speaks only where its pods cannot be compared."""
    pods = pod_effects(table, group, case.incident)
    compared = {effect.key.metric for effect in pods if effect.key.side != "out"}
    found: Found = {}
    for effect in (*pods, *service_effects(table, group, compared)):
        kind: Kind = "failure" if effect.kind == "success" else effect.kind
        name = effect.key.metric if kind == "unknown" else kind
        sigmas = max(effect.sigmas, -FALL * effect.sigmas) if kind == "unknown" else effect.sigmas
        if sigmas > 0 and (name not in found or sigmas > found[name].sigmas):
            found[name] = Channel(kind, sigmas, effect)
    return found


def _without_callees(
    groups: Sequence[Groups], found: Sequence[Found], edges: set[tuple[str, str]]
) -> list[Found]:
    """Take from each release what a release further down the calls shows as well: trouble climbs to callers."""
    own = []
    for group, mine in zip(groups, found, strict=True):
        below = set(reachable(edges, [group.service])) - {group.service}
        under = [theirs for other, theirs in zip(groups, found, strict=True) if other.service in below]
        own.append({name: _left(name, channel, under) for name, channel in mine.items()})
    return own


def _left(name: str, channel: Channel, under: Sequence[Found]) -> Channel:
    if channel.kind in ("resource", "load"):
        return channel
    explained = max((theirs[name].sigmas for theirs in under if name in theirs), default=0.0)
    # On its way up trouble is diluted by all that is well: only what is no smaller below is the same trouble.
    if explained < max(channel.sigmas, CHANCE):
        return channel
    return Channel(channel.kind, 0.0, channel.effect)


def _late(case: Case, table: Table, groups: Sequence[Groups]) -> list[bool]:
    begin = case.incident[0] if case.incident else case.target.at if case.target else None
    if begin is None:
        return [False] * len(groups)
    late = [min(group.steps) > begin + 2 * table.grid.step for group in groups]
    # When all began later, the start of the trouble is not what it is said to be.
    return [False] * len(groups) if all(late) else late


def _evidence(found: Found) -> float:
    return sum(WEIGHTS[c.kind] * math.log1p(c.sigmas / CHANCE) for c in found.values())


def _by_weight(found: Found) -> list[Channel]:
    counted = [c for c in found.values() if c.sigmas >= CHANCE]
    return sorted(counted, key=lambda c: -WEIGHTS[c.kind] * math.log1p(c.sigmas / CHANCE))


def _ranked(case: Case, totals: Sequence[float], reasons: Sequence[tuple[str, ...]]) -> tuple[Suspect, ...]:
    """Sort by evidence; of equals the younger release first, since most trouble follows the last change."""
    order = sorted(range(len(totals)), key=lambda i: (-totals[i], -case.changes[i].at, i))
    found = []
    for place, index in enumerate(order):
        change = case.changes[index]
        # The tiny part keeps scores distinct, so that equals stay in the order above.
        score = (1 - math.exp(-totals[index] / 2)) * 0.999 + 1e-4 / (place + 2)
        found.append(Suspect(change.entity, score, reasons[index], change.id))
    return tuple(found)

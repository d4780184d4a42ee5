"""How much each sign and each doubt weighs and why; docs/diagnosis.md shows the same table to people."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

MOST = 0.95
"""No diagnosis is ever certain."""

ENOUGH = 0.5
"""A cause is named from this confidence on; below it the diagnosis is inconclusive."""


@dataclass(frozen=True, slots=True)
class Weight:
    """The share of the remaining doubt that a sign takes away (or of the confidence that a doubt does)."""

    share: float
    why: str


SIGNS: dict[str, Weight] = {
    "changed-just-before": Weight(0.45, "most incidents follow a change within minutes"),
    "changed-before": Weight(0.25, "a change within the last half hour may still be the reason"),
    "fails-itself": Weight(0.30, "the trouble is visible at this very service"),
    "deepest-failing": Weight(0.25, "everything it calls was measured and is well"),
    "alerted": Weight(0.30, "an alert is about exactly this"),
    "new-errors": Weight(0.35, "it logs errors that it did not log in the hour before"),
    "errors-after-change": Weight(0.20, "those errors appeared only after the change"),
    "failed-first": Weight(0.25, "its trouble began before that of the services that call it"),
    "callee-slow": Weight(0.35, "the called service left its normal latency"),
    "caller-waits": Weight(0.20, "the caller logs that it waits for that service"),
    "oom-killed": Weight(0.60, "the kernel says so"),
    "memory-climbs": Weight(0.35, "memory rises steadily, as leaks do"),
    "memory-near-limit": Weight(0.30, "little is left below the limit"),
    "crash-looping": Weight(0.50, "the container keeps ending right after its start"),
    "exit-known": Weight(0.20, "its last exit is an error of its own"),
    "start-errors": Weight(0.25, "it logs an error when it starts"),
    "pool-full": Weight(0.55, "no connection is free"),
    "pool-waits-logged": Weight(0.35, "requests log that they waited for a connection in vain"),
    "hit-ratio-fell": Weight(0.50, "reads go past the cache"),
    "latency-followed": Weight(0.25, "latency rose when that happened, not before"),
    "certificate-expired": Weight(0.70, "every strict client refuses an expired certificate"),
    "certificate-ends-soon": Weight(0.55, "the alert is about the date itself"),
    "tls-errors-logged": Weight(0.30, "clients log that they refuse the certificate"),
    "does-not-answer": Weight(0.50, "its metrics endpoint is unreachable"),
    "pods-not-ready": Weight(0.30, "the cluster agrees that it is not ready"),
    "called-in-vain": Weight(0.25, "those that call it log that they get no answer"),
    "third-party-down": Weight(0.55, "a third party that they depend on is known to be down"),
    "more-requests": Weight(0.50, "it gets at least half as many requests again as usual"),
    "node-busy": Weight(0.40, "the machine has hardly any CPU left"),
    "top-consumer": Weight(0.30, "one pod uses more than all others there together"),
    "stands-out": Weight(0.35, "it is further out of line than any other, after what its callees explain"),
    "worst-since-change": Weight(0.25, "it fares worse since its change than the others since theirs"),
}

DOUBTS: dict[str, Weight] = {
    "callee-fails-too": Weight(0.50, "something it calls fails as well and may be the reason"),
    "returns-to-former": Weight(0.60, "it returns to a version that ran before"),
    "callee-slow-too": Weight(0.45, "a full pool follows when what it connects to is slow"),
    "nobody-complains": Weight(
        0.50, "its pods are ready and its callers are well: perhaps only its metrics are silent"
    ),
    "caller-breaks-itself": Weight(0.50, "a caller logs new errors of its own that are not about waiting"),
    "other-stands-out": Weight(0.20, "another service is much further out of line"),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign or doubt that was seen, with the evidence that shows it."""

    name: str
    evidence_ids: tuple[str, ...]


def confidence(signs: Iterable[Sign], doubts: Iterable[Sign] = (), *, cap: float = MOST) -> float:
    """Combine signs by noisy-or, each taking its share of the doubt that is left; doubts shrink the result."""
    left = prod(1 - SIGNS[sign.name].share for sign in signs)
    kept = prod(1 - DOUBTS[doubt.name].share for doubt in doubts)
    return round(min(cap, MOST, (1 - left) * kept), 4)

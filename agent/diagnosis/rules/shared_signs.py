"""The signs that several rules look for."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.analysis.topology import callees, reachable
from agent.diagnosis.facts import Cited, Facts
from agent.diagnosis.signs import Sign
from agent.domain.results import Change, LogPattern

JUST_BEFORE = timedelta(minutes=5)
BEFORE = timedelta(minutes=30)

# A rate over a window shows a change late, and clocks of machines differ: a change this much after the
# measured onset can still be its reason.
TOLERANCE = timedelta(seconds=30)


def fails_itself(facts: Facts, service: str) -> Iterator[Sign]:
    """Yield the sign that a service shows symptoms."""
    symptoms = facts.symptoms(service)
    if symptoms:
        yield Sign("fails-itself", tuple(m.evidence_id for m in symptoms))


def alerted(facts: Facts, service: str, words: str, evidence_id: str) -> Iterator[Sign]:
    """Yield the sign that an alert of the service is named after this very trouble."""
    named = re.compile(words, re.IGNORECASE)
    if any(whose == service and named.search(name) for name, whose in facts.alerts):
        yield Sign("alerted", (evidence_id,))


def deepest_failing(facts: Facts, service: str) -> Iterator[Sign]:
    """Yield the sign that all callees of a failing service were measured and are well."""
    if service in facts.deepest and facts.callees_known(service) and facts.edges_evidence:
        measured = [m for name in callees(facts.edges, service) for m in _first_measure(facts, name)]
        yield Sign("deepest-failing", (facts.edges_evidence, *measured))


def _first_measure(facts: Facts, service: str) -> list[str]:
    return [m.evidence_id for (name, _), m in facts.measures.items() if name == service][:1]


def failing_callee(facts: Facts, service: str) -> Iterator[Sign]:
    """Yield the doubt that something below the service fails too."""
    below = [name for name in reachable(facts.edges, [service]) if facts.symptoms(name)]
    if below and service not in facts.deepest:
        yield Sign("callee-fails-too", tuple(m.evidence_id for m in facts.symptoms(below[0])))


def new_errors(facts: Facts, service: str, since: datetime | None = None) -> Iterator[Sign]:
    """Yield the signs that a service logs new errors of its own, and only since a change."""
    own = facts.own_errors(service)
    if not own:
        return
    yield Sign("new-errors", (own[0].evidence_id,))
    first = own[0].what.first_seen_at
    if since is not None and own[0].what.new and first is not None and first >= since - TOLERANCE:
        yield Sign("errors-after-change", (own[0].evidence_id,))


def failed_first(facts: Facts, service: str) -> Iterator[Sign]:
    """Yield the sign that a service's trouble is older than that of every failing caller."""
    callers = [
        name for name in facts.failing if name != service and service in reachable(facts.edges, [name])
    ]
    mine = [m.began for m in facts.symptoms(service) if m.began]
    theirs = [m.began for name in callers for m in facts.symptoms(name) if m.began]
    if mine and theirs and min(mine) <= min(theirs):
        yield Sign("failed-first", tuple(m.evidence_id for m in facts.symptoms(service)))


def change_sign(change: Cited[Change], began: datetime) -> Sign | None:
    """Return how a change lies before the trouble, or None when it is too old or too late to matter."""
    ahead = began - change.what.at
    if ahead < -TOLERANCE or ahead > BEFORE:
        return None
    return Sign("changed-just-before" if ahead <= JUST_BEFORE else "changed-before", (change.evidence_id,))


def last_change(facts: Facts, service: str, began: datetime, *kinds: str) -> Cited[Change] | None:
    """Return a service's newest change of the given kinds before its trouble, unless the bot itself has replaced it."""
    return next(
        (
            c
            for c in facts.changes
            if c.what.service == service
            and c.what.change in kinds
            and change_sign(c, began) is not None
            and not replaced(facts, c.what, began)
        ),
        None,
    )


def replaced(facts: Facts, change: Change, began: datetime) -> bool:
    """Say whether one of our own actions had taken a change's place before the trouble; a ConfigMap has many keys."""
    # A signal may still be out of the earlier trouble when the next one begins; the alerts tell them apart.
    began = max(began, facts.firing_since.get(change.service, began))
    if any(
        (service, revision) == (change.service, change.revision) and at <= began
        for service, revision, at in facts.left
    ):
        return True
    return change.change in ("deployment", "scale") and any(
        (own.what.service, own.what.change) == (change.service, change.change)
        and change.at <= own.what.at <= began
        for own, _ in facts.ours
    )


def matching(patterns: tuple[Cited[LogPattern], ...], expression: str) -> tuple[Cited[LogPattern], ...]:
    """Return the patterns whose template or sample matches, ignoring case."""
    wanted = re.compile(expression, re.IGNORECASE)
    return tuple(p for p in patterns if wanted.search(p.what.template) or wanted.search(p.what.sample))


def sample(pattern: Cited[LogPattern], longest: int = 120) -> str:
    """Return a pattern's sample line, shortened for a sentence."""
    line = " ".join(pattern.what.sample.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"

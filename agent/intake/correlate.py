"""Stage 4: the living incident that a bundle belongs to, or none; each decision names the labels it rests on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.alert import Reason
from agent.domain.incident import Incident, IncidentStatus
from agent.intake.group import Bundle
from agent.intake.neighbours import Edges, relation
from agent.intake.obey import Rules, joining, parting
from agent.intake.windows import Windows

_MACHINE_LABELS = ("instance", "node", "host")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open or lately ended incident as correlation sees it; `kinds` are its (alert name, service) pairs."""

    incident: Incident
    kinds: frozenset[tuple[str, str]]
    newest_at: datetime

    @property
    def services(self) -> frozenset[str]:
        """Return the services and machines it is about."""
        return frozenset(service for _, service in self.kinds) | {self.incident.service}


@dataclass(frozen=True, slots=True)
class Match:
    """Where a bundle goes: `candidate` None opens a new incident."""

    candidate: Candidate | None
    reason: Reason


def correlate(
    bundle: Bundle,
    candidates: Sequence[Candidate],
    edges: Edges,
    now: datetime,
    windows: Windows,
    rules: Rules = (),
) -> Match:
    """Choose the incident by the first rule that names one; of several, the one with the newest alert.

    An open incident that fits comes before one that has ended: what fires again now is part of the present trouble.
    What people decided (`rules`) comes before what topology and time suggest.
    """
    usable = [c for c in candidates if _usable(c, bundle, now, windows)]
    fitting = [c for c in usable if _allowed(c, bundle, rules)]
    newest_first = sorted(fitting, key=lambda c: c.newest_at, reverse=True)
    alive = [c for c in newest_first if c.incident.status.open]
    ended = [c for c in newest_first if not c.incident.status.open]
    for rule, some in (
        (_same_alert, alive),
        (_decided(rules), alive),
        (_same_service, alive),
        (_neighbour, alive),
        (_same_breach, alive),
        (_same_alert, ended),
        (_relapse, ended),
    ):
        match = next(rule(bundle, some, edges, now, windows), None)
        if match is not None:
            return match
    apart = _kept_apart(bundle, usable, rules) or _another_matter(bundle, candidates)
    return Match(None, apart or _alone(bundle, newest_first))


def _allowed(candidate: Candidate, bundle: Bundle, rules: Rules) -> bool:
    at_home = candidate.incident.id == bundle.home
    return at_home or parting(rules, bundle.kinds, candidate.kinds) is None


def _kept_apart(bundle: Bundle, candidates: Sequence[Candidate], rules: Rules) -> Reason | None:
    for candidate in candidates:
        rule = parting(rules, bundle.kinds, candidate.kinds)
        if rule is not None and candidate.incident.status.open:
            sentence = f"the rule {rule.name} ({rule.why}) keeps it apart from {candidate.incident.name}"
            args = {"rule": rule.name, "why": rule.why, "name": candidate.incident.name}
            return Reason(rule="kept-apart-by-rule", sentence=sentence, args=args)
    return None


def _another_matter(bundle: Bundle, candidates: Sequence[Candidate]) -> Reason | None:
    """Name the open incident about the same service that it would have joined, were not one of them a security matter."""
    service = bundle.subject.service
    for candidate in candidates:
        incident = candidate.incident
        differs = incident.category != bundle.subject.category
        if differs and incident.status.open and service in candidate.services:
            sentence = f"{incident.name} is about {service} too; security matters are kept apart from others"
            return Reason(
                rule="another-matter", sentence=sentence, args={"name": incident.name, "service": service}
            )
    return None


def _decided(
    rules: Rules,
) -> Callable[[Bundle, Sequence[Candidate], Edges, datetime, Windows], Iterator[Match]]:
    """Return the rule that puts a bundle where people said that it belongs."""

    def decided(
        bundle: Bundle, candidates: Sequence[Candidate], _edges: Edges, _now: datetime, _windows: Windows
    ) -> Iterator[Match]:
        for candidate in candidates:
            rule = joining(rules, bundle.kinds, candidate.kinds)
            if rule is not None:
                sentence = (
                    f"the rule {rule.name} ({rule.why}) puts it together with {candidate.incident.name}"
                )
                args = {"rule": rule.name, "why": rule.why, "name": candidate.incident.name}
                yield Match(candidate, Reason(rule="put-together-by-rule", sentence=sentence, args=args))

    return decided


def _usable(candidate: Candidate, bundle: Bundle, now: datetime, windows: Windows) -> bool:
    incident, subject = candidate.incident, bundle.subject
    if not incident.status.open:
        ended = incident.times.resolved_at
        if (
            incident.status is not IncidentStatus.RESOLVED
            or ended is None
            or now - ended > windows.correlation
        ):
            return False
    if bundle.home == incident.id:
        return True
    if incident.category != subject.category:
        return False
    places = (
        (subject.environment or "", incident.environment if subject.environment else ""),
        (subject.cluster, incident.cluster),
        (subject.namespace, incident.namespace),
    )
    return all(not mine or not theirs or mine == theirs for mine, theirs in places)


def _same_alert(
    bundle: Bundle, candidates: Sequence[Candidate], _edges: Edges, _now: datetime, _windows: Windows
) -> Iterator[Match]:
    for candidate in candidates:
        name = candidate.incident.name
        if candidate.incident.id == bundle.home:
            sentence = f"the very same alert belongs to {name}"
            yield Match(candidate, Reason(rule="same-alert", sentence=sentence, args={"name": name}))
    for candidate in candidates:
        shared = sorted(candidate.kinds & bundle.kinds)
        if shared:
            alert, service = shared[0]
            sentence = f'{candidate.incident.name} already has alertname="{alert}" for {service}'
            args = {"name": candidate.incident.name, "alert": alert, "service": service}
            yield Match(candidate, Reason(rule="same-alert-name", sentence=sentence, args=args))


def _same_service(
    bundle: Bundle, candidates: Sequence[Candidate], _edges: Edges, now: datetime, windows: Windows
) -> Iterator[Match]:
    for candidate in _living(bundle, candidates, now, windows):
        if bundle.subject.service in candidate.services:
            sentence = (
                f'{bundle.subject.rule}="{bundle.subject.service}" is affected in {candidate.incident.name}, '
                f"whose newest alert came {_ago(candidate, now)}"
            )
            args = _shared(bundle.subject.service, candidate, now - candidate.newest_at)
            yield Match(candidate, Reason(rule="same-service", sentence=sentence, args=args))


def _relapse(
    bundle: Bundle, candidates: Sequence[Candidate], _edges: Edges, now: datetime, _windows: Windows
) -> Iterator[Match]:
    """Yield the incidents of the same service that have just ended: another alert of it is the same story."""
    for candidate in candidates:
        ended = candidate.incident.times.resolved_at
        if bundle.subject.is_service and ended is not None and bundle.subject.service in candidate.services:
            sentence = (
                f'{bundle.subject.rule}="{bundle.subject.service}" was affected in {candidate.incident.name}, '
                f"which ended {_seconds(now - ended)} s ago"
            )
            args = _shared(bundle.subject.service, candidate, now - ended)
            yield Match(candidate, Reason(rule="same-service-again", sentence=sentence, args=args))


def _neighbour(
    bundle: Bundle, candidates: Sequence[Candidate], edges: Edges, now: datetime, windows: Windows
) -> Iterator[Match]:
    for candidate in _living(bundle, candidates, now, windows):
        for service in sorted(candidate.services):
            words = relation(edges, bundle.subject.service, service)
            if words is not None:
                sentence = (
                    f"{words}, and {service} is affected in {candidate.incident.name}, "
                    f"whose newest alert came {_ago(candidate, now)}"
                )
                args = _shared(bundle.subject.service, candidate, now - candidate.newest_at)
                args["other"] = service
                yield Match(candidate, Reason(rule="topology-neighbour", sentence=sentence, args=args))


def _same_breach(
    bundle: Bundle, candidates: Sequence[Candidate], _edges: Edges, now: datetime, windows: Windows
) -> Iterator[Match]:
    """Yield the security matters in which the same rule has just fired elsewhere: whoever breaks in goes on to the next."""
    for candidate in candidates if bundle.subject.category else ():
        shared = sorted({name for name, _ in bundle.kinds} & {name for name, _ in candidate.kinds})
        if shared and now - candidate.newest_at <= windows.correlation:
            sentence = (
                f'alertname="{shared[0]}" fired elsewhere in {candidate.incident.name} {_ago(candidate, now)}'
            )
            args = {
                "name": candidate.incident.name,
                "alert": shared[0],
                "seconds": str(_seconds(now - candidate.newest_at)),
            }
            yield Match(candidate, Reason(rule="same-breach", sentence=sentence, args=args))


def _living(
    bundle: Bundle, candidates: Sequence[Candidate], now: datetime, windows: Windows
) -> Iterator[Candidate]:
    """Yield the open incidents that are still moving; a bare machine never joins by service or topology."""
    if bundle.subject.is_service:
        for candidate in candidates:
            if candidate.incident.status.open and now - candidate.newest_at <= windows.correlation:
                yield candidate


def _alone(bundle: Bundle, candidates: Sequence[Candidate]) -> Reason:
    machines = {v.sighting.alert.labels.get(name) for v in bundle.verdicts for name in _MACHINE_LABELS} - {
        None,
        "",
    }
    for candidate in candidates:
        shared = sorted(machine for machine in machines if machine in candidate.services)
        if shared:
            sentence = (
                f"it shares only the machine {shared[0]} with {candidate.incident.name}; "
                "a busy machine alone does not join two incidents"
            )
            args = {"machine": shared[0], "name": candidate.incident.name}
            return Reason(rule="shared-machine-is-not-enough", sentence=sentence, args=args)
    sentence = f"no open incident shares an alert, service or caller with {bundle.subject.service}"
    return Reason(rule="nothing-related", sentence=sentence, args={"service": bundle.subject.service})


def _shared(service: str, candidate: Candidate, span: timedelta) -> dict[str, str]:
    return {"service": service, "name": candidate.incident.name, "seconds": str(_seconds(span))}


def _ago(candidate: Candidate, now: datetime) -> str:
    return f"{_seconds(now - candidate.newest_at)} s ago"


def _seconds(span: timedelta) -> int:
    return max(0, round(span.total_seconds()))

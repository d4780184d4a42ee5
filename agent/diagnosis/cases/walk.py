"""Who calls whom in a case, as far as that helps to tell causes from symptoms."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from agent.diagnosis.cases.model import Case

# Blame that grows by less than this part of itself in a round has settled.
_SETTLED = 1e-6


class Calls:
    """The calls between entities, from the topology and from edges named in metrics."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._callees: dict[str, set[str]] = defaultdict(set)
        for caller, callee in pairs:
            if caller != callee:
                self._callees[caller].add(callee)

    def below(self, entity: str, known: Callable[[str], bool]) -> set[str]:
        """Return the nearest called entities that `known` says something is known of.

        A callee that calls back is left out: in a circle nobody is below.
        """
        found, seen = set(), {entity}
        queue = deque(self._callees.get(entity, ()))
        while queue:
            one = queue.popleft()
            if one in seen:
                continue
            seen.add(one)
            if not known(one):
                queue.extend(self._callees.get(one, ()))
            elif entity not in self._callees.get(one, ()):
                found.add(one)
        return found

    def reached(self, entity: str) -> set[str]:
        """Return the entity and everything it calls, directly or not."""
        seen = {entity}
        queue = deque([entity])
        while queue:
            for one in self._callees.get(queue.popleft(), ()):
                if one not in seen:
                    seen.add(one)
                    queue.append(one)
        return seen


def calls_of(case: Case) -> Calls:
    """Return who calls whom in a case."""
    edges = {series.edge for series in case.metrics if ">" in series.edge}
    pairs = [edge.partition(">") for edge in sorted(edges)]
    return Calls([*case.topology, *((caller, callee) for caller, _, callee in pairs)])


def settled(own: Mapping[str, float], passed: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return what stays with each entity when every one passes the given parts of its blame on to its callees.

    An entity's blame is its own or the greatest that a caller passes on: a fault that shows little where it is
    shows at its callers, and both see the same one.
    """
    blame = dict(own)
    # As many rounds as entities settle any graph; in a circle each round adds less.
    for _ in range(len(own)):
        changed = False
        for caller, parts in passed.items():
            for callee, part in parts.items():
                given = blame[caller] * part
                if given > blame[callee] * (1 + _SETTLED):
                    blame[callee], changed = given, True
        if not changed:
            break
    return {entity: value * (1 - sum(passed.get(entity, {}).values())) for entity, value in blame.items()}

"""Who calls whom in a case, as far as that helps to tell causes from symptoms."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from agent.diagnosis.cases.model import Case


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
    return Calls(case.topology)

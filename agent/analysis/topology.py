"""Who calls whom: walks over a graph of (caller, callee) pairs that may contain cycles."""

from collections import deque
from collections.abc import Collection, Iterable

Edge = tuple[str, str]


def callees(edges: Iterable[Edge], start: str) -> tuple[str, ...]:
    """Return what a service calls directly, sorted."""
    return tuple(sorted({callee for caller, callee in edges if caller == start and callee != start}))


def reachable(edges: Iterable[Edge], starts: Iterable[str]) -> tuple[str, ...]:
    """Return everything the starts call, directly or not, nearest first and without the starts themselves."""
    known = tuple(edges)
    origin = tuple(dict.fromkeys(starts))
    seen = set(origin)
    queue = deque(origin)
    found: list[str] = []
    while queue:
        for callee in callees(known, queue.popleft()):
            if callee not in seen:
                seen.add(callee)
                found.append(callee)
                queue.append(callee)
    return tuple(found)


def deepest(edges: Iterable[Edge], failing: Collection[str]) -> tuple[str, ...]:
    """Return the failing services below which nothing else fails, sorted; a failing cycle counts as a whole."""
    known = tuple(edges)
    below = {service: set(reachable(known, [service])) & set(failing) for service in failing}
    return tuple(
        sorted(
            service
            for service, under in below.items()
            if all(service in below.get(other, set()) for other in under - {service})
        )
    )


def calls(edges: Iterable[Edge], caller: str, callee: str) -> bool:
    """Say whether one service calls another, directly or not."""
    return callee in reachable(edges, [caller])

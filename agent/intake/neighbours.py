"""How services hang together: who reaches whom within two calls."""

from functools import lru_cache

Edges = frozenset[tuple[str, str]]


@lru_cache(maxsize=8)
def _callees(edges: Edges) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for caller, callee in edges:
        if caller != callee:
            found.setdefault(caller, set()).add(callee)
    return {caller: frozenset(callees) for caller, callees in found.items()}


def relation(edges: Edges, one: str, other: str) -> str | None:
    """Return in words how two services are related within two calls, or None."""
    if one == other:
        return None
    for caller, callee in ((one, other), (other, one)):
        via = _chain(edges, caller, callee)
        if via is not None:
            return f"{caller} calls {callee}" + (f" through {via}" if via else "")
    callees = _callees(edges)
    shared = callees.get(one, frozenset()) & callees.get(other, frozenset())
    return f"{one} and {other} both call {min(shared)}" if shared else None


def _chain(edges: Edges, caller: str, callee: str) -> str | None:
    """Return what lies between, empty for a direct call, None when the one does not reach the other."""
    callees = _callees(edges)
    direct = callees.get(caller, frozenset())
    if callee in direct:
        return ""
    return next((middle for middle in sorted(direct) if callee in callees.get(middle, frozenset())), None)

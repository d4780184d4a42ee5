"""Every rule, most specific mechanism first: the order decides between equally supported causes."""

from collections.abc import Callable, Iterable

from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Hypothesis
from agent.diagnosis.rules.changes import bad_change
from agent.diagnosis.rules.containers import busy_node, crash_loop
from agent.diagnosis.rules.dependencies import own_new_errors, service_down, slow_dependency
from agent.diagnosis.rules.load import surge
from agent.diagnosis.rules.outside import third_party
from agent.diagnosis.rules.resources import cache, certificate, connection_pool, memory

Rule = Callable[[Facts], Iterable[Hypothesis]]

RULES: tuple[Rule, ...] = (
    certificate,
    crash_loop,
    memory,
    connection_pool,
    cache,
    bad_change,
    third_party,
    surge,
    slow_dependency,
    service_down,
    busy_node,
    own_new_errors,
)


def hypotheses(facts: Facts) -> list[Hypothesis]:
    """Return every hypothesis about a service that this incident concerns, best supported first."""
    found = [h for rule in RULES for h in rule(facts) if h.signs and facts.concerns(h.service)]
    order = {id(h): index for index, h in enumerate(found)}
    return sorted(found, key=lambda h: (-h.confidence, order[id(h)]))

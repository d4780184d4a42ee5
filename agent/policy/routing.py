"""Where an incident goes and who must answer by when: the first route that takes it."""

from collections.abc import Mapping

from agent.domain.incident import Incident, Priority
from agent.domain.route import Route
from agent.errors import Misconfigured
from agent.policy.load import Policies
from agent.policy.model import RouteRule


def route(policies: Policies, priority: Priority, labels: Mapping[str, str]) -> Route:
    """Return the route of an incident with this priority and these labels."""
    for rule in policies.routing.routes:
        if _takes(rule, priority, labels):
            return _route(rule)
    raise Misconfigured(f"routing.yaml: no route takes {priority.value}.")


def route_incident(policies: Policies, incident: Incident) -> Route:
    """Return the route of an incident; its labels are service, environment, namespace, tier and category."""
    labels = {
        "service": incident.service,
        "environment": incident.environment,
        "namespace": incident.namespace,
        "tier": policies.services.tier_of(incident.service),
        "category": incident.category,
    }
    return route(policies, incident.priority, labels)


def _takes(rule: RouteRule, priority: Priority, labels: Mapping[str, str]) -> bool:
    if rule.when.priority is not None and priority not in rule.when.priority:
        return False
    return all(labels.get(name) == value for name, value in rule.when.labels.items())


def _route(rule: RouteRule) -> Route:
    respond = rule.respond_within
    return Route(
        rule=rule.id,
        channel=rule.channel,
        mentions=rule.mentions,
        page=rule.page,
        respond_within_seconds=respond if isinstance(respond, int) else None,
        respond_by_next_business_day=not isinstance(respond, int),
        resolve_within_seconds=rule.resolve_within,
        escalate_to=rule.escalate_to,
        call=rule.call,
        room=rule.room,
        invite=rule.invite,
    )

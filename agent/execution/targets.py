"""Which service an action's target belongs to."""

import re

from agent.domain.action import Plan
from agent.domain.incident import Incident
from agent.policy.model import ServicePolicy

_OF_A_SERVICE = frozenset(
    {
        "Deployment",
        "StatefulSet",
        "Service",
        "DestinationRule",
        "HTTPRoute",
        "Pod",
    }
)
_POD = re.compile(r"(?P<name>.+?)(?:-[a-z0-9]{5,10}-[a-z0-9]{5}|-\d{1,4})")


def service_of_target(
    plan: Plan, incident: Incident | None, services: ServicePolicy | None = None
) -> str | None:
    """Return the service that a plan works on: the one it names, else that of its workload, else the incident's.

    What belongs to no single service, such as a node or a cache server, is changed for the incident's sake.
    """
    if len(plan.radius.services) == 1:
        return _bare(plan.radius.services[0], services)
    named = plan.facts.get("service")
    if isinstance(named, str) and named:
        return _bare(named, services)
    if plan.target.kind in _OF_A_SERVICE:
        name = plan.target.name
        if plan.target.kind == "Pod":
            found = _POD.fullmatch(name)
            name = found["name"] if found else name
        return _bare(name, services)
    if incident is not None and incident.service not in ("", "unknown"):
        return incident.service
    return None


def _bare(name: str, services: ServicePolicy | None) -> str:
    return services.bare(name) if services else name

"""Names that may stand in a request to the cluster: no path, no wildcard, no second object by accident."""

from typing import Annotated, Literal

from pydantic import Field

from agent.errors import BadInput
from tools.base import Params

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"

LabelName = Annotated[str, Field(min_length=1, max_length=63, pattern=rf"^{_LABEL}$")]
"""A namespace or a container: one DNS label."""

ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=rf"^{_LABEL}(\.{_LABEL})*$")]
"""Any other object: DNS labels with dots between them."""

WorkloadKind = Literal["Deployment", "StatefulSet"]


class Named(Params):
    """One object in a namespace."""

    namespace: LabelName = Field(description="the namespace that it lives in")
    name: ObjectName = Field(description="its full name")


class WorkloadParams(Named):
    """One workload."""

    kind: WorkloadKind = Field(default="Deployment", description="what kind of workload it is")


class NodeParams(Params):
    """One node."""

    name: ObjectName = Field(description="the node's full name")


def within(namespace: str, allowed: tuple[str, ...]) -> str:
    """Return a namespace that we may change; raises BadInput for any other."""
    if namespace not in allowed:
        may = ", ".join(allowed) or "none"
        raise BadInput(f"I may not change anything in {namespace}, only in: {may}.", field="namespace")
    return namespace

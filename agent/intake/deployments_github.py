"""GitHub's deployment_status event to a deployment signal."""

import json
from collections.abc import Mapping
from datetime import datetime

from agent.domain.deployment import DeploymentSignal
from agent.domain.noun import Json
from agent.errors import BadInput
from agent.intake.clean import clean_url
from agent.intake.deployments import (
    Status,
    demanded,
    identity,
    part,
    plain,
    read_object,
    time_in,
    words_in,
)

EVENT = "deployment_status"
# The other states (queued, pending, inactive, waiting) tell of nothing that has happened yet, or any more.
_STATES: dict[str, Status] = {
    "in_progress": "started",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
}


def parse_github(event: str, body: bytes, told_at: datetime) -> DeploymentSignal | None:
    """Parse a delivery; None for events and states that are none of the bot's business, BadInput for what is broken."""
    if event != EVENT:
        return None
    given = read_object(body)
    deployment, status = part(given, "deployment"), part(given, "deployment_status")
    said = _STATES.get(identity(status, "state"))
    if said is None:
        return None
    repository = part(given, "repository")
    if not plain(deployment.get("id")):
        raise BadInput("The deployment has no id.", field="deployment.id")
    extra = _payload(deployment)
    commit, ref = identity(deployment, "sha"), identity(deployment, "ref")
    return DeploymentSignal(
        source="github",
        key=f"{identity(repository, 'full_name')}#{identity(deployment, 'id')}",
        status=said,
        service=identity(extra, "service") or demanded(repository, "name"),
        environment=identity(deployment, "environment"),
        namespace=identity(extra, "namespace"),
        image=identity(extra, "image"),
        release=identity(extra, "version") or ("" if ref in (commit, "main", "master") else ref),
        commit=commit,
        actor=words_in(part(deployment, "creator"), "login", 100),
        title=words_in(status, "description") or words_in(deployment, "description"),
        url=clean_url(plain(status.get("log_url")) or plain(status.get("target_url"))),
        started_at=time_in(deployment, "created_at"),
        finished_at=None if said == "started" else time_in(status, "created_at"),
        told_at=told_at,
    )


def _payload(deployment: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return what the deployment's maker wrote into it: an object, or one in a text."""
    given = deployment.get("payload")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return given if isinstance(given, dict) else {}

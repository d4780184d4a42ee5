"""What the notifications template in docs/deployments.md makes Argo CD send, to a deployment signal."""

from collections.abc import Mapping
from datetime import datetime

from agent.domain.deployment import DeploymentSignal
from agent.domain.noun import Json
from agent.errors import BadInput
from agent.intake.clean import clean_text, clean_url
from agent.intake.deployments import (
    LONGEST_TEXT,
    Status,
    demanded,
    identity,
    plain,
    read_object,
    time_in,
    words_in,
)

_MOST_IMAGES = 50
_PHASES: dict[str, Status] = {
    "running": "started",
    "succeeded": "succeeded",
    "failed": "failed",
    "error": "failed",
}


def parse_argocd(body: bytes, told_at: datetime) -> DeploymentSignal | None:
    """Parse a delivery; None for phases that say nothing, BadInput for what is broken.

    A sync that succeeded while the application still progresses has only started: its pods are not there yet.
    """
    given = read_object(body)
    app = demanded(given, "app")
    status = _PHASES.get(identity(given, "phase").casefold())
    if status is None:
        return None
    health = identity(given, "health").casefold()
    if status == "succeeded" and health == "progressing":
        status = "started"
    started = time_in(given, "started_at")
    if started is None and not identity(given, "revision"):
        raise BadInput("Say which revision was synchronised, or when.", field="revision")
    service = identity(given, "service") or app
    return DeploymentSignal(
        source="argocd",
        key=f"{app}@{identity(given, 'revision')}@{started.isoformat() if started else ''}",
        status=status,
        service=service,
        environment=identity(given, "environment"),
        namespace=identity(given, "namespace"),
        image=_own_image(given, service),
        release=identity(given, "version"),
        commit=identity(given, "revision"),
        actor=words_in(given, "actor", 100),
        title=words_in(given, "message"),
        url=clean_url(plain(given.get("url"))),
        started_at=started,
        finished_at=None if status == "started" else time_in(given, "finished_at"),
        told_at=told_at,
    )


def _own_image(given: Mapping[str, Json], service: str) -> str:
    """Return the image that bears the service's name, or the only one: sidecars release nothing of the service."""
    listed = given.get("images")
    texts = (
        [clean_text(plain(one), limit=LONGEST_TEXT + 1).strip() for one in listed]
        if isinstance(listed, list)
        else []
    )
    images = [one for one in texts[:_MOST_IMAGES] if one and len(one) <= LONGEST_TEXT]
    named = [one for one in images if _repository(one) == service]
    return (named or images)[0] if named or len(images) == 1 else ""


def _repository(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]

"""A signed JSON about a release (the generic form) to a deployment signal, and the reading of fields that all forms share."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from agent.analysis.redaction import Redactor
from agent.domain.deployment import DeploymentSignal
from agent.domain.noun import Json
from agent.errors import BadInput
from agent.intake.clean import LONGEST_IDENTITY, clean_text, clean_url
from agent.intake.oddities import to_utc

Status = Literal["planned", "started", "succeeded", "failed"]
LONGEST_TEXT = 300
# What people and their tools call the same four things.
WORDS: dict[str, Status] = {
    **dict.fromkeys(("planned", "scheduled"), "planned"),
    **dict.fromkeys(("started", "in_progress", "running", "progressing", "deploying"), "started"),
    **dict.fromkeys(("succeeded", "success", "finished", "deployed", "completed", "done"), "succeeded"),
    **dict.fromkeys(("failed", "failure", "error", "aborted", "cancelled"), "failed"),
}
_REDACTOR = Redactor()


def parse_deployment(body: bytes, told_at: datetime) -> DeploymentSignal:
    """Parse the generic form; raises BadInput with the field that is wrong."""
    given = read_object(body)
    said = identity(given, "status").casefold()
    status = WORDS.get(said)
    if status is None:
        raise BadInput("The status must be planned, started, succeeded or failed.", field="status")
    service = demanded(given, "service")
    release = identity(given, "version") or identity(given, "release")
    image, commit = identity(given, "image"), identity(given, "commit")
    if not (release or image or commit):
        raise BadInput("Say what was released: a version, an image or a commit.", field="version")
    started = time_in(given, "started_at")
    if status == "planned" and started is None:
        raise BadInput("Say when it is to begin: a planned release has a started_at.", field="started_at")
    own = identity(given, "id")
    made = ":".join((service, release, image, commit, started.isoformat() if started else ""))
    return DeploymentSignal(
        source="generic",
        key=own or made,
        status=status,
        service=service,
        environment=identity(given, "environment"),
        namespace=identity(given, "namespace"),
        workload=identity(given, "workload"),
        image=image,
        release=release,
        commit=commit,
        actor=words_in(given, "actor", 100),
        title=words_in(given, "title"),
        url=clean_url(plain(given.get("url"))),
        was_image=identity(given, "previous_image"),
        started_at=started,
        finished_at=time_in(given, "finished_at"),
        told_at=told_at,
    )


def read_object(body: bytes) -> dict[str, Json]:
    """Return the object that a body holds; raises BadInput for anything else."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON that can be read.") from error
    if not isinstance(given, dict):
        raise BadInput("The body must be a JSON object.")
    return given


def part(given: Mapping[str, Json], name: str) -> dict[str, Json]:
    """Return an object inside another one; what is missing or of another kind is empty."""
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def plain(value: Json) -> str:
    """Return a text or number as text; everything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    # Templates write this for what is not there.
    return "" if text in ("<no value>", "<nil>", "null") else text


def identity(given: Mapping[str, Json], name: str) -> str:
    """Return a name or an id: short, on one line; raises BadInput when it is too long to be one."""
    found = clean_text(plain(given.get(name)), limit=LONGEST_TEXT + 1).strip()
    if len(found) > LONGEST_TEXT:
        raise BadInput(f"This is too long: at most {LONGEST_TEXT} characters.", field=name)
    return found


def demanded(given: Mapping[str, Json], name: str) -> str:
    """Return a name that must be there; raises BadInput without it."""
    found = identity(given, name)
    if not found or len(found) > LONGEST_IDENTITY:
        raise BadInput("This must be a name.", field=name)
    return found


def words_in(given: Mapping[str, Json], name: str, limit: int = LONGEST_TEXT) -> str:
    """Return words for people, cut to a length and without anything that looks like a secret."""
    return _REDACTOR.text(clean_text(plain(given.get(name)), limit=limit).strip())


def time_in(given: Mapping[str, Json], name: str) -> datetime | None:
    """Return a time; None when there is none, BadInput when it cannot be read."""
    found = plain(given.get(name))
    if not found:
        return None
    try:
        return to_utc(datetime.fromisoformat(found))
    except ValueError as error:
        raise BadInput("Write a time as RFC 3339, such as 2026-11-23T10:15:00Z.", field=name) from error

"""What a third party says of itself on a public status page of Atlassian's form (`/api/v2/summary.json`)."""

import json
from collections.abc import Collection
from typing import Any

from agent.analysis.redaction import clean_text
from agent.domain.outpost import Looked, OutpostState
from agent.errors import BackendError
from tools.connectors.http_json import excerpt
from tools.connectors.outside import Outside

_INDICATORS = {"none": 0, "maintenance": 0, "minor": 1, "major": 2, "critical": 3}
_COMPONENTS = {
    "operational": 0,
    "under_maintenance": 0,
    "degraded_performance": 1,
    "partial_outage": 2,
    "major_outage": 3,
}
GRADES = {"minor": 1, "major": 2, "critical": 3}
_MOST_COMPONENTS = 1000
_MOST_NAMED = 3


async def public_status(
    outside: Outside,
    url: str,
    *,
    components: Collection[str],
    down_from: str,
    timeout_seconds: float,
    private: bool = False,
) -> Looked:
    """Read the page; one that cannot be read says nothing, so the state is unknown then."""
    address = url if url.endswith(".json") else f"{url.rstrip('/')}/api/v2/summary.json"
    try:
        answered = await outside.get(address, timeout_seconds=timeout_seconds, private=private)
    except BackendError as error:
        return Looked(state=OutpostState.UNKNOWN, detail=error.user_message)
    if answered.status != 200:
        return _unknown(f"the status page answers {answered.status}", answered.seconds)
    try:
        page = json.loads(answered.body)
    except (ValueError, RecursionError):
        return _unknown("the status page answers something that is not JSON", answered.seconds)
    return _judged(page, components, GRADES[down_from], answered.seconds)


def _judged(page: Any, components: Collection[str], down_from: int, seconds: float) -> Looked:
    if components:
        graded = _components(page, components)
        missing = sorted(set(components) - set(graded))
        if missing:
            return _unknown(f"the status page has no component {excerpt(missing[0], 60)}", seconds)
        grade = max(graded.values())
        worst = [name for name, found in graded.items() if found and found == grade]
        said = f"says of itself: trouble with {', '.join(worst[:_MOST_NAMED])}" if worst else ""
    else:
        status = page.get("status") if isinstance(page, dict) else None
        word = status.get("indicator") if isinstance(status, dict) else None
        found = _INDICATORS.get(word) if isinstance(word, str) else None
        if found is None or not isinstance(status, dict):
            return _unknown("the status page names no indicator that is known", seconds)
        grade, said = found, _said(status.get("description"))
    state = OutpostState.DOWN if grade >= down_from else OutpostState.UP
    return Looked(state=state, seconds=seconds, detail=said or "says that all is well")


def _components(page: Any, wanted: Collection[str]) -> dict[str, int]:
    """Return the grade of each wanted component; one whose status is a word that nobody knows is left out."""
    listed = page.get("components") if isinstance(page, dict) else None
    found: dict[str, int] = {}
    for one in listed[:_MOST_COMPONENTS] if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        name, status = one.get("name"), one.get("status")
        grade = _COMPONENTS.get(status) if isinstance(status, str) else None
        if isinstance(name, str) and name in wanted and grade is not None:
            # Two components of one name: the worse one counts.
            found[name] = max(grade, found.get(name, 0))
    return found


def _said(words: object) -> str:
    return (
        f"says of itself: {excerpt(clean_text(words), 120)}"
        if isinstance(words, str) and words.strip()
        else ""
    )


def _unknown(detail: str, seconds: float) -> Looked:
    return Looked(state=OutpostState.UNKNOWN, seconds=seconds, detail=detail)

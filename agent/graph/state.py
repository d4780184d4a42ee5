"""What travels between the steps: ids, counters and plain JSON; the nouns stay in the store."""

from typing import TypedDict

from agent.domain.noun import Json


class State(TypedDict):
    """`seen` is the last timeline event that asked for a look; `unfinished` are reads that did not end in time."""

    incident_id: str
    run: int
    seen: int
    started_at: str
    iteration: int
    evidence_ids: list[str]
    unfinished: list[dict[str, Json]]
    done: bool


class Update(TypedDict, total=False):
    """What a step changes; lists are replaced as a whole, so that a step that runs again doubles nothing."""

    iteration: int
    evidence_ids: list[str]
    unfinished: list[dict[str, Json]]
    done: bool

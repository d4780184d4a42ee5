"""A list of database sessions as the plan of an action: shown to people without data, kept for the engine exactly."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter

from agent.analysis.redaction import Redactor
from agent.domain.action import BlastRadius, FieldChange, Plan, Target
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.connectors.writers import RunningQuery

MAX_ENDED = 200
_SHOWN = 20
_LITERAL = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\b\d{3,}\b", re.DOTALL)
_REDACTOR = Redactor()
_SEEN: TypeAdapter[list[tuple[int, datetime]]] = TypeAdapter(list[tuple[int, datetime]])


def shown_query(text: str, limit: int = 100) -> str:
    """Return the beginning of a query for people: its values are data of somebody and left out."""
    line = " ".join(_REDACTOR.text(_LITERAL.sub("?", text)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _line(session: RunningQuery) -> FieldChange:
    where = f"pid {session.pid} ({session.application or 'no name'}, {session.user}@{session.database})"
    state = f"{session.state} for {session.seconds:.0f} s: {shown_query(session.query)}"
    return FieldChange(path=_REDACTOR.text(where), before=state)


def _seen(sessions: Sequence[RunningQuery]) -> list[Json]:
    return [[s.pid, s.backend_start.isoformat()] for s in sessions]


def planned(plan: Plan) -> list[tuple[int, datetime]]:
    """Return the sessions that a plan names."""
    return _SEEN.validate_python(plan.before["sessions"])


def version_of(sessions: Sequence[RunningQuery]) -> str:
    """Return a text that is another one as soon as a session comes or goes."""
    listed = sorted((s.pid, s.backend_start.isoformat()) for s in sessions)
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:32]


def sessions_plan(chosen: Sequence[RunningQuery], target: Target, args: dict[str, str], unit: str) -> Plan:
    """Return the plan to end these sessions, counted as `unit`; raises BadInput when they are too many."""
    if len(chosen) > MAX_ENDED:
        raise BadInput(f"{len(chosen)} sessions are too many at once; at most {MAX_ENDED} are ended.")
    hidden = len(chosen) - _SHOWN
    return Plan(
        target=target,
        changes=tuple(map(_line, chosen[:_SHOWN])),
        # No share: connections that hang are not the capacity of anything.
        radius=BlastRadius(count=len(chosen), unit=unit),
        reversible=False,
        seconds=2,
        args={"count": str(len(chosen)), **args},
        facts={"sessions": len(chosen), "longest_seconds": round(max(s.seconds for s in chosen), 1)},
        before={"sessions": _seen(chosen)},
        warnings=(f"{hidden} more sessions are not shown.",) if hidden > 0 else (),
    )

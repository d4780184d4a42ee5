"""What the words of an update are checked against before people let it go: everything that the incident holds by now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.analysis.redaction import Redactor
from agent.domain.update import Update
from agent.domain.view import IncidentView
from agent.lifecycle.view import load_view
from agent.policy.audiences import Level
from agent.policy.leak_match import Names
from agent.policy.leak_names import names_in
from agent.policy.leaks import leaks
from agent.policy.load import Policies
from agent.ports.store import Tx

_NAMELESS: tuple[Level, ...] = ("internal", "technical")


@dataclass(frozen=True, slots=True)
class Guard:
    """An incident as it is known, and its names where the readers may not see them."""

    view: IncidentView
    names: Names | None

    def faults(self, policies: Policies, update: Update, texts: Sequence[str], redactor: Redactor) -> str:
        """Return what these words would give away to the update's readers, or nothing."""
        level = level_of(policies, update)
        found = [
            one
            for text in texts
            for one in leaks(text, self.view, policies, level=level, redactor=redactor, names=self.names)
        ]
        return ", ".join(dict.fromkeys(f"{one.kind} “{one.text}”" for one in found))


async def guard_of(tx: Tx, policies: Policies, update: Update, at: datetime) -> Guard | None:
    """Gather it; in a storm that takes seconds, so that it belongs before a transaction that others wait for."""
    view = await load_view(tx, update.incident_id or "", policies, at)
    if view is None:
        return None
    if level_of(policies, update) in _NAMELESS:
        return Guard(view, None)
    return Guard(view, await asyncio.to_thread(names_in, view, policies))


def level_of(policies: Policies, update: Update) -> Level:
    """Return what an update's readers may know; what is public, or for an audience that is gone, is read by anybody."""
    audience = policies.communications.audience(update.audience)
    return "public" if update.public or audience is None else audience.level

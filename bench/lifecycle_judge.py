"""Compares what the database holds of an incident with what the model says of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.domain.notification import PagerEvent
from agent.domain.page import PageState
from agent.ports.store import Tx
from bench.lifecycle_model import Story
from bench.lifecycle_people import name_of, what


@dataclass
class Outcome:
    """What was found wrong in a life, with a sentence for each."""

    illegal_states: int = 0
    lost_timers: int = 0
    double_pages: int = 0
    kills: int = 0
    crashes: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    async def compare(self, tx: Tx, incident_id: str, story: Story, after: str) -> None:
        incident = await tx.incidents.get(incident_id)
        assert incident is not None
        times = incident.times
        state = (incident.status.value, incident.priority.value, incident.opening)
        wanted = (story.status, story.priority, story.opening)
        marks = (times.acknowledged_at, times.resolved_at)
        if state != wanted or marks != (story.acknowledged, story.ended):
            self.illegal_states += 1
            self.said.append(
                f"after {after}: {state} {marks} for {wanted} {(story.acknowledged, story.ended)}"
            )
        pages = await tx.pages.of_incident(incident_id)
        self._judge(
            "call", Counter(what(p.id) for p in pages), Counter(name_of(r) for r in story.rings), after
        )
        alive = {what(p.id) for p in pages if p.state in (PageState.WANTED, PageState.ACCEPTED)}
        expected = {name_of(r) for r in story.rings if not r.over and not r.refused}
        if alive != expected:
            self.illegal_states += 1
            self.said.append(f"after {after}: calls that live differ: {alive ^ expected}")
        told = [
            (one.incident_id, one.content.event_action, one.content.dedup_key)
            for one in await tx.notifications.of_incident(incident_id)
            if isinstance(one.content, PagerEvent) and one.content.event_action != "trigger"
        ]
        events = Counter(f"{_opening(key)}:{action}" for _, action, key in told)
        self._judge("pager", events, Counter(f"{o}:{a}" for o, a in story.pager), after)
        asked = await tx.handoffs.of_incident(incident_id)
        words = Counter(
            (int(one.id.split(":")[2]), one.question.moment.value, who)
            for one in asked
            if one.question.kind == "inform_audiences"
            for who in one.question.audiences
        )
        self._judge("word", words, story.words, after)
        fired = Counter(key for key, done in story.reminders.items() if done)
        slots = [
            key
            for key in story.reminders
            if await tx.outbox.get(f"task_due:task:{key[0]}:{key[1].isoformat()}")
        ]
        self._judge("reminder", Counter(slots), fired, after)
        seen = Counter(e.kind.value for e in await tx.timeline.of(incident_id))
        for kind in ("near", "missed"):
            many = sum(1 for _, _, name in story.seen if name == kind)
            self._judge(kind, Counter({kind: seen[f"target_{kind}"]}), Counter({kind: many}), after)

    def _judge(self, what: str, found: Counter[Any], wanted: Counter[Any], after: str) -> None:
        for key, many in (wanted - found).items():
            self.lost_timers += many
            self.said.append(f"after {after}: {what} {key} is lost")
        for key, many in (found - wanted).items():
            if what in ("call", "pager"):
                self.double_pages += many
            else:
                self.illegal_states += many
            self.said.append(f"after {after}: {what} {key} is one too many")


def _opening(key: str) -> int:
    tail = key.removeprefix("ops-monitor-").partition("-")[2]
    return int(tail) if tail else 1

"""A model's look at an incident that the rules have diagnosed: a job of its own, so that no card ever waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from agent.diagnosis.admission import admit, of_model
from agent.diagnosis.merge import merged
from agent.domain.action import MODEL, ActionRequest
from agent.domain.evidence import Diagnosis, Evidence, FindingKind
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.view import IncidentView
from agent.errors import BadAnswer, OpsError, OverBudget, Refused, Unavailable
from agent.graph.events import mark_once, runs_done, starts_anew
from agent.lifecycle.announce import announce
from agent.lifecycle.view import load_view
from agent.policy.load import Policies
from agent.ports.brain import Deepener, Insight, Wish
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.recovery import Recovery
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log
from agent.telemetry.metrics import Metrics

DEEPEN = "incident.deepen"
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
# Most of a day at the longest pause; whoever still has the incident open then has long looked for themselves.
MOST_TRIES = 250
_NEWEST = 80
_log = get_log("graph")


def deepening(incident: Incident, tries: int = 0) -> Job:
    """Return the job that has a model look at an incident; while one waits, more of them fold into it."""
    return Job(
        kind=DEEPEN,
        payload={"incident_id": incident.id, "tries": tries},
        group_key=f"deepen:{incident.id}",
        dedupe_key=f"deepen:{incident.id}",
        priority=incident.priority.rank,
    )


class Deepening:
    """The handler of `incident.deepen`; `recovery` takes the model's wish, and decides as it does for anybody's."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        deepener: Deepener,
        policies: Policies,
        clock: Clock,
        *,
        recovery: Recovery | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._deepener = deepener
        self._policies = policies
        self._clock = clock
        self._recovery = recovery
        self._metrics = metrics

    async def deepen(self, incident_id: str, tries: int = 0) -> None:
        """Have the model look once; when it cannot be reached, ask for another look later."""
        start = await self._start(incident_id)
        if start is None:
            return
        notebook = _Notebook(self._store, self._clock, start.key)
        try:
            insight = await self._deepener.deepen(start.view, start.evidence, notebook)
        except Unavailable as error:
            await self._without(start, "away", error, tries)
        except OverBudget as error:
            await self._without(start, "spent", error)
        except (Refused, BadAnswer) as error:
            await self._without(start, "refused", error)
        else:
            still_open = await self._join(start, insight)
            await self._propose(start, insight.wish if still_open else None)
            self._count("done")

    async def _start(self, incident_id: str) -> "_Start | None":
        async with self._store.read() as tx:
            view = await load_view(tx, incident_id, self._policies, self._clock.now())
        if view is None or view.diagnosis is None or not view.incident.status.open:
            return None
        start = _Start(view, runs_done(view.timeline), signature(view))
        # What the model has seen already, and what looks just the same to it, need not be paid for again.
        return None if start.seen_before else start

    async def _without(
        self,
        start: "_Start",
        why: Literal["away", "refused", "spent"],
        error: OpsError,
        tries: int | None = None,
    ) -> None:
        """Have the card say once that the rules alone speak; only what was away is tried again."""
        self._count(why)
        _log.warning(LogEvent.TASK_FAILED, task="model", error=error.user_message)
        incident_id = start.view.incident.id
        async with self._store.write() as tx:
            now = self._clock.now()
            diagnosis = await tx.evidence.diagnosis(incident_id)
            incident = await tx.incidents.get(incident_id)
            if diagnosis is None or incident is None:
                return
            if diagnosis.model != why:
                await tx.evidence.put_diagnosis(incident_id, diagnosis.model_copy(update={"model": why}), now)
                await announce(tx, incident, self._policies, now)
            if tries is not None and tries < MOST_TRIES and incident.status.open:
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries, 20))
                later = deepening(incident, tries + 1).model_copy(update={"run_at": now + pause})
                await self._jobs.enqueue(tx, later)

    async def _join(self, start: "_Start", insight: Insight) -> bool:
        """Store what was read and the findings that stand beside the diagnosis of this moment.

        Return whether the incident is still open: it may have ended while the model thought.
        """
        incident_id = start.view.incident.id
        async with self._store.write() as tx:
            now = self._clock.now()
            for one in insight.evidence:
                await tx.evidence.add(one)
            view = await load_view(tx, incident_id, self._policies, now)
            if view is None or view.diagnosis is None:
                return False
            before = view.diagnosis
            known = {e.id: e for e in (*start.evidence, *view.evidence, *insight.evidence)}
            stands = admit(insight.findings, view, tuple(known.values()), before).findings
            after = merged(before, stands).model_copy(update={"model": ""})
            said = "; ".join(f.claim for f in stands)[:500] or "nothing to add"
            data: dict[str, Json] = {
                "run": start.run,
                "signature": start.signature,
                "findings": len(stands),
                "summary": said,
            }
            if await mark_once(tx, incident_id, TimelineKind.DEEPENED, self._deepener.name, now, data):
                await tx.evidence.put_diagnosis(incident_id, after, now)
                await announce(tx, view.incident, self._policies, now)
            await tx.model.drop(start.key)
            return view.incident.status.open

    async def _propose(self, start: "_Start", wish: Wish | None) -> None:
        if wish is None or self._recovery is None:
            return
        request = ActionRequest(
            name=wish.action,
            params=wish.params,
            by=self._deepener.name,
            incident_id=start.view.incident.id,
            origin=MODEL,
            reason=wish.reason,
            evidence_ids=wish.evidence_ids,
        )
        try:
            await self._recovery.propose(request)
        except OpsError as error:
            # A wish that cannot be planned is none; the findings stand without it.
            _log.warning(LogEvent.TASK_FAILED, task="model's wish", error=error.user_message)

    def _count(self, outcome: str) -> None:
        if self._metrics is not None:
            self._metrics.model_calls.labels(outcome).inc()


@dataclass(frozen=True, slots=True)
class _Start:
    """The incident as the model is to see it."""

    view: IncidentView
    run: int
    signature: str

    @property
    def key(self) -> str:
        return f"deepen:{self.view.incident.id}:{self.run}"

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Return what the findings cite and what is newest."""
        findings = self.view.diagnosis.findings if self.view.diagnosis else ()
        cited = {i for f in findings for i in f.evidence_ids}
        newest = {e.id for e in self.view.evidence[-_NEWEST:]}
        return tuple(e for e in self.view.evidence if e.id in cited | newest)

    @property
    def seen_before(self) -> bool:
        marks = [e for e in self.view.timeline if e.kind is TimelineKind.DEEPENED]
        if any(mark.data.get("run") == self.run for mark in marks):
            return True
        same = bool(marks) and marks[-1].data.get("signature") == self.signature
        return same and not starts_anew(_since(self.view.timeline, marks))


def _since(timeline: Sequence[TimelineEvent], marks: Sequence[TimelineEvent]) -> list[TimelineEvent]:
    """Return the timeline without the diagnoses after the model's last look, as that look knew it."""
    last = marks[-1].seq
    return [e for e in timeline if e.kind is not TimelineKind.DIAGNOSED or e.seq <= last]


def signature(view: IncidentView) -> str:
    """Return what an incident looks like to a model: its cause, whom it affects, and what changed."""
    diagnosis = view.diagnosis or Diagnosis()
    cause = diagnosis.cause
    changes = sorted(f.service or "" for f in diagnosis.findings if f.kind is FindingKind.CHANGE)
    named = f"{cause.rule}@{cause.service}" if cause is not None and not of_model(cause) else "none"
    return "|".join([named, ",".join(sorted(view.services)), ",".join(changes)])[:500]


class _Notebook:
    """Keeps a model's talk in the store, with what was read for it, one transaction per turn."""

    def __init__(self, store: Store, clock: Clock, key: str) -> None:
        self._store = store
        self._clock = clock
        self._key = key

    async def load(self) -> dict[str, Json] | None:
        """Return how far the talk has come."""
        async with self._store.read() as tx:
            return await tx.model.talk(self._key)

    async def save(self, talk: dict[str, Json], found: Sequence[Evidence]) -> None:
        """Keep how far it has come, and what was read for it."""
        async with self._store.write() as tx:
            for one in found:
                await tx.evidence.add(one)
            await tx.model.keep(self._key, talk, self._clock.now())

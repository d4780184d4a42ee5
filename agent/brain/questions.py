"""Answers free questions without a model: rules find the intent, reads find the facts, code writes the prose."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from agent.brain.explain import explain, view_for
from agent.brain.intents import Intent, intent_of
from agent.brain.recollect import next_answer, similar_answer, with_lookalike
from agent.brain.standing import concerns, standing_view
from agent.diagnosis.diagnose import diagnose
from agent.domain.answer import Answer, AnswerPart, Question, Step
from agent.domain.evidence import Evidence, FindingKind, ReadRequest
from agent.domain.incident import Incident
from agent.domain.runbook import Runbook
from agent.domain.view import IncidentView
from agent.locale.claims import claim
from agent.locale.messages import language_of, text
from agent.operations import lookups
from agent.operations.aliases import LEVELS, LOG_TYPES
from agent.operations.status import people_of, status_answer
from agent.operations.wording import (
    LONGEST,
    Wish,
    mentioned_minutes,
    mentioned_service,
    mentioned_signal,
    understand_logs,
    words_of,
)
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store

HEALTH_SIGNALS = ("server_error_ratio", "latency_p95", "up", "pool_utilization", "container_memory_ratio")


class Answerer:
    """One per brain; holds no state between questions."""

    def __init__(self, reads: Reads, store: Store, clock: Clock, runbooks: Sequence[Runbook] = ()) -> None:
        self._reads = reads
        self._store = store
        self._clock = clock
        self._runbooks = tuple(runbooks)

    async def answer(self, question: Question, view: IncidentView | None) -> AsyncIterator[AnswerPart]:
        """Yield steps and exactly one Answer, in the language of the question."""
        words = question.text[:LONGEST]
        lang = "ko" if language_of(words) == "ko" else question.language
        services, seen = await lookups.known_services(self._reads)
        named = mentioned_service(words, (*services, *(view.services if view else ())))
        wanted = intent_of(
            _without(words, named), service=named, signal=mentioned_signal(_without(words, named))
        )
        service = named or (view.incident.service if view is not None else None) or None
        if wanted is Intent.WHY:
            async for part in self._why(view, service, services, seen, lang, whole=question.whole):
                yield part
            return
        step = Step(id="look", title=text(lang, "step-look"), status="in_progress")
        yield step
        answer = await self._look_up(wanted, words, service, services, view, lang, whole=question.whole)
        yield step.model_copy(update={"status": "complete"})
        yield answer

    async def _why(
        self,
        view: IncidentView | None,
        service: str | None,
        services: Sequence[str],
        seen: Evidence,
        lang: str,
        *,
        whole: bool,
    ) -> AsyncIterator[AnswerPart]:
        now = self._clock.now()
        if view is not None and (service is None or concerns(view, service)):
            about = view.model_copy(update={"as_of": now})
        else:
            found = await standing_view(self._store, service, now, whole=whole)
            if found is None and service is None:
                yield _which(services, seen, lang)
                return
            about = found or view_for(service or "", now)
        service = service or about.incident.service or about.incident.title
        async for part in explain(self._reads, about, service, lang, self._runbooks):
            if isinstance(part, Answer) and about.incident.number:
                yield await with_lookalike(self._store, part, about, now, lang)
            else:
                yield part

    async def _look_up(
        self,
        wanted: Intent,
        words: str,
        service: str | None,
        services: Sequence[str],
        view: IncidentView | None,
        lang: str,
        *,
        whole: bool,
    ) -> Answer:
        minutes = mentioned_minutes(words)
        match wanted:
            case Intent.LOGS:
                wish = understand_logs(_log_words(words, service), services)
                return await lookups.logs_answer(self._reads, _with(wish, service), lang)
            case Intent.METRICS:
                signal = mentioned_signal(_without(words, service))
                wish = Wish(service=service, signal=signal, minutes=minutes)
                return await lookups.signal_answer(self._reads, wish, lang)
            case Intent.PODS:
                return await lookups.pods_answer(self._reads, self._clock, Wish(service=service), lang)
            case Intent.CHANGES:
                return await lookups.changes_answer(self._reads, self._clock, service, minutes or 120, lang)
            case Intent.HEALTH if service is not None:
                return await self._health(service, lang)
            case Intent.STATUS | Intent.HEALTH | Intent.INCIDENTS | Intent.ALERTS:
                return await self._overview(lang, whole=whole)
            case Intent.WHO | Intent.SIMILAR | Intent.NEXT:
                return await self._about_incident(wanted, view, lang, whole=whole)
            case _:
                return Answer(text=text(lang, "answer-help"))

    async def _health(self, service: str, lang: str) -> Answer:
        now = self._clock.now()
        requests = [
            ReadRequest(
                tool="metrics_collector.signal", params={"signal": s, "service": service, "minutes": 30}
            )
            for s in HEALTH_SIGNALS
        ]
        evidence = [await self._reads.run(request) for request in requests]
        diagnosis = await asyncio.to_thread(diagnose, view_for(service, now), evidence, language=lang)
        bad = [f for f in diagnosis.findings if f.kind is FindingKind.SYMPTOM]
        good = tuple(e for e in evidence if e.ok)
        lines = [f"- {claim(lang, f)}" for f in bad]
        name = "answer-unhealthy" if bad else "answer-healthy" if good else "answer-health-unknown"
        words = [text(lang, name, service=service), *lines]
        if diagnosis.missing:
            words.append(text(lang, "answer-why-missing", what="; ".join(diagnosis.missing)))
        return Answer(text="\n".join(words), evidence=good or tuple(evidence))

    async def _overview(self, lang: str, *, whole: bool) -> Answer:
        return await status_answer(self._store, self._reads, None, None, self._clock, lang, whole=whole)

    async def _about_incident(
        self, wanted: Intent, view: IncidentView | None, lang: str, *, whole: bool
    ) -> Answer:
        if wanted is Intent.SIMILAR:
            return await similar_answer(self._store, view, self._clock.now(), lang, whole=whole)
        if view is None:
            return await self._open_ones(lang)
        if wanted is Intent.NEXT:
            return next_answer(view, self._runbooks, lang)
        return Answer(text=_who(view.incident, view.route.page, lang), people=people_of([view.incident]))

    async def _open_ones(self, lang: str) -> Answer:
        async with self._store.read() as tx:
            still_open = await tx.incidents.open()
        if not still_open:
            return Answer(text=text(lang, "answer-no-incident"))
        words = "\n".join(_who(one, (), lang) for one in still_open[:5])
        return Answer(text=words, people=people_of(still_open[:5]))


def _which(services: Sequence[str], seen: Evidence, lang: str) -> Answer:
    if services:
        return Answer(text=text(lang, "answer-unknown-service", services=", ".join(services[:12])))
    reason = (seen.error or seen.reading.summary).rstrip(".")
    return Answer(text=text(lang, "answer-no-services", reason=reason), evidence=(seen,))


def _who(one: Incident, told: Sequence[str], lang: str) -> str:
    owner = one.acknowledged_by
    words = [
        text(lang, "answer-who", name=one.name, who=owner)
        if owner
        else text(lang, "answer-who-none", name=one.name)
    ]
    if one.commander:
        words.append(text(lang, "answer-who-commander", who=one.commander))
    if told:
        words.append(text(lang, "answer-who-paged", paged=", ".join(told)))
    return " ".join(words)


def _without(words: str, service: str | None) -> str:
    """Return the question without the service's name, which may itself sound like a signal or an intent."""
    return words.replace(service, " ") if service else words


def _log_words(words: str, service: str | None) -> str:
    """Keep of a question about logs only what narrows the search: level, kind, duration and quoted text."""
    kept = [w for w in words_of(_without(words, service)) if w.casefold() in {*LEVELS, *LOG_TYPES}]
    minutes = mentioned_minutes(words)
    return " ".join([*kept[:2], *([f"{minutes}m"] if minutes else [])])


def _with(wish: Wish, service: str | None) -> Wish:
    return Wish(
        service=service,
        minutes=wish.minutes,
        level=wish.level,
        log_type=wish.log_type,
        text=wish.text,
    )

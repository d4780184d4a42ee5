"""The desk where every door brings its look-ups and questions; it always answers, and in time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

from agent.analysis.redaction import Redactor
from agent.domain.answer import Answer, AnswerPart, Question
from agent.domain.results import TableResult
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.errors import BadInput, OpsError
from agent.locale.errors import error_words
from agent.locale.messages import text
from agent.operations import lookups, tables
from agent.operations.calibration import calibration_answer
from agent.operations.releases_listing import deploys_answer
from agent.operations.slow import slow_answer
from agent.operations.status import Probes, health_answer, incidents_answer, status_answer
from agent.operations.wording import understand_logs, understand_service, understand_signal
from agent.policy.load import Policies
from agent.ports.brain import Brain
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.reads import Reads
from agent.ports.store import Store

ViewOf = Callable[[str], Awaitable[IncidentView | None]]
SERVICES_KEPT = timedelta(seconds=60)


class Desk:
    """Look-ups raise BadInput with a sentence for what they cannot read; everything else becomes an Answer."""

    def __init__(
        self,
        store: Store,
        reads: Reads,
        brain: Brain,
        policies: Policies,
        clock: Clock,
        *,
        view_of: ViewOf | None = None,
        jobs: Jobs | None = None,
        probes: Probes | None = None,
        language: str = "en",
        redactor: Redactor | None = None,
        deadline_seconds: float = 15.0,
        question_seconds: float = 45.0,
    ) -> None:
        self._store = store
        self._reads = reads
        self._brain = brain
        self._policies = policies
        self._clock = clock
        self._view_of = view_of
        self._jobs = jobs
        self._probes = probes
        self._language = language
        self._redactor = redactor or Redactor()
        self._deadline_seconds = deadline_seconds
        self._question_seconds = question_seconds
        self._services: tuple[float, tuple[str, ...]] | None = None

    async def status(self, *, language: str | None = None, whole: bool = True) -> Answer:
        """Tell how everything is; without `whole` what is kept apart has no details."""
        lang = language or self._language
        work = status_answer(
            self._store, self._reads, self._jobs, self._probes, self._clock, lang, whole=whole
        )
        return await self._in_time(work, lang)

    async def health(self, *, language: str | None = None) -> Answer:
        """Tell how the services are."""
        lang = language or self._language
        return await self._in_time(health_answer(self._store, self._reads, self._clock, lang), lang)

    async def incidents(self, *, language: str | None = None, whole: bool = True) -> Answer:
        """List open and recent incidents; without `whole` what is kept apart has no details."""
        lang = language or self._language
        work = incidents_answer(self._store, self._policies, self._clock, lang, whole=whole)
        return await self._in_time(work, lang)

    async def calibration(self, *, language: str | None = None) -> Answer:
        """Tell how often diagnoses were right when they were so sure."""
        lang = language or self._language
        return await self._in_time(calibration_answer(self._store, lang), lang)

    async def deploys(self, args: str = "", *, language: str | None = None) -> Answer:
        """List the latest releases, or those of a service."""
        lang = language or self._language
        named = " ".join(args.split())[:100] or None
        return await self._in_time(deploys_answer(self._store, self._clock, lang, named), lang)

    async def metrics(self, args: str, *, language: str | None = None) -> Answer:
        """Show a signal of a service, such as `checkout latency 30m`; without words, all services."""
        lang = language or self._language

        async def work() -> Answer:
            wish = understand_signal(args, await self.services())
            return await lookups.signal_answer(self._reads, wish, lang)

        return await self._in_time(work(), lang)

    async def logs(self, args: str, *, language: str | None = None) -> Answer:
        """Show log lines, such as `payment errors 15m`."""
        lang = language or self._language

        async def work() -> Answer:
            wish = understand_logs(args, await self.services())
            return await lookups.logs_answer(self._reads, wish, lang)

        return await self._in_time(work(), lang)

    async def pods(self, args: str = "", *, language: str | None = None) -> Answer:
        """Show the pods of a service, or of all."""
        lang = language or self._language

        async def work() -> Answer:
            wish = understand_service(args, await self.services())
            return await lookups.pods_answer(self._reads, self._clock, wish, lang)

        return await self._in_time(work(), lang)

    async def slow(self, args: str = "", *, language: str | None = None) -> Answer:
        """Show the slow endpoints of a service, or of all, such as `storefront 30m`."""
        lang = language or self._language

        async def work() -> Answer:
            wish = understand_signal(args, await self.services())
            return await slow_answer(self._reads, wish, lang)

        return await self._in_time(work(), lang)

    async def alerts(self, args: str = "", *, language: str | None = None) -> Answer:
        """Show what fires, as Alertmanager says or, when it is away, as the bot last heard."""
        lang = language or self._language
        return await self._in_time(self._alerts(args, lang), lang)

    async def ask(self, question: Question) -> AsyncIterator[AnswerPart]:
        """Answer a free question: steps while working, then exactly one Answer; never raises and never hangs."""
        # What somebody pastes by mistake must reach neither the record nor a model.
        question = question.model_copy(update={"text": self._redactor.text(question.text)})
        view = await self._view(question.incident_id)
        if view is not None:
            await self._note_question(question, view)
        answered = False
        try:
            async with asyncio.timeout(self._question_seconds):
                async for part in self._brain.answer(question, view):
                    answered = isinstance(part, Answer)
                    yield part
                    if answered:
                        break
        except TimeoutError:
            yield Answer(text=text(question.language, "answer-too-late"))
        except OpsError as error:
            yield Answer(text=error_words(question.language, error))
        else:
            if not answered:
                yield Answer(text=text(question.language, "answer-not-understood"))

    async def services(self) -> tuple[str, ...]:
        """Return the known services, asked at most once a minute; empty while the metrics are away."""
        now = self._clock.now().timestamp()
        if self._services is None or now - self._services[0] > SERVICES_KEPT.total_seconds():
            names, _ = await lookups.known_services(self._reads)
            if not names:
                return self._services[1] if self._services else ()
            self._services = (now, names)
        return self._services[1]

    async def _alerts(self, args: str, lang: str) -> Answer:
        wish = understand_service(args, await self.services())
        seen = await lookups.read(
            self._reads, "alert_manager.firing", **({"service": wish.service} if wish.service else {})
        )
        alerts = tables.alerts_of(seen)
        note = ""
        if seen.error is not None:
            async with self._store.read() as tx:
                heard = [record.alert for record in await tx.alerts.firing(500)]
            alerts = tuple(a for a in heard if wish.service in (None, a.labels.get("service")))
            note = "\n" + text(lang, "answer-alerts-heard", reason=seen.error.rstrip("."))
        if not alerts:
            return Answer(text=text(lang, "answer-no-alerts") + note, evidence=(seen,))
        table: TableResult = tables.alerts_table(lang, alerts, self._clock.now())
        words = text(lang, "answer-alerts", count=len(alerts))
        return Answer(text=words + note, table=table, evidence=(seen,))

    async def _view(self, incident_id: str | None) -> IncidentView | None:
        if incident_id is None or self._view_of is None:
            return None
        return await self._view_of(incident_id)

    async def _note_question(self, question: Question, view: IncidentView) -> None:
        async with self._store.write() as tx:
            await tx.timeline.append(
                view.incident.id,
                TimelineKind.ASKED,
                question.asker,
                self._clock.now(),
                {"question": question.text[:500]},
            )

    async def _in_time(self, work: Awaitable[Answer], lang: str) -> Answer:
        """Return the answer, or say that it took too long; bad input goes to the door, which shows it."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await work
        except TimeoutError:
            return Answer(text=text(lang, "answer-too-late"))
        except BadInput:
            raise
        except OpsError as error:
            return Answer(text=error_words(lang, error))

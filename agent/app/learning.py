"""What is learnt after an incident, as the composition root builds it: drafts, follow-ups, figures, and what is counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.app.ground import Ground, Wing
from agent.app.rounds import go_round
from agent.domain.page import Page
from agent.domain.task import Task
from agent.lifecycle import tasks
from agent.lifecycle.aftermath import Aftermath, Counted, describe_with
from agent.lifecycle.announce import announce
from agent.operations.figures import WEEK, calls_per_week, load_figures
from agent.operations.figures_words import USUAL, figure_lines
from agent.operations.postmortem_desk import Around, Draft, Postmortems, Told
from agent.policy.book import PolicyBook
from agent.policy.load import Policies
from agent.ports.store import Tx
from agent.telemetry.logs import get_log
from agent.telemetry.metrics import Metrics

LOOP = "figures"
EVERY_SECONDS = 60.0
_KEPT = timedelta(seconds=60)
_log = get_log("learning")


@dataclass(slots=True)
class Learnt:
    """Implements what the Slack app asks of learning; figures are worked out at most once a minute."""

    ground: Ground
    desk: Postmortems
    _figures: dict[str, tuple[datetime, Sequence[str]]] = field(default_factory=dict)

    async def postmortem(self, incident_id: str, *, by: str, language: str) -> Draft:
        """Return the draft; raises NotFound, and BadInput while there is nothing to learn from."""
        return await self.desk.postmortem(incident_id, by=by, language=language)

    async def shown(self, incident_id: str, language: str) -> Draft:
        """Return the draft from what is stored; raises NotFound."""
        return await self.desk.shown(incident_id, language)

    async def told(self, incident_id: str, language: str) -> Told:
        """Return what the message about a draft says; raises NotFound."""
        return await self.desk.told(incident_id, language)

    async def figures(self, language: str) -> Sequence[str]:
        """Return one plain line per figure of the last thirty days."""
        now = self.ground.clock.now()
        known = self._figures.get(language)
        if known is None or abs(now - known[0]) > _KEPT:
            found = await load_figures(self.ground.store, self.ground.clock, USUAL)
            known = self._figures[language] = (now, figure_lines(found, language, named=self._named))
        return known[1]

    def _named(self, person: str) -> str:
        known = self.ground.book.current.oncall.person(person)
        return known.name if known is not None else person


def open_learning(ground: Ground) -> tuple[Learnt, Aftermath, Wing]:
    """Build the desk of post-mortems, what the clock of life does for it, and the wing of its job and figures."""
    settings = ground.settings
    around = Around(
        add_follow_up=_add_follow_up,
        announce=announce,
        view=ground.view,
        shows=settings.slack_bot_token is not None,
    )
    desk = Postmortems(
        ground.store,
        ground.jobs,
        ground.toolbelt,
        ground.book,
        ground.clock,
        around,
        language=settings.language,
    )
    tracked = settings.jira_url is not None
    after = Aftermath(
        learn=desk.learn,
        count=Counting(ground.metrics, ground.book),
        describe=describe_with(settings.language) if tracked else None,
    )
    wing = Wing(handlers=desk.handlers(), loops={LOOP: CallsGauge(ground).run}, in_turn=frozenset({LOOP}))
    return Learnt(ground, desk), after, wing


async def _add_follow_up(
    tx: Tx, policies: Policies, incident_id: str, *, text: str, by: str, at: datetime, key: str
) -> Task:
    return await tasks.add(tx, policies, incident_id, text=text, by=by, at=at, key=key, kind="follow_up")


@dataclass(frozen=True, slots=True)
class Counting:
    """Puts what is counted once into the metrics."""

    metrics: Metrics
    book: PolicyBook

    def __call__(self, one: Counted) -> None:
        """Count a span, a call or an update."""
        metrics, priority = self.metrics, one.incident.priority.value
        if one.page is not None:
            page: Page = one.page
            outcome = page.state.value
            metrics.pages.labels(way=page.way.value, reason=page.reason, outcome=outcome).inc()
        elif one.update is not None:
            metrics.updates.labels(audience=one.update.audience, outcome=one.update.state.value).inc()
        else:
            spans = {
                "acknowledged": metrics.incident_acknowledge,
                "mitigated": metrics.incident_mitigate,
                "resolved": metrics.incident_resolve,
            }
            service = self.book.current.services.counted_as(one.incident.service)
            spans[one.span].labels(priority=priority, service=service).observe(one.seconds)


@dataclass(frozen=True, slots=True)
class CallsGauge:
    """Keeps the gauge of calls per person and week; only people of oncall.yaml are named, which bounds it."""

    ground: Ground

    async def run(self) -> None:
        """Look every minute."""
        await go_round(self.look, task=LOOP, every_seconds=EVERY_SECONDS, log=_log)

    async def look(self) -> None:
        """Set the gauge of each person."""
        ground = self.ground
        async with ground.store.read() as tx:
            pages = await tx.pages.since(ground.clock.now() - WEEK)
        counts = calls_per_week(pages, WEEK)
        gauge = ground.metrics.pages_per_week
        gauge.clear()
        for person in ground.book.current.oncall.people:
            gauge.labels(person=person.id).set(counts.get(person.id, 0.0))

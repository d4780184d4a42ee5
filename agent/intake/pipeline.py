"""The stages of a delivery, in order: mute, dedup, group, correlate; then everything is written in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.domain.alert import AlertStatus
from agent.domain.noun import Noun
from agent.intake.changes import Changes
from agent.intake.correlate import Candidate, Match, correlate
from agent.intake.dedup import judge
from agent.intake.follow import Effects
from agent.intake.group import Bundle, bundle
from agent.intake.mute import muted
from agent.intake.neighbours import Edges
from agent.intake.obey import Rules, separate
from agent.intake.records import Ledger
from agent.intake.sighting import Decision, Outcome, Sighting, Verdict
from agent.intake.windows import Windows
from agent.intake.write import Writer
from agent.policy.load import Policies
from agent.policy.severity import severity_of
from agent.policy.subject import subject_of
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.store import InboxItem, Mute, Tx
from agent.telemetry.metrics import Metrics

TopologyProvider = Callable[[], Edges]


class PipelineResult(Noun):
    """What a delivery did: incidents opened, incidents touched (the opened ones included), and each decision."""

    opened: tuple[str, ...]
    touched: tuple[str, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Turns one stored delivery into changes of incidents; every effect lands in the caller's transaction."""

    clock: Clock
    policies: Policies
    topology: TopologyProvider
    changes: Changes
    jobs: Jobs
    environment: str = "production"
    windows: Windows = field(default_factory=Windows)
    metrics: Metrics | None = None

    async def process(self, tx: Tx, item: InboxItem) -> PipelineResult:
        """Run the stages over a delivery and mark it as processed."""
        now = self.clock.now()
        sightings = await self._see(tx, item)
        mutes = await tx.mutes.active(now)
        verdicts = [self._judge(sighting, mutes) for sighting in sightings]
        ledger = Ledger(item.group, verdicts, now, self.windows)
        writer = Writer(self._effects(), tx, ledger, now)
        bundles = bundle(verdicts)
        rules: Rules = ()
        if bundles:
            rules = await tx.correlation.standing()
            await writer.load_candidates()
        for one in separate(bundles, rules):
            match = self._correlate(one, writer.candidates, rules)
            await writer.place(one, match)
        await writer.finish()
        await tx.inbox.mark_processed(item.id, now)
        return PipelineResult(
            opened=tuple(writer.opened), touched=tuple(writer.touched), decisions=ledger.decisions()
        )

    async def _see(self, tx: Tx, item: InboxItem) -> list[Sighting]:
        """Look up what is known of each alert; of several messages about one alert the latest counts."""
        alerts = {
            a.fingerprint: a for a in sorted(item.group.alerts, key=lambda a: (a.starts_at, not a.firing))
        }
        known = await tx.alerts.get_many(list(alerts))
        if item.group.truncated_alerts and item.group.status is AlertStatus.RESOLVED:
            # The sender says that the whole group has ended and left some of it out: those have ended too.
            for record in await tx.alerts.firing_in_group(item.group.group_key):
                ended = record.alert.model_copy(
                    update={"status": AlertStatus.RESOLVED, "ends_at": item.group.received_at}
                )
                if alerts.setdefault(record.alert.fingerprint, ended) is ended:
                    known[record.alert.fingerprint] = record
        return [
            Sighting(
                alert,
                known.get(alert.fingerprint),
                severity_of(self.policies, alert.labels)[0],
                subject_of(self.policies, alert.labels),
            )
            for alert in alerts.values()
        ]

    def _judge(self, sighting: Sighting, mutes: Sequence[Mute]) -> Verdict:
        """Run the stages that look at one alert alone."""
        silenced = muted(mutes, sighting.alert)
        if silenced is not None:
            return Verdict(sighting, Outcome.MUTED, silenced[1], silenced[0].id)
        return Verdict(sighting, *judge(sighting, self.clock.now(), self.windows))

    def _correlate(self, one: Bundle, candidates: Sequence[Candidate], rules: Rules) -> Match:
        return correlate(one, candidates, self.topology(), self.clock.now(), self.windows, rules)

    def _effects(self) -> Effects:
        return Effects(self.policies, self.changes, self.jobs, self.environment, self.windows, self.metrics)

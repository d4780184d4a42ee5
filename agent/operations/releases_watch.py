"""The watch over a release: looks until its time is over, and calls the regression or the all-clear."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from agent.domain.deployment import RELEASE, Contrast, Deployment, DeploymentState
from agent.domain.evidence import Evidence
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.results import PictureResult
from agent.domain.timeline import TimelineKind
from agent.operations.releases import BOT, ReleaseKit, incident_of, looking, show, tell_incident
from agent.operations.releases_compare import verdict
from agent.operations.releases_look import Looker, Seen
from agent.policy.deployments import WatchRule, gate, watch_of
from agent.ports.store import Store, Tx

# So much longer than the watch, as a share of it, a metrics store that is away is waited for.
_PATIENCE = 0.5
_WORST_FIRST = ("server_error_ratio", "latency_p95", "restarts")


class Response(Protocol):
    """What is done about a regression: lifecycle, hand-offs and investigations, which operations does not know."""

    async def open(self, tx: Tx, deployment: Deployment, worst: Contrast, at: datetime) -> Incident:
        """Open an incident for a regression, in the caller's transaction."""
        ...

    async def plan(self, tx: Tx, deployment: Deployment, incident: Incident) -> None:
        """Have the deployment-manager plan the way back, in the caller's transaction; repeats ask once."""
        ...


@dataclass(frozen=True, slots=True)
class Watch:
    """The handler of `release.look`."""

    store: Store
    kit: ReleaseKit
    looker: Looker
    response: Response

    async def look(self, payload: dict[str, Json]) -> None:
        """Look at a release; one that is decided, or was superseded meanwhile, is left alone."""
        async with self.store.read() as tx:
            deployment = await tx.deployments.get(str(payload.get("id")))
        if deployment is None or deployment.state is not DeploymentState.WATCHING:
            return
        now, rule = self.kit.clock.now(), self._rule(deployment)
        if now < (first := first_look(deployment, rule)):
            await self._welcome(deployment, first)
            return
        seen = await self.looker.look(deployment, self.kit.book.current.deployments, rule, now)
        state, because = self._decided(deployment, seen, rule, now)
        if state is None:
            await self._again(deployment, seen, rule, now)
        else:
            await self._end(deployment, seen, state, because, now)

    async def _welcome(self, deployment: Deployment, first: datetime) -> None:
        """Say at once when the error budget speaks against a release; what it did is seen later."""
        budget = await self.looker.budget_left(deployment.service)
        async with self.store.write() as tx:
            fresh = await self._fresh(tx, deployment)
            if fresh is None:
                return
            saved = await tx.deployments.save(fresh.model_copy(update={"budget_left": budget}))
            if gate(self.kit.book.current.deployments, budget) == "shut":
                await show(self.kit, tx, saved)
            await self.kit.jobs.enqueue(tx, looking(saved, first))

    def _rule(self, deployment: Deployment) -> WatchRule:
        policies = self.kit.book.current
        return watch_of(
            policies.deployments,
            service=deployment.service,
            tier=policies.services.tier_of(deployment.service),
            environment=deployment.environment,
        )

    def _decided(
        self, deployment: Deployment, seen: Seen, rule: WatchRule, now: datetime
    ) -> tuple[DeploymentState | None, str]:
        """Return the verdict, or None while there is none: two looks in a row call a regression, the last look alone too."""
        ended = now >= (deployment.watch_until or now)
        state, because = verdict(seen.contrasts)
        if seen.away:
            until = (deployment.watch_until or now) + timedelta(seconds=rule.lasts * _PATIENCE)
            return (DeploymentState.INCONCLUSIVE, "away") if now >= until else (None, "")
        if state is DeploymentState.REGRESSION:
            before = {one.signal for one in deployment.contrasts if one.worse}
            twice = any(one.worse and one.signal in before for one in seen.contrasts)
            return (state, because) if twice or ended else (None, "")
        return (state, because) if ended else (None, "")

    async def _again(self, deployment: Deployment, seen: Seen, rule: WatchRule, now: datetime) -> None:
        """Remember what was seen, and look once more."""
        last = deployment.watch_until or now
        at = now + timedelta(seconds=rule.look_every)
        at = last if now < last < at else at
        async with self.store.write() as tx:
            fresh = await self._fresh(tx, deployment)
            if fresh is None:
                return
            # What was seen in an earlier look does not count as the look before this one.
            change: dict[str, object] = {"contrasts": seen.contrasts}
            incident = await incident_of(tx, fresh) if fresh.incident_id is None else None
            if incident is not None:
                # It came after the release: people should know of a change that lies so shortly before it.
                change["incident_id"] = incident.id
                await tell_incident(self.kit, tx, fresh, incident)
            saved = await tx.deployments.save(fresh.model_copy(update=change))
            await self.kit.jobs.enqueue(tx, looking(saved, at))

    async def _end(
        self, deployment: Deployment, seen: Seen, state: DeploymentState, because: str, now: datetime
    ) -> None:
        worst = worst_of(seen.contrasts)
        regressed = state is DeploymentState.REGRESSION and worst is not None
        drawn = await self.looker.chart(deployment, worst.signal, now) if regressed and worst else None
        data = await self.looker.picture(drawn) if drawn is not None else None
        budget = await self.looker.budget_left(deployment.service)
        async with self.store.write() as tx:
            fresh = await self._fresh(tx, deployment)
            if fresh is None:
                return
            ended = fresh.model_copy(
                update={
                    "state": state,
                    "because": because,
                    "contrasts": seen.contrasts or fresh.contrasts,
                    "budget_left": budget,
                    "ended_at": now,
                    "chart": await _stored(tx, drawn, data),
                }
            )
            incident = await self._incident(tx, ended, worst, now) if regressed and worst else None
            if incident is not None:
                ended = ended.model_copy(update={"incident_id": incident.id})
            saved = await tx.deployments.save(ended)
            for one in (*seen.evidence, *((drawn,) if drawn is not None and data else ())):
                about = saved.incident_id or f"{RELEASE}{saved.id}"
                await tx.evidence.add(one.model_copy(update={"incident_id": about}))
            await self._tell(tx, saved, incident, worst, now)
            self.kit.metrics.deployments.labels(source=saved.source, verdict=state.value).inc()

    async def _incident(self, tx: Tx, deployment: Deployment, worst: Contrast, now: datetime) -> Incident:
        """Return the service's open incident, or a new one."""
        known = await incident_of(tx, deployment)
        return known or await self.response.open(tx, deployment, worst, now)

    async def _tell(
        self,
        tx: Tx,
        deployment: Deployment,
        incident: Incident | None,
        worst: Contrast | None,
        now: datetime,
    ) -> None:
        """Show the verdict where the release was told of, and on the timeline of its incident; plan the way back."""
        about = incident
        if about is None and deployment.incident_id is not None:
            about = await tx.incidents.get(deployment.incident_id)
        await show(self.kit, tx, deployment)
        if about is None:
            return
        data: dict[str, Json] = {
            "deployment": deployment.id,
            "service": deployment.service,
            "release": deployment.spoken,
            "state": deployment.state.value,
            "signal": worst.signal if worst else "",
            "summary": f"{deployment.service} {deployment.spoken}".strip(),
            "evidence": list[Json]([i for one in deployment.contrasts for i in one.evidence_ids][:20]),
        }
        await tx.timeline.append(about.id, TimelineKind.DEPLOYMENT_JUDGED, BOT, now, data)
        await self.kit.announce(tx, about, now)
        if incident is not None and self.kit.book.current.deployments.regression.roll_back == "propose":
            await self.response.plan(tx, deployment, incident)

    async def _fresh(self, tx: Tx, deployment: Deployment) -> Deployment | None:
        """Return a release as it is now, unless its watch has ended meanwhile."""
        fresh = await tx.deployments.get(deployment.id)
        return fresh if fresh is not None and fresh.state is DeploymentState.WATCHING else None


def first_look(deployment: Deployment, rule: WatchRule) -> datetime:
    """Return when there is something to see."""
    return (deployment.finished_at or deployment.at) + timedelta(seconds=rule.settle + rule.look_every)


async def _stored(tx: Tx, drawn: Evidence | None, data: bytes | None) -> PictureResult | None:
    if drawn is None or data is None or not isinstance(drawn.reading.result, PictureResult):
        return None
    picture = drawn.reading.result
    await tx.evidence.put_blob(picture.blob, picture.media_type, data)
    return picture


def worst_of(contrasts: tuple[Contrast, ...]) -> Contrast | None:
    """Return the regression that people feel most; None without one."""
    bad = [one for one in contrasts if one.worse]
    order = {name: place for place, name in enumerate(_WORST_FIRST)}
    return min(bad, key=lambda one: order.get(one.signal, len(order)), default=None)

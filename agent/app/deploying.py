"""Releases as the composition root builds them: their webhooks, the watch over them, and who plans ways back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import SecretStr

from agent.app.ground import Ground, Wing
from agent.domain.alert import Reason
from agent.domain.deployment import Contrast, Deployment
from agent.domain.handoff import PlanRelease
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.probe import Probe
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, Misconfigured
from agent.execution.instances import Unresolved
from agent.execution.revisions import LOOKED_AT
from agent.execution.selectors import Observed
from agent.handoffs.deployment_manager.agent import DeploymentManager
from agent.intake.work import investigation
from agent.lifecycle import changes
from agent.lifecycle.announce import announce
from agent.locale.messages import text
from agent.operations.releases import BOT, RELEASE_LOOK, ReleaseKit
from agent.operations.releases_cluster import ClusterReleases
from agent.operations.releases_look import Looker
from agent.operations.releases_planned import hear
from agent.operations.releases_watch import Watch
from agent.operations.releases_words import name_of, signal_words, value_words
from agent.policy.deployments import priority_of
from agent.ports.handoffs import Handoffs
from agent.ports.store import Tx
from agent.transport.http.deployments import DeploymentSecrets, deployment_routes
from agent.transport.http.signatures import sign_standard

LOOP = "releases"


@dataclass(frozen=True, slots=True)
class Responding:
    """Implements what the watch needs when a release made something worse."""

    ground: Ground
    handoffs: Handoffs

    async def open(self, tx: Tx, deployment: Deployment, worst: Contrast, at: datetime) -> Incident:
        """Open an incident with the comparison as its reason, and have it investigated."""
        ground, policies = self.ground, self.ground.book.current
        lang = ground.settings.language
        words = {
            "service": deployment.service,
            "release": deployment.spoken or name_of(deployment),
            "signal": signal_words(worst.signal, lang),
            "before": value_words(worst, worst.before, lang),
            "after": value_words(worst, worst.after, lang),
        }
        sentence = text(lang, "release-incident-reason", **words)
        data: dict[str, Json] = {
            "deployment": deployment.id,
            "evidence": list[Json](worst.evidence_ids),
        }
        incident = await changes.open_incident(
            tx,
            policies,
            title=text(lang, "release-incident-title", **words)[:200],
            service=deployment.service,
            environment=deployment.environment,
            namespace=deployment.namespace,
            priority=priority_of(policies.deployments, policies.services.tier_of(deployment.service)),
            reason=Reason(rule="release-regression", sentence=sentence),
            started_at=deployment.finished_at or at,
            at=at,
            data=data,
            kind=TimelineKind.DECLARED,
        )
        await ground.jobs.enqueue(tx, investigation(incident))
        opened = ground.metrics.incidents_opened.labels(priority=incident.priority.value)
        tx.after_commit(opened.inc)
        return incident

    async def plan(self, tx: Tx, deployment: Deployment, incident: Incident) -> None:
        """Ask the deployment-manager for the way back, once for each release."""
        question = PlanRelease(service=deployment.service, want="roll_back")
        key = f"release:{deployment.number}:roll_back"
        await self.handoffs.ask(tx, question, by=BOT, incident=incident, key=key)


@dataclass(frozen=True, slots=True)
class Observing:
    """Resolves references as a recovery's step does, so that both propose the very same action."""

    ground: Ground

    async def __call__(self, service: str, incident: Incident, names: Sequence[str]) -> dict[str, Json]:
        """Return each name's value; raises BadInput for what nobody saw, or what was left for a reason."""
        ground = self.ground
        async with ground.store.read() as tx:
            deeds = await tx.actions.recent(LOOKED_AT)
        observed = Observed(
            ground.toolbelt,
            incident,
            service=service,
            environment=ground.settings.environment,
            deeds=deeds,
            now=ground.clock.now(),
        )
        try:
            return {name: await observed.value(f"service.{name}") for name in names}
        except Unresolved as error:
            message = f"recovery-unseen-{error.reason}"
            said = text(ground.settings.language, message, **error.args_of_reason)
            raise BadInput(f"{said[:1].upper()}{said[1:]}.", field="service") from error


def deployment_manager(ground: Ground) -> DeploymentManager:
    """Build the sub-agent."""
    return DeploymentManager(
        ground.store,
        ground.toolbelt,
        ground.recovery,
        ground.book,
        ground.clock,
        observe=Observing(ground),
        counsel=ground.counsel,
        language=ground.settings.language,
    )


def open_deploying(ground: Ground, handoffs: Handoffs) -> Wing:
    """Build the wing: webhooks, the watch, and the look into the cluster where there is one."""
    settings = ground.settings
    kit = ReleaseKit(
        jobs=ground.jobs,
        book=ground.book,
        clock=ground.clock,
        metrics=ground.metrics,
        redactor=ground.redactor,
        announce=partial(_announce, ground),
        environment=settings.environment,
    )
    watch = Watch(ground.store, kit, Looker(ground.toolbelt), Responding(ground, handoffs))
    secrets = DeploymentSecrets(
        deployments=_revealed(settings.deployment_webhook_secret),
        github=_revealed(settings.github_webhook_secret),
        argocd=_revealed(settings.argocd_webhook_token),
    )
    routes = deployment_routes(
        ground.store,
        ground.clock,
        ground.metrics,
        partial(hear, kit),
        secrets=secrets,
        max_bytes=settings.webhook_max_bytes,
    )
    cluster = ClusterReleases(ground.store, kit, ground.toolbelt, settings.namespaces)
    sees = ground.toolbelt.configured("kubernetes")
    return Wing(
        handlers={RELEASE_LOOK: watch.look},
        loops={LOOP: cluster.run} if sees else {},
        in_turn=frozenset({LOOP}),
        routes=tuple(routes),
        probes=partial(_probes, secrets, sees=sees),
    )


async def _announce(ground: Ground, tx: Tx, incident: Incident, at: datetime) -> None:
    await announce(tx, incident, ground.book.current, at)


async def _probes(secrets: DeploymentSecrets, *, sees: bool) -> Sequence[Probe]:
    """Say from where the bot hears of releases, and how the other doors are opened."""
    doors = {
        "OPS_DEPLOYMENT_WEBHOOK_SECRET": secrets.deployments,
        "OPS_GITHUB_WEBHOOK_SECRET": secrets.github,
        "OPS_ARGOCD_WEBHOOK_TOKEN": secrets.argocd,
    }
    if secrets.deployments is not None:
        try:
            sign_standard(secrets.deployments, "probe", "0", b"")
        except Misconfigured as error:
            mend = "Take a secret without the prefix, or one made by a Standard Webhooks library."
            return [Probe(name="Releases", ok=False, detail=error.user_message, fix=mend)]
    heard = [name for name, value in doors.items() if value]
    shut = [name for name, value in doors.items() if not value]
    sources = [*heard, *(["the cluster itself"] if sees else [])]
    detail = f"heard of through {', '.join(sources)}" if sources else "nobody tells of them"
    fix = f"To open a webhook, set {', '.join(shut)}." if shut else None
    return [Probe(name="Releases", ok=True, detail=detail, fix=fix, configured=bool(sources))]


def _revealed(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None

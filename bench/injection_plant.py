"""The parts of the product that hostile text meets, each built as the composition root builds it."""

from dataclasses import dataclass, field
from pathlib import Path

from agent.analysis.redaction import Redactor
from agent.brain.claude.conversation import Limits
from agent.brain.claude.wire import ClaudeWire
from agent.brain.runbooks import load_runbooks
from agent.brain.toolbelt import Toolbelt
from agent.domain.decision import Autonomy
from agent.domain.runbook import Runbook
from agent.execution.attributes import GatheredAttributes
from agent.execution.catalogue import build_catalogue
from agent.execution.desk import RecoveryDesk
from agent.execution.judge import ExpressionJudge
from agent.execution.needs import Decide
from agent.execution.recoveries import Recoveries
from agent.intake.pipeline import Pipeline
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.policy.book import PolicyBook
from agent.policy.evaluate import decide
from agent.settings import ROOT
from agent.store.engine import SqlStore
from bench.injection_attacks import OWN_KEYS
from bench.injection_cluster import RecordingCluster
from bench.injection_world import Scene
from tests.support.guarded import HandQueue, People
from tests.support.store import StillClock
from tools.charts import ChartSpec
from tools.connections import Connections
from tools.connectors.memory import MemoryAlerts, MemoryCluster, MemoryLogs, MemoryMetrics
from tools.write_connections import WriteConnections

ENVIRONMENT = "production"
MODEL = "claude-sonnet-5-5"
_PATIENT = Limits(seconds=20.0, call_seconds=10.0)
_BOOKS: list[PolicyBook] = []


class NoPictures:
    """Draws one grey point."""

    async def draw(self, spec: ChartSpec) -> bytes:
        """Return something that is a picture to nobody."""
        return b"\x89PNG"

    async def close(self) -> None:
        """Do nothing."""


def book() -> PolicyBook:
    """Return the shipped policies, read once."""
    if not _BOOKS:
        _BOOKS.append(PolicyBook(ROOT / "policies"))
    return _BOOKS[0]


@dataclass(frozen=True)
class Plant:
    """What a product is built from; `redactor` is what the composition root makes of the bot's own keys."""

    folder: Path
    autonomy: Autonomy
    wire: ClaudeWire
    redactor: Redactor = field(default_factory=lambda: Redactor(OWN_KEYS))
    decide: Decide = decide


def toolbelt_for(plant: Plant, scene: Scene, clock: StillClock) -> Toolbelt:
    readers = Connections(
        MemoryMetrics(scene.world),
        MemoryAlerts(scene.world),
        MemoryLogs(scene.world),
        MemoryCluster(scene.world),
        ("shop",),
    )
    return Toolbelt(readers, clock, painter=NoPictures(), redactor=plant.redactor)


def runbooks_for(plant: Plant, scene: Scene) -> tuple[Runbook, ...]:
    folder = plant.folder / "runbooks"
    folder.mkdir()
    if scene.runbook:
        (folder / "payment-errors.md").write_text(scene.runbook, "utf-8")
    return load_runbooks(ROOT / "prompts" / "runbooks", folder, plant.redactor)


def pipeline_for(plant: Plant, clock: StillClock, queue: HandQueue) -> Pipeline:
    return Pipeline(
        clock=clock,
        policies=book().current,
        topology=lambda: frozenset({("storefront", "checkout"), ("checkout", "payment")}),
        changes=changes,
        jobs=queue,
        environment=ENVIRONMENT,
    )


def desk_for(
    plant: Plant,
    store: SqlStore,
    queue: HandQueue,
    cluster: RecordingCluster,
    toolbelt: Toolbelt,
    people: People,
    clock: StillClock,
) -> RecoveryDesk:
    return RecoveryDesk(
        store,
        queue,
        build_catalogue(WriteConnections(cluster=cluster, namespaces=("shop",))),
        book(),
        people,
        clock,
        attributes=GatheredAttributes(store, toolbelt, book(), clock, ENVIRONMENT, autonomy=plant.autonomy),
        judge=ExpressionJudge(store, toolbelt, book(), clock),
        life=changes,
        view=load_view,
        environment=ENVIRONMENT,
        team="T-HOME",
        language="en",
        redactor=plant.redactor,
        decide=plant.decide,
    )


def recoveries_for(
    plant: Plant,
    store: SqlStore,
    queue: HandQueue,
    desk: RecoveryDesk,
    toolbelt: Toolbelt,
    clock: StillClock,
) -> Recoveries:
    return Recoveries(
        store,
        queue,
        desk,
        toolbelt,
        book(),
        changes,
        clock,
        environment=ENVIRONMENT,
        language="en",
        autonomy=plant.autonomy,
    )

"""What the brain is made of: which models answer within which limits, and what of the world it may look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.brain.claude.budget import Budget, Ceilings
from agent.brain.claude.conversation import Limits
from agent.brain.claude.explore import Setting
from agent.brain.claude.hands import tools
from agent.brain.claude.prompts import prompt
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.recovery import ActionKind
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Character:
    """Which models answer, in which language, and within which limits; `verifier` reads the claims a second time."""

    model: str
    verifier: str | None = None
    language: str = "en"
    effort: str | None = None
    limits: Limits = field(default_factory=Limits)
    ceilings: Ceilings = field(default_factory=Ceilings)

    def setting(self, words: str, world: "World") -> Setting:
        """Return what stays the same through a talk that begins with a prompt."""
        catalogue = tools(world.reads.catalogue(), world.configured)
        return Setting(model=self.model, system=prompt(words), tools=catalogue, effort=self.effort)


@dataclass(frozen=True, slots=True)
class World:
    """What the brain may look at: reads, the store for budgets, the clock, and the names of actions."""

    reads: Reads
    store: Store
    clock: Clock
    configured: Callable[[str], bool] = lambda _: True
    actions: Callable[[], Sequence[ActionKind]] = tuple
    metrics: Metrics | None = None

    def purse(self, character: Character, incident_id: str) -> Budget:
        """Return what a talk about an incident, or about none, may spend."""
        return Budget(self.store, self.clock, character.ceilings, incident_id, self.metrics)

    def dropped(self, reason: str, count: int = 1) -> None:
        """Count claims that code dropped."""
        if self.metrics is not None and count:
            self.metrics.findings_dropped.labels(reason).inc(count)

"""What everything about people's work in incidents is built from, and the shape in which its parts join the server."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from agent.analysis.redaction import Redactor
from agent.brain.toolbelt import Toolbelt
from agent.domain.probe import Probe
from agent.domain.view import IncidentView
from agent.policy.book import PolicyBook
from agent.ports.clock import Clock
from agent.ports.handoffs import Counsel
from agent.ports.jobs import Handler, Jobs
from agent.ports.recovery import Recovery
from agent.ports.store import Store
from agent.settings import Settings
from agent.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that a wing may build on; `counsel` is None without a model, `book` holds the rules in force."""

    settings: Settings
    store: Store
    jobs: Jobs
    book: PolicyBook
    clock: Clock
    toolbelt: Toolbelt
    recovery: Recovery
    metrics: Metrics
    redactor: Redactor
    view: Callable[[str], Awaitable[IncidentView | None]]
    counsel: Counsel | None = None


async def _no_probes() -> Sequence[Probe]:
    return ()


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Wing:
    """One part of the house: its jobs, the loops that run beside them, its webhooks, and its checks for `doctor`.

    A loop runs until it is cancelled; one named in `in_turn` runs on one replica at a time. `wake` has them look at once.
    """

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    loops: Mapping[str, Callable[[], Coroutine[object, object, None]]] = field(default_factory=dict)
    in_turn: frozenset[str] = frozenset()
    routes: tuple[web.RouteDef, ...] = ()
    probes: Callable[[], Awaitable[Sequence[Probe]]] = _no_probes
    wake: Callable[[], None] = _nothing

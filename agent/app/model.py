"""The model as the composition root builds it: the brain that asks it, its later looks, and what doctor says of it."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agent.analysis.redaction import Redactor
from agent.brain.playbook import PlaybookBrain
from agent.brain.prices import AS_OF, price_of
from agent.brain.toolbelt import Toolbelt
from agent.domain.probe import Probe
from agent.errors import OpsError, Refused
from agent.loading import loaded
from agent.ports.clock import Clock
from agent.ports.recovery import ActionKind
from agent.ports.store import Store
from agent.settings import Settings
from agent.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from agent.brain.claude.brain import ClaudeBrain
    from agent.brain.claude.wire import ClaudeWire, ModelFacts

# A model that ends within this time needs a successor chosen now.
SOON = timedelta(days=60)
_PROBE_SECONDS = 10.0


async def open_claude(
    stack: AsyncExitStack,
    settings: Settings,
    playbook: PlaybookBrain,
    toolbelt: Toolbelt,
    store: Store,
    clock: Clock,
    actions: Callable[[], Sequence[ActionKind]],
    metrics: Metrics | None = None,
    known_secrets: Sequence[str] = (),
) -> "ClaudeBrain | None":
    """Return the brain that asks Claude, or None without a key; nothing is contacted yet."""
    wire = await open_wire(settings, Redactor(known_secrets))
    if wire is None:
        return None
    stack.push_async_callback(wire.close)
    from agent.brain.claude.brain import ClaudeBrain
    from agent.brain.claude.budget import Ceilings
    from agent.brain.claude.conversation import Limits
    from agent.brain.claude.world import Character, World

    character = Character(
        model=settings.model,
        verifier=settings.model_verifier or None,
        language=settings.language,
        effort=settings.model_effort,
        limits=Limits(
            iterations=settings.model_iterations,
            seconds=settings.model_timeout_seconds,
            call_seconds=settings.model_call_timeout_seconds,
        ),
        ceilings=Ceilings(
            incident_tokens=settings.model_incident_tokens,
            day_tokens=settings.model_day_tokens,
            incident_usd=settings.model_incident_usd,
            day_usd=settings.model_day_usd,
        ),
    )
    world = World(toolbelt, store, clock, toolbelt.configured, actions, metrics)
    return ClaudeBrain(wire, playbook, world, character)


async def open_wire(settings: Settings, redactor: Redactor | None = None) -> "ClaudeWire | None":
    """Return the line to the API, or None without a key."""
    key = settings.anthropic_api_key.get_secret_value() if settings.anthropic_api_key else ""
    if not key:
        return None
    # The SDK takes seconds to load on a busy machine, and the webhooks must be answered meanwhile.
    await loaded("agent.brain.claude.wire")
    from agent.brain.claude.wire import ClaudeWire

    return ClaudeWire(
        key,
        base_url=settings.anthropic_base_url,
        read_timeout_seconds=settings.model_call_timeout_seconds,
        redactor=redactor,
    )


async def probe_model(settings: Settings) -> list[Probe]:
    """Ask the API whether the models exist, how long they will, and whether they can do what is needed."""
    wire = await open_wire(settings)
    if wire is None:
        return [
            Probe(
                name="Model",
                ok=True,
                configured=False,
                detail="not configured: the rules alone diagnose and answer",
                fix="Set OPS_ANTHROPIC_API_KEY to have Claude look further.",
            )
        ]
    named = [("OPS_MODEL", settings.model)]
    if settings.model_verifier:
        named.append(("OPS_MODEL_VERIFIER", settings.model_verifier))
    try:
        return [await _probe(wire, variable, name) for variable, name in named]
    finally:
        await wire.close()


async def _probe(wire: "ClaudeWire", variable: str, name: str) -> Probe:
    title = f"Model {name}"
    try:
        facts = await wire.model(name, _PROBE_SECONDS)
    except Refused as error:
        fix = f"Check OPS_ANTHROPIC_API_KEY, and whether {variable} names a model that this account may use."
        return Probe(name=title, ok=False, detail=error.user_message, fix=fix)
    except OpsError as error:
        fix = "Check OPS_ANTHROPIC_BASE_URL and whether the API can be reached from here."
        return Probe(name=title, ok=False, detail=error.user_message, fix=fix)
    trouble = troubles_of(facts, datetime.now(UTC))
    said = "; ".join([*trouble, *_said(name, facts)])
    choose = f"Choose another model in {variable}." if trouble else None
    return Probe(name=title, ok=not trouble, detail=said, fix=choose)


def troubles_of(facts: "ModelFacts", now: datetime) -> list[str]:
    """Return what is wrong with a model, now or soon."""
    found = []
    if facts.lifecycle == "retired":
        found.append("it has been retired")
    elif facts.retires_at is not None and facts.retires_at - now <= SOON:
        found.append(f"it ends on {facts.retires_at.date().isoformat()}")
    if facts.structured is False:
        found.append("it cannot answer in a given shape, which findings need")
    return found


def _said(name: str, facts: "ModelFacts") -> list[str]:
    price = price_of(name)
    cost = (
        f"{price.input:g} and {price.output:g} USD per million tokens ({AS_OF:%B %Y})"
        if price is not None
        else "its price is unknown, so that only the budgets in tokens hold"
    )
    ends = f", ends on {facts.retires_at.date().isoformat()}" if facts.retires_at else ""
    return [f"{facts.lifecycle}{ends}", cost]

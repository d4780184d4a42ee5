"""How many tokens one look of the model takes at the demo's bad deployment, tools and evidence included.

Method: the shop of the demo lives in memory; payment's v2 fails 48 % of its requests. The rules investigate with the real
reads, then the real brain investigates with a scripted model: it searches payment's errors and reads the newest rollouts
and pods, then looks at the patterns of checkout and describes a pod, then says what it thinks, and writes two findings. No
tokenizer runs without a network, so a token is taken as 3.5 bytes of the request's UTF-8 JSON, tools, schema and system
prompt included, which is on the high side for English and JSON (about 4). Every call counts in full: nothing is taken off
for the prompt cache, though all but the new part of a call would come from it. `first_call_tokens` is what the smallest
look begins with.
"""

import asyncio
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.brain.claude.brain import ClaudeBrain
from agent.brain.claude.budget import BYTES_PER_TOKEN, Ceilings, estimated_tokens
from agent.brain.claude.turns import Call, Turn, Usage
from agent.brain.claude.world import Character, World
from agent.brain.plans import due_reads
from agent.brain.playbook import PlaybookBrain
from agent.brain.runbooks import load_runbooks
from agent.brain.toolbelt import Toolbelt
from agent.diagnosis.diagnose import diagnose
from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.evidence import Evidence
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.noun import Json
from agent.domain.route import Route
from agent.domain.view import IncidentView
from agent.ports.brain import Insight
from agent.ports.clock import Clock
from agent.store.engine import open_store
from bench.figures import options, report
from tools.charts import ChartSpec
from tools.connections import Connections
from tools.connectors.memory import MemoryAlerts, MemoryCluster, MemoryLogs, MemoryMetrics
from tools.connectors.memory_shop import bad_release, healthy_shop

RUNBOOKS = Path(__file__).resolve().parents[1] / "prompts" / "runbooks"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=4)
SHOP = ("storefront", "checkout", "payment", "catalog", "textbook", "tutor", "ledger-db", "cache")
MODEL = "claude-sonnet-5-5"
ROUNDS: tuple[tuple[tuple[str, dict[str, Any]], ...], ...] = (
    (
        ("log_analyzer__search", {"service": "payment", "level": "error", "minutes": 10}),
        ("incident_responder__rollouts", {"service": "payment", "minutes": 60}),
        ("incident_responder__pods", {"service": "payment"}),
    ),
    (
        ("log_analyzer__patterns", {"service": "checkout", "minutes": 10}),
        ("metrics_collector__signal", {"signal": "latency_p95", "service": "payment", "minutes": 20}),
    ),
)
NOTES = "payment v2 answers errors since its rollout; its callers only pass them on. The log shows one new exception."


class Still:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return the one moment."""
        return NOW


class NoPainter:
    """Draws nothing."""

    async def draw(self, spec: ChartSpec) -> bytes:
        """Return the beginning of a picture."""
        return b"\x89PNG" + spec.title.encode()

    async def close(self) -> None:
        """Let go of nothing."""


class Scripted:
    """A model that follows the script and counts what it is given."""

    def __init__(self) -> None:
        self.input: list[int] = []
        self.output = 0

    async def send(self, call: Call, within_seconds: float, note: Callable[[Usage], None]) -> Turn:
        """Answer the next turn of the script."""
        self.input.append(estimated_tokens(call))
        turn = self._turn(call)
        written = math.ceil(len(json.dumps(turn.blocks).encode()) / BYTES_PER_TOKEN)
        self.output += written
        note(Usage(input=self.input[-1], output=written))
        return turn

    async def close(self) -> None:
        """Let go of nothing."""

    def _turn(self, call: Call) -> Turn:
        number = len(self.input) - 1
        if call.schema is not None:
            return Turn(({"type": "text", "text": json.dumps(_findings(call))},), "end_turn")
        if number >= len(ROUNDS):
            return Turn(({"type": "text", "text": NOTES},), "end_turn")
        wishes = [
            {"type": "tool_use", "id": f"toolu_{number}{place}", "name": name, "input": given}
            for place, (name, given) in enumerate(ROUNDS[number])
        ]
        return Turn(({"type": "text", "text": "I look at payment first."}, *wishes), "tool_use")


def _findings(call: Call) -> dict[str, Any]:
    bodies = [json.loads(line) for line in call.messages[0]["content"][0]["text"].splitlines()]
    ids = [one["id"] for body in bodies for one in [*body.get("evidence", []), *body.get("read_since", [])]]
    claims = (
        ("cause", "payment", "payment v2 raises an exception that v1 did not know"),
        ("ruled_out", "checkout", "checkout only passes on what payment answers"),
    )
    drafts = [
        {"kind": kind, "service": service, "claim": claim, "confidence": 0.9, "evidence": [ids[0], ids[-1]]}
        for kind, service, claim in claims
    ]
    return {"findings": drafts, "action": "", "action_reason": ""}


class Pages:
    """A notebook in memory."""

    async def load(self) -> dict[str, Json] | None:
        """Return nothing: every talk is a new one."""
        return None

    async def save(self, talk: dict[str, Json], found: Sequence[Evidence]) -> None:
        """Keep nothing."""


def incident() -> IncidentView:
    """Return the incident that the alerts of payment and its callers open."""
    reason = Reason(rule="error-rate-high", sentence="more than 5 % of requests fail")
    alerts = tuple(
        AlertRecord(
            alert=Alert(
                fingerprint=f"fp-{service}",
                status=AlertStatus.FIRING,
                labels={"alertname": "HighErrorRate", "severity": "critical", "service": service},
                starts_at=BEGAN,
            ),
            severity=Severity.CRITICAL,
            incident_id="inc_1",
            reason=reason,
            first_seen_at=BEGAN,
            last_seen_at=NOW,
        )
        for service in ("payment", "checkout", "storefront")
    )
    return IncidentView(
        incident=Incident(
            id="inc_1",
            number=1,
            title="payment: HighErrorRate",
            status=IncidentStatus.TRIAGE,
            priority=Priority.P1,
            priority_reason=reason,
            service="payment",
            environment="production",
            namespace="shop",
            times=Times(started_at=BEGAN, opened_at=BEGAN),
            conversation=Conversation(channel="#alerts-critical"),
        ),
        route=Route(rule="high", channel="#alerts-critical"),
        alerts=alerts,
        as_of=NOW,
    )


def shop(clock: Clock) -> Toolbelt:
    """Return the reads of a shop whose payment was just rolled out."""
    world = healthy_shop(NOW, SHOP)
    bad_release(world, "payment", BEGAN, now=NOW)
    connections = Connections(
        metrics=MemoryMetrics(world),
        alerts=MemoryAlerts(world),
        logs=MemoryLogs(world),
        cluster=MemoryCluster(world),
        namespaces=("shop",),
    )
    return Toolbelt(connections, clock, painter=NoPainter())


async def by_the_rules(belt: Toolbelt, view: IncidentView) -> tuple[IncidentView, list[Evidence]]:
    """Investigate as the rules do, and return the incident with their diagnosis."""
    evidence: list[Evidence] = []
    for iteration in range(1, 6):
        requests, _ = due_reads(view, evidence, iteration)
        evidence += [await belt.run(request) for request in requests]
    return view.model_copy(update={"diagnosis": diagnose(view, evidence)}), evidence


async def look() -> tuple[Scripted, Insight]:
    """Have the model look once; return what it was given and what came of it."""
    clock, model = Still(), Scripted()
    belt = shop(clock)
    view, evidence = await by_the_rules(belt, incident())
    with tempfile.TemporaryDirectory(prefix="bench-tokens-") as folder:
        store = await open_store(f"sqlite:///{Path(folder) / 'tokens.db'}")
        world = World(belt, store, clock)
        character = Character(model=MODEL, ceilings=Ceilings())
        brain = ClaudeBrain(
            model, PlaybookBrain(belt, store, clock, runbooks=load_runbooks(RUNBOOKS)), world, character
        )
        insight = await brain.deepen(view, evidence, Pages())
        await store.close()
    await belt.close()
    return model, insight


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    model, insight = asyncio.run(look())
    figures: dict[str, float | int] = {
        "input_tokens": sum(model.input),
        "output_tokens": model.output,
        "calls": len(model.input),
        "first_call_tokens": model.input[0],
        "findings": len(insight.findings),
    }
    report(figures, only_json=chosen.json)


if __name__ == "__main__":
    main()

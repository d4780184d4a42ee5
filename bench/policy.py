"""How long a decision about an action takes with 200 rules.

Method: 200 rules are drawn from a fixed seed: 160 name one to four of 30 actions (`p99_ms`) and 40 name none, so that
they are tried on every action; each tests two to five further attributes, every tenth has an exception, and eight
freeze windows lie in the calendar. 20,000 facts (2,000 with --quick) are drawn likewise, and each `decide` is timed by
itself with the garbage collector on; it includes the tree of reasons, the sentences and the recorded facts. `worst_`
is the same when every one of the 200 rules names the action; its tail is the garbage collector's. `cpu_p99_ms` is the
processor time of the same decisions, which other programs on the machine do not lengthen: a decision waits for nothing.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.domain.action import BlastRadius, Risk, Target
from agent.domain.decision import Autonomy, Verdict
from agent.domain.incident import Priority
from agent.policy.approvals import ApprovalPolicy
from agent.policy.evaluate import decide
from agent.policy.facts import ActionFacts
from agent.policy.freezes import FreezePolicy
from agent.policy.load import Policies, load_policies
from bench.figures import options, percentile, report

RULES = 200
ACTIONS = tuple(f"action_{number}" for number in range(30))
ENVIRONMENTS = ("production", "staging", "demo")
SERVICES = tuple(f"service-{number}" for number in range(20))
GROUPS = ("sre-oncall", "dba", "incident-commander", "platform-admins")
_POLICIES = Path(__file__).resolve().parents[1] / "policies"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _some(rng: random.Random, values: Sequence[str], most: int) -> list[str]:
    return rng.sample(list(values), rng.randint(1, most))


def _tests(rng: random.Random) -> dict[str, Any]:
    every = {
        "environment": _some(rng, ENVIRONMENTS, 2),
        "service": _some(rng, SERVICES, 10),
        "tier": _some(rng, ("critical", "standard"), 2),
        "priority": _some(rng, tuple(Priority), 3),
        "risk": _some(rng, tuple(Risk), 2),
        "reversible": rng.random() < 0.5,
        "freeze": rng.choice(("active", "inactive")),
        "business_hours": rng.choice(("inside", "outside")),
        "error_budget": {"below": rng.random(), "unknown": True},
        "radius": {"share_over": rng.random(), "unknown": True},
        "grows_at_most": rng.uniform(1, 4),
    }
    unknown = dict.fromkeys(("service", "tier", "priority"), False)
    chosen = {name: every[name] for name in _some(rng, tuple(every), 5)} | {"origin": ["person", "recovery"]}
    return chosen | {"unknown": {name: taken for name, taken in unknown.items() if name in chosen}}


def _rule(rng: random.Random, number: int, actions: list[str] | None) -> dict[str, Any]:
    then = Verdict.ASK if actions is None else rng.choice((Verdict.PERMIT, Verdict.ASK, Verdict.ASK))
    rule: dict[str, Any] = {
        "name": f"reason number {number} holds",
        "if": _tests(rng) | ({"action": actions} if actions else {}),
        "then": then.value,
    }
    if then is Verdict.ASK:
        rule["requires"] = {"count": rng.randint(1, 3), "groups": _some(rng, GROUPS, 3)}
    if number % 10 == 0:
        rule["unless"] = {"environment": ["demo"]}
    return rule


def _policies(rng: random.Random, every_rule_names: str | None) -> Policies:
    named = [[every_rule_names] if every_rule_names else _some(rng, ACTIONS, 4) for _ in range(160)]
    open_ended = [[every_rule_names] if every_rule_names else None for _ in range(40)]
    rules = [_rule(rng, number, actions) for number, actions in enumerate([*named, *open_ended])]
    fallback = {"name": "a person looked", "requires": {"count": 1, "groups": ["sre-oncall"]}}
    windows = [
        {
            "name": f"night {hour}",
            "daily": {"days": ["mon", "sat"], "from": f"0{hour}:00", "to": f"0{hour}:30"},
        }
        for hour in range(8)
    ]
    hours = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}
    return replace(
        load_policies(_POLICIES),
        approvals=ApprovalPolicy.model_validate(
            {"expires_after": "15m", "fallback": fallback | {"expires_after": "15m"}, "rules": rules},
            strict=False,
        ),
        freezes=FreezePolicy.model_validate(
            {"zone": "Europe/Zurich", "business_hours": hours, "windows": windows}, strict=False
        ),
    )


def _facts(rng: random.Random, action: str) -> ActionFacts:
    service = rng.choice(SERVICES)
    return ActionFacts(
        action=action,
        environment=rng.choice(ENVIRONMENTS),
        requester="somebody",
        origin=rng.choice(("person", "recovery")),
        risk=rng.choice(tuple(Risk)),
        reversible=rng.random() < 0.7,
        target=Target(kind="Deployment", name=service, namespace="shop"),
        service=service,
        tier=rng.choice(("critical", "standard")),
        priority=rng.choice(tuple(Priority)),
        radius=BlastRadius(count=rng.randint(1, 50), share=rng.random(), services=(service,)),
        plan={"replicas_before": rng.randint(1, 10), "replicas_after": rng.randint(1, 20)},
        freezes=("release night",) if rng.random() < 0.2 else (),
        error_budget_left=rng.choice((None, rng.random())),
        now=_BEGIN + timedelta(minutes=rng.randint(0, 500_000)),
        autonomy=rng.choice((Autonomy.APPROVE, Autonomy.AUTO)),
    )


def _measure(
    policies: Policies, rng: random.Random, actions: Sequence[str], decisions: int
) -> list[tuple[float, float]]:
    decide(policies, _facts(rng, actions[0]))
    took: list[tuple[float, float]] = []
    for _ in range(decisions):
        # Drawn one by one: thousands of waiting facts would only measure the garbage collector going through them.
        facts = _facts(rng, rng.choice(actions))
        begin, used = time.perf_counter(), time.thread_time()
        decide(policies, facts)
        took.append(((time.perf_counter() - begin) * 1000, (time.thread_time() - used) * 1000))
    return took


def _run(decisions: int) -> dict[str, float | int]:
    rng = random.Random(20)
    mixed = _measure(_policies(rng, None), rng, ACTIONS, decisions)
    worst = _measure(_policies(rng, ACTIONS[0]), rng, ACTIONS[:1], decisions // 4)
    return {
        "rules": RULES,
        "decisions": decisions,
        "p50_ms": percentile([wall for wall, _ in mixed], 0.5),
        "p99_ms": percentile([wall for wall, _ in mixed], 0.99),
        "cpu_p99_ms": percentile([cpu for _, cpu in mixed], 0.99),
        "worst_p50_ms": percentile([wall for wall, _ in worst], 0.5),
        "worst_p99_ms": percentile([wall for wall, _ in worst], 0.99),
    }


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    report(_run(2_000 if chosen.quick else 20_000), only_json=chosen.json)


if __name__ == "__main__":
    main()

"""Small recoveries, and a bench on which a runner has just one of them in force."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from agent.policy.load import Policies
from agent.policy.recoveries import RecoveryPolicy
from tests.support.alerts import shipped_policies
from tests.support.recoveries import Bench, recovery
from tests.support.store import StillClock, store_at

SHIPPED = shipped_policies()
ONE = recovery(
    """
trigger: [{cause: [change.bad-deployment]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
"""
)
TWO = recovery(
    """
trigger: [{alerts: [HighErrorRate]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
- id: grow
  action: scale_workload
  params: {name: payment, replicas: 6}
- id: tell
  notify: channel
  to: [sre-oncall]
  always: true
roll_back: {after: 30m, every: 2m}
hand_over: {to: [sre-oncall], text: {en: Please take over., ko: 부탁}}
""",
    "two",
)
LEAK = recovery("trigger: [{cause: [memory.oom]}]\nsteps: [{id: tell, notify: channel, to: [dba]}]\n", "leak")


def with_(*recoveries: RecoveryPolicy) -> Policies:
    """Return the shipped policies with these recoveries instead of their own."""
    return replace(SHIPPED, recoveries=recoveries)


@asynccontextmanager
async def one_bench(folder: Path) -> AsyncIterator[Bench]:
    """Open a store with a runner whose only recovery is ONE."""
    async with store_at(folder) as store:
        yield Bench(store, with_(ONE), StillClock())


def use(bench: Bench, *recoveries: RecoveryPolicy) -> Bench:
    """Change the recoveries that are in force."""
    bench.book.current = with_(*recoveries)
    return bench

"""A third party in trouble: damped, told once, ended by itself, shown on the status, joined with who depends on it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from agent.domain.incident import IncidentStatus, Priority
from agent.domain.outpost import Looked, OutpostState
from agent.errors import Misconfigured
from agent.operations.outposts import Outposts, believed
from agent.operations.outposts_standing import third_parties_down, third_party_lines
from agent.operations.status import health_answer, status_answer
from agent.policy.documents import parse_document
from agent.policy.outposts import Flapping, Outpost, OutpostPolicy
from agent.telemetry.metrics import build_metrics
from tests.support.alerts import Desk, shipped_policies
from tests.support.falco import deliver
from tests.support.outposts import looking_at, outpost
from tests.support.reads import ScriptedReads
from tests.support.store import store_at

UP, DOWN, UNKNOWN = OutpostState.UP, OutpostState.DOWN, OutpostState.UNKNOWN


@dataclass
class Watchtower:
    """A desk, and looks whose results are set."""

    desk: Desk
    policy: OutpostPolicy = field(default_factory=lambda: looking_at(outpost(services=["payment"])))
    state: OutpostState = UP
    looks: int = 0

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        self.outposts = self.fresh()

    def fresh(self) -> Outposts:
        """Return what another replica, or the same one after a restart, would look with."""
        return Outposts(
            self.desk.store,
            self.desk.clock,
            lambda: self.policy,
            self._look,
            partial(deliver, self.desk),
            build_metrics(self.registry) if not hasattr(self, "outposts") else None,
        )

    async def _look(self, one: Outpost) -> Looked:
        self.looks += 1
        return Looked(state=self.state, seconds=0.25, detail=f"seen {self.state.value}")

    async def see(self, *states: OutpostState) -> list[str]:
        """Look once a minute with these results; return the incidents' states afterwards."""
        for self.state in states:
            await self.outposts.once()
            self.desk.clock.advance(60)
        return [one.status.value for one in await self.desk.incidents()]

    def figure(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"ops_monitor_third_party_{name}", {"name": "card-gateway"})


@pytest.fixture
async def tower(tmp_path: Path) -> AsyncIterator[Watchtower]:
    async with store_at(tmp_path) as store:
        yield Watchtower(Desk(store, edges=frozenset({("payment", "card-gateway")})))


async def test_one_bad_look_is_no_trouble_and_three_of_five_are(tower: Watchtower) -> None:
    assert await tower.see(UP, DOWN, UP, DOWN) == []
    assert await tower.see(DOWN) == ["triage"]
    (incident,) = await tower.desk.incidents()

    assert (incident.title, incident.priority) == ("card-gateway: ThirdPartyDown", Priority.P2)


async def test_it_ends_by_itself_and_flapping_does_not_end_it(tower: Watchtower) -> None:
    await tower.see(DOWN, DOWN, DOWN)
    assert await tower.see(UP, DOWN, UP, DOWN) == ["triage"]
    assert await tower.see(UP, UP) == [IncidentStatus.RESOLVED.value]


async def test_it_is_told_once_however_long_it_lasts_and_also_after_a_restart(tower: Watchtower) -> None:
    await tower.see(*[DOWN] * 6)
    tower.outposts = tower.fresh()
    await tower.see(*[DOWN] * 6)

    (incident,) = await tower.desk.incidents()
    assert await tower.desk.kinds(incident.id) == ["opened"]
    assert await tower.see(UP, UP, UP, UP) == ["resolved"]


async def test_what_cannot_be_read_neither_opens_nor_ends_nor_gives_a_figure(tower: Watchtower) -> None:
    assert await tower.see(*[UNKNOWN] * 6) == []
    assert tower.figure("up") is None
    await tower.see(DOWN, DOWN, DOWN)
    assert tower.figure("up") == 0
    assert await tower.see(*[UNKNOWN] * 6) == ["triage"]
    assert tower.figure("up") is None


async def test_the_figures_are_those_of_the_newest_look(tower: Watchtower) -> None:
    await tower.see(UP)
    assert (tower.figure("up"), tower.figure("probe_seconds")) == (1, 0.25)


async def test_whoever_leaves_the_policy_is_forgotten_and_its_alert_ends(tower: Watchtower) -> None:
    await tower.see(DOWN, DOWN, DOWN)
    tower.policy = looking_at()
    assert await tower.see(DOWN) == ["resolved"]
    assert tower.figure("up") is None


async def test_whoever_loses_the_turn_tells_no_old_figures(tower: Watchtower) -> None:
    turn = asyncio.create_task(tower.outposts.run())
    async with asyncio.timeout(120):
        while tower.figure("up") is None:
            await asyncio.sleep(0.01)
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn

    assert (tower.figure("up"), tower.figure("probe_seconds")) == (None, None)
    assert tower.outposts.watched == {}


async def test_each_is_looked_at_in_its_own_time(tower: Watchtower) -> None:
    slow = outpost(id="mail-sender", every="5m")
    tower.policy = looking_at(outpost(), slow)
    await tower.see(*[UP] * 5)
    assert tower.looks == 5 + 1


async def test_those_who_depend_on_it_join_its_incident(tower: Watchtower) -> None:
    await tower.see(DOWN, DOWN, DOWN)
    joined = await tower.desk.fire("HighErrorRate", service="payment")

    assert joined.opened == ()
    assert joined.decisions[0].reason.rule == "topology-neighbour"


async def test_the_status_has_a_line_only_while_one_is_down(tower: Watchtower) -> None:
    store, clock = tower.desk.store, tower.desk.clock
    assert third_party_lines(await third_parties_down(store), clock.now(), "en") == []
    await tower.see(DOWN, DOWN, DOWN)

    (line,) = third_party_lines(await third_parties_down(store), clock.now(), "en")
    assert "Card gateway" in line
    assert "seen down" in line
    assert "payment depend on it" in line
    (korean,) = third_party_lines(await third_parties_down(store), clock.now(), "ko")
    assert "외부 서비스 Card gateway 중단" in korean


async def test_the_whole_status_and_the_home_tabs_health_show_that_line(tower: Watchtower) -> None:
    store, clock = tower.desk.store, tower.desk.clock
    reads = ScriptedReads(clock.now())

    async def shown() -> list[bool]:
        status = await status_answer(store, reads, tower.desk.jobs, None, clock, "en")
        health = await health_answer(store, reads, clock, "en")
        return ["Card gateway" in answer.text for answer in (status, health)]

    assert await shown() == [False, False]
    await tower.see(DOWN, DOWN, DOWN)
    assert await shown() == [True, True]
    await tower.see(UP, UP, UP)
    assert await shown() == [False, False]


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 8))
def test_the_newest_looks_never_say_both(seen: list[bool], looks: int) -> None:
    rule = Flapping(looks=looks, of=2 * looks - 1)
    newest = seen[-rule.of :]
    verdict = believed(deque(seen), rule)

    if len(newest) == rule.of:
        assert verdict is (newest.count(True) >= looks)
    else:
        assert verdict is None or newest.count(verdict) >= looks


def test_what_depends_on_whom_is_known_to_the_topology() -> None:
    policies = replace(shipped_policies(), outposts=looking_at(outpost(services=["payment", "checkout"])))
    assert policies.outposts.edges == {("payment", "card-gateway"), ("checkout", "card-gateway")}


GOOD = """
flapping: {looks: 3, of: 5}
outposts:
- id: card-gateway
  name: Card gateway
  kind: http_probe
  url: https://gateway.example/health
  expect: {status: [200], text: ok}
  timeout: 5s
  every: 1m
  services: [payment]
  severity: high
"""


def test_a_file_as_documented_is_read() -> None:
    policy = parse_document(GOOD, OutpostPolicy, name="outposts.yaml")
    assert (policy.outposts[0].severity.value, policy.outposts[0].expect.text) == ("high", "ok")


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ("of: 5", "of: 6", r"outposts\.yaml:2: flapping: .*more than half"),
        ("of: 5", "of: 2", "at most all"),
        ("https://gateway.example/health", "ftp://gateway.example", r":7: outposts\.0\.url: .*https://"),
        ("https://gateway.example/health", "https://me:secret@gateway.example", "no credentials"),
        ("https://gateway.example/health", "http://127.0.0.1:9/x", r":7: outposts\.0\.url: .*private: true"),
        ("https://gateway.example/health", "http://[::ffff:10.0.0.1]/x", "private: true"),
        ("https://gateway.example/health", "http://meta.internal/x", "private: true"),
        ("https://gateway.example/health", "http://[/x", "no web address"),
        ("timeout: 5s", "timeout: 5m", r":9: outposts\.0\.timeout: write a timeout from 1s"),
        ("every: 1m", "every: 1s", r":10: outposts\.0\.every: more often"),
        ("services: [payment]", "services: [card-gateway]", "the third party itself"),
        ("kind: http_probe", "kind: statuspage", "take expect out"),
        ("severity: high", "severity: high\n  down_from: minor", "of status pages"),
        ("severity: high", "severity: loud", r":12: outposts\.0\.severity"),
        ("severity: high", "colour: red", "colour"),
    ],
)
def test_a_mistake_is_named_with_line_and_fix(was: str, wrong: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        parse_document(GOOD.replace(was, wrong), OutpostPolicy, name="outposts.yaml")


def test_two_of_one_id_are_a_mistake() -> None:
    twice = GOOD + GOOD.partition("outposts:")[2]
    with pytest.raises(Misconfigured, match="give this one its own"):
        parse_document(twice, OutpostPolicy, name="outposts.yaml")

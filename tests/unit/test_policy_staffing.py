"""Rules that nobody could ever meet stop the start where something may run, and are only told elsewhere."""

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from agent.app.staffing import demand_staff, probe_staff, shortfalls
from agent.domain.decision import Autonomy
from agent.errors import Misconfigured, NotFound, Unavailable
from agent.policy.book import PolicyBook
from tests.support.alerts import SHIPPED

STAFF = {
    "sre-oncall": frozenset({"U-1", "U-2", "U-3"}),
    "incident-commander": frozenset({"U-3"}),
    "dba": frozenset({"U-4", "U-5"}),
    "platform-admins": frozenset({"U-6"}),
}
RUNNING, WATCHING = (Autonomy.APPROVE, Autonomy.AUTO), (Autonomy.SUGGEST, Autonomy.OFF)


@dataclass
class Handles:
    """The groups of a workspace; `down` means that it does not tell."""

    known: dict[str, frozenset[str]] = field(default_factory=lambda: dict(STAFF))
    down: bool = False

    async def members(self, group: str) -> frozenset[str]:
        if self.down:
            raise Unavailable("Slack could not be reached.", backend="slack")
        if group not in self.known:
            raise NotFound(f"There is no user group @{group}.")
        return self.known[group]


def standing(autonomy: Autonomy, folder: Path = SHIPPED) -> Any:
    return SimpleNamespace(book=PolicyBook(folder), autonomy=autonomy)


def without(group: str) -> Handles:
    return Handles({name: people for name, people in STAFF.items() if name != group})


async def test_enough_people_everywhere_is_no_trouble() -> None:
    assert [] == await shortfalls(PolicyBook(SHIPPED), Handles())
    await demand_staff(standing(Autonomy.AUTO), Handles())
    [probe] = await probe_staff(standing(Autonomy.AUTO), Handles())
    assert probe.ok


@pytest.mark.parametrize("autonomy", RUNNING)
@pytest.mark.parametrize("handles", [without("dba"), Handles(STAFF | {"dba": frozenset()})])
async def test_a_group_without_people_stops_the_start_with_file_and_line(
    autonomy: Autonomy, handles: Handles
) -> None:
    with pytest.raises(Misconfigured, match=r"approvals\.yaml:\d+: rule .* @dba, and 0 people are there"):
        await demand_staff(standing(autonomy), handles)


@pytest.mark.parametrize("autonomy", WATCHING)
async def test_where_nothing_runs_it_is_only_logged(autonomy: Autonomy) -> None:
    with structlog.testing.capture_logs() as lines:
        await demand_staff(standing(autonomy), without("dba"))

    assert {"unstaffed"} == {line["event"] for line in lines}
    assert all("@dba" in line["problem"] for line in lines)


@pytest.mark.parametrize("autonomy", [*RUNNING, *WATCHING])
async def test_a_slack_that_does_not_answer_does_not_stop_the_start(autonomy: Autonomy) -> None:
    with structlog.testing.capture_logs() as lines:
        await demand_staff(standing(autonomy), Handles(down=True))

    assert [("staff_unknown", "Slack could not be reached.")] == [
        (line["event"], line["error"]) for line in lines
    ]


@pytest.mark.parametrize(("autonomy", "runs"), [(Autonomy.APPROVE, True), (Autonomy.SUGGEST, False)])
async def test_the_doctor_has_a_probe_for_each_rule(autonomy: Autonomy, runs: bool) -> None:
    probes = await probe_staff(standing(autonomy), without("dba"))
    sentences = await shortfalls(PolicyBook(SHIPPED), without("dba"))

    assert sentences == [probe.detail for probe in probes]
    assert {(not runs, runs)} == {(probe.ok, probe.required) for probe in probes}
    assert all(probe.fix for probe in probes)


@pytest.mark.parametrize(("autonomy", "runs"), [(Autonomy.APPROVE, True), (Autonomy.SUGGEST, False)])
async def test_the_doctor_says_when_slack_cannot_be_asked(autonomy: Autonomy, runs: bool) -> None:
    [probe] = await probe_staff(standing(autonomy), Handles(down=True))
    assert (not runs, runs, "Slack could not be reached.") == (probe.ok, probe.required, probe.detail)

"""Rules that name groups without people, or actions that do not exist, are told with file and line."""

import shutil
from pathlib import Path

import pytest

from agent.policy.checks import groups_named, ungoverned, unknown_actions, unstaffed
from agent.policy.load import load_policies
from tests.support.alerts import SHIPPED, shipped_policies
from tests.support.rules import policies, rule

NAMES = (
    "restart_workload roll_back_workload roll_forward_workload scale_workload delete_pod cordon_node "
    "uncordon_node drain_node set_workload_env set_config_key pause_rollout resume_rollout "
    "take_out_of_service put_back_in_service shift_traffic enable_circuit_breaker disable_circuit_breaker "
    "renew_certificate update_gateway_certificate run_maintenance_job schedule_verification "
    "flush_cache_keys flush_cache_database flush_cache_server end_queries restart_database_connections "
    "raise_connection_limit silence_alerts expire_silence publish_dashboard delete_indices "
    "set_index_lifecycle "
)
ACTIONS = NAMES.split()
STAFF = {
    "sre-oncall": frozenset({"U-1", "U-2", "U-3"}),
    "incident-commander": frozenset({"U-3"}),
    "dba": frozenset({"U-4", "U-5"}),
    "platform-admins": frozenset({"U-6"}),
    "communications": frozenset({"U-7"}),
    "security-team": frozenset({"U-8"}),
}


def test_the_shipped_rules_name_these_groups_and_can_be_met() -> None:
    shipped = shipped_policies()

    assert set(STAFF) == groups_named(shipped)
    assert [] == unstaffed(shipped, STAFF)


def test_the_shipped_rules_cover_every_action_and_name_no_other() -> None:
    shipped = shipped_policies()

    assert [] == ungoverned(shipped, ACTIONS)
    assert [] == unknown_actions(shipped, ACTIONS)


@pytest.mark.parametrize("members", [{}, {"dba": frozenset()}])
def test_a_group_that_nobody_is_in_is_told_with_the_line_and_the_fix(
    members: dict[str, frozenset[str]],
) -> None:
    found = unstaffed(shipped_policies(), STAFF | {"dba": frozenset()} | members, SHIPPED)
    text = (SHIPPED / "approvals.yaml").read_text().splitlines()

    assert len(found) >= 3
    for sentence in found:
        place, rest = sentence.split(": ", 1)
        path, line = place.rsplit(":", 1)
        assert str(SHIPPED / "approvals.yaml") == path
        assert "requires" in text[int(line) - 1]
        assert "@dba" in rest
        assert "add people to the group or name another one" in rest


def test_people_are_counted_once_over_all_groups_of_a_rule() -> None:
    rules = policies(rule("two agreed", count=2, groups=["sre-oncall", "dba"]))
    one = frozenset({"U-1"})

    assert 1 == len(unstaffed(rules, STAFF | {"sre-oncall": one, "dba": one}))
    assert [] == unstaffed(rules, STAFF | {"sre-oncall": one, "dba": frozenset({"U-2"})})


def test_a_command_that_nobody_could_use_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(SHIPPED, folder)
    (folder / "access.yaml").write_text(
        "rules:\n  - id: brakes\n    commands: [stop]\n    groups: [ghosts]\n"
    )
    (sentence,) = unstaffed(load_policies(folder), STAFF, folder)

    assert sentence.startswith(f"{folder}/access.yaml:4: rule brakes lets only @ghosts in")


def test_a_misspelt_action_is_told_and_the_real_one_is_ungoverned() -> None:
    rules = policies(
        rule("an engineer agreed", when={"action": ["restart_worklaod"]}),
        rule("it is never done", "forbid", when={"freeze": "active"}, unless={"action": ["delete_pot"]}),
    )
    found = unknown_actions(rules, ACTIONS)

    assert ["restart_worklaod", "delete_pot"] == [
        sentence.split(" names ")[1].split(",")[0] for sentence in found
    ]
    assert ["restart_workload"] == ungoverned(rules, ["restart_workload"])

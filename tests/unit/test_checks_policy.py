"""policies/checks/*.yaml: the shipped lists, and every mistake with its file, line and what to write."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.errors import Misconfigured
from agent.policy.check_params import PARAMS
from agent.policy.check_params_upkeep import RetentionRule
from agent.policy.checks_schedule import ChecklistPolicy, load_checklists
from agent.policy.documents import parse_document
from agent.policy.load import folder_digest
from tests.support.alerts import shipped_policies
from tests.support.checklists import MORNING

SHIPPED = Path(__file__).resolve().parents[2] / "policies"
SEEDS = {
    "morning": ["services_healthy", "alerts_handled", "disk", "backups", "error_logs"],
    "evening": ["metrics_review", "performance_issues", "security_events", "planned_work"],
    "weekly": ["index_retention", "metrics_store", "unused_images", "backup_verification"],
}


@pytest.mark.parametrize(("name", "checks"), SEEDS.items())
def test_the_shipped_lists_hold_what_the_team_looks_at(name: str, checks: list[str]) -> None:
    (found,) = (one for one in shipped_policies().checks if one.name == name)

    assert checks == [item.check for item in found.items if item.check in checks]
    assert all(item.title.en and item.title.ko for item in found.items)


def test_every_check_there_is_stands_on_a_list() -> None:
    used = {item.check for one in shipped_policies().checks for item in one.items if item.check}

    assert set(PARAMS) == used


def test_they_are_part_of_the_digest(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "policies")
    folder = tmp_path / "policies"
    before = folder_digest(folder)
    page = folder / "checks" / "morning.yaml"
    page.write_text(page.read_text("utf-8").replace("6h", "5h"), "utf-8")

    assert before != folder_digest(folder)


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ("0 9 * * *", "0 25 * * *", "morning.yaml:3: schedule: Bad hour"),
        ("0 9 * * *", "0 9 30 2 *", "morning.yaml:3: schedule: Bad day-of-month"),
        ("0 9 * * *", "9:00", "morning.yaml:3: schedule: write five fields"),
        ("Asia/Seoul", "Asia/Soul", "morning.yaml:4: zone"),
        ("6h", "6 hours", "morning.yaml:6: catch_up"),
        ("6h", "30d", "morning.yaml:6: catch_up"),
        ("services_healthy", "services_helthy", "there is no such check; there are alerts_handled"),
        ("check: services_healthy", "check: services_healthy, params: {most: 3}", "items.0.params.most"),
        ("person: {en: Lock", "check: alerts_handled, person: {en: Lock", "write either `check`"),
        ("person: {en: Lock", "params: {x: 1}, person: {en: Lock", "only a `check` takes parameters"),
        ("id: alerts", "id: services", "another item is called services"),
        ('"#checks"', "checks", "morning.yaml:5: channel: Value error, write a channel"),
        ("ko: 문}", "de: Tür}", "items.2.title"),
    ],
)
def test_a_mistake_is_told_with_its_place(was: str, wrong: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse_document(MORNING.strip().replace(was, wrong), ChecklistPolicy, name="morning.yaml")

    assert said in refused.value.user_message.replace("name: morning.yaml", "")


@pytest.mark.parametrize(
    "pattern", ["logs-%Y.%d.%m", "logs-%d.%m.%Y", "logs-%m%Y", "logs-%Y", "logs-%Y%m%d%d"]
)
def test_a_pattern_of_indices_that_could_mean_another_day_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="in this order"):
        RetentionRule(pattern=pattern, keep_days=30)


def test_the_name_is_the_file_s(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "noon.yaml").write_text(MORNING, "utf-8")

    with pytest.raises(Misconfigured, match="write `name: noon`"):
        load_checklists(tmp_path)


def test_no_folder_is_no_checks(tmp_path: Path) -> None:
    assert () == load_checklists(tmp_path)


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_schedule_is_read_or_refused(words: str) -> None:
    quoted = words.replace("\\", "").replace('"', "").replace("\n", " ")
    try:
        found = parse_document(MORNING.replace("0 9 * * *", quoted), ChecklistPolicy, name="morning.yaml")
    except Misconfigured:
        return

    assert quoted.split() == found.schedule.split()

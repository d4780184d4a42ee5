"""Every action and every recovery is whole: its methods, words, rule, rights, tests, and its place in the documents."""

import ast
import inspect
import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from agent.domain.action import ActionRequest, ActionState
from agent.domain.cures import is_cure
from agent.execution.catalogue import WRITES
from agent.execution.effects import MOST_ATTEMPTS
from agent.execution.kit import Pace
from agent.execution.triggers import SURE
from agent.locale.messages import LANGUAGES, build_bundle, catalogue_files
from agent.policy.checks import ungoverned
from agent.policy.recoveries import Clause, HandOver, RecoveryPolicy, RollBack, Step, StepCondition
from agent.policy.references import ATTRIBUTES, OTHERS, SUBJECTS, Amount
from tests.support.alerts import shipped_policies
from tests.support.workload_cases import CASES
from tools.base import Write
from tools.connectors.readers import Permission
from tools.incident_responder.permissions import NODE_PERMISSIONS, WRITE_PERMISSIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "recovery.md").read_text("utf-8")
POLICIES = shipped_policies()
RECOVERIES = [recovery.id for recovery in POLICIES.recoveries]
METHODS = ("plan", "apply", "happened", "check", "undo", "undone", "undo_check")
ATTRIBUTES_OF_A_WRITE = ("name", "backend", "description", "params", "risk", "reversible", "timeout_seconds")
PERMISSIONS = {**WRITE_PERMISSIONS, **NODE_PERMISSIONS}

every_action = pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name)
every_recovery = pytest.mark.parametrize("name", RECOVERIES)


def section(title: str) -> str:
    """Return what stands below a heading of docs/recovery.md."""
    level = title.partition(" ")[0]
    return re.split(rf"^#{{1,{len(level)}}} ", PAGE.split(f"\n{title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def rows(title: str) -> dict[str, list[str]]:
    """Return the rows of a section's own tables by the code in their first cell."""
    text = section(title).partition("\n### ")[0]
    lines = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", text, re.M)
    return {name: rest.split(" | ") for name, rest in lines}


def parameters(write: type[Write]) -> str:
    """Return an action's parameters as the catalogue of the documents writes them."""
    fields = write.params.model_fields.items()
    shown = [f"`{n}`" if f.is_required() else f"`{n}={json.dumps(f.default)}`" for n, f in fields]
    return ", ".join(shown) or "none"


@every_action
def test_an_action_can_be_planned_done_followed_and_taken_back(write: type[Write]) -> None:
    missing = [name for name in ATTRIBUTES_OF_A_WRITE if not hasattr(write, name)]
    silent = [name for name in METHODS if not inspect.iscoroutinefunction(getattr(write, name, None))]

    assert ([], []) == (missing, silent)
    assert not inspect.isabstract(write)
    assert Write not in write.__mro__, (
        "a method that is left out would be the Protocol's own, which does nothing"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_its_words(language: str) -> None:
    bundle = build_bundle(language, (path.read_text("utf-8") for path in catalogue_files(language)))
    wanted = [f"action-{write.name}{end}" for write in WRITES for end in ("", "-what")]

    assert [] == [message for message in wanted if not bundle.has_message(message)]


@every_action
def test_an_action_stands_in_the_documents_as_it_is_in_the_code(write: type[Write]) -> None:
    what, params, risk, undo, backend, limits = rows("## Catalogue")[write.name]
    reversible = "yes" if write.reversible else "no"

    assert (write.description, parameters(write)) == (what, params)
    assert (write.risk.value, reversible, write.backend) == (risk, undo.partition(":")[0], backend)
    assert limits


def test_the_documents_name_no_action_that_does_not_exist() -> None:
    assert [write.name for write in WRITES] == list(rows("## Catalogue"))


def test_every_action_has_a_rule_that_could_let_it_run() -> None:
    assert [] == ungoverned(POLICIES, [write.name for write in WRITES])


def _names_used(path: Path) -> set[str]:
    """Return the names that a module does something with; an import alone is no use."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_every_action_is_driven_by_a_contract_test() -> None:
    used = set().union(*map(_names_used, (ROOT / "tests" / "contract").glob("test_writes_*.py")))
    # The laws of test_writes_workloads_laws.py are asked of each of these.
    driven = {case.write for case in CASES.values()} if "CASES" in used else set()

    assert [] == [write.name for write in WRITES if write.__name__ not in used and write not in driven]


def _granted() -> set[Permission]:
    manifests = yaml.safe_load_all((ROOT / "deploy" / "kubernetes" / "rbac-write.yaml").read_text("utf-8"))
    return {
        Permission(verb, plural, group, part)
        for manifest in manifests
        if manifest["kind"] == "ClusterRole"
        for rule in manifest["rules"]
        for group in rule["apiGroups"]
        for plural, _, part in (resource.partition("/") for resource in rule["resources"])
        for verb in rule["verbs"]
    }


def test_every_change_of_the_cluster_names_its_rights_and_the_manifest_grants_them() -> None:
    cluster = [write.name for write in WRITES if write.backend == "kubernetes"]
    granted = _granted()
    missing = {name: set(PERMISSIONS.get(name, ())) - granted for name in cluster}

    assert sorted(cluster) == sorted(PERMISSIONS)
    assert all(PERMISSIONS[name] for name in cluster)
    assert {} == {name: rights for name, rights in missing.items() if rights}


@cache
def _literals() -> frozenset[str]:
    """Return every text that stands in a test about recoveries."""
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if "recover" in path.stem]
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return frozenset(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@every_recovery
def test_a_recovery_is_described_and_tested(name: str) -> None:
    assert name in rows("## Recoveries")
    assert name in _literals()


@pytest.mark.parametrize("recovery", POLICIES.recoveries, ids=lambda one: one.id)
def test_a_recovery_begins_as_the_documents_say(recovery: RecoveryPolicy) -> None:
    begins = rows("## Recoveries")[recovery.id][0]
    causes = [clause for clause in recovery.trigger if clause.cause]
    named = {f"`{cause}`" for clause in causes for cause in clause.cause or ()}
    sure = {f"{clause.confidence or SURE:.0%}".replace("%", " % sure") for clause in causes}

    assert named == set(re.findall(r"`[^`]+`", begins))
    assert sure == set(re.findall(r"\d+ % sure", begins))


def test_the_documents_name_no_recovery_that_does_not_exist() -> None:
    assert sorted(RECOVERIES) == sorted(rows("## Recoveries"))


def test_the_picture_of_an_actions_life_shows_every_state_and_no_other() -> None:
    picture = PAGE.split("```mermaid", 1)[1].split("```", 1)[0]
    moves = re.findall(r"^ +(\S+) --> (\w+)", picture, re.M)
    shown = {state for move in moves for state in move} - {"[*]"}

    assert {state.value for state in ActionState} == shown
    assert {state.value for state in ActionState} == {to for _, to in moves}


def test_the_documents_list_the_actions_that_no_alert_proves() -> None:
    listed = section("## Has it helped?").split("proved by their own check alone:", 1)[1].split(";", 1)[0]
    wishes = [ActionRequest(name=write.name, by="U-1", incident_id="inc_1") for write in WRITES]

    assert {wish.name for wish in wishes if not is_cure(wish)} == set(re.findall(r"`(\w+)`", listed))


def test_the_figures_of_exactly_once_are_those_of_the_code() -> None:
    words = " ".join(section("## Exactly once").split())
    numbers = {3: "three", 4: "four", 5: "five"}

    assert f"a lease of {Pace().lease:g} seconds" in words
    assert f"renewed every {Pace().lease / 3:g} seconds" in words
    assert f"at most {numbers[MOST_ATTEMPTS]} attempts" in words
    assert f"asked again every {Pace().retry:g} seconds, for {Pace().patience / 60:g} minutes" in words


@pytest.mark.parametrize(
    "model",
    [RecoveryPolicy, Clause, Step, StepCondition, RollBack, HandOver, Amount],
    ids=lambda m: m.__name__,
)
def test_every_field_of_a_recovery_is_documented(model: type[BaseModel]) -> None:
    codes = " ".join(re.findall(r"`([^`]+)`", section("### What a file may say")))
    fields = {field.alias or name for name, field in model.model_fields.items()}

    assert set() == fields - set(re.findall(r"\w+", codes))


def test_every_reference_is_documented() -> None:
    text = section("### What a file may say")
    wanted = [*(f"`${subject}`" for subject in SUBJECTS), *(f"`{name}`" for name in ATTRIBUTES)]
    wanted += [f"`${name}`" for name in OTHERS]

    assert [] == [name for name in wanted if name not in text]


def test_the_first_page_counts_right() -> None:
    words = {11: "eleven", 12: "twelve", 13: "thirteen"}
    front = (ROOT / "README.md").read_text("utf-8")

    assert f"{len(WRITES)} [typed actions]" in front
    assert f"[{words[len(RECOVERIES)]} recoveries]" in front

"""What the docs name exists, and what exists is documented."""

import re
from pathlib import Path

import click
import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from agent.brain.toolbelt import READS
from agent.cli import main
from agent.settings import Settings
from agent.telemetry.metrics import build_metrics
from agent.transport.slack.subcommands import SUBCOMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def _variables() -> set[str]:
    return {f"OPS_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(OPS_\w+)` \| (.*?) \|", (DOCS / "configuration.md").read_text(), re.M))
    rows.pop("OPS_SECRETS_DIR")

    assert set(rows) == _variables()
    for name, field in Settings.model_fields.items():
        shown = rows[f"OPS_{name.upper()}"].strip("`")
        default = field.get_default(call_default_factory=True)
        expected = {None: "none"}.get(default, str(default))
        if name != "policies_dir":
            assert shown == expected, name


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"), *(ROOT / "deploy").rglob("*.*")]
    named = {
        word
        for page in pages
        for word in re.findall(r"\bOPS_[A-Z][A-Z_]+\b", page.read_text(errors="replace"))
    }

    assert named - _variables() - {"OPS_SECRETS_DIR"} == set()


def _commands(group: click.Group, prefix: str = "ops-monitor") -> set[str]:
    found: set[str] = set()
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= _commands(command, f"{prefix} {name}")
        else:
            found.add(f"{prefix} {name}")
    return found


def test_every_terminal_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text()
    missing = {command for command in _commands(main) if f"`{command}" not in text}

    assert missing == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")

    assert broken == []


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_into_documents_lead_to_a_heading() -> None:
    broken = []
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", page.read_text()):
            where = page.parent / target if target else page
            if where.suffix == ".md" and anchor not in _anchors(where):
                broken.append(f"{page.relative_to(ROOT)} -> {target}#{anchor}")

    assert broken == []


def test_every_page_and_decision_can_be_found() -> None:
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", (ROOT / "README.md").read_text()))
    decided = set(re.findall(r"\]\((\d+[\w-]+\.md)\)", (DOCS / "decisions" / "README.md").read_text()))

    assert {page.name for page in DOCS.glob("*.md")} - linked == set()
    assert {page.name for page in (DOCS / "decisions").glob("0*.md")} == decided


def test_every_read_is_documented_and_the_reverse() -> None:
    named = set(re.findall(r"^\| `(\w+\.\w+)` \|", (DOCS / "reads.md").read_text(), re.M))

    assert named == {read.name for read in READS}


def test_every_slash_command_is_documented_and_the_reverse() -> None:
    named = set(re.findall(r"^\| `/ops (\w+)", (DOCS / "commands.md").read_text(), re.M))

    assert named == set(SUBCOMMANDS)


@pytest.mark.parametrize(("file", "key"), [("priority.yaml", "rules"), ("routing.yaml", "routes")])
def test_every_rule_is_documented_and_the_reverse(file: str, key: str) -> None:
    section = (DOCS / "policies.md").read_text().split(f"## {file}", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^\| `([\w-]+)` \|", section, re.M)

    assert named == [rule["id"] for rule in yaml.safe_load((ROOT / "policies" / file).read_text())[key]]


def test_every_metric_in_the_docs_exists_and_the_reverse() -> None:
    registry = CollectorRegistry()
    build_metrics(registry)
    types = [
        line.split() for line in generate_latest(registry).decode().splitlines() if line.startswith("# TYPE")
    ]
    exposed = {name for _, _, name, _ in types if not name.endswith("_created")}
    named = set(re.findall(r"`(ops_monitor_\w+)", (DOCS / "operations.md").read_text()))

    assert named == exposed

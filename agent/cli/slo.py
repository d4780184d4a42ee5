"""Commands about objectives: check their files, write their Prometheus rules, show where services stand."""

import sys
from pathlib import Path

import click

from agent.cli.ground import run, settings_of, told

_FOLDER = click.option(
    "--dir", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Policy folder."
)


@click.group()
def slo() -> None:
    """Work with service level objectives (docs/slo.md)."""


@slo.command("check")
@_FOLDER
@click.pass_obj
def slo_check(secrets_dir: str | None, folder: Path | None) -> None:
    """Check the files of objectives, their queries too; each mistake with file, line and what to write."""
    from agent.app.objectives_terminal import slo_check as check_app

    with told():
        code = check_app(folder or settings_of(secrets_dir).policies_dir)
    sys.exit(code)


@slo.command("rules")
@_FOLDER
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write files here, not to the terminal."
)
@click.option("--test", "tests", is_flag=True, help="With cases for `promtool test rules`.")
@click.pass_obj
def slo_rules(secrets_dir: str | None, folder: Path | None, out: Path | None, tests: bool) -> None:
    """Make the Prometheus rules of the objectives: error ratios, and alerts on how fast budgets burn."""
    from agent.app.objectives_terminal import slo_rules as rules_app

    with told():
        code = rules_app(folder or settings_of(secrets_dir).policies_dir, out, tests=tests)
    sys.exit(code)


@slo.command("show")
@click.option("--service", help="Only the objectives of this service.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def slo_show(secrets_dir: str | None, service: str | None, as_json: bool) -> None:
    """Measure the objectives and show what is left of each budget; exit code 1 when one is not met or not known."""
    from agent.app.objectives_terminal import slo_show as show_app

    run(show_app(settings_of(secrets_dir), service, as_json=as_json))

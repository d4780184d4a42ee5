"""Commands about rules and records: policies, the audit chain, and messages that could not be delivered."""

import sys
from pathlib import Path

import click

from agent.cli.ground import run, settings_of, told


@click.group()
def policy() -> None:
    """Work with the team's policy files."""


@policy.command("test")
@click.option(
    "--dir", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Policy folder."
)
@click.pass_obj
def policy_test(secrets_dir: str | None, folder: Path | None) -> None:
    """Run the cases that stand beside the rules."""
    from agent.app.terminal import policy_test as policy_test_app

    with told():
        code = policy_test_app(folder or settings_of(secrets_dir).policies_dir)
    sys.exit(code)


@policy.command("explain")
@click.argument("action")
@click.option(
    "--set",
    "given",
    multiple=True,
    help="A fact, such as service=checkout, replicas=[4,9] or environment=staging.",
)
@click.option(
    "--dir", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Policy folder."
)
@click.pass_obj
def policy_explain(secrets_dir: str | None, action: str, given: tuple[str, ...], folder: Path | None) -> None:
    """Say what the rules make of ACTION, and why; what is not set is an ordinary case in production."""
    from agent.app.records import policy_explain as explain_app

    settings = settings_of(secrets_dir)
    with told():
        code = explain_app(folder or settings.policies_dir, action, given, settings.language)
    sys.exit(code)


@policy.command("diff")
@click.argument("old", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--replay",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recorded actions, such as `ops-monitor audit export` prints; else those of the database.",
)
@click.pass_obj
def policy_diff(secrets_dir: str | None, old: Path, new: Path, replay: Path | None) -> None:
    """Replay recorded actions and say which the policies in NEW would decide differently than those in OLD."""
    from agent.app.records import policy_diff as diff_app

    run(diff_app(settings_of(secrets_dir), old, new, replay))


@click.group()
def audit() -> None:
    """Check or export the record of everything that led to a change."""


@audit.command("verify")
@click.option(
    "--anchor", help="LENGTH:DIGEST as an earlier run printed it; shows a chain that was written anew."
)
@click.pass_obj
def audit_verify(secrets_dir: str | None, anchor: str | None) -> None:
    """Check that no entry was changed, removed or put in another order; exit code 1 if one was."""
    from agent.app.records import audit_verify as verify_app

    run(verify_app(settings_of(secrets_dir), anchor))


@audit.command("export")
@click.option("--incident", help="Only this incident, for example INC-12.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only entries after this number.")
@click.pass_obj
def audit_export(secrets_dir: str | None, incident: str | None, after: int) -> None:
    """Print the entries as JSON, one a line, for somebody else to keep."""
    from agent.app.records import audit_export as export_app

    run(export_app(settings_of(secrets_dir), incident, after))


@click.group()
def deadletters() -> None:
    """List messages that could not be delivered, and send them again."""


@deadletters.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def deadletters_list(secrets_dir: str | None, as_json: bool) -> None:
    """Show what could not be delivered, newest first, and why."""
    from agent.app.letters import letters_list

    run(letters_list(settings_of(secrets_dir), as_json))


@deadletters.command("retry")
@click.argument("key")
@click.pass_obj
def deadletters_retry(secrets_dir: str | None, key: str) -> None:
    """Have the running bot send the message KEY again, or every one with `all`."""
    from agent.app.letters import letters_retry

    run(letters_retry(settings_of(secrets_dir), key))

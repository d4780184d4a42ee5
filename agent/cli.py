"""The terminal door: one command per thing that people do without Slack; heavy parts load when a command runs."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from agent.errors import BadInput, OpsError

if TYPE_CHECKING:
    from agent.settings import Settings


@contextmanager
def _told() -> Iterator[None]:
    """Tell a person what is wrong in one sentence; only what nobody foresaw may show its trace."""
    try:
        yield
    except OpsError as error:
        field = error.field if isinstance(error, BadInput) else ""
        raise click.ClickException(
            f"{field}: {error.user_message}" if field else error.user_message
        ) from error


def _settings(secrets_dir: str | None) -> "Settings":
    from agent.settings import load_settings

    with _told():
        return load_settings(secrets_dir)


def _run(work: Coroutine[Any, Any, int]) -> None:
    with _told():
        try:
            code = asyncio.run(work)
        except KeyboardInterrupt:
            code = 130
    if code:
        sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="ops-monitor", prog_name="ops-monitor")
@click.option(
    "--secrets-dir",
    envvar="OPS_SECRETS_DIR",
    type=click.Path(file_okay=False),
    help="Folder with one file per secret, named as the setting (for example ops_slack_bot_token).",
)
@click.pass_context
def main(context: click.Context, secrets_dir: str | None) -> None:
    """A Slack bot that a production team trusts with its incidents.

    Settings come from the environment (OPS_…); `ops-monitor doctor` says what is missing and how to mend it.
    """
    context.obj = secrets_dir


@main.command()
@click.pass_obj
def serve(secrets_dir: str | None) -> None:
    """Run the bot: webhooks, Slack, investigations."""
    from agent.app.server import serve as serve_app

    _run(serve_app(_settings(secrets_dir)))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Try the product on a small production of its own, with no account and no key.

    `ops-monitor demo` starts it, `ops-monitor demo fault NAME` breaks something, `ops-monitor demo --help` says more.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "demo", *arguments])


@main.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--incident", "incident", help="Ask about one incident, for example INC-12.")
@click.pass_obj
def ask(secrets_dir: str | None, question: tuple[str, ...], incident: str | None) -> None:
    """Ask a question, such as: ops-monitor ask why is checkout slow"""
    from agent.app.terminal import ask as ask_app

    _run(ask_app(_settings(secrets_dir), " ".join(question), incident))


@main.command()
@click.argument("payload", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print the incidents as JSON, one a line.")
@click.pass_obj
def triage(secrets_dir: str | None, payload: IO[bytes], as_json: bool) -> None:
    """Triage an Alertmanager webhook PAYLOAD (a file, or - for standard input) without storing or posting anything."""
    from agent.app.terminal import triage as triage_app

    _run(triage_app(_settings(secrets_dir), payload.read(), as_json))


@main.command()
@click.argument("case", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="CASE_DIR")
@click.option(
    "--learn",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Resolved cases (with truth.json) to learn from, for a storm of mere alerts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def diagnose(case: Path, learn: Path | None, as_json: bool) -> None:
    """Rank the suspects of one recorded incident in CASE_DIR, with the reasons for each.

    The folder holds case.json and whatever was recorded: metrics, logs, traces, alerts, changes (docs/replay.md).
    A storm of mere alerts is compared with the cases beside it, and learns from those that are resolved.
    Nothing is asked and nothing is sent.
    """
    from agent.app.replay_case import diagnose as diagnose_app

    with _told():
        code = diagnose_app(case, as_json, learn)
    sys.exit(code)


@main.command()
@click.argument("recording", type=click.Path(exists=True, path_type=Path), metavar="FILE|DIR")
@click.option(
    "--policies",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Policy folder; else that of the settings.",
)
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A second policy folder: print only what it would change, and both totals.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def replay(
    secrets_dir: str | None, recording: Path, policies: Path | None, against: Path | None, as_json: bool
) -> None:
    """Run recorded alerts through the whole pipeline and print what would have happened.

    A recording is a file or folder of Alertmanager webhook bodies (.json, or .jsonl with one a line), an alert stream
    (stream.jsonl), or a recorded incident; .jsonl may be packed as .xz. Where truth.json or truth.jsonl lies beside it,
    the detection quality is measured. Nothing is sent, asked or changed.
    """
    from agent.app.replay import replay as replay_app

    _run(replay_app(_settings(secrets_dir), recording, policies, against, as_json))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(secrets_dir: str | None, as_json: bool) -> None:
    """Show open incidents, services and backends."""
    from agent.app.terminal import status as status_app

    _run(status_app(_settings(secrets_dir), as_json))


@main.command()
@click.argument("incident")
@click.option("--lang", type=click.Choice(["en", "ko"]), help="Language; else that of the settings.")
@click.pass_obj
def postmortem(secrets_dir: str | None, incident: str, lang: str | None) -> None:
    """Print a post-mortem draft of INCIDENT, for example INC-12, as Markdown."""
    from agent.app.drafts import postmortem as postmortem_app

    _run(postmortem_app(_settings(secrets_dir), incident, lang))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def doctor(secrets_dir: str | None, as_json: bool) -> None:
    """Check every backend, Slack scope and Kubernetes permission, and name the fix for each."""
    from agent.app.terminal import doctor as doctor_app

    _run(doctor_app(_settings(secrets_dir), as_json))


@main.group()
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

    with _told():
        code = policy_test_app(folder or _settings(secrets_dir).policies_dir)
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

    settings = _settings(secrets_dir)
    with _told():
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

    _run(diff_app(_settings(secrets_dir), old, new, replay))


@main.group()
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

    _run(verify_app(_settings(secrets_dir), anchor))


@audit.command("export")
@click.option("--incident", help="Only this incident, for example INC-12.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only entries after this number.")
@click.pass_obj
def audit_export(secrets_dir: str | None, incident: str | None, after: int) -> None:
    """Print the entries as JSON, one a line, for somebody else to keep."""
    from agent.app.records import audit_export as export_app

    _run(export_app(_settings(secrets_dir), incident, after))


@main.group()
def deadletters() -> None:
    """List messages that could not be delivered, and send them again."""


@deadletters.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def deadletters_list(secrets_dir: str | None, as_json: bool) -> None:
    """Show what could not be delivered, newest first, and why."""
    from agent.app.letters import letters_list

    _run(letters_list(_settings(secrets_dir), as_json))


@deadletters.command("retry")
@click.argument("key")
@click.pass_obj
def deadletters_retry(secrets_dir: str | None, key: str) -> None:
    """Have the running bot send the message KEY again, or every one with `all`."""
    from agent.app.letters import letters_retry

    _run(letters_retry(_settings(secrets_dir), key))

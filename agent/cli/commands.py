"""The terminal door: one command per thing that people do without Slack; heavy parts load when a command runs."""

import os
import sys
from pathlib import Path
from typing import IO

import click

from agent.cli.checks import checks
from agent.cli.dashboards import dashboards
from agent.cli.ground import run, settings_of, told
from agent.cli.records import audit, deadletters, policy
from agent.cli.reports import report
from agent.cli.slo import slo


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

    run(serve_app(settings_of(secrets_dir)))


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

    run(ask_app(settings_of(secrets_dir), " ".join(question), incident))


@main.command()
@click.argument("payload", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print the incidents as JSON, one a line.")
@click.pass_obj
def triage(secrets_dir: str | None, payload: IO[bytes], as_json: bool) -> None:
    """Triage an Alertmanager webhook PAYLOAD (a file, or - for standard input) without storing or posting anything."""
    from agent.app.terminal import triage as triage_app

    run(triage_app(settings_of(secrets_dir), payload.read(), as_json))


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

    with told():
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

    run(replay_app(settings_of(secrets_dir), recording, policies, against, as_json))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(secrets_dir: str | None, as_json: bool) -> None:
    """Show open incidents, services and backends."""
    from agent.app.terminal import status as status_app

    run(status_app(settings_of(secrets_dir), as_json))


@main.command()
@click.argument("incident")
@click.option("--lang", type=click.Choice(["en", "ko"]), help="Language; else that of the settings.")
@click.pass_obj
def postmortem(secrets_dir: str | None, incident: str, lang: str | None) -> None:
    """Print a post-mortem draft of INCIDENT, for example INC-12, as Markdown."""
    from agent.app.drafts import postmortem as postmortem_app

    run(postmortem_app(settings_of(secrets_dir), incident, lang))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def doctor(secrets_dir: str | None, as_json: bool) -> None:
    """Check every backend, Slack scope and Kubernetes permission, and name the fix for each."""
    from agent.app.terminal import doctor as doctor_app

    run(doctor_app(settings_of(secrets_dir), as_json))


for group in (policy, audit, deadletters, checks, dashboards, report, slo):
    main.add_command(group)

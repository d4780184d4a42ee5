"""The commands about checklists: which there are, when they are due, and looking now."""

import click

from agent.cli.ground import run, settings_of


@click.group()
def checks() -> None:
    """Look at the daily and weekly checks."""


@checks.command("list")
@click.pass_obj
def list_(secrets_dir: str | None) -> None:
    """List every checklist with its items, its next time and how the last one went."""
    from agent.app.checks_terminal import listed

    run(listed(settings_of(secrets_dir)))


@checks.command("next")
@click.argument("name", required=False)
@click.option("--count", default=5, show_default=True, type=click.IntRange(1, 100))
@click.pass_obj
def next_(secrets_dir: str | None, name: str | None, count: int) -> None:
    """Show when the checklist NAME, or each of them, is due next."""
    from agent.app.checks_terminal import upcoming

    run(upcoming(settings_of(secrets_dir), name, count))


@checks.command("run")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Look and print; nothing is stored and nobody is told.")
@click.option("--lang", type=click.Choice(["en", "ko"]), help="Language; else that of the settings.")
@click.pass_obj
def run_(secrets_dir: str | None, name: str, dry_run: bool, lang: str | None) -> None:
    """Begin the checklist NAME now: the running bot goes through it and shows it in its channel."""
    from agent.app.checks_terminal import begin_now, look_now

    settings = settings_of(secrets_dir)
    run(look_now(settings, name, lang) if dry_run else begin_now(settings, name))

"""`ops-monitor report …`: reports about a day, a week or a month, as Markdown and PDF."""

from pathlib import Path
from typing import Literal

import click

from agent.cli.ground import run, settings_of

_LANGUAGE = click.option(
    "--lang", type=click.Choice(["en", "ko"]), help="Language; else that of the settings."
)
_FORM = click.option(
    "--format",
    "form",
    type=click.Choice(["md", "pdf", "both"]),
    default="both",
    show_default=True,
    help="What is written; with `md` and no --out it is printed.",
)
_OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write into; else the present one.",
)


@click.group()
def report() -> None:
    """Write a report: monthly, sla, weekly or daily; without a period, about the last one that is over."""


FORMS: dict[str, tuple[Literal["md", "pdf"], ...]] = {"md": ("md",), "pdf": ("pdf",), "both": ("md", "pdf")}


def _write(
    secrets_dir: str | None, kind: str, period: str, lang: str | None, form: str, out: Path | None
) -> None:
    from agent.app.reports_terminal import report as report_app
    from agent.domain.report import ReportKind

    place = out if out is not None or form == "md" else Path()
    run(report_app(settings_of(secrets_dir), ReportKind(kind), period, lang, FORMS[form], place))


@report.command()
@click.option("--month", "period", default="", help="Such as 2026-10.")
@_LANGUAGE
@_FORM
@_OUT
@click.pass_obj
def monthly(secrets_dir: str | None, period: str, lang: str | None, form: str, out: Path | None) -> None:
    """Availability, performance, resources, incidents, improvements and the success figures of a month."""
    _write(secrets_dir, "monthly", period, lang, form, out)


@report.command()
@click.option("--month", "period", default="", help="Such as 2026-10.")
@_LANGUAGE
@_FORM
@_OUT
@click.pass_obj
def sla(secrets_dir: str | None, period: str, lang: str | None, form: str, out: Path | None) -> None:
    """What was promised to customers in a month: measured, credits, breaches."""
    _write(secrets_dir, "sla", period, lang, form, out)


@report.command()
@click.option("--week", "period", default="", help="Such as 2026-W43, or a day of that week.")
@_LANGUAGE
@_FORM
@_OUT
@click.pass_obj
def weekly(secrets_dir: str | None, period: str, lang: str | None, form: str, out: Path | None) -> None:
    """One page for executives about a week."""
    _write(secrets_dir, "weekly", period, lang, form, out)


@report.command()
@click.option("--day", "period", default="", help="Such as 2026-10-23.")
@_LANGUAGE
@_FORM
@_OUT
@click.pass_obj
def daily(secrets_dir: str | None, period: str, lang: str | None, form: str, out: Path | None) -> None:
    """A day in brief."""
    _write(secrets_dir, "daily", period, lang, form, out)

"""`ops-monitor report …`: reports about a day, a week or a month, as Markdown and PDF."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypedDict, TypeVar, Unpack

import click

from agent.cli.ground import run, settings_of

C = TypeVar("C", bound=Callable[..., object])

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


class _Asked(TypedDict):
    period: str
    lang: str | None
    form: str
    out: Path | None


def _asks(option: str, such: str) -> Callable[[C], C]:
    def with_options(command: C) -> C:
        period = click.option(option, "period", default="", help=such)
        return period(_LANGUAGE(_FORM(_OUT(command))))

    return with_options


def _write(secrets_dir: str | None, kind: str, asked: _Asked) -> None:
    from agent.app.reports_terminal import report as report_app
    from agent.domain.report import ReportKind

    out, form = asked["out"], asked["form"]
    place = out if out is not None or form == "md" else Path()
    settings = settings_of(secrets_dir)
    run(report_app(settings, ReportKind(kind), asked["period"], asked["lang"], FORMS[form], place))


@report.command()
@_asks("--month", "Such as 2026-10.")
@click.pass_obj
def monthly(secrets_dir: str | None, **asked: Unpack[_Asked]) -> None:
    """Availability, performance, resources, incidents, improvements and the success figures of a month."""
    _write(secrets_dir, "monthly", asked)


@report.command()
@_asks("--month", "Such as 2026-10.")
@click.pass_obj
def sla(secrets_dir: str | None, **asked: Unpack[_Asked]) -> None:
    """What was promised to customers in a month: measured, credits, breaches."""
    _write(secrets_dir, "sla", asked)


@report.command()
@_asks("--week", "Such as 2026-W43, or a day of that week.")
@click.pass_obj
def weekly(secrets_dir: str | None, **asked: Unpack[_Asked]) -> None:
    """One page for executives about a week."""
    _write(secrets_dir, "weekly", asked)


@report.command()
@_asks("--day", "Such as 2026-10-23.")
@click.pass_obj
def daily(secrets_dir: str | None, **asked: Unpack[_Asked]) -> None:
    """A day in brief."""
    _write(secrets_dir, "daily", asked)

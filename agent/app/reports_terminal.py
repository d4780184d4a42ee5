"""What the terminal's command about reports does."""

import sys
from collections.abc import Sequence
from pathlib import Path

from agent.app.terminal import opened
from agent.domain.report import ReportKind
from agent.operations.reports.desk import Edition, Form, Language
from agent.settings import Settings


async def report(
    settings: Settings,
    kind: ReportKind,
    period: str,
    language: str | None,
    forms: Sequence[Form],
    out: Path | None,
) -> int:
    """Write a report into a folder, or its Markdown to standard output; 1 when a form could not be made."""
    async with opened(settings) as core:
        reporting = core.wings.reporting
        assert reporting is not None
        lang: Language = "ko" if (language or settings.language) == "ko" else "en"
        editions = await reporting.desk.write_report(reporting.period(kind, period), (lang,), forms)
    return _given(editions[0], out)


def _given(edition: Edition, out: Path | None) -> int:
    for notice in edition.notices:
        sys.stderr.write(f"{notice}\n")
    for file in edition.files:
        if out is None and file.name.endswith(".md"):
            sys.stdout.write(file.data.decode())
            continue
        folder = out or Path()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.data)
        sys.stderr.write(f"{folder / file.name}\n")
    return 1 if edition.notices else 0

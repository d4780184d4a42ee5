"""A replay's report as lines of text for a person's screen."""

from collections.abc import Iterable, Sequence

from agent.diagnosis.replay_quality import Quality
from agent.operations.replay_report import Change, IncidentRow, Proposed, ReplayReport
from agent.transport.foreign import clean

_MOST_ROWS = 60
_MOST_CHANGES = 100
_WIDEST = 44
_HEAD = ("incident", "opened", "prio", "alerts", "services", "channel", "pings", "paged", "title")


def report_lines(report: ReplayReport) -> list[str]:
    """Return one row per incident, what would have been proposed, the totals and the detection quality."""
    shown = report.incidents[:_MOST_ROWS]
    lines = [*_table([_HEAD, *(_cells(row) for row in shown)])]
    if len(report.incidents) > len(shown):
        lines.append(f"... and {len(report.incidents) - len(shown)} more; --json prints them all.")
    plans = [line for row in shown for line in _plan(row)]
    if plans:
        lines += ["", "would have been proposed:", *plans]
    if report.suspects:
        lines += ["", "what the recorded data blames:", *(f"  {clean(one, 300)}" for one in report.suspects)]
    lines += ["", *_table([(name, str(count)) for name, count in report.totals().items()])]
    lines.append(f"policies: {clean(report.policies, 200)} ({report.digest[:12]})")
    lines.append("what became of the alerts: " + (_counts(report.outcomes) or "there were none"))
    if report.quality is not None:
        lines += ["", *_quality(report.quality)]
    lines += [f"skipped {clean(one, 300)}" for one in report.skipped]
    return lines


def comparison_lines(first: ReplayReport, second: ReplayReport, changes: Sequence[Change]) -> list[str]:
    """Return only what differs between two configurations, and both totals."""
    lines: list[str] = []
    for change in changes[:_MOST_CHANGES]:
        lines.append(clean(change.before or change.after, 160))
        lines += [f"    {clean(words, 300)}" for words in change.what]
    if len(changes) > _MOST_CHANGES:
        lines.append(f"... and {len(changes) - _MOST_CHANGES} more; --json prints them all.")
    if not changes:
        lines.append("no incident would have been treated differently")
    was, now = first.totals(), second.totals()
    rows = [(name, str(was[name]), str(now[name]), _step(now[name] - was[name])) for name in was]
    names = ("", clean(first.policies, 60), clean(second.policies, 60), "change")
    return [*lines, "", *_table([names, *rows])]


def _step(difference: int) -> str:
    return f"{difference:+d}" if difference else ""


def _cells(row: IncidentRow) -> tuple[str, ...]:
    others = len(row.services) - 1
    services = clean(row.service, 24) + (f" +{others}" if others > 0 else "")
    pings = f"{row.pings} @{','.join(row.mentions)}" if row.pings else "0"
    return (
        row.name,
        f"{row.opened_at:%m-%d %H:%M:%S}",
        row.priority.value,
        str(row.alerts),
        services,
        clean(row.channel, 24),
        clean(pings, 24),
        clean(", ".join(row.pages), 24) or "-",
        clean(row.title, _WIDEST),
    )


def _plan(row: IncidentRow) -> Iterable[str]:
    if row.recovery is None:
        return
    yield f"  {row.name}: {row.recovery}"
    for one in row.proposed:
        yield f"    {one.action} ({one.step}): {one.verdict}{_needs(one)} - {clean(one.why, 160)}"


def _needs(one: Proposed) -> str:
    return f", {'; '.join(one.needs)}" if one.needs else ""


def _counts(outcomes: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in outcomes.items())


def _quality(quality: Quality) -> list[str]:
    mean = "nothing was detected"
    if quality.mean_seconds is not None:
        mean = f"{quality.mean_seconds:.0f} s mean time to detect (goal: at most 120 s)"
    lines = [
        "detection quality, beside what really happened:",
        f"  {quality.detected} of {quality.troubles} troubles detected; {mean}",
        f"  {quality.early:.1%} within two minutes (goal: at least 95 %)",
        f"  {quality.in_vain:.1%} of the incidents were about nothing (goal: at most 5 %)",
    ]
    if quality.grouping is not None:
        lines.append(f"  {quality.grouping:.3f} adjusted Rand index of alerts into incidents")
    return lines


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]

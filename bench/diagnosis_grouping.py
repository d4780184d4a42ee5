"""Runs the on-line grouper over recorded alert streams; one configuration for all of them."""

import math
from collections.abc import Iterable
from pathlib import Path

from agent.diagnosis.cases.model import AlertEvent
from agent.diagnosis.grouping.grouper import Grouper
from agent.operations.case_files import alert_of, rows_of


def run(data: Path) -> dict[str, dict[str, str]]:
    """Group every stream under `data`/grouping: {set: {alert id: group id}}."""
    streams = sorted((data / "grouping").glob("*/stream.jsonl.xz"))
    return {path.parent.name: group(alert_of(row) for row in rows_of(path)) for path in streams}


def group(alerts: Iterable[AlertEvent]) -> dict[str, str]:
    """Group one stream, in time order."""
    grouper = Grouper()
    found: dict[str, str] = {}
    for alert in alerts:
        found |= {one.alert_id: one.group_id for one in grouper.add(alert)}
    return found | {one.alert_id: one.group_id for one in grouper.flush(math.inf)}

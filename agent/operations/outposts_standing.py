"""Which third parties are down, in words; nothing at all while none is."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.alert import AlertRecord
from agent.locale.format import duration
from agent.locale.messages import text
from agent.operations.outposts_alerts import GROUP
from agent.operations.tables import cell
from agent.ports.store import Store

_MOST_LINES = 5


async def third_parties_down(store: Store) -> Sequence[AlertRecord]:
    """Return the alerts of third parties that fire, the oldest first."""
    async with store.read() as tx:
        firing = await tx.alerts.firing_in_group(GROUP)
    return sorted(firing, key=lambda record: record.alert.starts_at)


def third_party_lines(down: Sequence[AlertRecord], now: datetime, lang: str) -> list[str]:
    """Return a line for each third party that is down, and how many more there are."""
    lines = [_line(record, now, lang) for record in down[:_MOST_LINES]]
    left = len(down) - _MOST_LINES
    return [*lines, text(lang, "details-more", count=str(left))] if left > 0 else lines


def _line(record: AlertRecord, now: datetime, lang: str) -> str:
    told = record.alert.annotations
    services = told.get("services", "")
    return text(
        lang,
        "third-party-down-for" if services else "third-party-down",
        name=cell(told.get("third_party_name", record.service)),
        since=duration(lang, now - record.alert.starts_at),
        detail=cell(told.get("description", "–")),
        **({"services": cell(services)} if services else {}),
    )

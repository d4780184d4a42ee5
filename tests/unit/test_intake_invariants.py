"""Whatever arrives in whatever order, records, counts, incidents and timelines agree with each other."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.incident import IncidentStatus
from agent.store.timeline import verify_chain
from tests.support.alerts import Desk, alert
from tests.support.store import store_at

_SERVICES = (
    "payment",
    "checkout",
    "tutor",
    "",
    "<!channel>",
    "'; DROP TABLE alerts; --",
    "x" * 9000,
    "결제",
    "a\x00b",
)
_HOSTILE = st.sampled_from(_SERVICES)
_NAMES = st.sampled_from(["ServiceDown", "HighErrorRate", "HighCPUUsage", "*"])
_LABELS = st.fixed_dictionaries(
    {},
    optional={
        "service": _HOSTILE,
        "instance": st.sampled_from(["node-1", "node-2"]),
        "severity": st.sampled_from(["critical", "warning", "info", "odd"]),
        "cluster": st.sampled_from(["", "eu"]),
    },
)
_STEP = st.tuples(
    st.sampled_from([0, 1, 30, 200, 700]),
    st.lists(
        st.tuples(
            _NAMES,
            _LABELS,
            st.booleans(),
            st.integers(-500, 50),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0, 0, 3]),
)


async def _check(desk: Desk) -> None:
    async with desk.store.read() as tx:
        incidents = await tx.incidents.recent(1000)
        assert await tx.inbox.waiting() == 0
        assert list(range(len(incidents), 0, -1)) == [i.number for i in incidents]
        for incident in incidents:
            records = await tx.alerts.of_incident(incident.id)
            events = await tx.timeline.of(incident.id)
            tallies = await tx.alerts.tallies([incident.id])
            counted: Counter[tuple[str, str, str]] = Counter()
            for record in records:
                counted[(record.service, record.alert.name, record.severity.value)] += 1

            assert verify_chain(events) is None
            assert dict(counted) == {(t.service, t.name, t.severity.value): t.total for t in tallies}
            assert sum(r.alert.firing for r in records) == sum(t.firing for t in tallies)
            assert events[0].kind == "opened"
            assert len(incident.title) <= 200
            still = any(r.alert.firing or r.flapping for r in records)
            assert still == incident.status.open
            assert (incident.status is IncidentStatus.RESOLVED) == (incident.times.resolved_at is not None)
            assert await tx.outbox.get(f"card:{incident.id}") is not None
        for record in await tx.alerts.firing():
            assert record.incident_id is not None


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(_STEP, min_size=1, max_size=8))
async def test_records_counts_incidents_and_timelines_agree(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with store_at(Path(folder)) as store:
            desk = Desk(store)
            for wait, alerts, truncated in steps:
                desk.clock.advance(wait)
                now = desk.clock.now()
                await desk.send(
                    *(
                        alert(name, firing=firing, starts=now.fromtimestamp(now.timestamp() + shift, now.tzinfo),
                              ends=None if firing else now, **labels)
                        for name, labels, firing, shift in alerts
                    ),
                    truncated=truncated,
                    group_key=f"g{len(alerts)}",
                )  # fmt: skip
                await _check(desk)

"""What the timeline says about earlier looks."""

from datetime import timedelta

import pytest

from agent.domain.timeline import GENESIS, TimelineEvent, TimelineKind
from agent.graph.events import starts_anew
from tests.support.store import NOON


def timeline(*events: tuple[TimelineKind, float]) -> list[TimelineEvent]:
    return [
        TimelineEvent(
            seq=number,
            incident_id="i1",
            kind=kind,
            actor="ops-monitor",
            at=NOON + timedelta(seconds=seconds),
            data={},
            previous=GENESIS,
            digest="0" * 64,
        )
        for number, (kind, seconds) in enumerate(events, start=1)
    ]


K = TimelineKind


@pytest.mark.parametrize(
    ("events", "anew"),
    [
        ([(K.OPENED, 0), (K.DIAGNOSED, 5)], False),
        ([(K.OPENED, 0), (K.DIAGNOSED, 5), (K.RESOLVED, 50), (K.REOPENED, 52)], False),
        ([(K.OPENED, 0), (K.DIAGNOSED, 5), (K.RESOLVED, 50), (K.REOPENED, 300)], True),
        ([(K.OPENED, 0), (K.DIAGNOSED, 5), (K.RESOLVED, 50), (K.REOPENED, 300), (K.DIAGNOSED, 305)], False),
    ],
)
def test_only_a_real_end_makes_the_last_diagnosis_old(
    events: list[tuple[TimelineKind, float]], anew: bool
) -> None:
    assert anew == starts_anew(timeline(*events))

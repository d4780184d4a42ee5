"""What every store must do with timelines and with memory across incidents."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.timeline import GENESIS, TimelineKind
from agent.store.engine import SqlStore
from agent.store.timeline import verify_chain
from tests.support.store import NOON, opened

_SLOWLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


async def _three(store: SqlStore) -> None:
    async with store.write() as tx:
        for text in ("one", "two", "three"):
            await tx.timeline.append(
                "i1", TimelineKind.NOTE, "ada", NOON, {"text": text, "n": 1.5, "l": [None, True]}
            )
        await tx.timeline.append("i2", TimelineKind.OPENED, "ops-monitor", NOON, {})


async def test_events_keep_their_order_and_their_chain(store: SqlStore) -> None:
    await _three(store)
    async with store.read() as tx:
        events = await tx.timeline.of("i1")

        assert [e.data["text"] for e in events] == ["one", "two", "three"]
        assert [e.seq for e in events] == [1, 2, 3]
        assert events[0].previous == GENESIS
        assert verify_chain(events) is None
        assert verify_chain(await tx.timeline.of("i2")) is None
        assert verify_chain([]) is None


@pytest.mark.parametrize(
    ("harm", "first_bad"),
    [
        ("UPDATE timeline SET data = '{\"text\": \"forged\"}' WHERE incident_id = 'i1' AND seq = 2", 2),
        ("UPDATE timeline SET actor = 'mallory' WHERE incident_id = 'i1' AND seq = 1", 1),
        ("UPDATE timeline SET at = at + 1 WHERE incident_id = 'i1' AND seq = 3", 3),
        ("DELETE FROM timeline WHERE incident_id = 'i1' AND seq = 2", 2),
        ("UPDATE timeline SET incident_id = 'i3' WHERE incident_id = 'i1'", 1),
    ],
)
async def test_tampering_is_found_at_the_first_bad_event(store: SqlStore, harm: str, first_bad: int) -> None:
    await _three(store)
    async with store.write() as tx:
        await tx.connection.exec_driver_sql(harm)
        events = await tx.timeline.of("i1") or await tx.timeline.of("i3")

        assert first_bad == verify_chain(events)


@_SLOWLY
@given(data=st.dictionaries(st.text(), _JSON, max_size=4), actor=st.text())
async def test_whatever_was_said_comes_back_and_the_chain_holds(
    database: str, data: dict[str, object], actor: str
) -> None:
    async with opened(database) as store, store.write() as tx:
        said = await tx.timeline.append("any", TimelineKind.NOTE, actor, NOON, data)  # type: ignore[arg-type]
        events = await tx.timeline.of("any")

        assert said == events[-1]
        assert verify_chain(events) is None

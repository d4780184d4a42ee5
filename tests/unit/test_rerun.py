"""Reading a claim's evidence again: which request is sent, what is compared, and how often people may."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.brain.toolbelt import READS
from agent.domain.evidence import Evidence, EvidenceStatus, Reading, ReadRequest, Window, reading_digest
from agent.domain.noun import Json
from agent.domain.results import Quantity
from agent.errors import NotFound, NotPermitted
from agent.operations.rerun import EACH_INCIDENT, EACH_PERSON, MOST_READS, Pace, Rerun, Rerunner
from agent.store.engine import SqlStore
from agent.transport.slack.rerun_view import rerun_view, trouble_view
from tests.support.blockkit import wrong_with_view
from tests.support.hostile import stored as words
from tests.support.reads import ScriptedReads
from tests.support.store import NOON, StillClock, store_at
from tests.support.views import payment_diagnosis, sample_incident
from tests.unit.test_blocks_limits import pings

BACKWARD = "metrics_collector.signal"
PRESENT = "incident_responder.pods"
SCHEMA: dict[str, Json] = {"properties": {"end": {}, "minutes": {}}}


def evidence(
    number: int = 1,
    tool: str = BACKWARD,
    *,
    params: dict[str, Json] | None = None,
    summary: str = "error ratio 48%",
    value: float | None = 0.48,
    error: str | None = None,
    window: Window | None = None,
    query: str = "rate(x[5m])",
) -> Evidence:
    reading = Reading(
        status=EvidenceStatus.ERROR if error else EvidenceStatus.SUCCESS,
        query=query,
        summary=summary,
        window=window,
        value=None if value is None else Quantity(value=value, unit="ratio"),
    )
    return Evidence(
        id=f"ev_{number}",
        incident_id="i1",
        request=ReadRequest(tool=tool, params=params if params is not None else {"service": "payment"}),
        reading=reading,
        observed_at=NOON,
        digest=reading_digest(reading),
        backend="prometheus",
        error=error,
    )


async def desk(
    store: SqlStore, reads: ScriptedReads, *old: Evidence, clock: StillClock | None = None
) -> Rerunner:
    async with store.write() as tx:
        for one in old:
            await tx.evidence.add(one)
    return Rerunner(store, reads, clock or StillClock())


def scripted() -> ScriptedReads:
    reads = ScriptedReads(now=NOON + timedelta(minutes=5), schemas={BACKWARD: SCHEMA})
    return reads.on(BACKWARD, evidence(summary="error ratio 2%", value=0.02).reading).on(
        PRESENT, evidence(value=None, summary="3 pods are ready").reading
    )


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        # The window that was read, else the moment at which it was; what had an end keeps it.
        (
            evidence(window=Window(start=NOON - timedelta(hours=1), end=NOON - timedelta(seconds=9))),
            "11:59:51",
        ),
        (evidence(), "12:00:00"),
        (evidence(params={"service": "payment", "end": "2026-11-22T10:00:00Z"}), "10:00:00"),
    ],
)
async def test_the_same_window_is_asked_for_and_now(tmp_path: Path, old: Evidence, expected: str) -> None:
    async with store_at(tmp_path) as store:
        reads = scripted()
        [run] = await (await desk(store, reads, old)).again("i1", ["ev_1"], "U1")

    ends = [str(request.params.get("end", "now")) for request in reads.asked]
    assert sorted(["now", *(end for end in ends if expected in end)]) == sorted(ends)
    assert 2 == len(ends)
    assert all({"payment"} == {request.params["service"]} for request in reads.asked)
    assert run.again is not None
    assert (run.again, run.now) == run.unlike


async def test_what_shows_only_the_present_is_read_once(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        reads = scripted()
        old = evidence(tool=PRESENT, params={}, value=None, summary="3 pods are ready")
        [run] = await (await desk(store, reads, old)).again("i1", ["ev_1"], "U1")

    assert run.again is None
    assert () == run.unlike
    assert 1 == len(reads.asked)


async def test_nothing_that_is_read_again_becomes_evidence(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        await (await desk(store, scripted(), evidence())).again("i1", ["ev_1"], "U1")
        async with store.read() as tx:
            assert [evidence()] == await tx.evidence.of_incident("i1")


async def test_a_claim_on_much_evidence_repeats_only_its_first_reads(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        old = [evidence(number) for number in range(9)]
        again = await (await desk(store, scripted(), *old)).again("i1", [one.id for one in old] * 2, "U1")

    assert [f"ev_{n}" for n in range(MOST_READS)] == [run.old.id for run in again]


@pytest.mark.parametrize("wanted", [[], ["ev_9"], ["'; DROP TABLE evidence; --"]])
async def test_what_is_gone_or_forged_is_not_found(tmp_path: Path, wanted: list[str]) -> None:
    async with store_at(tmp_path) as store:
        reads = scripted()
        with pytest.raises(NotFound):
            await (await desk(store, reads, evidence())).again("i1", wanted, "U1")
        with pytest.raises(NotFound):
            await Rerunner(store, reads, StillClock()).again("i2", ["ev_1"], "U1")

    assert [] == reads.asked


async def test_a_person_may_click_a_few_times_a_minute(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        clock = StillClock()
        one = await desk(store, scripted(), evidence(), clock=clock)
        for _ in range(EACH_PERSON):
            await one.again("i1", ["ev_1"], "U1")
        with pytest.raises(NotPermitted, match="Try again in 1 min"):
            await one.again("i1", ["ev_1"], "U1")
        await one.again("i1", ["ev_1"], "U2")
        clock.advance(60)
        await one.again("i1", ["ev_1"], "U1")


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["U1", "U2", "U3", "U4"])), max_size=80))
def test_nobody_and_no_incident_is_ever_above_its_limit(clicks: list[tuple[int, str]]) -> None:
    pace, at, taken = Pace(), NOON, []
    for step, person in clicks:
        at += timedelta(seconds=step)
        limits = {f"person {person}": EACH_PERSON, "incident i1": EACH_INCIDENT}
        wait = pace.take(limits, at)
        if wait is None:
            taken.append((at, person))
        else:
            assert timedelta(0) < wait <= timedelta(minutes=1)
    for moment, person in taken:
        recent = [who for when, who in taken if moment - timedelta(minutes=1) < when <= moment]
        assert len(recent) <= EACH_INCIDENT
        assert recent.count(person) <= EACH_PERSON


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words,
    words,
    words,
    st.none() | st.floats(),
    st.none() | words,
    st.integers(1, 4),
    st.sampled_from(["en", "ko"]),
)
def test_the_dialog_fits_whatever_was_read(
    summary: str, query: str, tool: str, value: float | None, error: str | None, count: int, lang: str
) -> None:
    window = Window(start=NOON, end=NOON + timedelta(hours=1))
    old = evidence(tool=tool, summary=summary, value=value, query=query, window=window)
    new = evidence(summary=query, value=0.5, error=error, query=summary)
    runs = [Rerun(old=old, again=new, now=new), Rerun(old=new, again=None, now=old)] * count
    claim = payment_diagnosis().findings[0]
    view = rerun_view(sample_incident(), claim, runs, lang)

    assert [] == wrong_with_view(dict(view))
    assert [] == pings(view["blocks"])
    assert [] == wrong_with_view(dict(trouble_view(lang, summary)))


def test_each_read_with_a_window_can_look_at_the_past() -> None:
    """The window is repeated through `end`; a read that takes `minutes` and no `end` would show another one."""
    shaped = {read.name: set(read.params.model_json_schema().get("properties", {})) for read in READS}

    assert [] == [name for name, fields in shaped.items() if "minutes" in fields and "end" not in fields]
    assert any("end" in fields for fields in shaped.values())
    assert datetime(2026, 11, 22, 12, tzinfo=UTC) == NOON

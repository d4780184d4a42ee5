"""The desk answers every look-up in time, with the queries behind it, and says what is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.brain.playbook import PlaybookBrain
from agent.domain.answer import Answer, AnswerPart, Question
from agent.domain.probe import Probe
from agent.domain.results import AlertsResult, LogLine, LogLinesResult, LogPattern, PatternsResult
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.errors import BadInput
from agent.lifecycle.view import load_view
from agent.operations.inquiry import Desk
from agent.store.engine import SqlStore
from tests.support import readings as r
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at

POLICIES = shipped_policies()


class Bench:
    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = StillClock(t.NOW)
        self.reads, self.view = t.bad_deployment()
        line = LogLine(
            at=t.NOW, level="error", service="payment", message="Unhandled\nexception <!channel> *KeyError*"
        )
        found = r.found(LogLinesResult(lines=(line,), total=118))
        self.reads.on("log_analyzer.search", found, service="payment", level="error")
        firing = r.found(AlertsResult(alerts=tuple(a.alert for a in self.view.alerts)))
        self.reads.on("alert_manager.firing", firing)

    def desk(self, reads: ScriptedReads | None = None, **more: object) -> Desk:
        brain = PlaybookBrain(self.reads, self.store, self.clock)
        return Desk(
            self.store, reads or self.reads, brain, POLICIES, self.clock, view_of=self.view_of, **more
        )  # type: ignore[arg-type]  # options of one test each

    async def view_of(self, incident_id: str) -> IncidentView | None:
        async with self.store.read() as tx:
            return await load_view(tx, incident_id, POLICIES, self.clock.now())

    async def open(self) -> None:
        async with self.store.write() as tx:
            await tx.incidents.create(self.view.incident)
            await tx.alerts.upsert(self.view.alerts)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with store_at(tmp_path) as store:
        made = Bench(store)
        await made.open()
        yield made


async def test_a_signal_comes_with_chart_table_and_its_queries(bench: Bench) -> None:
    answer = await bench.desk().metrics("payment errors 30m")

    assert answer.text.startswith("**payment · Error rate** is 49%, normally 0.2% (last 30 min)")
    assert answer.picture is not None
    assert answer.table is not None
    assert answer.table.columns == ("Series", "Now", "Lowest", "Highest")
    assert [row[0] for row in answer.table.rows] == ["payment"]
    # The chart is drawn from the same query, which is told once.
    assert ["metrics_collector.signal"] == [e.request.tool for e in answer.evidence]
    assert all(e.reading.query for e in answer.evidence)


async def test_without_words_all_services_are_shown(bench: Bench) -> None:
    answer = await bench.desk().metrics("")

    assert answer.table is not None
    assert [f"🟢 {name}" for name in t.SERVICES] == [row[0] for row in answer.table.rows]
    assert ("Service", "Up", "Requests", "Errors", "Latency (p95)") == answer.table.columns
    assert "**All 7 services are healthy.**" == answer.text


async def test_logs_are_one_line_each_and_counted(bench: Bench) -> None:
    answer = await bench.desk().logs("payment errors 15m")

    assert "**118 lines** in the last 15 min" in answer.text
    assert answer.table is not None
    assert answer.table.rows[0][1:] == ("1", "error", "payment", "Unhandled exception <!channel> *KeyError*")
    assert bench.reads.asked_for("log_analyzer.search")[0].params["minutes"] == 15


async def test_an_empty_answer_is_not_called_an_error(bench: Bench) -> None:
    answer = await bench.desk().logs("catalog errors")

    assert "no data in this window" in answer.text


async def test_pods_alerts_and_incidents_are_tables(bench: Bench) -> None:
    desk = bench.desk()

    pods, alerts, incidents = await desk.pods("payment"), await desk.alerts(), await desk.incidents()

    assert pods.table is not None
    assert alerts.table is not None
    assert incidents.table is not None
    assert len(alerts.table.rows) == 3
    assert incidents.table.rows[0][:2] == ("INC-1", "P1")
    assert incidents.table.rows[0][-1] == "#alerts-critical"


async def test_while_alertmanager_is_away_the_last_known_alerts_are_shown(bench: Bench) -> None:
    bench.reads.down = {"alertmanager": "Alertmanager did not answer."}

    answer = await bench.desk().alerts()

    assert "Alertmanager did not answer. This is what the bot heard last." in answer.text
    assert answer.table is not None
    assert len(answer.table.rows) == 3


async def test_status_tells_incidents_services_backends_and_queues(bench: Bench) -> None:
    async def probes() -> list[Probe]:
        return [
            Probe(name="Prometheus", ok=True, detail="2.42"),
            Probe(name="Elasticsearch", ok=False, detail="refused.", fix="Set OPS_ELASTICSEARCH_URL."),
        ]

    answer = await bench.desk(probes=probes).status()

    assert "**One open incident:**" in answer.text
    assert "INC-1 P1 payment — high error rate, for 3 min 40 s, not acknowledged yet" in answer.text
    assert "**Alerts firing:** 3" in answer.text
    assert "**Elasticsearch:** refused. Set OPS_ELASTICSEARCH_URL." in answer.text
    assert "**Queues:** 0 deliveries" in answer.text


async def test_status_answers_while_every_backend_is_away(bench: Bench) -> None:
    bench.reads.down = {
        "prometheus": "Prometheus did not answer.",
        "kubernetes": "Kubernetes did not answer.",
    }

    answer = await bench.desk().status()

    assert "**Services:** unknown. Prometheus did not answer" in answer.text


async def test_bad_input_is_for_the_door_to_show(bench: Bench) -> None:
    with pytest.raises(BadInput, match="Did you mean “latency”"):
        await bench.desk().metrics("checkout latencee")


async def test_nothing_hangs(bench: Bench) -> None:
    bench.reads.delay = 60.0
    desk = bench.desk(deadline_seconds=0.05)

    answers = await asyncio.wait_for(
        asyncio.gather(
            desk.status(), desk.metrics("checkout latency"), desk.logs("x"), desk.pods(), desk.alerts()
        ),
        10,
    )

    assert {a.text for a in answers} == {
        "This took too long, so I stopped. Try a shorter window or one service."
    }


async def test_services_are_asked_for_at_most_once_a_minute(bench: Bench) -> None:
    desk = bench.desk()

    await desk.services()
    await desk.services()
    assert len(bench.reads.asked_for("metrics_collector.services")) == 1

    bench.clock.advance(timedelta(seconds=61).total_seconds())
    await desk.services()
    assert len(bench.reads.asked_for("metrics_collector.services")) == 2


async def test_korean_look_ups_are_answered_in_korean(bench: Bench) -> None:
    answer = await bench.desk().metrics("payment 에러율 30분", language="ko")

    assert answer.text.startswith("**payment · ")
    assert "평소 0.2%" in answer.text


async def test_a_question_in_an_incident_is_noted_there(bench: Bench) -> None:
    question = Question(text="what should we do next?", asker="U1", incident_id="inc_1")

    parts = [part async for part in bench.desk().ask(question)]

    assert isinstance(parts[-1], Answer)
    async with bench.store.read() as tx:
        asked = [e for e in await tx.timeline.of("inc_1") if e.kind is TimelineKind.ASKED]
    assert [(e.actor, e.data["question"]) for e in asked] == [("U1", "what should we do next?")]


class Odd(PlaybookBrain):
    """A brain that misbehaves in one way."""

    how = "silent"

    async def answer(self, question: Question, view: IncidentView | None) -> AsyncIterator[AnswerPart]:  # type: ignore[override]  # a generator is an iterator
        if self.how == "slow":
            await asyncio.sleep(60)
        if self.how == "complains":
            raise BadInput("I cannot read that.")
        if self.how == "repeats":
            yield Answer(text="one")
            yield Answer(text="two")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("silent", "I did not understand that"),
        ("slow", "This took too long"),
        ("complains", "I cannot read that."),
        ("repeats", "one"),
    ],
)
async def test_whatever_the_brain_does_there_is_exactly_one_answer(bench: Bench, how: str, said: str) -> None:
    brain = Odd(bench.reads, bench.store, bench.clock)
    brain.how = how
    desk = Desk(bench.store, bench.reads, brain, POLICIES, bench.clock, question_seconds=0.1)

    parts = [part async for part in desk.ask(Question(text="hm", asker="U1"))]

    assert [p.text[: len(said)] for p in parts if isinstance(p, Answer)] == [said]


async def test_logs_tell_first_what_is_new_and_fold_what_repeats(bench: Bench) -> None:
    line = LogLine(at=t.NOW, level="error", service="payment", message="no rate for KRW")
    earlier = line.model_copy(update={"at": t.NOW - timedelta(seconds=9)})
    bench.reads.on(
        "log_analyzer.search", r.found(LogLinesResult(lines=(line, earlier), total=2)), service="payment"
    )
    grown = LogPattern(
        template="slow", sample="slow `query`", level="warn", service="payment", count=9, count_before=2
    )
    new = grown.model_copy(update={"sample": "no rate for KRW", "count": 2, "count_before": 0})
    calm = grown.model_copy(update={"sample": "charged", "count": 90, "count_before": 80})
    mined = r.found(PatternsResult(patterns=(grown, calm, new), total=101, total_before=82))
    bench.reads.on("log_analyzer.patterns", mined, service="payment")

    answer = await bench.desk().logs("payment 15m")

    assert answer.text.startswith(
        "**What stands out:**\n- 2× `no rate for KRW`, never in the hour before\n"
        "- 9× `slow ˋqueryˋ`, 2× in the hour before\n**2 lines**"
    )
    assert answer.table is not None
    assert (("10:00:00", "2", "error", "payment", "no rate for KRW"),) == answer.table.rows
    assert ["log_analyzer.search", "log_analyzer.patterns"] == [e.request.tool for e in answer.evidence]


async def test_the_status_names_people_by_their_ids_for_the_door(bench: Bench) -> None:
    async with bench.store.write() as tx:
        stored = await tx.incidents.get(bench.view.incident.id)
        assert stored is not None
        await tx.incidents.save(stored.model_copy(update={"acknowledged_by": "U0ALEX0003"}))

    status, listed = await bench.desk().status(), await bench.desk().incidents()

    assert "acknowledged by U0ALEX0003" in status.text
    assert ("U0ALEX0003",) == status.people == listed.people

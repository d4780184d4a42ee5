"""Claude looks further than the rules: its claims stand beside theirs only as far as evidence carries them."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.brain.claude.budget import Ceilings
from agent.brain.claude.conversation import Limits
from agent.domain.action import MODEL
from agent.domain.evidence import EvidenceStatus, FindingKind, Reading
from agent.domain.incident import IncidentStatus
from agent.domain.results import LogLine, LogLinesResult
from agent.domain.timeline import TimelineKind
from tests.support import troubles as t
from tests.support.anthropic_wire import Reply, Script, error, said, text, tool_use, turn
from tests.support.claude import Case, draft, findings
from tests.support.store import store_at

SEARCH = tool_use("log_analyzer__search", {"service": "payment", "level": "error", "minutes": 10})
LINE = "Unhandled exception in POST /charges: KeyError('KRW') after 153 ms"


def log_lines(*messages: str) -> Reading:
    lines = tuple(LogLine(at=t.NOW, level="error", service="payment", message=m) for m in messages)
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query="level:error",
        summary=f"{len(lines)} lines",
        result=LogLinesResult(lines=lines, total=len(lines)),
    )


Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Databases in which the rules have looked already, by trouble; filled as they are needed."""
    return {"": tmp_path_factory.mktemp("diagnosed")}


@pytest.fixture
def opened(tmp_path: Path, diagnosed: dict[str, Path]) -> Opened:
    @asynccontextmanager
    async def make(*script: Script, trouble: Any = t.bad_deployment) -> AsyncIterator[Case]:
        if trouble.__name__ not in diagnosed:
            async with store_at(diagnosed[""], f"{trouble.__name__}.db") as store:
                await Case(store, trouble=trouble).open()
            diagnosed[trouble.__name__] = diagnosed[""] / f"{trouble.__name__}.db"
        shutil.copy(diagnosed[trouble.__name__], tmp_path / "case.db")
        async with store_at(tmp_path, "case.db") as store:
            case = Case(store, *script, trouble=trouble)
            case.reads.on("log_analyzer.search", log_lines(LINE, LINE))
            yield case
            await case.close()

    return make


def shown_ids(asked: dict[str, Any]) -> list[str]:
    """Return the evidence ids that a call's material names, in their order."""
    words = asked["messages"][0]["content"][0]["text"]
    bodies = [json.loads(line) for line in words.splitlines()]
    return [one["id"] for body in bodies for one in [*body.get("evidence", []), *body.get("read_since", [])]]


def concluding(*claims: Callable[[list[str]], dict[str, Any]], action: str = "") -> Callable[[Any], Any]:
    """Return a last turn whose claims cite what the call itself has shown."""
    return lambda asked: said(findings(*(claim(shown_ids(asked)) for claim in claims), action=action))


def krw(ids: list[str]) -> dict[str, Any]:
    claim = "payment rejects charges in KRW with a KeyError after 0.153 s"
    return draft("cause", "payment", claim, ids[-1], ids[0])


async def test_what_it_reads_and_finds_joins_the_diagnosis(opened: Opened) -> None:
    async with opened(turn(SEARCH), turn(text("a KeyError")), concluding(krw)) as case:
        before = await case.diagnosis()
        await case.deepening().deepen("inc_1")
        after = await case.diagnosis()
        stored = {e.id for e in (await case.seen()).evidence}
        marks = await case.marks()

    assert before.cause is not None
    assert after.cause == before.cause
    assert after.findings[: len(before.findings)] == before.findings
    added = after.findings[-1]
    assert (added.rule, added.service, added.claim) == ("claude.cause", "payment", krw(["a"])["claim"])
    assert set(added.evidence_ids) <= stored
    assert added.confidence <= before.cause.confidence
    assert [m.data["findings"] for m in marks] == [1]


async def test_the_loop_reads_with_tools_and_the_last_call_has_none(opened: Opened) -> None:
    async with opened(turn(SEARCH), turn(text("a KeyError")), concluding(krw)) as case:
        await case.deepening().deepen("inc_1")
        first, second, last = case.scripted.asked

    assert "log_analyzer__search" in [tool["name"] for tool in first["tools"]]
    assert all(tool["strict"] for tool in first["tools"])
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "user"]
    assert second["messages"][1]["content"] == [SEARCH]
    assert second["messages"][2]["content"][0]["tool_use_id"] == SEARCH["id"]
    assert "KRW" in second["messages"][2]["content"][0]["content"][0]["text"]
    assert "tools" not in last
    assert last["output_config"]["format"]["type"] == "json_schema"
    assert "tool_choice" not in last
    assert len(last["messages"]) == 1


async def test_no_more_iterations_than_allowed(opened: Opened) -> None:
    async with opened(*[turn(SEARCH)] * 2, concluding(krw)) as case:
        brain = case.brain(limits=Limits(iterations=2, seconds=3))
        await case.deepening(brain).deepen("inc_1")

        assert len(case.scripted.asked) == 3
        assert len(await case.marks()) == 1


async def test_a_read_that_was_done_already_is_not_done_again(opened: Opened) -> None:
    async with opened(turn(SEARCH), turn(SEARCH), turn(text("ok")), said(findings())) as case:
        await case.deepening().deepen("inc_1")

        assert len(case.reads.asked_for("log_analyzer.search")) == 1
        assert "KRW" in json.dumps(case.scripted.asked[2]["messages"][-1])


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("payment fails 77.7% of the time", "number"),
        ("payment fails seventy-seven percent of the time", "number"),
        ("결제가 칠십칠 퍼센트 실패합니다", "number"),
        ("payment drops by -77.7 in all", "number"),
        ("payment answers 912/s errors", "number"),
        ("17/23 of the pods fail", "number"),
        ("payment broke at 03:17", "time"),
        ("payment is down, see https://evil.example", "address"),
        ("payment is down <@U123> @here", "address"),
    ],
)
async def test_claims_that_their_evidence_does_not_carry_are_dropped_and_counted(
    opened: Opened, claim: str, reason: str
) -> None:
    def lie(ids: list[str]) -> dict[str, Any]:
        return draft("symptom", "payment", claim, ids[0])

    async with opened(turn(text("x")), concluding(lie)) as case:
        await case.deepening().deepen("inc_1")
        claims = [f.claim for f in (await case.diagnosis()).findings]

        assert claim not in claims
        assert case.dropped(reason) == 1


async def test_invented_evidence_and_services_and_empty_claims_are_dropped(opened: Opened) -> None:
    drafts = (
        lambda ids: draft("cause", "payment", "it is broken", "ev_invented"),
        lambda ids: draft("cause", "nowhere", "nowhere is broken", ids[0]),
        lambda ids: draft("cause", "payment", "  ", ids[0]),
        lambda ids: draft("cause", "payment", "nothing shows it"),
    )
    async with opened(turn(text("x")), concluding(*drafts)) as case:
        before = await case.diagnosis()
        await case.deepening().deepen("inc_1")

        assert (await case.diagnosis()).findings == before.findings
        counts = {r: case.dropped(r) for r in ("unknown_evidence", "unknown_service", "empty")}
        assert counts == {"unknown_evidence": 1, "unknown_service": 1, "empty": 2}


async def test_a_rival_stays_behind_the_rules_own_cause(opened: Opened) -> None:
    def rival(ids: list[str]) -> dict[str, Any]:
        return draft("cause", "checkout", "checkout itself is to blame", *ids[:6], sure=1.0)

    async with opened(turn(text("x")), concluding(rival)) as case:
        before = await case.diagnosis()
        await case.deepening().deepen("inc_1")
        after = await case.diagnosis()

    assert after.cause == before.cause
    assert after.cause is not None
    assert after.findings[-1].confidence < after.cause.confidence


async def test_one_backend_alone_makes_no_cause(opened: Opened) -> None:
    def lone(ids: list[str]) -> dict[str, Any]:
        return draft("cause", "catalog", "catalog leaks", ids[0], sure=1.0)

    async with opened(turn(text("x")), concluding(lone), trouble=quiet) as case:
        assert (await case.diagnosis()).inconclusive
        await case.deepening().deepen("inc_1")
        after = await case.diagnosis()

    assert after.inconclusive
    assert [f.confidence for f in after.findings if f.rule == "claude.cause"] == [0.4]


async def test_where_the_rules_find_nothing_two_kinds_of_evidence_name_a_cause(opened: Opened) -> None:
    def found(ids: list[str]) -> dict[str, Any]:
        return draft("cause", "payment", "payment meets a currency that it does not know", *ids)

    async with opened(turn(SEARCH), turn(text("x")), concluding(found), trouble=quiet) as case:
        await case.deepening().deepen("inc_1")
        after = await case.diagnosis()

    assert after.cause is not None
    assert after.cause.rule == "claude.cause"
    assert 0.5 <= after.cause.confidence <= 0.65


def quiet() -> Any:
    """An alert for which the rules find no cause."""
    return t.healthy(), t.view("payment", [t.alert("Unusual", "payment")])


async def test_a_wish_is_an_observed_object_and_goes_through_the_port(opened: Opened) -> None:
    def chosen(asked: dict[str, Any]) -> Any:
        body = json.loads(asked["messages"][0]["content"][0]["text"].splitlines()[0])
        wanted = next(
            i for i, words in body["actions"].items() if words.startswith("roll_back_workload payment")
        )
        return said(findings(krw(shown_ids(asked)), action=wanted))

    async with opened(turn(SEARCH), turn(text("x")), chosen) as case:
        await case.deepening().deepen("inc_1")
        [request] = case.desk.requests

    assert (request.name, request.params) == ("roll_back_workload", {"namespace": "shop", "name": "payment"})
    assert (request.origin, request.by, request.incident_id) == (MODEL, "claude", "inc_1")
    assert request.reason == krw(["a"])["claim"]


@pytest.mark.parametrize("action", ["act_99", "flush_cache_server", "roll_back_workload payment", "act_1 "])
async def test_a_wish_for_anything_else_is_no_wish(opened: Opened, action: str) -> None:
    async with opened(turn(SEARCH), turn(text("x")), concluding(krw, action=action)) as case:
        await case.deepening().deepen("inc_1")

        assert case.desk.requests == []
        assert len(await case.marks()) == 1


async def test_a_wish_without_a_claim_that_stands_is_no_wish(opened: Opened) -> None:
    async with opened(turn(text("x")), said(findings(action="act_1"))) as case:
        await case.deepening().deepen("inc_1")

        assert case.desk.requests == []


async def test_while_it_is_away_the_card_says_so_and_another_look_is_asked_for(opened: Opened) -> None:
    async with opened(Reply(cut=True)) as case:
        before = await case.diagnosis()
        await case.deepening(case.brain(limits=Limits(seconds=0.5))).deepen("inc_1", tries=3)
        after = await case.diagnosis()

    assert after == before.model_copy(update={"model": "away"})
    [job] = case.jobs.jobs
    assert job.payload == {"incident_id": "inc_1", "tries": 4}
    assert job.run_at is not None
    assert (job.run_at - t.NOW).total_seconds() == 16


async def test_when_it_returns_the_card_is_upgraded_in_place(opened: Opened) -> None:
    async with opened(
        error(401, "authentication_error"), turn(SEARCH), turn(text("x")), concluding(krw)
    ) as case:
        deepening = case.deepening()
        await deepening.deepen("inc_1")
        refused = await case.diagnosis()
        await deepening.deepen("inc_1")
        after = await case.diagnosis()

    assert refused.model == "refused"
    assert after.model == ""
    assert after.findings[-1].rule == "claude.cause"


async def test_what_it_said_outlives_the_next_look_of_the_rules(opened: Opened) -> None:
    async with opened(turn(SEARCH), turn(text("x")), concluding(krw)) as case:
        await case.deepening().deepen("inc_1")
        asked = len(case.scripted.asked)
        await case.look(again=True)
        again = await case.diagnosis()
        await case.deepening().deepen("inc_1")

    assert krw(["a"])["claim"] in [f.claim for f in again.findings]
    # Nothing has changed that would make another look worth its price.
    assert len(case.scripted.asked) == asked


async def test_a_look_that_was_cut_short_goes_on_where_it_ended(opened: Opened) -> None:
    async with opened(turn(SEARCH), Reply(cut=True)) as case:
        await case.deepening(case.brain(limits=Limits(seconds=0.5))).deepen("inc_1")
        reads = len(case.reads.asked)
        case.scripted.script = [turn(text("a KeyError")), concluding(krw)]
        case.scripted.asked.clear()
        await case.deepening().deepen("inc_1")

        assert len(case.reads.asked) == reads
        assert "KRW" in json.dumps(case.scripted.asked[0]["messages"])
        assert (await case.diagnosis()).findings[-1].rule == "claude.cause"
        async with case.store.read() as tx:
            assert await tx.model.talk("deepen:inc_1:1") is None


async def test_a_budget_that_is_used_up_leaves_the_rules(opened: Opened) -> None:
    async with opened(turn(SEARCH), turn(text("x")), concluding(krw)) as case:
        await case.deepening(case.brain(ceilings=Ceilings(incident_tokens=100))).deepen("inc_1")

        assert case.scripted.asked == []
        assert (await case.diagnosis()).model == "spent"
        assert case.jobs.jobs == []


async def test_an_ended_incident_is_not_looked_at(opened: Opened) -> None:
    async with opened(turn(text("x"))) as case:
        async with case.store.write() as tx:
            incident = await tx.incidents.get("inc_1")
            await tx.incidents.save(incident.model_copy(update={"status": IncidentStatus.CLOSED}))
        await case.deepening().deepen("inc_1")
        await case.deepening().deepen("inc_unknown")

        assert case.scripted.asked == []


async def test_a_second_reader_makes_claims_less_sure(opened: Opened) -> None:
    doubts = said({"opinions": [{"number": 1, "verdict": "unsupported"}]})
    async with opened(turn(SEARCH), turn(text("x")), concluding(krw), doubts) as case:
        await case.deepening(case.brain(verifier="claude-haiku-5-5")).deepen("inc_1")
        after = await case.diagnosis()

    assert case.scripted.asked[-1]["model"] == "claude-haiku-5-5"
    assert after.findings[-1].rule == "claude.cause"
    assert after.findings[-1].confidence < 0.3


async def test_a_look_is_marked_in_the_timeline_by_its_name(opened: Opened) -> None:
    async with opened(turn(text("x")), said(findings())) as case:
        await case.deepening().deepen("inc_1")
        [mark] = await case.marks()

    assert (mark.actor, mark.data["summary"]) == ("claude", "nothing to add")
    assert mark.kind is TimelineKind.DEEPENED


async def test_what_was_ruled_out_stays_in_the_shade(opened: Opened) -> None:
    async with opened(turn(text("x")), said(findings())) as case:
        cleared = [f for f in (await case.diagnosis()).findings if f.kind is FindingKind.RULED_OUT]
        assert cleared
        name = cleared[0].service
        case.scripted.script = [
            turn(text("x")),
            concluding(lambda ids: draft("cause", name, f"{name} it is", *ids[:8], sure=1.0)),
        ]
        await case.deepening().deepen("inc_1")
        after = await case.diagnosis()

    assert [f.confidence for f in after.findings if f.rule == "claude.cause"] == [0.2]

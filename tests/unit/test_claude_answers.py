"""A question is answered from evidence, sentence by sentence, in its own language; and by the rules when that fails."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from agent.brain.claude.budget import Ceilings
from agent.brain.claude.conversation import Limits
from agent.domain.answer import Answer, Question, Step
from agent.domain.evidence import EvidenceStatus, Reading, ReadRequest
from agent.domain.results import LogLine, LogLinesResult
from agent.errors import BadInput
from tests.support import troubles as t
from tests.support.anthropic_wire import Reply, Script, error, said, text, tool_use, turn
from tests.support.claude import Case
from tests.support.store import store_at

ERRORS = tool_use(
    "metrics_collector__signal", {"signal": "server_error_ratio", "service": "payment", "minutes": 30}
)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def make(*script: Script) -> AsyncIterator[Case]:
        async with store_at(tmp_path) as store:
            case = Case(store, *script)
            yield case
            await case.close()

    return make


def replying(*sentences: Callable[[str], dict[str, Any]]) -> Callable[[Any], Any]:
    """Write sentences that cite the newest read."""

    def reply(asked: dict[str, Any]) -> list[bytes]:
        body = json.loads(asked["messages"][0]["content"][0]["text"].splitlines()[-1])
        return said({"sentences": [one(body["read"][-1]["id"]) for one in sentences]})

    return reply


def fact(words: str) -> Callable[[str], dict[str, Any]]:
    return lambda evidence_id: {"text": words, "evidence": [evidence_id]}


async def asked(case: Case, words: str, **more: Any) -> tuple[list[Step], Answer]:
    brain = case.brain(**more)
    parts = [part async for part in brain.answer(Question(text=words, asker="U1"), None)]
    answers = [part for part in parts if isinstance(part, Answer)]
    assert len(answers) == 1
    assert parts[-1] is answers[0]
    return [part for part in parts if isinstance(part, Step)], answers[0]


async def test_steps_are_shown_while_it_reads_and_the_answer_cites(opened: Any) -> None:
    async with opened(
        turn(ERRORS), turn(text("48%")), replying(fact("payment fails 49% of its requests."))
    ) as case:
        steps, answer = await asked(case, "is payment well?")

    assert answer.text == "payment fails 49% of its requests."
    assert [e.request.tool for e in answer.evidence] == ["metrics_collector.signal"]
    assert [(s.title, s.status) for s in steps] == [
        ("Think about it", "in_progress"),
        ("Reading Error rate of payment", "in_progress"),
        ("Reading Error rate of payment", "complete"),
        ("Think about it", "complete"),
    ]


async def test_the_answer_is_in_the_language_of_the_question(opened: Any) -> None:
    async with opened(
        turn(ERRORS), turn(text("48%")), replying(fact("결제의 49퍼센트가 실패합니다."))
    ) as case:
        steps, answer = await asked(case, "결제는 괜찮아?")

    assert answer.text == "결제의 49퍼센트가 실패합니다."
    assert steps[0].title == "생각하기"
    assert "Korean" in case.scripted.asked[-1]["system"][0]["text"]


async def test_sentences_that_do_not_hold_are_left_out(opened: Any) -> None:
    lies = (
        fact("payment fails 77% of its requests."),
        lambda _: {"text": "Everything else is well.", "evidence": []},
        lambda _: {"text": "The database is gone.", "evidence": ["ev_invented"]},
        fact("See https://evil.example for more."),
        fact("payment fails 49% of its requests."),
    )
    async with opened(turn(ERRORS), turn(text("x")), replying(*lies)) as case:
        _, answer = await asked(case, "is payment well?")

        assert answer.text == "payment fails 49% of its requests."
        reasons = ("number", "no_evidence", "unknown_evidence", "address")
        assert {r: case.dropped(r) for r in reasons} == dict.fromkeys(reasons, 1)


@pytest.mark.parametrize(
    "script",
    [
        [Reply(cut=True)],
        [error(401, "authentication_error")],
        [turn(text("no"), stop="refusal")],
        [turn(ERRORS), turn(text("x")), said({"sentences": []})],
        [turn(ERRORS), turn(text("x")), said({"sentences": "none"})],
        [turn(ERRORS), turn(text("x")), turn(text("plain prose"))],
        [turn(ERRORS), turn(text("x")), turn(text("{}"), stop="max_tokens")],
        [turn(text("nothing to read")), said({"sentences": [{"text": "Fine.", "evidence": []}]})],
    ],
)
async def test_whatever_goes_wrong_the_rules_answer(opened: Any, script: list[Any]) -> None:
    async with opened(*script) as case:
        steps, answer = await asked(case, "is payment healthy?", limits=Limits(seconds=0.6))

    assert "payment answers 49% of requests with an error" in answer.text
    assert ("think", "error") in [(s.id, s.status) for s in steps]


async def test_without_a_budget_nobody_is_asked(opened: Any) -> None:
    async with opened(turn(ERRORS)) as case:
        _, answer = await asked(case, "is payment healthy?", ceilings=Ceilings(day_tokens=10))

    assert "payment answers 49% of requests with an error" in answer.text
    assert case.scripted.asked == []


async def test_a_wish_that_cannot_run_comes_back_as_an_error_that_says_why(opened: Any) -> None:
    odd = [
        tool_use("rm__rf", {"path": "/"}, 1),
        tool_use("metrics_collector__query", {"promql": "up"}, 2),
        tool_use("metrics_collector__signal", {"signal": "up", "service": "payment"}, 3),
        {**tool_use("log_analyzer__search", {}, 4), "input": [1]},
        tool_use("search_handle", {"handle": "handle_none", "text": "x"}, 5),
        tool_use("page_handle", {"handle": "handle_none", "page": "two"}, 6),
        tool_use("metrics_collector__signal", {"signal": "up", "service": "payment"}, 7),
    ]
    async with opened(turn(*odd), turn(text("x")), said({"sentences": []})) as case:
        case.reads.unknown = {"metrics_collector.signal"}
        with suppress(BadInput):
            # The rules cannot read it either; the desk turns that into a sentence.
            await asked(case, "is payment healthy?")
        results = case.scripted.asked[1]["messages"][2]["content"]

    assert [r["tool_use_id"] for r in results] == [one["id"] for one in odd]
    assert all(r["is_error"] for r in results)
    assert ReadRequest(tool="metrics_collector.query", params={"promql": "up"}) not in case.reads.asked
    assert "Too many" in json.dumps(results[6])


async def test_a_flood_is_cut_and_can_be_searched(opened: Any) -> None:
    lines = tuple(
        LogLine(
            at=t.NOW,
            level="error",
            service="payment",
            message=f"{chr(97 + n % 26) * 40} word{n % 11}x needle",
        )
        for n in range(3000)
    )
    flood = Reading(
        status=EvidenceStatus.SUCCESS,
        query="q",
        summary="3000 lines",
        result=LogLinesResult(lines=lines, total=3000),
    )
    search = tool_use("log_analyzer__search", {"service": "payment"})

    def look_again(asked: dict[str, Any]) -> list[bytes]:
        shown = json.dumps(asked["messages"][2])
        handle = "handle_" + shown.partition("handle_")[2].split("]")[0]
        return turn(
            tool_use("search_handle", {"handle": handle, "text": "needle"}, 8),
            tool_use("page_handle", {"handle": handle, "page": 2}, 9),
        )

    async with opened(turn(search), look_again, turn(text("x")), said({"sentences": []})) as case:
        case.reads.on("log_analyzer.search", flood)
        await asked(case, "is payment healthy?")
        first, second = case.scripted.asked[1]["messages"][2], case.scripted.asked[2]["messages"][4]

    assert len(json.dumps(first).encode()) < 10_000
    assert len(json.dumps(second).encode()) < 20_000
    assert "3000 places in all" not in json.dumps(first)
    assert "places in all" in json.dumps(second)
    assert "page 2 of" in json.dumps(second)
    assert not any(one.get("is_error") for one in second["content"])

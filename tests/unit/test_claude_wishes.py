"""A model's word starts nothing: its wishes always ask people, and its causes steer no recovery."""

from pathlib import Path
from typing import Any

import pytest

from agent.brain.claude.options import options
from agent.domain.action import MODEL, ActionRequest
from agent.domain.decision import Autonomy
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.noun import Json
from agent.domain.recovery import StopSwitch
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.execution.attributes import GatheredAttributes
from agent.execution.scene import Scene
from agent.lifecycle import changes
from agent.locale.messages import text
from agent.ports.brain import Insight, Wish
from agent.ports.recovery import ActionKind
from agent.transport import facts
from agent.transport.slack.details import event_words
from agent.transport.slack.verdict import open_verdict
from agent.transport.terminal import incident_lines
from tests.support import troubles as t
from tests.support.claude import POLICIES, Case
from tests.support.store import store_at

CLAIM = "payment <@U1> meets a currency that it does not know"


def said(kind: FindingKind, *, rule: str = "claude.cause", sure: float = 0.5) -> Finding:
    return Finding(
        kind=kind, claim=CLAIM, confidence=sure, evidence_ids=("ev_1",), rule=rule, service="payment"
    )


@pytest.mark.parametrize(("origin", "expected"), [(MODEL, Autonomy.APPROVE), ("person", Autonomy.AUTO)])
async def test_where_the_bot_may_act_alone_a_models_wish_still_asks(
    tmp_path: Path, origin: str, expected: Autonomy
) -> None:
    async with store_at(tmp_path) as store:
        unreached: Any = None
        attributes = GatheredAttributes(
            store, unreached, unreached, unreached, "production", autonomy=Autonomy.AUTO
        )
        found = await attributes._autonomy(ActionRequest(name="restart_workload", by="claude", origin=origin))

    assert expected is found


class Slow:
    """A model whose thought outlasts the incident, if the test says so."""

    name = "claude"

    def __init__(self, case: Case, *, too_late: bool) -> None:
        self.case = case
        self.too_late = too_late

    async def deepen(self, *_: Any) -> Insight:
        if self.too_late:
            async with self.case.store.write() as tx:
                await changes.resolve(tx, POLICIES, "inc_1", by="ada", at=t.NOW)
        params: dict[str, Json] = {"name": "payment"}
        wish = Wish(action="restart_workload", params=params, reason="it hangs", evidence_ids=())
        return Insight(wish=wish)


@pytest.mark.parametrize("too_late", [False, True])
async def test_a_wish_for_an_incident_that_has_ended_meanwhile_is_not_shown_to_anybody(
    tmp_path: Path, too_late: bool
) -> None:
    async with store_at(tmp_path) as store:
        case = Case(store)
        await case.open()
        await case.deepening(Slow(case, too_late=too_late)).deepen("inc_1")
        wished = [request.name for request in case.desk.requests]
        marks = await case.marks()
        await case.close()

    assert ([] if too_late else ["restart_workload"]) == wished
    assert 1 == len(marks)


@pytest.mark.parametrize(("rule", "steers"), [("claude.cause", False), ("change.bad-deployment", True)])
def test_only_a_cause_of_the_rules_steers_a_recovery(rule: str, steers: bool) -> None:
    _, view = t.bad_deployment()
    cause = said(FindingKind.CAUSE, rule=rule)
    scene = Scene(
        incident=view.incident,
        alerts=(),
        diagnosis=Diagnosis(findings=(cause,), cause=cause),
        actions=(),
        runs=(),
        freezes=(),
        switch=StopSwitch(),
        now=t.NOW,
    )

    assert (scene.cause is not None) is steers


def test_options_name_only_what_was_seen_and_is_enabled() -> None:
    _, view = t.bad_deployment()

    assert options([], view, (), None) == ()
    kind = ActionKind(
        name="restart_workload",
        description="",
        backend="kubernetes",
        risk="low",
        reversible=True,
        enabled=False,
        params_schema={},
    )
    assert options([kind], view, (), None) == ()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("state", ["away", "refused", "spent"])
def test_the_card_and_the_terminal_say_in_one_line_why_the_rules_speak_alone(
    language: str, state: str
) -> None:
    _, view = t.bad_deployment()
    told = view.model_copy(update={"diagnosis": Diagnosis(model=state), "investigating": False})
    words = text(language, f"card-model-{state}")

    assert words in open_verdict(told, language).splitlines()
    assert any(words.strip("_") in line for line in incident_lines(told, language))


@pytest.mark.parametrize(
    ("count", "language", "expected"),
    [(0, "en", "nothing to add"), (0, "ko", "덧붙일 것이 없음"), (1, "ko", "payment is slow")],
)
def test_the_thread_says_in_its_language_that_a_model_had_nothing_to_add(
    count: int, language: str, expected: str
) -> None:
    summary = "payment is slow" if count else "nothing to add"
    data: dict[str, Json] = {"run": 1, "findings": count, "summary": summary}
    event = TimelineEvent(
        incident_id="inc_1",
        seq=1,
        kind=TimelineKind.DEEPENED,
        actor="claude",
        at=t.NOW,
        data=data,
        previous="",
        digest="",
    )

    assert event_words(event, language).endswith(expected)


def test_what_a_model_adds_is_shown_as_its_own_word_and_harmless() -> None:
    _, view = t.bad_deployment()
    diagnosis = Diagnosis(findings=(said(FindingKind.SYMPTOM, rule="claude.symptom"),))
    told = view.model_copy(update={"diagnosis": diagnosis, "investigating": False})
    card = open_verdict(told, "en")

    assert "*Claude adds* (50% sure): payment" in card
    assert "<@U1>" not in card
    # What is certain is what was measured, not what a model says.
    assert facts.best(told, FindingKind.SYMPTOM) is None
    assert "What is certain" not in card

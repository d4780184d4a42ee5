"""What is taken for known: the effect, what is being done, and how far an incident has come."""

from datetime import timedelta

import pytest

from agent.domain.action import Action, ActionRequest, ActionState, ActionTimes, Plan, Risk, Target
from agent.domain.decision import Decision, Verdict
from agent.domain.incident import IncidentStatus
from agent.domain.noun import Json
from agent.domain.results import Quantity
from agent.domain.timeline import GENESIS, TimelineEvent, TimelineKind
from agent.domain.view import IncidentView
from agent.handoffs.stakeholder_communicator.facts import known
from tests.support.updates import payment_cause
from tests.support.views import (
    OPENED,
    diagnosed_view,
    payment_evidence,
    sample_alert,
    sample_incident,
    sample_view,
)


def deed(number: int, name: str, state: ActionState, *, undo_of: str | None = None) -> Action:
    return Action(
        id=f"a{number}",
        number=number,
        request=ActionRequest(name=name, by="U0ADA", undo_of=undo_of),
        plan=Plan(target=Target(kind="Deployment", name="payment"), reversible=True),
        risk=Risk.LOW,
        environment="production",
        digest="d",
        decision=Decision(verdict=Verdict.ASK, policy_digest=""),
        state=state,
        times=ActionTimes(requested_at=OPENED, applied_at=OPENED + timedelta(minutes=number)),
    )


def acted(*actions: Action) -> str:
    return known(diagnosed_view().model_copy(update={"actions": actions})).work.word


@pytest.mark.parametrize(
    ("alerts", "effect"),
    [
        (("ServiceDown", "HighLatency"), "down"),
        (("HighErrorRate", "HighLatency"), "errors"),
        (("LoginFailures",), "errors"),
        (("HighResponseTime",), "slow"),
        (("SuspiciousDatabaseQuery",), "other"),
        (("SecurityBreach",), "other"),
        ((), "other"),
    ],
)
def test_the_effect_is_the_worst_that_an_alert_tells(alerts: tuple[str, ...], effect: str) -> None:
    view = sample_view(alerts=tuple(sample_alert(name) for name in alerts))

    assert known(view).effect == effect


@pytest.mark.parametrize(("share", "effect"), [(0.48, "errors"), (0.97, "down")])
def test_what_was_measured_beats_the_name_of_an_alert(share: float, effect: str) -> None:
    diagnosis = payment_cause()
    value: dict[str, Json] = {"value": Quantity(value=share, unit="ratio").model_dump(mode="json")}
    symptom = diagnosis.findings[1].model_copy(update={"details": value})
    view = sample_view(
        alerts=(sample_alert("HighLatency"),),
        evidence=payment_evidence(),
        diagnosis=diagnosis.model_copy(update={"findings": (diagnosis.findings[0], symptom)}),
    )

    assert known(view).effect == effect
    assert known(view).effect_sources == ("ev_1",)


def test_what_is_under_way_is_told_before_what_was_done_and_the_newest_before_the_rest() -> None:
    done = deed(1, "restart_workload", ActionState.SUCCEEDED)
    running = deed(2, "roll_back_workload", ActionState.RUNNING)
    waits = deed(3, "scale_workload", ActionState.WAITING)

    assert acted(done, running, waits) == "fixing"
    assert acted(done, waits) == "proposed"
    assert acted(waits.model_copy(update={"number": 0}), done) == "done"
    assert acted(deed(1, "restart_workload", ActionState.FAILED)) == "again"


def test_what_mends_nothing_is_no_fix() -> None:
    quiet = deed(1, "silence_alerts", ActionState.SUCCEEDED)
    back = deed(2, "roll_forward_workload", ActionState.SUCCEEDED, undo_of="a0")
    rejected = deed(3, "restart_workload", ActionState.REJECTED)

    assert acted(quiet, back, rejected) == "looking"


def closed(*events: tuple[TimelineKind, dict[str, Json]], status: IncidentStatus) -> IncidentView:
    timeline = tuple(
        TimelineEvent(
            incident_id="inc_payment",
            seq=number,
            at=OPENED + timedelta(minutes=number),
            kind=kind,
            actor="U0ADA",
            data=data,
            previous=GENESIS,
            digest="d",
        )
        for number, (kind, data) in enumerate(events, start=1)
    )
    return sample_view(sample_incident(status=status)).model_copy(update={"timeline": timeline})


def test_an_incident_that_goes_on_in_another_one_is_not_called_resolved() -> None:
    merged: dict[str, Json] = {"merged_into": "inc_other"}
    view = closed((TimelineKind.OPENED, {}), (TimelineKind.RESOLVED, merged), status=IncidentStatus.RESOLVED)

    assert known(view).work.word == "merged"
    assert known(view).work.sources == ("event:2",)


def test_what_came_back_is_said_until_it_is_held_off_again() -> None:
    begun: list[tuple[TimelineKind, dict[str, Json]]] = [
        (TimelineKind.OPENED, {}),
        (TimelineKind.RESOLVED, {}),
        (TimelineKind.REOPENED, {}),
    ]
    again = known(closed(*begun, status=IncidentStatus.ACTIVE)).again
    held = known(closed(*begun, (TimelineKind.MITIGATED, {}), status=IncidentStatus.MITIGATED)).again

    assert again is not None
    assert again.seq == 3
    assert held is None


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        (IncidentStatus.TRIAGE, "identified"),
        (IncidentStatus.MITIGATED, "monitoring"),
        (IncidentStatus.RESOLVED, "resolved"),
        (IncidentStatus.CLOSED, "resolved"),
    ],
)
def test_the_stage_follows_the_status(status: IncidentStatus, stage: str) -> None:
    view = diagnosed_view().model_copy(update={"incident": sample_incident(status=status)})

    assert known(view).stage == stage

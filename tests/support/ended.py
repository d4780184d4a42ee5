"""An incident that is over, with everything that a post-mortem can tell of: measured courses, an action, calls, updates."""

from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.domain.evidence import Evidence
from agent.domain.incident import IncidentStatus, Priority
from agent.domain.noun import Json
from agent.domain.page import PageState
from agent.domain.results import Quantity, Series, SeriesResult
from agent.domain.timeline import GENESIS, TimelineEvent, TimelineKind
from agent.domain.update import UpdateState
from agent.domain.view import IncidentView
from tests.support.deeds import sample_action
from tests.support.people import JUN, MINA, busy_view, sample_page, sample_task, sample_update
from tests.support.views import OPENED, START, payment_diagnosis, sample_evidence

MINUTES = 20
ENDED = START + timedelta(minutes=MINUTES)


def course(number: int, signal: str, unit: str, values: list[float], **labels: str) -> Evidence:
    """Return a reading of a signal of payment with a point a minute from the beginning."""
    points = tuple((START.timestamp() + 60 * place, value) for place, value in enumerate(values))
    return sample_evidence(
        number,
        "metrics_collector.signal",
        f"{signal} of payment",
        query=f"query of {signal}",
        value=Quantity(value=values[-1], unit=unit),
        result=SeriesResult(signal=signal, unit=unit, series=(Series(labels=labels, points=points),)),
        params={"service": "payment", "signal": signal},
    )


def event(
    number: int, kind: TimelineKind, at: datetime, actor: str = "ops-monitor", **data: Json
) -> TimelineEvent:
    """Return one event."""
    return TimelineEvent(
        incident_id="inc_payment",
        seq=number,
        at=at,
        kind=kind,
        actor=actor,
        data=data,
        previous=GENESIS,
        digest=GENESIS,
    )


def helped() -> Action:
    """Return a roll-back that was proved to help."""
    action = sample_action(state=ActionState.SUCCEEDED)
    times = action.times.model_copy(
        update={
            "requested_at": OPENED + timedelta(minutes=4),
            "approved_at": OPENED + timedelta(minutes=5),
            "applied_at": OPENED + timedelta(minutes=6),
            "ended_at": OPENED + timedelta(minutes=9),
        }
    )
    return action.model_copy(update={"outcome": "recovered", "times": times})


def ended_view(words: str = "rolled back") -> IncidentView:
    """Return a P0 of twenty minutes: half of the requests failed for ten of them."""
    view = busy_view(words)
    at = {"acknowledged_at": OPENED + timedelta(seconds=40), "mitigated_at": OPENED + timedelta(minutes=9)}
    incident = view.incident.model_copy(
        update={
            "status": IncidentStatus.RESOLVED,
            "priority": Priority.P0,
            "acknowledged_by": MINA,
            "times": view.incident.times.model_copy(update={**at, "resolved_at": ENDED}),
        }
    )
    timeline = (
        event(1, TimelineKind.OPENED, OPENED),
        event(2, TimelineKind.ALERT_ADDED, OPENED, alert="HighErrorRate"),
        event(3, TimelineKind.ALERT_ADDED, OPENED + timedelta(seconds=9), alert="HighLatency"),
        event(4, TimelineKind.ACKNOWLEDGED, OPENED + timedelta(seconds=40), MINA),
        event(5, TimelineKind.DIAGNOSED, OPENED + timedelta(seconds=55), "playbook", rule="bad-deployment"),
        event(6, TimelineKind.NOTE, OPENED + timedelta(minutes=3), JUN, text=words),
        event(7, TimelineKind.MITIGATED, OPENED + timedelta(minutes=9), "action:A-7"),
        event(8, TimelineKind.RESOLVED, ENDED, MINA, text=words),
    )
    return view.model_copy(
        update={
            "incident": incident,
            "timeline": timeline,
            "diagnosis": payment_diagnosis(),
            "evidence": (
                *view.evidence,
                course(11, "server_error_ratio", "ratio", [0.5] * 10 + [0.0] * 10),
                course(12, "request_rate", "1/s", [10.0] * 20),
            ),
            "actions": (helped(),),
            "pages": (sample_page(1, JUN, PageState.ANSWERED), sample_page(2, "noa", PageState.FAILED)),
            "tasks": (
                sample_task(1, words, kind="follow_up", owner=MINA, ticket="OPS-7"),
                sample_task(2, words),
            ),
            "updates": (
                sample_update(UpdateState.SENT, words),
                sample_update(words=words, id="update_2", number=2),
            ),
            "as_of": ENDED + timedelta(minutes=1),
        }
    )

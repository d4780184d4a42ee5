"""Sample people's work around the payment incident: hand-offs in every state, tasks, calls and updates."""

from datetime import timedelta

from agent.domain.handoff import (
    ActionAssessed,
    AssessAction,
    ExplainRelease,
    Handoff,
    HandoffAnswer,
    HandoffState,
    InformAudiences,
    PlanRelease,
    Question,
    ReleaseExplained,
    ReleasePlanned,
    ReviewRecurrence,
    RisksReviewed,
    SubAgent,
    UpdatesWritten,
)
from agent.domain.page import Page, PageState, Way
from agent.domain.record import Statement
from agent.domain.risk import RiskAssessment, RiskEntry, RiskFactor, RiskLevel, RiskState
from agent.domain.task import Task, TaskState
from agent.domain.update import Delivered, Destination, Moment, Update, UpdateState
from agent.domain.view import IncidentView
from tests.support.views import OPENED, sample_incident, sample_view

MINA, JUN = "U0MINA0001", "U0JUN00002"


def at(minutes: float) -> timedelta:
    """Return a span after the incident opened."""
    return timedelta(minutes=minutes)


def statement(words: str, *sources: str) -> Statement:
    """Return a sentence that rests on these."""
    return Statement(text=words, sources=sources or ("ev_1",))


def sample_handoff(
    number: int,
    to: SubAgent,
    question: Question,
    state: HandoffState,
    *,
    answer: HandoffAnswer | None = None,
    why: str = "",
) -> Handoff:
    """Return one hand-off, asked a minute after the one before it."""
    return Handoff(
        id=f"handoff_{number}",
        number=number,
        incident_id="inc_payment",
        at=OPENED + at(number),
        to=to,
        question=question,
        asked_by=MINA if number == 1 else "ops-monitor",
        owner=JUN if number == 1 else None,
        deadline=OPENED + at(number + 5),
        state=state,
        answer=answer,
        why=why,
    )


def handoffs(words: str = "payment:v2 went out 40 s before the errors began") -> tuple[Handoff, ...]:
    """Return a hand-off of every kind, in every state."""
    risk = RiskAssessment(
        score=62,
        level=RiskLevel.HIGH,
        factors=(
            RiskFactor(name="irreversible", points=30, because=words),
            RiskFactor(
                name="untried",
                points=20,
                because="not done here in the last 90 days",
                args={"days": "90"},
            ),
        ),
    )
    communicator, manager = SubAgent.STAKEHOLDER_COMMUNICATOR, SubAgent.RISK_MANAGER
    deployer = SubAgent.DEPLOYMENT_MANAGER
    explained = ReleaseExplained(deployment_ids=("d1",), statements=(statement(words, "deployment:d1"),))
    planned = ReleasePlanned(action_id=None, statements=(statement("no earlier revision is known"),))
    return (
        sample_handoff(
            1,
            deployer,
            ExplainRelease(service="payment"),
            HandoffState.ANSWERED,
            answer=explained,
        ),
        sample_handoff(
            2,
            manager,
            AssessAction(action_id="act_1"),
            HandoffState.ANSWERED,
            answer=ActionAssessed(assessment=risk),
        ),
        sample_handoff(
            3,
            communicator,
            InformAudiences(moment=Moment.OPENED),
            HandoffState.ANSWERED,
            answer=UpdatesWritten(update_ids=("update_1",), skipped=("product: nothing to tell",)),
        ),
        sample_handoff(
            4,
            deployer,
            PlanRelease(service="payment", want="roll_back"),
            HandoffState.ANSWERED,
            answer=planned,
        ),
        sample_handoff(
            5,
            manager,
            ReviewRecurrence(),
            HandoffState.ANSWERED,
            answer=RisksReviewed(entries=(3,), statements=(statement("third time in 90 days"),)),
        ),
        sample_handoff(
            6,
            communicator,
            InformAudiences(moment=Moment.BY_HAND, audiences=("customers",)),
            HandoffState.REFUSED,
            why=words,
        ),
        sample_handoff(7, manager, ReviewRecurrence(), HandoffState.TIMED_OUT),
        sample_handoff(8, deployer, ExplainRelease(service="payment"), HandoffState.ACCEPTED),
    )


def sample_task(number: int, words: str = "call the payment provider", **changes: object) -> Task:
    """Return one task."""
    task = Task(
        id=f"task_{number}",
        number=number,
        incident_id="inc_payment",
        at=OPENED,
        text=words,
        by=MINA,
    )
    return task.model_copy(update=changes)


def sample_tasks(words: str = "call the payment provider") -> tuple[Task, ...]:
    """Return open, late, done and dropped tasks."""
    ended = {"ended_at": OPENED + at(2), "ended_by": JUN}
    return (
        sample_task(1, words, owner=MINA, due_at=OPENED + at(90), remind_at=OPENED + at(90)),
        sample_task(2, words),
        sample_task(3, words, owner=JUN, due_at=OPENED, ticket="OPS-7"),
        sample_task(4, words, owner=JUN, state=TaskState.DONE, **ended),
        sample_task(5, words, state=TaskState.DROPPED, **ended),
    )


def sample_page(
    number: int, person: str = MINA, state: PageState = PageState.ACCEPTED, **changes: object
) -> Page:
    """Return one call."""
    page = Page(
        id=f"page:inc_payment:{number}",
        number=number,
        incident_id="inc_payment",
        at=OPENED + at(number),
        person=person,
        target="primary",
        way=Way.SLACK,
        reason="opened",
        state=state,
        answered_at=OPENED + at(number + 1) if state is PageState.ANSWERED else None,
    )
    return page.model_copy(update=changes)


def sample_update(
    state: UpdateState = UpdateState.WAITING, words: str = "Some payments fail.", **changes: object
) -> Update:
    """Return an update for customers that leaves the company."""
    page = Destination(way="statuspage", address="")
    mail = Destination(way="email", address="status@demo.example")
    sent = state is UpdateState.SENT
    update = Update(
        id="update_1",
        number=1,
        incident_id="inc_payment",
        at=OPENED + at(3),
        audience="customers",
        language="en",
        moment=Moment.OPENED,
        title=words,
        sentences=(statement(words, "ev_1", "ev_2"), statement("We are working on it.", "event:3")),
        destinations=(page, mail),
        public=True,
        components={"Payments": "partial_outage"},
        state=state,
        needs=("communications",),
        approved_by=JUN if sent else None,
        approved_at=OPENED + at(4) if sent else None,
        delivered=(Delivered(destination=page, reference="p1", at=OPENED + at(5)),) if sent else (),
    )
    return update.model_copy(update=changes)


def sample_risk(
    number: int = 3, title: str = "payment: releases without a canary", **changes: object
) -> RiskEntry:
    """Return an entry of the register."""
    entry = RiskEntry(
        id=f"risk_{number}",
        number=number,
        at=OPENED,
        title=title,
        service="payment",
        likelihood=4,
        impact=5,
        owner=MINA,
        review_on=OPENED.date(),
        state=RiskState.OPEN,
        changed_at=OPENED,
    )
    return entry.model_copy(update=changes)


def busy_view(words: str = "call the payment provider") -> IncidentView:
    """Return the payment incident with people at work on it."""
    incident = sample_incident(acknowledged_by=MINA).model_copy(
        update={"commander": JUN, "room": "C0ROOM0001"}
    )
    pages = (
        sample_page(1, JUN, PageState.ANSWERED),
        sample_page(2, MINA),
        sample_page(3, "noa", PageState.FAILED, error="late"),
    )
    return sample_view(incident).model_copy(
        update={
            "handoffs": handoffs(words),
            "tasks": sample_tasks(words),
            "pages": pages,
            "updates": (sample_update(words=words),),
        }
    )

"""Updates in a small room: a real store, rules with places for every audience, and a writer with or without a model."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

from agent.analysis.redaction import Redactor
from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.handoff import Handoff, InformAudiences, SubAgent, UpdatesWritten
from agent.domain.incident import Incident, Priority
from agent.domain.noun import Json
from agent.domain.update import Moment, Update
from agent.domain.view import IncidentView
from agent.errors import Unavailable
from agent.handoffs.stakeholder_communicator.agent import StakeholderCommunicator
from agent.lifecycle import changes
from agent.lifecycle.updates import accept
from agent.lifecycle.view import load_view
from agent.policy.audiences import CommunicationPolicy
from agent.policy.load import Policies
from agent.store.engine import SqlStore
from tests.support.alerts import SHIPPED, shipped_policies
from tests.support.store import StillClock, store_at
from tests.support.views import sample_evidence

M = TypeVar("M", bound=BaseModel)
Reads = Callable[[dict[str, Json]], list[dict[str, Any]]]


@cache
def _communications() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((SHIPPED / "communications.yaml").read_text())
    return found


def told_policies(**changed: Any) -> Policies:
    """Return the shipped rules with places for customers and executives; `changed` replaces fields of the file."""
    shipped = shipped_policies()
    raw = deepcopy(_communications())
    for one in raw["audiences"]:
        if one["id"] == "customers":
            one["to"] = {
                "en": {"slack": ["#news"], "email": ["all@shop.example"], "statuspage": True},
                "ko": {"email": ["all@shop.example"], "zone": "Asia/Seoul"},
            }
        if one["id"] == "executives":
            one["to"] = {"en": {"slack": ["#leaders"], "teams": ["leaders"]}}
    raw["names"]["payment"]["component"] = "Payments"
    policy = CommunicationPolicy.model_validate_json(json.dumps(raw | changed))
    return replace(shipped, communications=policy)


class Writer:
    """A model that answers with what a test says of the statements it is given, or not at all."""

    def __init__(self, says: Reads | None) -> None:
        self._says = says
        self.given: list[dict[str, Json]] = []
        self.reads: list[Sequence[str]] = []

    async def consult(
        self, agent: SubAgent, task: str, material: dict[str, Json], form: type[M], **more: Any
    ) -> M:
        self.given.append(material)
        self.reads.append(more.get("reads", ()))
        if self._says is None:
            raise Unavailable("The model is away.", backend="claude")
        return form.model_validate({"sentences": self._says(material)})


@dataclass(slots=True)
class Book:
    """Policies that a test may change."""

    current: Policies


@dataclass
class Newsroom:
    """An incident about payment, and everything that is written of it."""

    store: SqlStore
    incident: Incident
    clock: StillClock = field(default_factory=StillClock)
    book: Book = field(default_factory=lambda: Book(told_policies()))
    model: Writer | None = None
    asked: int = 0

    async def view(self) -> IncidentView:
        """Return the incident as it is now."""
        async with self.store.read() as tx:
            found = await load_view(tx, self.incident.id, self.book.current, self.clock.now())
        assert found is not None
        return found

    async def tell(
        self, moment: Moment | str, *audiences: str, words: str = "", by: str = "ops-monitor"
    ) -> UpdatesWritten:
        """Ask for updates, and store the answer as the desk does."""
        self.asked += 1
        question = InformAudiences(moment=Moment(moment), audiences=audiences, words=words)
        now = self.clock.now()
        handoff = Handoff(
            id=f"handoff-{self.asked}",
            number=self.asked,
            at=now,
            to=SubAgent.STAKEHOLDER_COMMUNICATOR,
            question=question,
            asked_by=by,
            deadline=now + timedelta(minutes=5),
        )
        agent = StakeholderCommunicator(
            self.store, self.book, accept, redactor=Redactor(["hunter2hunter2"]), counsel=self.model
        )
        reply = await agent.reply(handoff, await self.view())
        async with self.store.write() as tx:
            if reply.keep is not None:
                await reply.keep(tx)
        assert isinstance(reply.answer, UpdatesWritten)
        return reply.answer

    async def updates(self, audience: str = "", language: str = "en") -> list[Update]:
        """Return the updates of an audience, oldest first."""
        async with self.store.read() as tx:
            found = await tx.updates.of_incident(self.incident.id)
        return [one for one in found if one.audience == audience and one.language == language]

    async def newest(self, audience: str, language: str = "en") -> Update:
        """Return the newest update of an audience."""
        return (await self.updates(audience, language))[-1]

    async def lines(self, audience: str, language: str = "en") -> list[str]:
        """Return the sentences of the newest update."""
        return [one.text for one in (await self.newest(audience, language)).sentences]


def payment_cause() -> Diagnosis:
    """Return the diagnosis of a bad release of payment."""
    details: dict[str, Json] = {
        "value": {"value": 0.48, "unit": "ratio"},
        "normal": {"value": 0.002, "unit": "ratio"},
    }
    cause = Finding(
        kind=FindingKind.CAUSE,
        claim="payment fails since its deployment v1 → v2",
        confidence=0.86,
        evidence_ids=("ev_2",),
        rule="change.bad-deployment",
        service="payment",
        details={
            "message": {"id": "diagnosis-deployment", "args": {"service": "payment", "change": "v1 → v2"}}
        },
    )
    symptom = Finding(
        kind=FindingKind.SYMPTOM,
        claim="payment answers 48% of requests with an error",
        confidence=0.95,
        evidence_ids=("ev_1",),
        rule="symptom.server_error_ratio",
        service="payment",
        details=details,
    )
    return Diagnosis(findings=(cause, symptom), cause=cause)


async def diagnosed(room: Newsroom) -> None:
    """Store what was found out."""
    async with room.store.write() as tx:
        for number in (1, 2):
            evidence = sample_evidence(number, "metrics_collector.compare", "error rate 48%")
            await tx.evidence.add(evidence.model_copy(update={"incident_id": room.incident.id}))
        await tx.evidence.put_diagnosis(room.incident.id, payment_cause(), room.clock.now())


def alert_on(incident: Incident, service: str, at: datetime) -> AlertRecord:
    """Return an alert with every sort of label."""
    labels = {
        "alertname": "PaymentErrorsHigh",
        "service": service,
        "pod": "payment-5d7f9c8b6-x2x4z",
        "instance": "10.20.30.41:9100",
        "namespace": "wallet-prod",
    }
    return AlertRecord(
        alert=Alert(fingerprint=f"f-{service}", status=AlertStatus.FIRING, labels=labels, starts_at=at),
        severity=Severity.CRITICAL,
        incident_id=incident.id,
        reason=Reason(rule="r", sentence="s"),
        first_seen_at=at,
        last_seen_at=at,
        service=service,
    )


@asynccontextmanager
async def newsroom(folder: Path, *, priority: Priority = Priority.P0) -> AsyncIterator[Newsroom]:
    """Open a store with an incident of payment that began at 11:50."""
    async with store_at(folder) as store:
        clock = StillClock()
        now = clock.now()
        async with store.write() as tx:
            incident = await changes.open_incident(
                tx,
                told_policies(),
                title="payment: PaymentErrorsHigh",
                service="payment",
                environment="production",
                namespace="wallet-prod",
                priority=priority,
                reason=Reason(rule="error-rate-high", sentence="more than 5 % of requests fail"),
                started_at=now - timedelta(minutes=10),
                at=now,
                data={},
            )
            await tx.alerts.upsert([alert_on(incident, "payment", now)])
        yield Newsroom(store, incident, clock)

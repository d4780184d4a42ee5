"""The deployment-manager: says what is known of releases with its sources, and proposes only what was observed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.action import Action, ActionRequest, ActionState, ActionTimes, Plan, Risk, Target
from agent.domain.decision import Autonomy, Decision, Verdict
from agent.domain.deployment import DeploymentState
from agent.domain.handoff import (
    ExplainRelease,
    Handoff,
    PlanRelease,
    ReleaseExplained,
    ReleasePlanned,
    ReviewRecurrence,
    SubAgent,
)
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.results import TableResult
from agent.domain.view import IncidentView
from agent.errors import BadInput, Unavailable
from agent.handoffs.deployment_manager.agent import DeploymentManager, ReleaseWords
from agent.lifecycle.view import load_view
from agent.store.engine import SqlStore
from tests.support.deploying import Rig, rig_at, signal
from tests.support.readings import changes, deployment, found, pod, pods
from tests.support.reads import ScriptedReads
from tests.support.store import NOON

OLD, NEW = "registry.example/checkout:1.8.1", "registry.example/checkout:1.8.2"
ROLLOUTS, PODS, DESCRIBE = (
    "incident_responder.rollouts",
    "incident_responder.pods",
    "incident_responder.describe",
)
SEEN: dict[str, Json] = {"namespace": "shop", "workload": "checkout", "previous_revision": 6}


@dataclass
class Proposals:
    """Stands in for guarded recovery: stores what is proposed; `dies` cuts the asker off right after that."""

    store: SqlStore
    verdict: Verdict = Verdict.ASK
    asked: list[ActionRequest] = field(default_factory=list)

    async def propose(self, request: ActionRequest) -> Action:
        self.asked.append(request)
        state = ActionState.FORBIDDEN if self.verdict is Verdict.FORBID else ActionState.WAITING
        action = Action(
            id=f"act_{len(self.asked)}",
            number=len(self.asked),
            request=request,
            plan=Plan(
                target=Target(kind="Deployment", name="checkout", namespace="shop"),
                reversible=True,
                args={"from": "1.8.2", "to": "1.8.1"},
            ),
            risk=Risk.MEDIUM,
            environment="production",
            digest="d",
            decision=Decision(
                verdict=self.verdict,
                reasons=("the books are closed",),
                autonomy=Autonomy.APPROVE,
                policy_digest="p",
            ),
            state=state,
            times=ActionTimes(requested_at=NOON),
        )
        async with self.store.write() as tx:
            await tx.actions.create(action)
        return action


@dataclass
class Counsel:
    """A model that says what it is told to."""

    said: Any
    asked: int = 0

    async def consult(self, agent: SubAgent, task: str, material: Any, form: Any, **more: Any) -> Any:
        self.asked += 1
        if isinstance(self.said, Exception):
            raise self.said
        return form.model_validate(self.said)


@dataclass
class Room:
    """The sub-agent in an incident of checkout."""

    rig: Rig
    reads: ScriptedReads
    recovery: Proposals
    incident: Incident
    unseen: str = ""

    async def observe(self, service: str, incident: Incident, names: Sequence[str]) -> dict[str, Json]:
        if self.unseen:
            raise BadInput(self.unseen)
        return {name: SEEN[name] for name in names}

    def manager(self, counsel: Counsel | None = None, language: str = "en") -> DeploymentManager:
        return DeploymentManager(
            self.rig.store,
            self.reads,
            self.recovery,  # type: ignore[arg-type] # of the port only `propose` is used
            self.rig.kit.book,
            self.rig.clock,
            observe=self.observe,
            counsel=counsel,
            language=language,
        )

    def handoff(self, question: Any) -> Handoff:
        return Handoff(
            id="h1",
            number=1,
            incident_id=self.incident.id,
            at=NOON,
            to=SubAgent.DEPLOYMENT_MANAGER,
            question=question,
            asked_by="U-ADA",
            deadline=NOON + timedelta(minutes=2),
        )

    async def view(self) -> IncidentView | None:
        async with self.rig.store.read() as tx:
            return await load_view(tx, self.incident.id, self.rig.kit.book.current, NOON)

    async def plan(self, want: str = "roll_back", **more: str) -> ReleasePlanned:
        question = PlanRelease.model_validate({"service": "checkout", "want": want, **more})
        reply = await self.manager().reply(self.handoff(question), await self.view())
        assert reply.keep is not None
        async with self.rig.store.write() as tx:
            await reply.keep(tx)
        assert isinstance(reply.answer, ReleasePlanned)
        return reply.answer

    async def explain(
        self, counsel: Counsel | None = None, language: str = "en"
    ) -> tuple[ReleaseExplained, str]:
        question = ExplainRelease(service="checkout")
        reply = await self.manager(counsel, language).reply(self.handoff(question), await self.view())
        assert isinstance(reply.answer, ReleaseExplained)
        return reply.answer, reply.form


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with rig_at(tmp_path) as rig:
        reads = ScriptedReads(NOON).on(ROLLOUTS, changes(deployment("checkout", NOON, OLD, NEW, 7)))
        table = TableResult(
            columns=("what", "how"), rows=(("phase", "Running"), ("container web", f"{NEW}; running"))
        )
        reads.on(PODS, pods(pod("checkout-7d9f8-aaaaa", "checkout"))).on(DESCRIBE, found(table))
        incident = await rig.incident()
        yield Room(rig, reads, Proposals(rig.store), incident)


async def test_what_was_released_is_told_with_its_sources(room: Room) -> None:
    await room.rig.tell(signal())

    answer, form = await room.explain()

    assert "deterministic" == form
    assert ("generic:d-1",) == answer.deployment_ids
    released, changed = answer.statements
    assert ("deployment:generic:d-1",) == released.sources
    assert "checkout 1.8.2" in released.text
    assert "Mina" in released.text
    assert changed.sources[0].startswith("ev_")
    assert OLD in changed.text
    korean, _ = await room.explain(language="ko")
    assert "관찰 중" in korean.statements[0].text


async def test_nothing_known_and_nothing_readable_are_different_sentences(room: Room) -> None:
    room.reads.on(ROLLOUTS, changes())
    quiet, _ = await room.explain()
    room.reads.down["kubernetes"] = "Kubernetes did not answer."
    away, _ = await room.explain()

    assert "Nothing of checkout" in quiet.statements[0].text
    assert "Kubernetes did not answer" in away.statements[0].text


async def test_a_models_words_are_kept_only_with_known_sources_and_numbers(room: Room) -> None:
    answer, _ = await room.explain()
    source = answer.statements[0].sources[0]
    said = [
        {"text": "The new version 7 is out.", "sources": ["deployment:generic:d-1"]},
        {"text": "It broke 93 % of all requests.", "sources": ["deployment:generic:d-1"]},
        {"text": "Somebody else did it.", "sources": ["ev_nobody"]},
    ]
    await room.rig.tell(signal())
    counsel = Counsel({"sentences": [*said, {"text": f"see {source}", "sources": ["x"]}][:3]})

    told, form = await room.explain(counsel)

    assert ("claude", 1) == (form, counsel.asked)
    assert ["The new version 7 is out."] == [
        one.text for one in told.statements if one.sources == ("deployment:generic:d-1",)
    ][:1]
    assert not any("93" in one.text or "else" in one.text for one in told.statements)


async def test_a_model_that_is_away_takes_nothing_from_the_answer(room: Room) -> None:
    away = Counsel(Unavailable("The model did not answer.", backend="anthropic"))

    answer, form = await room.explain(away)

    assert ("deterministic", 1) == (form, len(answer.statements))
    assert ReleaseWords(sentences=[]).sentences == []


async def test_a_way_back_is_proposed_as_a_recovery_would(room: Room) -> None:
    await room.rig.tell(signal())

    answer = await room.plan()

    (request,) = room.recovery.asked
    assert "roll_back_workload" == request.name
    assert {"namespace": "shop", "name": "checkout", "revision": 6} == request.params
    assert ("ops-monitor", "handoff:h1", room.incident.id) == (
        request.by,
        request.origin,
        request.incident_id,
    )
    assert "checkout 1.8.2" in request.reason
    assert "act_1" == answer.action_id
    proposed, budget = answer.statements
    assert "A-1" in proposed.text
    assert "1.8.1" in proposed.text
    assert "not known" in budget.text
    async with room.rig.store.read() as tx:
        for one in answer.statements:
            assert await tx.evidence.get(one.sources[0]) is not None


async def test_asked_again_after_a_crash_it_proposes_nothing_twice(room: Room) -> None:
    first, again = await room.plan(), await room.plan()

    assert first.action_id == again.action_id
    assert 1 == len(room.recovery.asked)


async def test_what_people_refused_is_not_proposed_by_the_bot_again(room: Room) -> None:
    question = PlanRelease(service="checkout", want="roll_back")
    await room.plan()
    async with room.rig.store.write() as tx:
        (action,) = await tx.actions.of_incident(room.incident.id)
        await tx.actions.save(action.model_copy(update={"state": ActionState.REJECTED}))
    later = room.handoff(question).model_copy(update={"id": "h2"})

    bot, view = later.model_copy(update={"asked_by": "ops-monitor"}), await room.view()
    with pytest.raises(BadInput, match="People said no to the same in A-1"):
        await room.manager().reply(bot, view)
    await room.manager().reply(later, view)

    assert 2 == len(room.recovery.asked)


async def judged(room: Room, revision: str) -> None:
    """Have a release told, and judge that things got worse with it."""
    told = await room.rig.tell(signal(revision=revision))
    assert told is not None
    async with room.rig.store.write() as tx:
        await tx.deployments.save(told.model_copy(update={"state": DeploymentState.REGRESSION}))


async def test_nothing_goes_back_to_what_did_harm(room: Room) -> None:
    await judged(room, "6")

    with pytest.raises(BadInput, match="Revision 6 is the one after which things got worse"):
        await room.plan()
    assert [] == room.recovery.asked


async def test_what_was_left_by_hand_meanwhile_is_not_left_again(room: Room) -> None:
    question = PlanRelease(service="checkout", want="roll_back")
    asked = room.handoff(question).model_copy(update={"asked_by": "ops-monitor"})
    await judged(room, "7")
    await room.manager().reply(asked, await room.view())
    later = {"key": "d-2", "release": "1.8.1", "revision": "8", "told_at": NOON + timedelta(seconds=20)}
    await room.rig.tell(signal(**later, finished_at=NOON + timedelta(seconds=20)))

    with pytest.raises(BadInput, match=r"checkout 1\.8\.1 was released since"):
        await room.manager().reply(asked.model_copy(update={"id": "h2"}), await room.view())
    assert 1 == len(room.recovery.asked)


async def test_what_the_policy_forbids_is_told_with_its_reason(room: Room) -> None:
    room.recovery.verdict = Verdict.FORBID

    answer = await room.plan()

    assert "the books are closed" in answer.statements[0].text


async def test_nothing_to_go_back_to_is_refused_with_the_reason(room: Room) -> None:
    room.unseen = "A-7 has rolled it away from revision 6 lately."

    with pytest.raises(BadInput, match="A-7 has rolled"):
        await room.plan()
    assert [] == room.recovery.asked


async def test_an_emergency_patch_rolls_out_only_what_was_seen(room: Room) -> None:
    answer = await room.plan("emergency_patch", image=OLD)
    (request,) = room.recovery.asked
    wanted = {"namespace": "shop", "name": "checkout", "container": "web", "image": OLD}
    assert ("roll_forward_workload", wanted) == (request.name, request.params)
    assert answer.action_id == "act_1"

    for image in ("registry.example/checkout:9", "", "evil.example/checkout:1.8.1"):
        with pytest.raises(BadInput, match="was never seen"):
            await Room(
                room.rig, room.reads, Proposals(room.rig.store), await room.rig.incident("payment")
            ).plan("emergency_patch", image=image)


async def test_an_image_that_senders_told_of_counts_as_seen(room: Room) -> None:
    told = "registry.example/checkout:1.8.3"
    await room.rig.tell(signal(image=told))

    await room.plan("emergency_patch", image=told)

    assert told == room.recovery.asked[0].params["image"]


async def test_it_answers_nothing_else_and_plans_only_within_an_incident(room: Room) -> None:
    with pytest.raises(BadInput, match="review_recurrence"):
        await room.manager().reply(room.handoff(ReviewRecurrence()), await room.view())
    with pytest.raises(BadInput, match="incident"):
        await room.manager().reply(room.handoff(PlanRelease(service="checkout", want="roll_back")), None)

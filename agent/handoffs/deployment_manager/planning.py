"""Plans a way back or an emergency patch, and proposes it: execution decides by the policy and carries it out."""

from dataclasses import dataclass

from agent.domain.action import HANDOFF, Action, ActionRequest, ActionState
from agent.domain.deployment import DeploymentState
from agent.domain.evidence import Evidence
from agent.domain.handoff import Handoff, PlanRelease, ReleasePlanned
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.record import Statement
from agent.errors import BadInput
from agent.handoffs.deployment_manager.needs import Observe
from agent.handoffs.deployment_manager.observed import History, Observer
from agent.handoffs.needs import Rules
from agent.locale.format import percent
from agent.locale.messages import text
from agent.policy.deployments import gate
from agent.ports.clock import Clock
from agent.ports.recovery import Recovery
from agent.ports.store import Store

BOT = "ops-monitor"

ROLL_BACK, ROLL_FORWARD = "roll_back_workload", "roll_forward_workload"
_PLACE = {"namespace": "namespace", "name": "workload"}


@dataclass(frozen=True, slots=True)
class Planned:
    """The answer, and the evidence that has to be kept with it."""

    answer: ReleasePlanned
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Planner:
    """Works out an action's parameters from what was observed, and proposes it once."""

    store: Store
    recovery: Recovery
    observer: Observer
    observe: Observe
    rules: Rules
    clock: Clock
    language: str

    async def plan(self, handoff: Handoff, question: PlanRelease, incident: Incident) -> Planned:
        """Propose what is wanted; raises BadInput with the reason when nothing can be."""
        history = await self.observer.history(question.service, self.clock.now(), incident.id)
        left, seen = await self.observer.budget_left(question.service, incident.id)
        action = await self._proposed(handoff)
        if action is None:
            name, params = await self._wish(question, incident, history)
            self._demand_sound(handoff, name, params, history)
            await self._demand_not_refused(handoff, name, params)
            action = await self.recovery.propose(
                ActionRequest(
                    name=name,
                    params=params,
                    by=BOT,
                    incident_id=incident.id,
                    origin=f"{HANDOFF}{handoff.id}",
                    reason=self._reason(question, history),
                    evidence_ids=(history.evidence.id,),
                )
            )
        statements = (
            Statement(text=self._action_words(action), sources=(history.evidence.id,)),
            Statement(text=self._budget_words(question, left), sources=(seen.id,)),
        )
        answer = ReleasePlanned(action_id=action.id, statements=statements)
        return Planned(answer, (history.evidence, seen))

    async def _proposed(self, handoff: Handoff) -> Action | None:
        """Return what an earlier try proposed before it was cut off, whatever has become of it since."""
        async with self.store.read() as tx:
            actions = await tx.actions.of_incident(handoff.incident_id or "")
        mine = [one for one in actions if one.request.origin == f"{HANDOFF}{handoff.id}"]
        return mine[-1] if mine else None

    def _demand_sound(self, handoff: Handoff, name: str, params: dict[str, Json], history: History) -> None:
        """Raise BadInput when the way back leads to what did harm, or what did harm has been left already."""
        if name != ROLL_BACK:
            return
        harmful = {one.revision for one in history.releases if one.state is DeploymentState.REGRESSION}
        if str(params["revision"]) in harmful:
            raise BadInput(self._say("release-plan-harmful", revision=str(params["revision"])))
        newest = next(iter(history.releases), None)
        # The bot asks for the release that it judged; whoever went back by hand meanwhile made a newer one.
        if handoff.asked_by == BOT and newest is not None and newest.state is not DeploymentState.REGRESSION:
            raise BadInput(self._say("release-plan-left", name=f"{newest.service} {newest.spoken}".strip()))

    async def _demand_not_refused(self, handoff: Handoff, name: str, params: dict[str, Json]) -> None:
        """Raise BadInput when people said no to the very same in this incident, unless a person asks for it now."""
        if handoff.asked_by != BOT:
            return
        async with self.store.read() as tx:
            actions = await tx.actions.of_incident(handoff.incident_id or "")
        for one in actions:
            same = (one.name, one.request.params) == (name, params)
            if same and one.state is ActionState.REJECTED:
                raise BadInput(self._say("release-plan-rejected", handle=one.handle))

    async def _wish(
        self, question: PlanRelease, incident: Incident, history: History
    ) -> tuple[str, dict[str, Json]]:
        if question.want == "roll_back":
            names = (*_PLACE.values(), "previous_revision")
            found = await self.observe(question.service, incident, names)
            place = {name: found[attribute] for name, attribute in _PLACE.items()}
            return ROLL_BACK, {**place, "revision": found["previous_revision"]}
        image = question.image.strip()
        if image not in history.images:
            known = ", ".join(sorted(history.images)[:10]) or "–"
            raise BadInput(
                self._say("release-plan-unseen-image", image=image or "–", known=known), field="image"
            )
        found = await self.observe(question.service, incident, tuple(_PLACE.values()))
        place = {name: found[attribute] for name, attribute in _PLACE.items()}
        container = await self.observer.container(question.service, image, self.language)
        return ROLL_FORWARD, {**place, "container": container, "image": image}

    def _reason(self, question: PlanRelease, history: History) -> str:
        """Return why, for the card: the release that is left, as far as one is known."""
        newest = next((one for one in history.releases if one.finished_at is not None), None)
        if question.want == "roll_back" and newest is not None:
            name = f"{newest.service} {newest.spoken}".strip()
            state = self._say(f"release-state-{newest.state.value}")
            return self._say("release-plan-reason", name=name, state=state)
        return self._say(f"release-plan-reason-{question.want.replace('_', '-')}")

    def _action_words(self, action: Action) -> str:
        args = {name: action.plan.args.get(name, "–") for name in ("from", "to")}
        shown = {"handle": action.handle, "name": action.plan.target.name, **args}
        said = self._say("release-plan-proposed", **shown)
        if action.state is ActionState.FORBIDDEN:
            said = self._say(
                "release-plan-forbidden", **shown, why="; ".join(action.decision.reasons[:2]) or "–"
            )
        return said

    def _budget_words(self, question: PlanRelease, left: float | None) -> str:
        state = gate(self.rules.current.deployments, left)
        if state == "unknown":
            return self._say("release-plan-budget-unknown", service=question.service)
        want = "back" if question.want == "roll_back" else "patch"
        shown = {"service": question.service, "left": percent(max(0.0, left or 0.0))}
        return self._say(f"release-plan-budget-{state}-{want}", **shown)

    def _say(self, message: str, /, **args: object) -> str:
        return text(self.language, message, **args)

"""What the bot itself has changed is never the change that broke a service."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.diagnosis.deeds import deed_of
from agent.diagnosis.diagnose import diagnose
from agent.domain.action import Action, ActionState, ActionTimes, BlastRadius, Target
from agent.domain.evidence import Diagnosis, FindingKind
from agent.domain.results import Change
from agent.domain.view import IncidentView
from tests.support import readings as r
from tests.support import troubles as t
from tests.support.deeds import sample_action, sample_plan
from tests.support.reads import ScriptedReads

V1, V2 = "registry.example/payment:v1", "registry.example/payment:v2"
FACTS = {"image_before": V2, "image_after": V1, "revision_before": 2, "revision_after": 1}
BEGUN = t.BEGAN - timedelta(minutes=2)


def deed(
    name: str = "roll_back_workload",
    state: ActionState = ActionState.SUCCEEDED,
    *,
    at: datetime = BEGUN,
    facts: dict[str, Any] | None = None,
    target: Target | None = None,
    **request: Any,
) -> Action:
    plan = sample_plan(facts=FACTS if facts is None else facts)
    plan = plan.model_copy(update={"target": target, "radius": BlastRadius()}) if target else plan
    made = sample_action(state, name=name, plan=plan, incident_id="inc_before", **request)
    times = ActionTimes(
        requested_at=at - timedelta(seconds=20),
        started_at=at,
        applied_at=at + timedelta(seconds=2),
        ended_at=at + timedelta(seconds=90),
    )
    return made.model_copy(update={"times": times})


def rolled_back(at: datetime = BEGUN + timedelta(seconds=1), service: str = "payment") -> Change:
    return r.deployment(service, at, V2, V1, revision=3)


def test_our_roll_back_is_told_from_the_same_deployment_by_others() -> None:
    action = deed()
    near = [rolled_back(BEGUN + timedelta(seconds=s)) for s in (-9, 0, 11)]
    far = [rolled_back(BEGUN + timedelta(seconds=s)) for s in (-11, 13, 60)]
    other_image = r.deployment("payment", BEGUN + timedelta(seconds=1), V1, V2, revision=3)

    assert [action] * 3 == [deed_of(change, [action]) for change in near]
    assert [None] * 3 == [deed_of(change, [action]) for change in far]
    assert deed_of(other_image, [action]) is None
    assert deed_of(rolled_back(service="catalog"), [action]) is None
    assert deed_of(rolled_back(), []) is None


def test_an_action_that_never_began_made_nothing() -> None:
    waiting = sample_action(ActionState.WAITING, plan=sample_plan(facts=FACTS), at=BEGUN)

    assert deed_of(rolled_back(BEGUN), [waiting]) is None


def test_taking_an_action_back_is_our_own_change_too() -> None:
    back = r.deployment("payment", BEGUN + timedelta(seconds=80), V1, V2, revision=4)
    undone = deed(state=ActionState.UNDONE)
    by_person = deed(
        at=BEGUN + timedelta(seconds=79),
        facts={"image_before": V1, "image_after": V2},
        origin="undo:act_1",
        undo_of="act_1",
    )

    assert [undone, by_person, None] == [
        deed_of(back, [undone]),
        deed_of(back, [by_person]),
        deed_of(back, [deed()]),
    ]


@pytest.mark.parametrize(
    ("action", "kind", "text"),
    [
        ("scale_workload", "scale", "payment was scaled from 2 to 4 replicas"),
        ("restart_workload", "restart", "payment was restarted (revision 4)"),
        ("set_workload_env", "deployment", "payment revision 4: env POOL=5 -> POOL=9"),
    ],
)
def test_every_kind_of_action_that_changes_a_workload_is_known(action: str, kind: Any, text: str) -> None:
    change = Change(at=BEGUN, change=kind, service="payment", description=text)
    own, other = deed(action, facts={}), deed("delete_pod", facts={})

    assert own == deed_of(change, [other, own])
    assert deed_of(change, [other]) is None


def test_a_setting_is_ours_only_in_the_config_map_that_we_changed() -> None:
    target = Target(kind="ConfigMap", namespace="shop", name="shop-settings")
    action = deed("set_config_key", facts={}, target=target)
    changed = [
        Change(at=BEGUN, change="config", service="payment", description=f"ConfigMap {name} was changed by x")
        for name in ("shop-settings", "shop-settings-2")
    ]

    assert [action, None] == [deed_of(change, [action]) for change in changed]


def after_our_roll_back() -> tuple[ScriptedReads, IncidentView]:
    """Payment fails two minutes after the bot has rolled it back from v2, which was deployed minutes before."""
    reads, view = t.bad_deployment()
    bad = r.deployment("payment", BEGUN - timedelta(minutes=3), V1, V2)
    reads.on("incident_responder.rollouts", r.changes(rolled_back(), bad))
    return reads, view.model_copy(update={"deeds": (deed(),)})


async def told(reads: ScriptedReads, view: IncidentView) -> Diagnosis:
    return diagnose(view, await t.investigated(reads, view))


async def test_our_own_roll_back_is_not_the_deployment_that_broke_it() -> None:
    reads, view = after_our_roll_back()
    diagnosis = await told(reads, view)
    causes = {f.rule for f in diagnosis.findings if f.kind is FindingKind.CAUSE}
    own = [f.claim for f in diagnosis.findings if f.rule == "ruled-out.own-action"]

    assert "change.bad-deployment" not in causes, "neither our roll-back nor what it took back"
    assert ["The latest change of payment (v2 → v1) was our own action A-7"] == own
    assert not [f for f in diagnosis.findings if f.kind is FindingKind.CHANGE and f.service == "payment"]


async def test_without_our_record_of_it_the_same_change_is_blamed() -> None:
    reads, view = after_our_roll_back()
    reads.on("incident_responder.rollouts", r.changes(rolled_back()))
    diagnosis = await told(reads, view.model_copy(update={"deeds": ()}))

    assert diagnosis.cause is not None
    assert "change.bad-deployment" == diagnosis.cause.rule


async def test_what_others_deploy_after_our_action_is_blamed() -> None:
    reads, view = after_our_roll_back()
    again = r.deployment("payment", t.BEGAN - timedelta(seconds=30), V1, V2, revision=4)
    reads.on("incident_responder.rollouts", r.changes(again, rolled_back()))
    diagnosis = await told(reads, view)

    assert diagnosis.cause is not None
    assert "change.bad-deployment" == diagnosis.cause.rule
    assert again.at.isoformat() == diagnosis.cause.details["at"]


async def test_a_look_after_our_roll_back_still_knows_what_broke_it_before() -> None:
    reads, view = t.bad_deployment()
    late = rolled_back(t.BEGAN + timedelta(minutes=2))
    bad = r.deployment("payment", t.BEGAN - timedelta(seconds=40), V1, V2)
    reads.on("incident_responder.rollouts", r.changes(late, bad))
    own = deed(at=t.BEGAN + timedelta(minutes=2))
    diagnosis = await told(reads, view.model_copy(update={"actions": (own,)}))

    assert diagnosis.cause is not None
    assert bad.at.isoformat() == diagnosis.cause.details["at"]


async def test_what_was_rolled_back_is_not_blamed_even_where_the_roll_back_is_not_seen() -> None:
    reads, view = after_our_roll_back()
    bad = r.deployment("payment", BEGUN - timedelta(minutes=3), V1, V2, revision=2)
    reads.on("incident_responder.rollouts", r.changes(bad))
    told_of = await told(reads, view)
    undone = await told(reads, view.model_copy(update={"deeds": (deed(state=ActionState.UNDONE),)}))

    assert "change.bad-deployment" not in {f.rule for f in told_of.findings}
    assert "change.bad-deployment" in {f.rule for f in undone.findings}, "it runs again"


async def test_a_trouble_that_comes_back_after_our_roll_back_is_told_by_its_alerts() -> None:
    reads, view = t.bad_deployment()
    bad = r.deployment("payment", t.BEGAN - timedelta(seconds=40), V1, V2, revision=2)
    reads.on("incident_responder.rollouts", r.changes(bad))
    own = deed(at=t.BEGAN + timedelta(seconds=60))
    again = [t.alert("HighErrorRate", "payment", t.BEGAN + timedelta(seconds=120))]
    same = await told(reads, view.model_copy(update={"deeds": (own,)}))
    back = await told(reads, view.model_copy(update={"deeds": (own,), "alerts": tuple(again)}))

    assert "change.bad-deployment" in {f.rule for f in same.findings}, "its alert has fired all the time"
    assert "change.bad-deployment" not in {f.rule for f in back.findings}

"""One case per change of a workload, node or setting: what it needs, and what makes its preview out of date."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.writing_cluster import WritingWorld, workload
from tools.connectors.writers import CONFIG_MAPS, DEPLOYMENTS, NODES, STATEFUL_SETS, Resource
from tools.incident_responder.writes.config import SetConfigKey
from tools.incident_responder.writes.draining import DrainNode
from tools.incident_responder.writes.nodes import CordonNode, UncordonNode
from tools.incident_responder.writes.pausing import PauseRollout, ResumeRollout
from tools.incident_responder.writes.rollouts import RollBackWorkload, RollForwardWorkload
from tools.incident_responder.writes.scaling import ScaleWorkload
from tools.incident_responder.writes.workloads import RestartWorkload, SetWorkloadEnv

PAYMENT: Mapping[str, Any] = {"namespace": "shop", "name": "payment"}
Prepare = Callable[[WritingWorld], Awaitable[None]]


async def nothing(world: WritingWorld) -> None:
    """Leave the world as it is."""


async def paused(world: WritingWorld) -> None:
    await world.admin.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"paused": True}})
    await world.settled()


async def cordoned(world: WritingWorld) -> None:
    await world.admin.patch(NODES, "", "node-1", {"spec": {"unschedulable": True}})


async def with_numbers(world: WritingWorld) -> None:
    found = workload("ledger", kind="StatefulSet", replicas=2)
    found["spec"]["serviceName"] = "ledger"
    await world.make(found)
    await world.settled("ledger", STATEFUL_SETS)


@dataclass(frozen=True)
class Case:
    """An action, the world that it needs, and a change by somebody else that its preview does not survive."""

    write: type
    params: Mapping[str, Any]
    target: tuple[Resource, str, str]
    foreign: Mapping[str, Any]
    title: str
    prepare: Prepare = nothing


def of_payment(
    write: type, params: Mapping[str, Any], foreign: Mapping[str, Any], title: str, **more: Any
) -> Case:
    return Case(write, {**PAYMENT, **params}, (DEPLOYMENTS, "shop", "payment"), foreign, title, **more)


def template(**container: Any) -> dict[str, Any]:
    found = {"containers": [{"name": "payment", **container}]}
    return {"spec": {"template": {"spec": found}}}


OTHER_IMAGE = template(image="registry.example/payment:v9")
OPEN, CLOSED = {"spec": {"unschedulable": False}}, {"spec": {"unschedulable": True}}
POOL = {"variable": "POOL", "value": "30"}
NODE: Mapping[str, Any] = {"name": "node-1"}
NODE_PLACE = (NODES, "", "node-1")

CASES: Mapping[str, Case] = {
    "restart": of_payment(RestartWorkload, {}, OTHER_IMAGE, "Restart payment in shop"),
    "restart-stateful": Case(
        RestartWorkload,
        {"kind": "StatefulSet", "namespace": "shop", "name": "ledger"},
        (STATEFUL_SETS, "shop", "ledger"),
        {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}},
        "Restart ledger in shop",
        prepare=with_numbers,
    ),
    "roll-back": of_payment(RollBackWorkload, {}, OTHER_IMAGE, "Roll back payment v2 → v1 in shop"),
    "roll-forward": of_payment(
        RollForwardWorkload,
        {"container": "payment", "image": "registry.example/payment:v3"},
        OTHER_IMAGE,
        "Roll payment forward v2 → v3 in shop",
    ),
    "scale-up": of_payment(
        ScaleWorkload, {"replicas": 5}, {"spec": {"replicas": 4}}, "Scale payment from 3 to 5 in shop"
    ),
    "scale-down": of_payment(
        ScaleWorkload, {"replicas": 1}, {"spec": {"replicas": 2}}, "Scale payment from 3 to 1 in shop"
    ),
    "env-changed": of_payment(
        SetWorkloadEnv,
        {"container": "payment", **POOL},
        OTHER_IMAGE,
        "Set POOL of payment from 10 to 30 in shop",
    ),
    "env-added": of_payment(
        SetWorkloadEnv,
        {"container": "payment", "variable": "POOL_WAIT", "value": "5s"},
        OTHER_IMAGE,
        "Set POOL_WAIT of payment from – to 5s in shop",
    ),
    "pause": of_payment(PauseRollout, {}, OTHER_IMAGE, "Pause the rollouts of payment in shop"),
    "resume": of_payment(
        ResumeRollout, {}, OTHER_IMAGE, "Resume the rollouts of payment in shop", prepare=paused
    ),
    "config-changed": Case(
        SetConfigKey,
        {"namespace": "shop", "name": "settings", "key": "POOL", "value": "30"},
        (CONFIG_MAPS, "shop", "settings"),
        {"data": {"POOL": "20"}},
        "Set POOL of the ConfigMap settings from 10 to 30 in shop",
    ),
    "config-added": Case(
        SetConfigKey,
        {"namespace": "shop", "name": "settings", "key": "pool.wait", "value": "5s"},
        (CONFIG_MAPS, "shop", "settings"),
        {"data": {"pool.wait": "9s"}},
        "Set pool.wait of the ConfigMap settings from – to 5s in shop",
    ),
    "cordon": Case(CordonNode, NODE, NODE_PLACE, CLOSED, "Cordon the node node-1"),
    "uncordon": Case(UncordonNode, NODE, NODE_PLACE, OPEN, "Uncordon the node node-1", prepare=cordoned),
    "drain": Case(DrainNode, NODE, NODE_PLACE, CLOSED, "Drain the node node-1 (pods: "),
}

"""Containers that cannot stay up, and machines that are too busy."""

from collections.abc import Iterator

from agent.diagnosis.facts import Cited, Facts, is_error
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.rules.changes import undo, what_changed
from agent.diagnosis.signs import Sign
from agent.domain.results import Change, PodState
from agent.locale.format import quantity


def crash_loop(facts: Facts) -> Iterator[Hypothesis]:
    """Propose services whose containers end right after they start."""
    for service in dict.fromkeys(p.what.service for p in facts.pods):
        looping = facts.cannot_start(service)
        if looping:
            yield _weigh_loop(facts, service, max(looping, key=lambda p: p.what.restarts))


def _weigh_loop(facts: Facts, service: str, pod: Cited[PodState]) -> Hypothesis:
    began = facts.began(service)
    change = look.last_change(facts, service, began, "config", "deployment")
    sign = look.change_sign(change, began) if change else None
    errors = [p for p in facts.patterns if p.what.service == service and is_error(p.what)]
    args = {"service": service, "reason": pod.what.reason or "?", "restarts": f"{pod.what.restarts}"}
    if change is not None:
        args["change"] = what_changed(change.what)
    alerted = look.alerted(facts, service, "crash|servicedown", pod.evidence_id)
    signs = [Sign("crash-looping", (pod.evidence_id,)), *alerted]
    if pod.what.last_exit and not pod.what.last_exit.startswith(("0", "Completed")):
        signs.append(Sign("exit-known", (pod.evidence_id,)))
    if errors:
        signs.append(Sign("start-errors", (errors[0].evidence_id,)))
    if sign is not None:
        signs.append(Sign(sign.name, (*sign.evidence_ids, *facts.began_evidence(service))))
    return Hypothesis(
        rule="container.crash-loop",
        service=service,
        claim=Words(f"diagnosis-crash-loop{_after(change)}", args),
        signs=tuple(signs),
        next_step=undo(service, change.what)
        if change
        else Words("next-previous-logs", {"service": service, "pod": pod.what.name}),
        cap=0.9,
    )


def _after(change: Cited[Change] | None) -> str:
    return "" if change is None else f"-after-{change.what.change}"


def busy_node(facts: Facts) -> Iterator[Hypothesis]:
    """Propose the pod that eats a machine, but only where the incident is about the machine itself.

    A busy machine beside failing services is a coincidence until something ties them together; see ruled_out.
    """
    if any(service in facts.failing for service in facts.affected):
        return
    for node, cpu in facts.nodes.items():
        if not facts.busy(node):
            continue
        top = top_consumer(facts, node)
        args = {"node": node, "value": quantity("en", cpu.now), "pod": top.what.name if top else "?"}
        yield Hypothesis(
            rule="node.noisy-neighbour" if top else "node.busy",
            service="",
            claim=Words("diagnosis-noisy-neighbour" if top else "diagnosis-busy-node", args),
            signs=(
                Sign("node-busy", (cpu.evidence_id,)),
                *((Sign("top-consumer", (top.evidence_id,)),) if top else ()),
            ),
            next_step=Words("next-noisy-neighbour", {"pod": top.what.name})
            if top
            else Words("next-busy-node", {"node": node}),
            cap=0.7,
        )


def top_consumer(facts: Facts, node: str) -> Cited[PodState] | None:
    """Return the pod that uses more CPU than all others on a machine together."""
    there = [p for p in facts.pods if same_node(p.what.node, node) and p.what.cpu_cores is not None]
    if not there:
        return None
    top = max(there, key=lambda p: p.what.cpu_cores or 0.0)
    total = sum(p.what.cpu_cores or 0.0 for p in there)
    return top if (top.what.cpu_cores or 0.0) > total / 2 else None


def same_node(name: str, instance: str) -> bool:
    """Say whether a node's name and a metrics instance (`node-1:9100`) mean the same machine."""
    return bool(name) and name == instance.rsplit(":", 1)[0]

"""More requests than a service can serve: nothing in it is broken, there is too little of it."""

from collections.abc import Iterator

from agent.diagnosis.facts import Facts
from agent.diagnosis.hypothesis import Hypothesis, Words
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.signs import Sign
from agent.locale.format import quantity

# Rates of a day wander by a fifth or so; half as much again is another crowd.
MORE = 1.5


def surge(facts: Facts) -> Iterator[Hypothesis]:
    """Propose a service that is slow, fails nothing, and gets far more requests than usual."""
    for service in facts.failing:
        latency, rate = facts.measure(service, "latency_p95"), facts.measure(service, "request_rate")
        errors = facts.measure(service, "server_error_ratio")
        if latency is None or not latency.abnormal or (errors is not None and errors.abnormal):
            continue
        if rate is None or rate.normal is None or rate.now.value < MORE * rate.normal.value:
            continue
        args = {"value": quantity("en", rate.now), "normal": quantity("en", rate.normal)}
        yield Hypothesis(
            rule="load.surge",
            service=service,
            claim=Words("diagnosis-surge", {"service": service, **args}),
            signs=(
                Sign("more-requests", (rate.evidence_id,)),
                *look.fails_itself(facts, service),
                *look.deepest_failing(facts, service),
            ),
            doubts=tuple(look.failing_callee(facts, service)),
            next_step=Words("next-scale-out", {"service": service}),
            cap=0.75,
        )

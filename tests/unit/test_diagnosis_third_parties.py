"""A third party that is down is weighed as a cause for those who need it, and blamed for nobody else."""

from datetime import timedelta

from agent.diagnosis.diagnose import diagnose
from agent.domain.evidence import Diagnosis
from agent.domain.outpost import THIRD_PARTY_DOWN
from agent.domain.view import IncidentView
from tests.support import readings as r
from tests.support import troubles as t
from tests.support.reads import ScriptedReads


async def diagnosed(reads: ScriptedReads, view: IncidentView) -> Diagnosis:
    return diagnose(view, await t.investigated(reads, view))


def outage() -> tuple[ScriptedReads, IncidentView]:
    """Payment fails because its card network is down; checkout passes the errors on."""
    reads = t.healthy()
    t.failing(reads, "payment", 0.97)
    t.failing(reads, "checkout", 0.9, t.BEGAN + timedelta(seconds=10))
    said = "Card network does not authorise: it answers <*>"
    reads.on(
        "log_analyzer.patterns", r.patterns(r.pattern("payment", said, first=t.BEGAN)), service="payment"
    )
    alerts = [
        t.alert(THIRD_PARTY_DOWN, "card-network"),
        t.alert("HighErrorRate", "payment"),
        t.alert("HighErrorRate", "checkout"),
    ]
    return reads, t.view("payment", alerts)


async def test_it_is_the_cause_while_those_who_need_it_fail() -> None:
    cause = (await diagnosed(*outage())).cause

    assert cause is not None
    assert (cause.rule, cause.service) == ("dependency.third-party", "card-network")
    assert cause.claim == "card-network, a third party, is down; payment cannot do without it"
    assert 0.5 <= cause.confidence <= 0.8
    assert cause.evidence_ids


async def test_a_deployment_just_before_is_surer() -> None:
    reads, _ = t.bad_deployment()
    _, view = outage()
    cause = (await diagnosed(reads, view)).cause

    assert cause is not None
    assert cause.rule == "change.bad-deployment"


async def test_it_is_blamed_for_nothing_while_everybody_is_well() -> None:
    view = t.view("card-network", [t.alert(THIRD_PARTY_DOWN, "card-network")])
    diagnosis = await diagnosed(t.healthy(), view)

    assert diagnosis.cause is None


async def test_without_its_alert_nobody_outside_is_blamed() -> None:
    reads, _ = outage()
    view = t.view("payment", [t.alert("HighErrorRate", "payment")])
    cause = (await diagnosed(reads, view)).cause

    assert cause is not None
    assert cause.rule != "dependency.third-party"

"""Two troubles at once: what breaks elsewhere is not blamed for this one."""

from datetime import timedelta

from agent.diagnosis.diagnose import diagnose
from agent.diagnosis.measure import measured
from agent.domain.evidence import Diagnosis, FindingKind
from agent.domain.results import Quantity
from agent.domain.view import IncidentView
from tests.support import readings as r
from tests.support import troubles as t
from tests.support.reads import ScriptedReads

EDGES = (*t.EDGES, ("storefront", "textbook"))


async def diagnosed(reads: ScriptedReads, view: IncidentView) -> Diagnosis:
    return diagnose(view, await t.investigated(reads, view))


def looping_textbook(reads: ScriptedReads) -> None:
    reads.on("metrics_collector.topology", r.edges(*EDGES))
    reads.on(t.SIGNAL, r.signal(t.NOW, "up", 1.0, 0.33, t.BEGAN), signal="up", service="textbook")
    looping = r.pod(
        "textbook-1-a", "textbook", ready=False, restarts=5, reason="CrashLoopBackOff", last_exit="1"
    )
    others = [r.pod(f"{service}-7d9f-a", service) for service in t.SERVICES if service != "textbook"]
    batch = r.pod("batch-1-a", "batch", node="node-2", cpu_cores=1.7)
    reads.on("incident_responder.pods", r.pods(*others, batch, looping))
    change = r.deployment("textbook", t.BEGAN - timedelta(seconds=20), "textbook:v1", "textbook:v2")
    reads.on("incident_responder.rollouts", r.changes(change))
    fatal = r.pattern("textbook", "Cannot start: no theme <*>", count=5, first=t.BEGAN)
    reads.on("log_analyzer.patterns", r.patterns(fatal), service="textbook")


async def test_a_crash_loop_that_only_a_caller_calls_is_not_blamed_for_a_full_pool() -> None:
    reads, _ = t.TROUBLES["pool-exhaustion"]()
    looping_textbook(reads)
    alerts = [
        t.alert("ConnectionPoolNearlyExhausted", "payment"),
        t.alert("HighErrorRate", "checkout", t.BEGAN + timedelta(seconds=10)),
        t.alert("HighErrorRate", "storefront", t.BEGAN + timedelta(seconds=15)),
    ]

    cause = (await diagnosed(reads, t.view("payment", alerts))).cause

    assert cause is not None
    assert ("pool.exhausted", "payment") == (cause.rule, cause.service)


async def test_a_busy_machine_is_not_explained_by_a_service_that_fails_at_the_same_time() -> None:
    reads, view = t.TROUBLES["noisy-neighbour"]()
    looping_textbook(reads)

    diagnosis = await diagnosed(reads, view)

    assert diagnosis.cause is not None
    assert ("node.noisy-neighbour", None) == (diagnosis.cause.rule, diagnosis.cause.service)
    assert "textbook" not in [f.service for f in diagnosis.findings if f.kind is FindingKind.CAUSE]


async def test_a_slow_answer_does_not_explain_a_caller_that_breaks_by_itself() -> None:
    reads, view = t.slow_dependency()
    t.failing(reads, "payment", 0.4)
    own = r.pattern("payment", "cannot open session store: too many open files", count=40, first=t.BEGAN)
    reads.on("log_analyzer.patterns", r.patterns(own), service="payment")

    cause = (await diagnosed(reads, view)).cause

    assert cause is not None
    assert ("signals.stands-out", "payment") == (cause.rule, cause.service)


def test_an_excursion_that_is_over_is_not_when_the_present_trouble_began() -> None:
    normal = Quantity(value=0.002, unit="ratio")
    values = [0.002] * 20 + [0.9] * 6 + [0.002] * 8 + [0.5]
    points = tuple((1000.0 + 15 * place, value) for place, value in enumerate(values))
    now = Quantity(value=0.5, unit="ratio")

    measure = measured("payment", "server_error_ratio", "ev_1", now, normal, points)

    assert (True, None) == (measure.abnormal, measure.began)

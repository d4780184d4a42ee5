"""What each check of upkeep makes of what it sees: fine, a look, a person's work, or nothing seen; in both languages."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agent.brain.toolbelt import READS
from agent.domain.checklist import ItemState, Proposal
from agent.domain.evidence import EvidenceStatus, Reading, ReadRequest
from agent.domain.incident import IncidentStatus
from agent.domain.results import (
    LogPattern,
    PatternsResult,
    Quantity,
    Result,
    Series,
    SeriesResult,
    TableResult,
)
from agent.locale.messages import known
from agent.operations.checks.engine import CheckKit, Outcome
from agent.operations.checks.upkeep import UPKEEP_CHECKS
from agent.operations.checks.words import detail_words, plain_pen, said
from agent.policy.check_params_upkeep import UPKEEP
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at
from tests.support.views import sample_incident
from tools.incident_responder.upkeep_reads import IMAGE_COLUMNS, JOB_COLUMNS, QUOTA_COLUMNS
from tools.log_analyzer.index_reads import COLUMNS as INDEX_COLUMNS
from tools.metrics_collector.capacity import COLUMNS as CAPACITY_COLUMNS
from tools.metrics_collector.store_reads import COLUMNS as STORE_COLUMNS

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHECKS = {check.name: check for check in UPKEEP_CHECKS}
PARAMS_OF = {read.name: read.params for read in READS}
PEN = plain_pen("UTC")


def seen(result: Result | None = None, value: float | None = None) -> Reading:
    quantity = Quantity(value=value) if value is not None else None
    return Reading(status=EvidenceStatus.SUCCESS, query="q", summary="s", value=quantity, result=result)


def rows(columns: Sequence[str], *cells: tuple[str, ...], value: float | None = None) -> Reading:
    return seen(TableResult(columns=tuple(columns), rows=cells), value)


def series(*named: tuple[str, float], points: Sequence[float] = ()) -> Reading:
    at = NOW.timestamp()
    told = tuple(
        Series(labels={"instance": name}, points=tuple((at + i, v) for i, v in enumerate((*points, value))))
        for name, value in named
    )
    return seen(SeriesResult(series=told))


def _known(request: ReadRequest) -> None:
    """A read that does not exist, or other parameters than its own, must not pass for one that brought nothing."""
    PARAMS_OF[request.tool].model_validate(request.params)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SqlStore]:
    async with store_at(Path(tmp_path_factory.mktemp("checks"))) as opened:
        yield opened


@pytest.fixture
def reads() -> ScriptedReads:
    return ScriptedReads(NOW, on_run=_known)


def kit_of(reads: ScriptedReads, store: Any = None) -> CheckKit:
    return CheckKit(
        checklist="morning:x",
        due_at=NOW,
        since=NOW - timedelta(days=1),
        zone="Asia/Seoul",
        environment="demo",
        store=store,
        reads=reads,
        clock=StillClock(NOW),
        policies=shipped_policies(),
    )


async def ran(reads: ScriptedReads, name: str, store: Any = None, **params: Any) -> Outcome:
    outcome = await CHECKS[name].run(kit_of(reads, store), UPKEEP[name].model_validate(params, strict=False))
    for one in (outcome.message, *(line.message for line in outcome.details)):
        assert known(one), one
    for lang in ("en", "ko"):
        whole = [said(lang, outcome.message, outcome.args, PEN), *detail_words(lang, outcome.details, PEN)]
        assert [] == [line for line in whole if "{" in line or not line]
    return outcome


def told(outcome: Outcome) -> str:
    return said("en", outcome.message, outcome.args, PEN)


def lines(outcome: Outcome) -> list[str]:
    return detail_words("en", outcome.details, PEN)


@pytest.mark.parametrize(
    "name", [name for name in CHECKS if name not in ("index_retention", "security_events")]
)
async def test_nothing_seen_is_never_fine(reads: ScriptedReads, name: str) -> None:
    """Two answers are exceptions: no quota and no restore job are things that the cluster says."""
    expected = {"quotas": ItemState.OK, "backup_verification": ItemState.PERSON}

    assert expected.get(name, ItemState.UNKNOWN) is (await ran(reads, name)).state


@pytest.mark.parametrize(
    "name", [name for name in CHECKS if name not in ("index_retention", "security_events")]
)
async def test_a_backend_that_is_away_is_named(reads: ScriptedReads, name: str) -> None:
    reads.down = dict.fromkeys(("prometheus", "elasticsearch", "kubernetes"), "It is away.")
    outcome = await ran(reads, name)

    assert (ItemState.UNKNOWN, "It is away.") == (outcome.state, outcome.why)


def ahead(days: str, what: str = "node-a /", why: str = "") -> tuple[str, ...]:
    around = (f"{float(days) - 4:.1f}", f"{float(days) + 6:.1f}") if days else ("", "")
    return (what, "46 %", "+0.5 points", days, *around, why, "30 days, 30 medians")


async def test_disks_are_compared_and_looked_ahead(reads: ScriptedReads) -> None:
    signal, capacity = "metrics_collector.signal", "metrics_collector.capacity"
    reads.on(signal, series(("node-a /", 0.46), ("node-b /", 0.41)))
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("90.0")))
    fine = await ran(reads, "disk")
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("9.0")))
    filling = await ran(reads, "disk")
    reads.on("metrics_collector.query", series(("shop data-0", 0.93)))
    over = await ran(reads, "disk")

    assert (ItemState.OK, "the fullest of 2 is node-a / with 46% (limit 80%)") == (fine.state, told(fine))
    assert ["node-a / is full in 90 days at the present pace (interval 86 to 96)"] == lines(fine)
    assert (ItemState.ATTENTION, "check-disk-filling") == (filling.state, filling.message)
    assert "1 of 3 are 80% full or more; the fullest is shop data-0 with 93%" == told(over)


AWAY = Reading(status=EvidenceStatus.ERROR, query="q", summary="It is away.")


async def test_disks_of_which_a_part_was_not_seen_are_not_fine(reads: ScriptedReads) -> None:
    reads.on("metrics_collector.signal", series(("node-a /", 0.46)))
    reads.on("metrics_collector.capacity", rows(CAPACITY_COLUMNS, ahead("90.0")))
    reads.on("metrics_collector.query", AWAY)

    assert ItemState.UNKNOWN is (await ran(reads, "disk")).state


async def test_a_forecast_without_history_or_a_part_is_not_fine(reads: ScriptedReads) -> None:
    capacity = "metrics_collector.capacity"
    young = rows(CAPACITY_COLUMNS, ahead("", why="too little history"))
    reads.on(capacity, young, resource="disk")
    reads.on(capacity, young, resource="cpu")
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("", why="no clear trend")), resource="requests")
    unknown = await ran(reads, "capacity")
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("90.0")), resource="disk")
    fine = await ran(reads, "capacity")
    reads.on(capacity, AWAY, resource="memory")
    part = await ran(reads, "capacity")

    assert (ItemState.UNKNOWN, "disk of node-a /: 46 % now; no date, there is too little history") == (
        unknown.state,
        told(unknown),
    )
    assert [ItemState.OK, ItemState.UNKNOWN] == [fine.state, part.state]


async def test_quotas_whose_use_nobody_has_counted_are_not_absent(reads: ScriptedReads) -> None:
    reads.on("incident_responder.quotas", rows(QUOTA_COLUMNS, ("shop", "q", "pods", "", "100", "")))

    assert ItemState.UNKNOWN is (await ran(reads, "quotas")).state


async def test_back_ups_that_a_metric_no_longer_tells_of_are_not_fine(reads: ScriptedReads) -> None:
    reads.on("incident_responder.jobs", rows(JOB_COLUMNS, standing("nightly", "3")))
    outcome = await ran(reads, "backups", finished="backup_time")

    assert (ItemState.UNKNOWN, ["a part could not be looked at: no data"]) == (outcome.state, lines(outcome))


def standing(name: str, hours: str, *, failed: int = 0, suspended: str = "no") -> tuple[str, ...]:
    return ("shop", name, "0 2 * * *", "backup", "succeeded", "", hours, str(failed), suspended)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (standing("backup", "7.1"), None),
        (standing("backup", "26.1"), "backup: the newest is 1 d 2 h old"),
        (standing("backup", ""), "backup has never succeeded"),
        (standing("backup", "7.1", failed=2), "backup has failed 2 times since its last success"),
        (standing("backup", "7.1", suspended="yes"), "backup is suspended"),
    ],
)
async def test_back_ups_have_an_age(reads: ScriptedReads, row: tuple[str, ...], expected: str | None) -> None:
    reads.on("incident_responder.jobs", rows(JOB_COLUMNS, row))
    outcome = await ran(reads, "backups")

    assert (ItemState.ATTENTION if expected else ItemState.OK) is outcome.state
    assert ([expected] if expected else []) == lines(outcome)


async def test_a_back_up_that_is_suddenly_small_or_gone_is_named(reads: ScriptedReads) -> None:
    reads.on("metrics_collector.query", series(("ledger", NOW.timestamp() - 3600)), promql="backup_time")
    sizes = series(("ledger", 0.1 * 2**30), points=[2**30, 2**30, 1.1 * 2**30])
    reads.on("metrics_collector.query", sizes, promql="backup_bytes")
    params = {"finished": "backup_time", "size": "backup_bytes", "jobs": ("nightly",)}
    outcome = await ran(reads, "backups", **params)
    usual = series(("ledger", 1.05 * 2**30), points=[2**30, 2**30, 1.1 * 2**30])
    reads.on("metrics_collector.query", usual, promql="backup_bytes")
    reads.on("incident_responder.jobs", rows(JOB_COLUMNS, standing("nightly", "3")))
    well = await ran(reads, "backups", **params)

    assert ItemState.ATTENTION is outcome.state
    assert [
        "nightly: there is no such job",
        "ledger: the newest has 102 MiB, usually it is 1.05 GiB",
    ] == lines(outcome)
    assert (ItemState.OK, 2) == (well.state, well.args["count"])


async def test_a_restore_is_a_jobs_or_a_persons_work(reads: ScriptedReads) -> None:
    person = await ran(reads, "backup_verification")
    reads.on("incident_responder.jobs", rows(JOB_COLUMNS, standing("restore", "150.0")))
    done = await ran(reads, "backup_verification", max_age_days=8)
    late = await ran(reads, "backup_verification", max_age_days=6)

    assert (ItemState.PERSON, 3) == (person.state, len(person.details))
    assert [ItemState.OK, ItemState.ATTENTION] == [done.state, late.state]


async def test_a_restore_job_that_is_gone_needs_somebody_and_the_oldest_success_counts(
    reads: ScriptedReads,
) -> None:
    gone = await ran(reads, "backup_verification", jobs=("restore",))
    reads.on("incident_responder.jobs", rows(JOB_COLUMNS, standing("new", "3"), standing("old", "150.0")))
    done = await ran(reads, "backup_verification")
    part = await ran(reads, "backup_verification", jobs=("old", "away"))

    assert (ItemState.ATTENTION, ["restore: there is no such job"]) == (gone.state, lines(gone))
    assert (ItemState.OK, "old") == (done.state, done.args["what"])
    assert (ItemState.ATTENTION, ["away: there is no such job"]) == (part.state, lines(part))


def pattern(text: str, count: int, before: int) -> LogPattern:
    return LogPattern(
        template=text, sample=f"{text} 7", level="error", service="payment", count=count, count_before=before
    )


async def test_new_error_patterns_are_told_from_known_ones(reads: ScriptedReads) -> None:
    reads.on("log_analyzer.search", seen(value=900))
    nothing = await ran(reads, "error_logs")
    reads.on("log_analyzer.errors_by_service", rows(("service", "errors"), ("payment", "40"), value=40))
    known_one = PatternsResult(patterns=(pattern("timeout", 30, 28),), total=30, total_before=28)
    reads.on("log_analyzer.patterns", seen(known_one))
    old = await ran(reads, "error_logs")
    both = PatternsResult(
        patterns=(pattern("timeout", 30, 28), pattern("no space left", 10, 0)), total=40, total_before=28
    )
    reads.on("log_analyzer.patterns", seen(both))
    fresh = await ran(reads, "error_logs")
    yesterday = (NOW - timedelta(days=1)).isoformat()
    nothing_then = Reading(status=EvidenceStatus.NO_DATA, query="q", summary="nothing")
    reads.on("log_analyzer.search", nothing_then, end=yesterday)
    alone = await ran(reads, "error_logs")

    assert (ItemState.OK, "check-errors-none") == (nothing.state, nothing.message)
    assert (ItemState.OK, "40 errors in 1 d, all of 1 known patterns") == (old.state, told(old))
    assert (ItemState.ATTENTION, "payment") == (fresh.state, fresh.service)
    assert ["payment, 10 times: “no space left 7”"] == lines(fresh)
    assert (ItemState.UNKNOWN, "check-errors-alone") == (alone.state, alone.message)


@pytest.mark.asyncio(loop_scope="module")
async def test_security_is_incidents_and_more_failed_log_ins_than_usual(
    reads: ScriptedReads, store: SqlStore
) -> None:
    blind = await ran(reads, "security_events", store)
    signal = "metrics_collector.signal"
    reads.on(signal, series(("gate", 0.01)), signal="login_failures")
    quiet = await ran(reads, "security_events", store)
    today = NOW.isoformat()
    reads.on(signal, series(("gate", 0.1)), signal="login_failures", end=today)
    many = await ran(reads, "security_events", store)
    kind = shipped_policies().security.values[0]
    incident = sample_incident(title="Shell in a container")
    async with store.write() as tx:
        await tx.incidents.create(incident.model_copy(update={"category": kind}))
        plain = incident.model_copy(update={"id": "inc_plain", "number": 13})
        await tx.incidents.create(plain.model_copy(update={"status": IncidentStatus.ACTIVE}))
    raised = await ran(reads, "security_events", store)

    assert [ItemState.UNKNOWN, ItemState.OK] == [blind.state, quiet.state]
    assert ["failed log-ins in 1 d: 864, a day before 864"] == lines(quiet)
    assert (ItemState.ATTENTION, "check-security-signs") == (many.state, many.message)
    assert ["failed log-ins in 1 d: 8,640, far more than the 864 of a day before"] == lines(many)
    assert ("check-security-open", 1, "") == (raised.message, raised.args["open"], raised.service)
    assert lines(raised)[0].endswith(": a security matter")
    assert "Shell" not in str(raised)


async def test_quotas_that_are_nearly_used_up_are_named(reads: ScriptedReads) -> None:
    reads.on(
        "incident_responder.quotas",
        rows(
            QUOTA_COLUMNS,
            ("shop", "q", "pods", "85", "100", "85.0"),
            ("shop", "q", "services", "8", "30", "26.7"),
        ),
    )
    over, fine = await ran(reads, "quotas"), await ran(reads, "quotas", above_percent=90)

    assert (ItemState.ATTENTION, ["shop, pods: 85 of 100 (85%)"]) == (over.state, lines(over))
    assert (ItemState.OK, "2 limits, all below 90%; the fullest is pods of shop with 85%") == (
        fine.state,
        told(fine),
    )


def chain(days: float, verified: str) -> Reading:
    columns = ("certificate", "names", "issuer", "not after", "days left", "verified")
    return rows(columns, ("CN=x", "x", "CA", "", f"{days:.1f}", verified), value=days)


async def test_certificates_are_told_before_they_end(reads: ScriptedReads) -> None:
    reads.on("metrics_collector.signal", series(("tutor", 60)))
    reads.on("incident_responder.certificate", chain(5, "yes"), host="shop.example", port=8443)
    reads.on("incident_responder.certificate", chain(90, "no"), host="other.example", port=443)
    soon = await ran(reads, "certificates", hosts=("shop.example:8443", "other.example"))
    fine = await ran(reads, "certificates")

    assert (ItemState.ATTENTION, "1 of 3 certificates end within 14 days") == (soon.state, told(soon))
    assert [
        "shop.example:8443 ends in 5 days: renew it now",
        "the certificate of other.example does not verify",
    ] == lines(soon)
    assert (ItemState.OK, "one certificate: tutor has 60 days left") == (
        fine.state,
        told(fine),
    )


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (("logs-2026.10.01", 53, "expired"), ItemState.ATTENTION),
        (("logs-2026.10.03", 51, "managed", "weeks", "no room"), ItemState.ATTENTION),
        (("logs-2026.11.20", 3, "kept"), ItemState.OK),
    ],
    ids=["too old", "stuck", "fine"],
)
async def test_an_index_that_is_too_old_or_stuck_needs_somebody(
    reads: ScriptedReads, row: tuple[Any, ...], state: ItemState
) -> None:
    reads.on("log_analyzer.index_retention", rows(INDEX_COLUMNS, index(*row)))

    assert state is (await ran(reads, "index_retention", rules=RULES)).state


async def test_capacity_says_when_or_why_not_and_draws_what_comes_first(reads: ScriptedReads) -> None:
    capacity = "metrics_collector.capacity"
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("23.0")), resource="disk")
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("", why="no clear trend")), resource="memory")
    reads.on(capacity, rows(CAPACITY_COLUMNS, ahead("", "payment", "not within a year")), resource="requests")
    soon, fine = await ran(reads, "capacity"), await ran(reads, "capacity", within_days=14)

    assert (ItemState.ATTENTION, "disk of node-a / reaches 90% in 23 days (interval 19 to 29)") == (
        soon.state,
        told(soon),
    )
    assert ItemState.OK is fine.state
    assert "memory of node-a /: 46 % now; no date, there is no clear trend" in lines(soon)
    assert "the request rate of payment: 46 % now; no limit is set for it" in lines(soon)
    assert ["disk"] == [
        one.params["resource"] for one in reads.asked_for("metrics_collector.capacity_chart")[:1]
    ]
    assert ["cpu"] == soon.args["missing"]


def index(
    name: str, age: int, judgement: str, life: str = "", trouble: str = "", after: str = ""
) -> tuple[str, ...]:
    return (name, "2026-10-01", str(age), "10", "1 KiB", life, "hot", trouble, after, judgement)


RULES = ({"pattern": "logs-%Y.%m.%d", "keep_days": 30, "lifecycle": "weeks"},)


async def test_old_indices_are_proposed_name_by_name(reads: ScriptedReads) -> None:
    assert ItemState.UNKNOWN is (await ran(reads, "index_retention", rules=RULES)).state
    reads.on(
        "log_analyzer.index_retention",
        rows(
            INDEX_COLUMNS,
            index("logs-2026.10.01", 53, "expired"),
            index("logs-2026.10.02", 52, "expired"),
            index("logs-2026.10.03", 51, "managed", "weeks", "no room"),
            index("logs-2026.10.04", 50, "managed", "weeks", after="30"),
            index("logs-2026.11.20", 3, "kept"),
            index("logs-2026.11.21", 2, "kept", "weeks", after="30"),
        ),
    )
    outcome = await ran(reads, "index_retention", rules=RULES)

    assert (ItemState.ATTENTION, "6 dated indices: 2 are too old, 2 are stuck in their lifecycle") == (
        outcome.state,
        told(outcome),
    )
    wanted = {"indices": ["logs-2026.10.01", "logs-2026.10.02"], "pattern": "logs-%Y.%m.%d", "keep_days": 30}
    assert [
        ("delete_indices", wanted),
        ("set_index_lifecycle", {"indices": ["logs-2026.11.20"], "policy": "weeks"}),
    ] == [(one.action, one.params) for one in outcome.proposals]
    assert all(isinstance(one, Proposal) and one.reason for one in outcome.proposals)
    assert [
        "2 of logs-%Y.%m.%d are older than 30 days: logs-2026.10.01 to logs-2026.10.02",
        "logs-2026.10.03 is stuck in the policy weeks: no room",
        "logs-2026.10.04 is 50 days old and should have been deleted by the policy weeks",
    ] == lines(outcome)


async def test_the_metrics_store_tells_what_is_wrong_and_what_it_does_not_tell(reads: ScriptedReads) -> None:
    health = "metrics_collector.store_health"
    fine = ("series in memory", "12,000", "fine", "")
    untold = ("failed compactions in a day", "", "not measured", "")
    reads.on(health, rows(STORE_COLUMNS, fine, ("retention", "15d", "fine", ""), untold))
    well = await ran(reads, "metrics_store")
    reads.on(health, rows(STORE_COLUMNS, fine, ("rules failing", "1 of 9", "attention", "Slow: bad vector")))
    bad = await ran(reads, "metrics_store")

    assert (ItemState.OK, "12,000 series in memory, retention 15d; 2 measures are fine") == (
        well.state,
        told(well),
    )
    assert ["not measured: failed compactions in a day"] == lines(well)
    assert (ItemState.ATTENTION, ["rules failing: 1 of 9 (Slow: bad vector)"]) == (bad.state, lines(bad))


async def test_unused_images_are_a_persons_work_with_the_exact_command(reads: ScriptedReads) -> None:
    cells = [("a", "reg.example/old:v1", "6 GiB", "6144.0"), ("b", "reg.example/old:v1", "6 GiB", "6144.0")]
    reads.on("incident_responder.images", rows(IMAGE_COLUMNS, *cells, value=12 * 2**30))
    reads.on("metrics_collector.signal", series(("a", 0.61)))
    much, little = await ran(reads, "unused_images"), await ran(reads, "unused_images", above_gib=20)

    assert [ItemState.PERSON, ItemState.OK] == [much.state, little.state]
    assert "clears them only from 85% of the disk on, down to 80% (the fullest has 61%)" in told(much)
    assert lines(much)[0].startswith(
        "a: 1 images, 6 GiB, such as reg.example/old:v1. Clear them with: kubectl debug node/a"
    )
    assert () == much.proposals

"""An incident is called after the service where its trouble sits, once that is known."""

from agent.diagnosis.title import better_title
from agent.domain.alert import AlertRecord, AlertStatus
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from tests.support import troubles as t


def blamed(service: str) -> Diagnosis:
    cause = Finding(
        kind=FindingKind.CAUSE,
        claim="it is to blame",
        confidence=0.9,
        evidence_ids=("ev_1",),
        rule="change.bad-deployment",
        service=service,
    )
    return Diagnosis(findings=(cause,), cause=cause)


def test_the_cause_comes_into_the_title() -> None:
    view = t.view("checkout", [t.alert("HighErrorRate", "checkout"), t.alert("HighErrorRate", "payment")])

    assert "payment: HighErrorRate" == better_title(view, blamed("payment"))


def test_the_alert_of_the_title_is_kept_where_the_cause_has_it_too() -> None:
    alerts = [
        t.alert(name, service) for service in ("checkout", "payment") for name in ("Aaa", "HighErrorRate")
    ]
    view = t.view("checkout", alerts, title="checkout: HighErrorRate")

    assert "payment: HighErrorRate" == better_title(view, blamed("payment"))


def test_a_cause_that_no_alert_is_about_stays_out_of_the_title() -> None:
    view = t.view("checkout", [t.alert("HighErrorRate", "checkout")])

    assert better_title(view, blamed("ledger-db")) is None


def test_a_title_that_a_person_chose_stays() -> None:
    alerts = [t.alert("HighErrorRate", "payment")]
    view = t.view("checkout", alerts, title="Paying: nobody can")

    assert better_title(view, blamed("payment")) is None


def test_without_a_cause_or_with_the_right_title_nothing_changes() -> None:
    view = t.view("payment", [t.alert("HighErrorRate", "payment")])

    assert [None, None] == [better_title(view, Diagnosis()), better_title(view, blamed("payment"))]


def ended(record: AlertRecord) -> AlertRecord:
    alert = record.alert.model_copy(update={"status": AlertStatus.RESOLVED, "ends_at": t.NOW})
    return record.model_copy(update={"alert": alert})


def test_an_alert_that_has_ended_gives_way_to_one_that_fires() -> None:
    near, killed = (t.alert(name, "catalog") for name in ("ContainerMemoryNearLimit", "ContainerOOMKilled"))
    both = t.view("catalog", [near, killed])
    later = t.view("catalog", [ended(near), killed], title=both.incident.title)
    over = t.view("catalog", [ended(near), ended(killed)], title=both.incident.title)

    assert [None, "catalog: ContainerOOMKilled", None] == [
        better_title(view, blamed("catalog")) for view in (both, later, over)
    ]

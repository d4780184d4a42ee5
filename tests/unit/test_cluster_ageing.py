"""What stands in the demo's cluster looks old, so that its making is no news."""

from datetime import UTC, datetime, timedelta

from demo.cluster.ageing import EVENTS, age, older
from demo.cluster.controllers.cronjobs import CRON_JOBS
from demo.cluster.storage import Store

DEPLOYMENTS = ("apps", "deployments")


def test_every_time_moves_and_nothing_else() -> None:
    given = {
        "creationTimestamp": "2026-03-10T12:00:00Z",
        "managedFields": [{"time": "2026-03-10T12:00:01Z", "manager": "demo"}],
        "name": "2026-03-10",
        "generation": 1,
    }

    assert {
        "creationTimestamp": "2026-03-09T12:00:00Z",
        "managedFields": [{"time": "2026-03-09T12:00:01Z", "manager": "demo"}],
        "name": "2026-03-10",
        "generation": 1,
    } == older(given, timedelta(days=1))


def test_objects_become_older_and_their_events_are_forgotten() -> None:
    store = Store()
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"name": "payment", "namespace": "shop", "creationTimestamp": made}
    template = {"metadata": {"annotations": {"released": made}}}
    store.put(DEPLOYMENTS, {"metadata": dict(fields), "spec": {"template": template}})
    store.put(EVENTS, {"metadata": {"name": "payment.1", "namespace": "shop"}})

    age(store, timedelta(days=3))

    found = store.get(DEPLOYMENTS, "shop", "payment")
    assert found is not None
    assert older(made, timedelta(days=3)) == found["metadata"]["creationTimestamp"]
    assert template == found["spec"]["template"]
    assert [] == store.select(EVENTS)


def test_schedules_have_run_whenever_they_were_due_and_those_asleep_have_not() -> None:
    store = Store()
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, suspended in (("backup", False), ("checks", True)):
        fields = {"name": name, "namespace": "shop", "creationTimestamp": made}
        spec = {"schedule": "0 2 * * *", "suspend": suspended}
        store.put(CRON_JOBS, {"metadata": fields, "spec": spec, "status": {}})

    age(store, timedelta(days=3))

    ran, asleep = store.get(CRON_JOBS, "shop", "backup"), store.get(CRON_JOBS, "shop", "checks")
    assert ran is not None
    assert asleep is not None
    assert {} == asleep["status"]
    began, ended = (
        datetime.fromisoformat(ran["status"][name]) for name in ("lastScheduleTime", "lastSuccessfulTime")
    )
    assert (2, 0) == (began.hour, began.minute)
    assert timedelta() <= datetime.now(UTC) - began < timedelta(days=1, seconds=5)
    assert timedelta() <= ended - began <= timedelta(minutes=4)

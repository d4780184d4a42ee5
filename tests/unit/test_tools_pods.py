"""What a pod's object says about its containers."""

from datetime import UTC, datetime
from typing import Any

from tools.incident_responder.objects import pod_state


def test_a_pod_runs_since_its_newest_container_started() -> None:
    def pod(*states: dict[str, Any]) -> dict[str, Any]:
        statuses = [{"name": f"c{n}", "state": state} for n, state in enumerate(states)]
        return {"status": {"startTime": "2026-03-01T08:00:00Z", "containerStatuses": statuses}}

    again = {"running": {"startedAt": "2026-03-02T10:00:00Z"}}
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    born = datetime(2026, 3, 1, 8, tzinfo=UTC)

    assert datetime(2026, 3, 2, 10, tzinfo=UTC) == pod_state(pod(waiting, again)).started_at
    assert [born, born] == [pod_state(pod(waiting)).started_at, pod_state(pod()).started_at]

"""How a Pod's state is summed up for people: ready containers, one word, restarts."""

from __future__ import annotations

from demo.cluster.objects import Obj, dig, is_deleting


def pod_cells(pod: Obj) -> tuple[str, str, str]:
    """Return the cells Ready, Status and Restarts."""
    statuses = dig(pod, "status", "containerStatuses", default=[])
    total = len(dig(pod, "spec", "containers", default=[]))
    ready = sum(1 for item in statuses if item.get("ready"))
    restarts = sum(int(item.get("restartCount", 0)) for item in statuses)
    return f"{ready}/{total}", _status(pod, statuses), str(restarts)


def _status(pod: Obj, statuses: list[Obj]) -> str:
    word = str(dig(pod, "status", "reason") or dig(pod, "status", "phase", default="Unknown"))
    running = False
    for item in reversed(statuses):
        state = item.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
        if waiting.get("reason"):
            word = str(waiting["reason"])
        elif ended:
            word = str(ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}")
        elif item.get("ready") and state.get("running"):
            running = True
    if word == "Completed" and running:
        word = "Running" if _is_ready(pod) else "NotReady"
    if is_deleting(pod):
        return "Unknown" if dig(pod, "status", "reason") == "NodeLost" else "Terminating"
    return word


def _is_ready(pod: Obj) -> bool:
    conditions = dig(pod, "status", "conditions", default=[])
    return any(item.get("type") == "Ready" and item.get("status") == "True" for item in conditions)

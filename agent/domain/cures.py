"""Which actions are meant to end an incident's alerts, and so are proved by them and pointless once they are over."""

from agent.domain.action import ActionRequest

# These prepare, tidy up or quieten; that an alert still fires says nothing against them.
_NO_CURES = frozenset(
    {
        "cordon_node",
        "delete_indices",
        "expire_silence",
        "pause_rollout",
        "publish_dashboard",
        "put_back_in_service",
        "resume_rollout",
        "run_maintenance_job",
        "schedule_verification",
        "silence_alerts",
        "set_index_lifecycle",
        "uncordon_node",
    }
)
# The mark of a recovery's own roll-back, which is due exactly when things are normal again.
_TAKING_BACK = "@"


def is_cure(request: ActionRequest) -> bool:
    """Say whether a wish is meant to end an incident's alerts."""
    if request.incident_id is None or request.undo_of is not None or _TAKING_BACK in request.origin:
        return False
    return request.name not in _NO_CURES

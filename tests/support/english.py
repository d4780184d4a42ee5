"""The demo's people, all of whom read English until they choose: what is told to one of them alone is told in their words."""

from typing import Any

from demo.workspace.seed import WorkspaceSeed, demo_seed


def english_seed(manifest: dict[str, Any]) -> WorkspaceSeed:
    """Return the demo's workspace with everybody's Slack in English."""
    base = demo_seed(manifest)
    users = tuple(one.model_copy(update={"locale": "en-US"}) for one in base.users)
    return base.model_copy(update={"users": users})

"""What a publication would change: the marks of our own saves, what people saved since, and the lines of the preview."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from agent.domain.action import FieldChange
from agent.errors import BadInput
from tools.connectors.readers import DashboardVersion, JsonObject, StoredDashboard
from tools.dashboard_builder.model import Board

OWN_NAME = "ops-monitor"
_SHOWN_CHANGES = 5


def digest_of(model: JsonObject) -> str:
    """Return what tells one content of a dashboard from another."""
    body = json.dumps(model, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def note(key: str, digest: str) -> str:
    """Return the note of a save of ours: the action's key, and the digest of what was saved."""
    return f"[{OWN_NAME} {key}] {digest}"


def key_of(save: DashboardVersion) -> str:
    """Return the key of the action that saved this version; empty when it was not one of ours."""
    head, bracket, _ = save.message.partition("]")
    return head.removeprefix(f"[{OWN_NAME} ") if bracket and head.startswith(f"[{OWN_NAME} ") else ""


def by_hand(saves: Sequence[DashboardVersion]) -> list[DashboardVersion]:
    """Return the saves since our last one that people made, newest first."""
    foreign: list[DashboardVersion] = []
    for save in saves:
        if key_of(save):
            break
        foreign.append(save)
    return foreign


def refuse_pointless(
    board: Board, stored: StoredDashboard | None, saves: Sequence[DashboardVersion], digest: str
) -> None:
    """Raise BadInput where saving is impossible, or would change nothing."""
    if stored is None:
        return
    if stored.provisioned:
        raise BadInput(
            f"“{board.title}” comes from provisioning files, so Grafana lets nobody save it; change the files.",
            field="dashboard",
            code="dashboard-provisioned",
            facts={"title": board.title},
        )
    if saves and key_of(saves[0]) and saves[0].message.endswith(f" {digest}"):
        raise BadInput(
            f"“{board.title}” is published already, exactly as it would be.",
            field="dashboard",
            code="dashboard-published",
            facts={"title": board.title},
        )


def changes_of(
    board: Board, stored: StoredDashboard | None, new_folder: bool, teams: Mapping[str, int]
) -> list[FieldChange]:
    """Return the lines of the preview: the folder, the dashboard, and the panels that come and go."""
    found: list[FieldChange] = []
    if new_folder:
        readers = ", ".join(teams) or "administrators only"
        found.append(FieldChange(path="folder", after=f"{board.folder.title}, read by {readers}"))
    before = set(_titles(stored.model)) if stored else set()
    after = [panel.title for panel in board.panels()]
    if stored is None:
        return [*found, FieldChange(path="dashboard", after=f"{board.title} with {len(after)} panels")]
    found += [FieldChange(path="panel", after=title) for title in after if title not in before]
    found += [FieldChange(path="panel", before=title) for title in sorted(before.difference(after))]
    shown = found[:_SHOWN_CHANGES]
    kept = f"version {stored.version}"
    return [
        FieldChange(path="dashboard", before=kept, after=f"{board.title} with {len(after)} panels"),
        *shown,
    ]


def _titles(model: Any) -> list[str]:
    panels = model.get("panels") if isinstance(model, dict) else None
    found: list[str] = []
    for panel in panels if isinstance(panels, list) else ():
        if isinstance(panel, dict):
            if panel.get("type") != "row":
                found.append(str(panel.get("title", ""))[:120])
            found += _titles(panel)
    return found


def warnings_of(
    hand: Sequence[DashboardVersion], new_folder: bool, board: Board, teams: Mapping[str, int]
) -> list[str]:
    """Return what whoever agrees must know: people's own changes, and readers who are missing."""
    found: list[str] = []
    if hand:
        people = ", ".join(dict.fromkeys(save.by for save in hand))[:120]
        times = "once" if len(hand) == 1 else f"{len(hand)} times"
        found.append(
            f"It was changed by hand {times} since the last publication, by {people}; that is replaced."
        )
    missing = [name for name in board.folder.readers if name not in teams] if new_folder else []
    if missing:
        named = ", ".join(f"“{name}”" for name in missing)
        so = "they are left out" if teams else "only administrators can read it"
        found.append(f"Grafana has no team {named}; {so}.")
    return found

"""The demo's policies: a copy of the shipped ones with the demo's people and places laid over them."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
SHIPPED = Path(__file__).resolve().parent.parent / "policies"
OVERLAY = Path(__file__).resolve().parent / "policies"


def lay_out(target: Path, *, now: datetime | None = None, addresses: Mapping[str, str] | None = None) -> Path:
    """Write the demo's policies into a folder, anew each time, and return it; `addresses` are third parties' by their id."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SHIPPED, target, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    for path in sorted(OVERLAY.glob("*.yaml")):
        shipped = yaml.safe_load((SHIPPED / path.name).read_text("utf-8"))
        laid = merged(shipped, yaml.safe_load(path.read_text("utf-8")))
        if path.name == "oncall.yaml":
            _begin_today(laid, now or datetime.now(UTC))
        for outpost in laid.get("outposts") or ():
            outpost["url"] = (addresses or {}).get(outpost["id"], outpost["url"])
        words = yaml.safe_dump(laid, allow_unicode=True, sort_keys=False, width=120)
        (target / path.name).write_text(words, "utf-8")
    return target


def merged(below: Any, above: Any) -> Any:
    """Lay one document over another: maps by key (None takes one out), lists of things with an `id` by that, else whole."""
    if isinstance(below, dict) and isinstance(above, Mapping):
        laid = {key: merged(below[key], above[key]) if key in above else below[key] for key in below}
        laid |= {key: value for key, value in above.items() if key not in below}
        return {key: value for key, value in laid.items() if value is not None}
    if _named(below) and _named(above):
        over = {one["id"]: one for one in above}
        known = [merged(one, over.pop(one["id"], {})) for one in below]
        return [*known, *over.values()]
    return above


def _named(part: Any) -> bool:
    return (
        isinstance(part, list) and bool(part) and all(isinstance(one, dict) and "id" in one for one in part)
    )


def _begin_today(oncall: Json, now: datetime) -> None:
    """Let each rota begin today, so that whoever stands first in it is on call whenever the demo is run."""
    begins = (now - timedelta(days=1)).strftime("%Y-%m-%d 09:00")
    for schedule in oncall.get("schedules") or ():
        if schedule.get("rotation"):
            schedule["starts"] = begins

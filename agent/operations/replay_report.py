"""What a replay found, as plain facts: one row per incident, the totals, and where two configurations differ."""

from collections import Counter
from collections.abc import Sequence

from agent.diagnosis.replay_quality import Quality
from agent.domain.incident import Priority
from agent.domain.noun import Json, Noun, Utc


class Proposed(Noun):
    """One step that a recovery would have proposed; `verdict` is the policy's: permit, ask or forbid."""

    step: str
    action: str
    verdict: str
    needs: tuple[str, ...] = ()
    why: str = ""


class IncidentRow(Noun):
    """One incident as it would have been; `pings` counts messages that mention somebody, `edits` silent ones."""

    name: str
    key: str
    opened_at: Utc
    resolved_at: Utc | None
    service: str
    services: tuple[str, ...]
    title: str
    priority: Priority
    rule: str
    alerts: int
    channel: str
    pages: tuple[str, ...]
    mentions: tuple[str, ...]
    pings: int = 0
    posts: int = 0
    edits: int = 0
    recovery: str | None = None
    proposed: tuple[Proposed, ...] = ()


class ReplayReport(Noun):
    """A whole replay under one set of policies; `skipped` says which deliveries could not be read, and why."""

    policies: str
    digest: str
    deliveries: int
    alerts: int
    outcomes: dict[str, int]
    incidents: tuple[IncidentRow, ...]
    skipped: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    quality: Quality | None = None
    model_input_tokens: int = 0
    model_output_tokens: int = 0

    def totals(self) -> dict[str, int]:
        """Return what is added up over all incidents, in the order in which people read it."""
        by_priority = Counter(row.priority.value for row in self.incidents)
        verdicts = Counter(p.verdict for row in self.incidents for p in row.proposed)
        return {
            "deliveries": self.deliveries,
            "alerts": self.alerts,
            "incidents": len(self.incidents),
            **{f"incidents {name}": by_priority[name] for name in ("P0", "P1", "P2", "P3")},
            "messages posted": sum(row.posts for row in self.incidents),
            "messages edited": sum(row.edits for row in self.incidents),
            "pings": sum(row.pings for row in self.incidents),
            "pages": sum(len(row.pages) for row in self.incidents),
            "recoveries begun": sum(row.recovery is not None for row in self.incidents),
            **{f"actions: {name}": verdicts[name] for name in ("permit", "ask", "forbid")},
            "model tokens": self.model_input_tokens + self.model_output_tokens,
        }

    def as_json(self) -> dict[str, Json]:
        """Return everything, for machines."""
        return {**self.model_dump(mode="json"), "totals": dict(self.totals())}


class Change(Noun):
    """One incident that another configuration treats otherwise; an empty side means that it does not exist there."""

    key: str
    before: str
    after: str
    what: tuple[str, ...]


def compare(old: ReplayReport, new: ReplayReport) -> tuple[Change, ...]:
    """Return the incidents that differ, matched by the alert that opened them."""
    before = {row.key: row for row in old.incidents}
    after = {row.key: row for row in new.incidents}
    keys = [*before, *(key for key in after if key not in before)]
    found = (_change(key, before.get(key), after.get(key)) for key in keys)
    return tuple(change for change in found if change is not None)


def _change(key: str, old: IncidentRow | None, new: IncidentRow | None) -> Change | None:
    if old is None:
        return (
            None
            if new is None
            else Change(key=key, before="", after=_words(new), what=("only in the second",))
        )
    if new is None:
        return Change(key=key, before=_words(old), after="", what=("only in the first",))
    what = tuple(_differences(old, new))
    if not what:
        return None
    return Change(key=key, before=_words(old), after=_words(new), what=what)


def _words(row: IncidentRow) -> str:
    return f"{row.name} {row.opened_at:%Y-%m-%d %H:%M} {row.title}"


def _differences(old: IncidentRow, new: IncidentRow) -> Sequence[str]:
    pairs = (
        ("priority", f"{old.priority.value} ({old.rule})", f"{new.priority.value} ({new.rule})"),
        ("alerts", str(old.alerts), str(new.alerts)),
        ("channel", old.channel, new.channel),
        ("pages", _listed(old.pages), _listed(new.pages)),
        ("pings", f"{old.pings} ({_listed(old.mentions)})", f"{new.pings} ({_listed(new.mentions)})"),
        ("posts", str(old.posts), str(new.posts)),
        ("recovery", old.recovery or "none", new.recovery or "none"),
        ("steps", _steps(old), _steps(new)),
    )
    return [f"{name}: {was} -> {now}" for name, was, now in pairs if was != now]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody"


def _steps(row: IncidentRow) -> str:
    return ", ".join(f"{p.action} {p.verdict}" for p in row.proposed) or "none"

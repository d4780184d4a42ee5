"""A change shortly before the trouble, in the very service that fails."""

import re
from collections.abc import Iterator

from agent.diagnosis.facts import Cited, Facts
from agent.diagnosis.hypothesis import Hypothesis, Span, Words
from agent.diagnosis.rules import shared_signs as look
from agent.diagnosis.signs import Sign
from agent.domain.results import Change

LONGEST = 100
_PREAMBLE = re.compile(r"^\S+ (?:was rolled back[^:]*|revision \d+): ")
_REASON = re.compile(r" \([^()]*\)$")
_SETTING = re.compile(r"\benv ([A-Za-z_][A-Za-z0-9_]*)=(\S+) -> \1=([^\s;]+)")
RULES = {
    "deployment": "change.bad-deployment",
    "config": "change.bad-configuration",
    "scale": "change.scaled",
}


def bad_change(facts: Facts) -> Iterator[Hypothesis]:
    """Propose each service's newest change before its trouble, per kind; what cannot start has a rule of its own."""
    for service in [s for s in facts.failing if not facts.cannot_start(s)]:
        began = facts.began(service)
        for kind, rule in RULES.items():
            change = look.last_change(facts, service, began, kind)
            sign = look.change_sign(change, began) if change else None
            if change is not None and sign is not None:
                yield _weigh(facts, service, change, sign, rule)


def _weigh(facts: Facts, service: str, change: Cited[Change], sign: Sign, rule: str) -> Hypothesis:
    kind = change.what.change
    span = Span(change.what.at, facts.began(service))
    after = change.what.at if kind != "scale" else None
    signs = (
        sign,
        *look.fails_itself(facts, service),
        *look.new_errors(facts, service, after),
        *look.deepest_failing(facts, service),
        *look.failed_first(facts, service),
    )
    args = {"service": service, "change": what_changed(change.what)}
    late = span.end < span.start
    return Hypothesis(
        rule=rule,
        service=service,
        claim=Words(f"diagnosis-{kind}-at-once" if late else f"diagnosis-{kind}", args),
        signs=signs,
        doubts=(*look.failing_callee(facts, service), *_returning(facts, change)),
        next_step=undo(service, change.what),
        context=_context(change, late),
    )


def _returning(facts: Facts, change: Cited[Change]) -> Iterator[Sign]:
    """Yield the doubt that a change only takes an earlier one back."""
    what = change.what
    former = next(
        (
            c
            for c in facts.changes
            if c.what.at < what.at and (c.what.service, c.what.change) == (what.service, what.change)
        ),
        None,
    )
    replaced = what.after is not None and what.after != what.before
    if former is not None and replaced and former.what.before == what.after:
        yield Sign("returns-to-former", (change.evidence_id, former.evidence_id))


def _context(change: Cited[Change], late: bool) -> dict[str, str | bool | None]:
    what = change.what
    return {
        "change": what.change,
        "at": what.at.isoformat(),
        "before": what.before,
        "after": what.after,
        "evidence": change.evidence_id,
        "simultaneous": late,
    }


def what_changed(change: Change) -> str:
    """Return a change in as few words as it has: before → after, else its description."""
    if not (change.before and change.after) or change.before == change.after:
        return in_short(change.description)
    before, after = short(change.before), short(change.after)
    name, colon, version = before.partition(":")
    if colon and after.startswith(f"{name}:"):
        return f"{version} → {after[len(name) + 1 :]}"
    return f"{before} → {after}"


def in_short(description: str) -> str:
    """Return what a description says beyond the name, the revision and the stated reason, in at most a line."""
    words = _PREAMBLE.sub("", description)
    words = _REASON.sub("", words) or description
    # `env A=x -> A=y` repeats the name that both sides share.
    words = _SETTING.sub(r"\1 \2 → \3", words).replace(" -> ", " → ")
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def short(version: str) -> str:
    """Return an image reference without registry and path, and a digest cut to twelve letters."""
    name = version.rsplit("/", 1)[-1]
    head, found, digest = name.partition("@sha256:")
    return f"{head}@{digest[:12]}" if found else name


def previous_version(change: Change) -> str:
    """Return what a roll-back would bring back: the tag where the image stays the same, else the whole reference."""
    return what_changed(change).partition(" → ")[0] if change.after else short(change.before or "")


def undo(service: str, change: Change) -> Words:
    """Return the step that takes a change back."""
    if change.change == "deployment" and change.before and change.before != change.after:
        return Words("next-roll-back", {"service": service, "version": previous_version(change)})
    if change.change == "scale" and change.before:
        return Words("next-scale-back", {"service": service, "replicas": change.before})
    if change.change == "deployment":
        return Words("next-roll-back-revision", {"service": service})
    return Words("next-undo-change", {"service": service, "change": what_changed(change)})

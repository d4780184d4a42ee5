"""What other rules would have decided: replays recorded facts, and explains a decision that nobody asked for yet."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from agent.domain.decision import Decision
from agent.domain.noun import Json, Noun
from agent.errors import BadInput
from agent.policy.action_case import needs_words
from agent.policy.evaluate import decide
from agent.policy.explain import explain
from agent.policy.facts import ActionFacts
from agent.policy.load import Policies, load_policies

_HOLDERS = ("facts", "decision", "data", "action")


class Difference(Noun):
    """One recorded action that the new rules decide differently; `why` is the new decision's first reason."""

    action: str
    facts: str
    before: str
    after: str
    why: str


def diff(old: Policies, new: Policies, recorded: Sequence[ActionFacts]) -> list[Difference]:
    """Return what the new policies decide otherwise: the verdict, whose word is needed, limits or times."""
    return [found for facts in recorded if (found := _difference(old, new, facts)) is not None]


def diff_text(old: Path, new: Path, recorded: Sequence[ActionFacts]) -> str:
    """Return the differences between two policy folders for people; raises Misconfigured for a folder."""
    found = diff(load_policies(old), load_policies(new), recorded)
    lines = [f"{len(found)} of {len(recorded)} recorded actions would be decided differently."]
    for one in found:
        lines += [
            "",
            f"{one.action}: {one.facts}",
            f"  old: {one.before}",
            f"  new: {one.after}",
            f"  why: {one.why}",
        ]
    return "\n".join(lines)


def explain_text(folder: Path, facts: ActionFacts, language: str = "en") -> str:
    """Return the tree of reasons for facts by a folder's policies; raises Misconfigured for the folder."""
    return explain(decide(load_policies(folder), facts, language=language), language)


def recorded_facts(decisions: Iterable[Decision]) -> list[ActionFacts]:
    """Return the facts that stored decisions were made by."""
    return [_facts(decision.facts, f"decision {number}") for number, decision in enumerate(decisions, 1)]


def read_recorded(path: Path) -> list[ActionFacts]:
    """Read facts from a file of JSON lines: facts, decisions, actions or audit entries; raises BadInput with the line.

    Lines that hold no facts, such as other audit entries, are passed over.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: this file cannot be read as UTF-8 text.", field="replay") from error
    return list(_read(lines, path))


def _read(lines: Sequence[str], path: Path) -> Iterator[ActionFacts]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value: Json = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{path}:{number}: this line is not JSON.", field="replay") from error
        facts = _find(value)
        if facts is not None:
            yield _facts(facts, f"{path}:{number}")


def _find(value: Json) -> dict[str, Json] | None:
    if not isinstance(value, dict):
        return None
    if {"action", "origin", "target", "now"} <= value.keys():
        return value
    return next((found for key in _HOLDERS if (found := _find(value.get(key))) is not None), None)


def _facts(value: dict[str, Json], place: str) -> ActionFacts:
    try:
        return ActionFacts.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise BadInput(f"{place}: {field}: {first['msg']}", field="replay") from error


def _difference(old: Policies, new: Policies, facts: ActionFacts) -> Difference | None:
    before, after = decide(old, facts), decide(new, facts)
    if _terms(before) == _terms(after):
        return None
    return Difference(
        action=facts.action,
        facts=_summary(facts),
        before=_shown(before),
        after=_shown(after),
        why=after.reasons[0],
    )


def _terms(decision: Decision) -> tuple[object, ...]:
    # Without the names of rules: a rule that was only renamed decides nothing differently.
    return (
        decision.verdict,
        frozenset((r.count, frozenset(r.groups), r.not_requester) for r in decision.requirements),
        frozenset((limit.scope, limit.most) for limit in decision.limits),
        decision.expires_after_seconds,
        decision.undo_after_seconds,
    )


def _summary(facts: ActionFacts) -> str:
    where = "/".join(part for part in (facts.target.namespace, facts.target.name) if part)
    return f"{where} in {facts.environment} by {facts.origin}, {facts.now.isoformat(timespec='minutes')}"


def _shown(decision: Decision) -> str:
    parts = [decision.verdict.value, *needs_words(decision.requirements)]
    parts += [f"at most {limit.most} per {limit.scope}" for limit in decision.limits]
    if decision.expires_after_seconds is not None:
        parts.append(f"expires after {decision.expires_after_seconds} s")
    if decision.undo_after_seconds is not None:
        parts.append(f"undone after {decision.undo_after_seconds} s")
    return "; ".join(parts)

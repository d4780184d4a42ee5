"""What the terminal commands about the audit chain and the policies do."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from agent.app.terminal import named, opened
from agent.errors import BadInput
from agent.operations.audit import entries, exported, verify
from agent.policy.action_case import ActionCase
from agent.policy.documents import parse_document
from agent.policy.simulate import diff_text, explain_text, read_recorded, recorded_facts
from agent.settings import Settings

_MOST_ACTIONS = 10_000


async def audit_verify(settings: Settings, anchor: str | None) -> int:
    """Check the audit chain; 1 when something was changed, removed or put in another order."""
    async with opened(settings) as core:
        report = await verify(core.store, anchor=parse_anchor(anchor) if anchor else None)
    if report.problem is not None:
        print(f"BROKEN: {report.problem}")
        return 1
    print(f"ok: {report.entries} entries, nothing changed or missing")
    print(f"anchor to keep elsewhere: {report.anchor}")
    return 0


async def audit_export(settings: Settings, incident: str | None, after: int) -> int:
    """Print the audit entries as JSON, one a line."""
    async with opened(settings) as core:
        wanted = (await named(core, incident)).id if incident else None
        async for event in entries(core.store, after):
            if wanted is None or event.incident_id == wanted:
                sys.stdout.write(exported(event) + "\n")
    return 0


def parse_anchor(words: str) -> tuple[int, str]:
    """Return the length and digest that an anchor names; raises BadInput."""
    length, _, digest = words.partition(":")
    if not length.isdigit() or len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
        raise BadInput("Write the anchor as `audit verify` printed it: LENGTH:DIGEST.", field="anchor")
    return int(length), digest


def policy_explain(folder: Path, action: str, given: Sequence[str], language: str) -> int:
    """Print what the policies say of an action, and why; `given` are facts such as `service=checkout`."""
    facts = dict(_fact(words) for words in given)
    case = parse_document(yaml.safe_dump({"name": action, **facts}), ActionCase, name="--set")
    print(explain_text(folder, case.facts(), language))
    print(f"\nTaken as in an ordinary case, which --set changes: {_assumed(case)}")
    return 0


def _assumed(case: ActionCase) -> str:
    """Return the facts that nobody gave: they were made up, and a figure among them was never measured."""
    values = case.model_dump(mode="json", exclude={"name", *case.model_fields_set})
    return ", ".join(
        f"{name}={json.dumps(value)}" for name, value in values.items() if value not in (None, [], {})
    )


def _fact(words: str) -> tuple[str, object]:
    name, found, value = words.partition("=")
    if not found:
        raise BadInput(f"Write a fact as NAME=VALUE, not {words!r}.", field="--set")
    try:
        return name.strip(), yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise BadInput(f"The value of {name} cannot be read.", field="--set") from error


async def policy_diff(settings: Settings, old: Path, new: Path, replay: Path | None) -> int:
    """Print which recorded actions other rules would decide differently; recorded in a file or in the database."""
    if replay is not None:
        recorded = read_recorded(replay)
    else:
        async with opened(settings) as core, core.store.read() as tx:
            actions = await tx.actions.recent(_MOST_ACTIONS)
        recorded = recorded_facts(action.decision for action in actions if action.decision.facts)
    print(diff_text(old, new, recorded))
    return 0

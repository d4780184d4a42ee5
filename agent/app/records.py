"""What the terminal commands about the audit chain and the policies do."""

import sys

from agent.app.terminal import named, opened
from agent.errors import BadInput
from agent.operations.audit import entries, exported, verify
from agent.settings import Settings


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

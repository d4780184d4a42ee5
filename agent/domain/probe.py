"""What a check of one dependency found, and how to mend it."""

from agent.domain.noun import Noun


class Probe(Noun):
    """One check: `ok`, what was seen, and the fix when something is wrong or weaker than it could be."""

    name: str
    ok: bool
    detail: str
    fix: str | None = None
    required: bool = False
    configured: bool = True

"""Reads the team's runbooks from a folder of Markdown files."""

from pathlib import Path

from agent.domain.malformed import Malformed
from agent.domain.runbook import Runbook, parse_runbook
from agent.errors import Misconfigured

LARGEST_BYTES = 64 * 1024


def load_runbooks(folder: Path) -> tuple[Runbook, ...]:
    """Return the runbooks in the order of their file names; raises Misconfigured naming file and field."""
    books: dict[str, Runbook] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        try:
            book = parse_runbook(path.read_bytes()[:LARGEST_BYTES].decode(), source=path.name)
        except UnicodeDecodeError as error:
            raise Misconfigured(f"The runbook {path.name} is not UTF-8 text.") from error
        except Malformed as error:
            raise Misconfigured(f"A runbook cannot be used. {error.sentence}") from error
        if book.name in books:
            raise Misconfigured(f"Two runbooks are called {book.name}; the second is {path.name}.")
        books[book.name] = book
    return tuple(books.values())

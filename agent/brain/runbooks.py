"""Reads the team's runbooks from folders of Markdown files."""

import re
from collections.abc import Iterator
from pathlib import Path

from agent.analysis.redaction import Redactor
from agent.domain.malformed import Malformed
from agent.domain.runbook import Runbook, RunbookWords, parse_runbook, parse_translation
from agent.errors import Misconfigured
from agent.locale.messages import LANGUAGES

LARGEST_BYTES = 64 * 1024
MOST_FILES = 1_000
_TRANSLATED = re.compile(r".+\.(?P<language>[a-z]{2})\.md")


def load_runbooks(
    folder: Path, own: Path | None = None, redactor: Redactor | None = None
) -> tuple[Runbook, ...]:
    """Return the team's own runbooks and then those of the product, in the order of their file names.

    An own runbook takes the place of the product's of the same name; `redactor` takes secrets out of its words. Raises
    Misconfigured naming file and field.
    """
    if own is not None and not own.is_dir():
        raise Misconfigured("OPS_RUNBOOKS_DIR names no folder.")
    # Whom to write to is part of many runbooks.
    safe = redactor or Redactor(emails=False)
    mine = {name: _safe(book, safe) for name, book in _folder(own).items()} if own is not None else {}
    shipped = _folder(folder)
    return tuple({**mine, **{name: book for name, book in shipped.items() if name not in mine}}.values())


def _safe(book: Runbook, redactor: Redactor) -> Runbook:
    """Return a runbook without the secrets that somebody noted in it; its matchers and address stay as they are."""

    def words(found: RunbookWords) -> RunbookWords:
        return RunbookWords(
            title=redactor.text(found.title),
            steps=tuple(map(redactor.text, found.steps)),
            body=redactor.text(found.body),
        )

    own = words(RunbookWords(title=book.title, steps=book.steps, body=book.body))
    translations = {language: words(found) for language, found in book.translations.items()}
    return book.model_copy(update={**dict(own), "translations": translations})


def _folder(folder: Path) -> dict[str, Runbook]:
    books: dict[str, Runbook] = {}
    words: list[tuple[str, str, str, RunbookWords]] = []
    for path in _files(folder):
        text, told = _text(path), _TRANSLATED.fullmatch(path.name)
        try:
            if told is not None:
                name, one = parse_translation(text, source=path.name)
                words.append((path.name, name, told["language"], one))
                continue
            book = parse_runbook(text, source=path.name)
        except Malformed as error:
            raise Misconfigured(f"A runbook cannot be used. {error.sentence}") from error
        if book.name in books:
            raise Misconfigured(f"Two runbooks are called {book.name}; the second is {path.name}.")
        books[book.name] = book
    for source, name, language, one in words:
        if language not in LANGUAGES or name not in books:
            raise Misconfigured(
                f"The runbook {source} translates {name}, which is not in its folder, or into no language of ours."
            )
        book = books[name]
        books[name] = book.model_copy(update={"translations": {**book.translations, language: one}})
    return books


def _files(folder: Path) -> Iterator[Path]:
    found = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    if len(found) > MOST_FILES:
        raise Misconfigured(f"At most {MOST_FILES} runbooks are possible in one folder.")
    yield from found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            raise Misconfigured(f"The runbook {path.name} is larger than {LARGEST_BYTES // 1024} KiB.")
        return data.decode()
    except UnicodeDecodeError as error:
        raise Misconfigured(f"The runbook {path.name} is not UTF-8 text.") from error
    except OSError as error:
        raise Misconfigured(f"The runbook {path.name} cannot be read ({error.strerror}).") from error

"""Runbooks: which alerts they are for and their steps, read from Markdown with a small front matter."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import Field

from agent.domain.alert import AlertRecord
from agent.domain.malformed import Malformed
from agent.domain.matchers import Matcher, Operator, all_hold, parse_matchers
from agent.domain.noun import Noun

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_STEP = re.compile(r"\s{0,3}(?:\d{1,2}[.)]|[-*])\s+(?P<step>.+)")
_FENCE = "---"
_FIELDS = {"name", "title", "matchers", "url"}
_LONGEST_TITLE = 150
_LONGEST_STEP = 1_000
_MOST_STEPS = 50
_ADDRESS = re.compile(r"https?://[^\s<>|\"'`\\]{1,1990}")
# A repetition of a repetition, such as (a+)+, can take for ever on the label of one hostile alert; Alertmanager's own
# expressions know no such trap, and nobody needs one to name alerts.
_NESTED = re.compile(r"[+*}]\)[+*{]")


class RunbookWords(Noun):
    """A runbook's words in one language; `steps` are plain sentences in order."""

    title: str
    steps: tuple[str, ...]
    body: str


class Runbook(Noun):
    """A runbook; it applies when any of its matcher lists holds. `steps` are plain sentences in order.

    `url` leads to the team's own page, and `translations` hold the words by language.
    """

    name: str
    title: str
    matchers: tuple[tuple[Matcher, ...], ...]
    steps: tuple[str, ...]
    body: str
    url: str | None = None
    translations: dict[str, RunbookWords] = Field(default_factory=dict)

    def words(self, language: str) -> RunbookWords:
        """Return title and steps in a language, or as they were written when there is no translation."""
        own = RunbookWords(title=self.title, steps=self.steps, body=self.body)
        return self.translations.get(language, own)

    def applies(self, labels: Mapping[str, str]) -> bool:
        """Say whether the runbook is for an alert with these labels."""
        return any(all_hold(group, labels) for group in self.matchers)


def parse_runbook(text: str, *, source: str = "runbook") -> Runbook:
    """Read a runbook; raises Malformed that names the source and the field."""
    name, words, fields = _read(text, source)
    lists = fields.get("matchers", [])
    if not lists:
        raise Malformed(f"{source}: at least one matcher list is needed.", field="matchers")
    url = _single(fields, "url", source) if "url" in fields else None
    if url is not None and not _ADDRESS.fullmatch(url):
        raise Malformed(f"{source}: url must be one http or https address.", field="url")
    return Runbook(
        name=name,
        title=words.title,
        matchers=tuple(_matcher_list(item, source) for item in lists),
        steps=words.steps,
        body=words.body,
        url=url,
    )


def parse_translation(text: str, *, source: str = "runbook") -> tuple[str, RunbookWords]:
    """Read a runbook's words in another language, and the name of that runbook; raises Malformed."""
    name, words, fields = _read(text, source)
    lone = sorted(set(fields) - {"name", "title"})
    if lone:
        raise Malformed(f"{source}: {lone[0]} stands in the runbook itself.", field=lone[0])
    return name, words


def _read(text: str, source: str) -> tuple[str, RunbookWords, dict[str, list[str]]]:
    fields, body = _split(text, source)
    name, title = _single(fields, "name", source), _single(fields, "title", source)
    if not _NAME.fullmatch(name):
        raise Malformed(f"{source}: a name is lower-case letters, digits and hyphens.", field="name")
    if len(title) > _LONGEST_TITLE or not title.isprintable():
        raise Malformed(f"{source}: a title is one line of at most {_LONGEST_TITLE} letters.", field="title")
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise Malformed(f"{source}: unknown field {unknown[0]!r}.", field=unknown[0])
    steps = tuple(match["step"].strip() for line in body.splitlines() if (match := _STEP.match(line)))
    if not steps:
        raise Malformed(f"{source}: a runbook needs at least one numbered or bulleted step.", field="steps")
    if len(steps) > _MOST_STEPS or max(map(len, steps)) > _LONGEST_STEP:
        raise Malformed(
            f"{source}: at most {_MOST_STEPS} steps of at most {_LONGEST_STEP} letters are possible.",
            field="steps",
        )
    return name, RunbookWords(title=title, steps=steps, body=body.strip()), fields


def runbook_for(runbooks: Iterable[Runbook], alerts: Iterable[Mapping[str, str]]) -> Runbook | None:
    """Return the first runbook that applies to one of the alerts' labels, in the runbooks' order."""
    labels = list(alerts)
    return next((book for book in runbooks if any(book.applies(one) for one in labels)), None)


def runbook_about(
    runbooks: Sequence[Runbook], records: Iterable[AlertRecord], culprit: str = ""
) -> Runbook | None:
    """Return the runbook for the first alert about the culprit's service that has one, else for any alert."""
    ordered = sorted(records, key=lambda r: (r.about != culprit, not r.alert.firing, r.alert.starts_at))
    found = (runbook_for(runbooks, [record.alert.labels]) for record in ordered)
    return next((book for book in found if book is not None), None)


def _matcher_list(item: str, source: str) -> tuple[Matcher, ...]:
    try:
        matchers = parse_matchers(item)
    except Malformed as error:
        raise Malformed(f"{source}: {error.sentence}", field="matchers") from error
    if not matchers:
        raise Malformed(f"{source}: an empty matcher list would match every alert.", field="matchers")
    if any(
        one.operator in (Operator.MATCHES, Operator.NOT_MATCHES) and _NESTED.search(one.value)
        for one in matchers
    ):
        raise Malformed(
            f"{source}: an expression may not repeat a repetition, because that can take for ever.",
            field="matchers",
        )
    return matchers


def _split(text: str, source: str) -> tuple[dict[str, list[str]], str]:
    lines = text.lstrip("\ufeff").splitlines()
    fences = [index for index, line in enumerate(lines) if line.strip() == _FENCE]
    if len(fences) < 2 or fences[0] != 0:
        raise Malformed(
            f"{source}: it must begin with a front matter between two lines of {_FENCE}.", field=""
        )
    return _fields(lines[1 : fences[1]], source), "\n".join(lines[fences[1] + 1 :])


def _fields(lines: list[str], source: str) -> dict[str, list[str]]:
    """Read `key: value` and `key:` followed by `- item` lines: the part of YAML that a front matter needs."""
    fields: dict[str, list[str]] = {}
    current: list[str] | None = None
    for number, line in enumerate(lines, start=2):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("- ") and current is not None:
            current.append(_unquoted(stripped[2:].strip()))
            continue
        key, colon, value = stripped.partition(":")
        if not colon or not key.isidentifier() or key in fields:
            raise Malformed(f"{source}, line {number}: expected one `field: value`.", field=key[:40])
        if value.strip().startswith("[") and not value.strip().endswith("]"):
            raise Malformed(f"{source}, line {number}: a list in brackets does not end.", field=key[:40])
        current = fields.setdefault(key, _value(key, value.strip()))
    return fields


def _value(key: str, value: str) -> list[str]:
    """Return a value as the list that it begins; `[a="x", b=~"y"]` is one matcher list, as Alertmanager writes it."""
    if not value:
        return []
    if key == "matchers":
        whole = value.startswith("[") and value.endswith("]")
        return [", ".join(_flow(value[1:-1]))] if whole else [_unquoted(value)]
    if len(value) >= 2 and value[0] == value[-1] == '"' and "\\" not in value:
        return [value[1:-1]]
    return [_unquoted(value)]


def _flow(text: str) -> Iterator[str]:
    """Yield the items between commas outside of quotes, each without the single quotes that YAML may need."""
    start, quote, escaped = 0, "", False
    for at, letter in enumerate(text):
        if quote:
            closes = letter == quote and not escaped
            escaped = letter == "\\" and quote == '"' and not escaped
            quote = "" if closes else quote
        elif letter in "\"'":
            quote = letter
        elif letter == ",":
            yield _unquoted(text[start:at].strip())
            start = at + 1
    if text[start:].strip():
        yield _unquoted(text[start:].strip())


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value


def _single(fields: Mapping[str, list[str]], name: str, source: str) -> str:
    values = fields.get(name, [])
    if len(values) != 1 or not values[0]:
        raise Malformed(f"{source}: {name} must have one value.", field=name)
    return values[0]

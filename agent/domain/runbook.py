"""Runbooks: which alerts they are for and their steps, read from Markdown with a small front matter."""

import re
from collections.abc import Iterable, Mapping

from agent.domain.malformed import Malformed
from agent.domain.matchers import Matcher, all_hold, parse_matchers
from agent.domain.noun import Noun

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_STEP = re.compile(r"\s{0,3}(?:\d{1,2}[.)]|[-*])\s+(?P<step>.+)")
_FENCE = "---"


class Runbook(Noun):
    """A runbook; it applies when any of its matcher lists holds. `steps` are plain sentences in order."""

    name: str
    title: str
    matchers: tuple[tuple[Matcher, ...], ...]
    steps: tuple[str, ...]
    body: str

    def applies(self, labels: Mapping[str, str]) -> bool:
        """Say whether the runbook is for an alert with these labels."""
        return any(all_hold(group, labels) for group in self.matchers)


def parse_runbook(text: str, *, source: str = "runbook") -> Runbook:
    """Read a runbook; raises Malformed that names the source and the field."""
    fields, body = _split(text, source)
    name, title = _single(fields, "name", source), _single(fields, "title", source)
    if not _NAME.fullmatch(name):
        raise Malformed(f"{source}: a name is lower-case letters, digits and hyphens.", field="name")
    unknown = sorted(set(fields) - {"name", "title", "matchers"})
    if unknown:
        raise Malformed(f"{source}: unknown field {unknown[0]!r}.", field=unknown[0])
    lists = fields.get("matchers", [])
    if not lists:
        raise Malformed(f"{source}: at least one matcher list is needed.", field="matchers")
    steps = tuple(match["step"].strip() for line in body.splitlines() if (match := _STEP.match(line)))
    if not steps:
        raise Malformed(f"{source}: a runbook needs at least one numbered or bulleted step.", field="steps")
    return Runbook(
        name=name,
        title=title,
        matchers=tuple(_matcher_list(item, source) for item in lists),
        steps=steps,
        body=body.strip(),
    )


def runbook_for(runbooks: Iterable[Runbook], alerts: Iterable[Mapping[str, str]]) -> Runbook | None:
    """Return the first runbook that applies to one of the alerts' labels, in the runbooks' order."""
    labels = list(alerts)
    return next((book for book in runbooks if any(book.applies(one) for one in labels)), None)


def _matcher_list(item: str, source: str) -> tuple[Matcher, ...]:
    try:
        matchers = parse_matchers(item)
    except Malformed as error:
        raise Malformed(f"{source}: {error.sentence}", field="matchers") from error
    if not matchers:
        raise Malformed(f"{source}: an empty matcher list would match every alert.", field="matchers")
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
        current = fields.setdefault(key, [_unquoted(value.strip())] if value.strip() else [])
    return fields


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value


def _single(fields: Mapping[str, list[str]], name: str, source: str) -> str:
    values = fields.get(name, [])
    if len(values) != 1 or not values[0]:
        raise Malformed(f"{source}: {name} must have one value.", field=name)
    return values[0]

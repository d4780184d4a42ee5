"""A draft as Markdown: as a file for people, and for a Slack canvas, which knows less of it and takes less."""

import re
from collections.abc import Mapping

from agent.domain.record import Statement
from agent.locale.messages import text
from agent.operations.postmortem_model import Postmortem, Section, Source

LONGEST_CANVAS = 90_000
"""Slack refuses a canvas of more than 100,000 characters."""
# An underscore within a word, as names of signals have, is no markup.
_MARKS = re.compile(r"([\\`*\[\]<]|~(?=~)|(?<![^\W_])_|_(?![^\W_]))")
_LONGEST_SOURCE, _LONGEST_QUERY = 400, 600


def escaped(words: str) -> str:
    """Return text as data: no markup of people or programs becomes markup here, and no picture or mention either."""
    plain = " ".join(words.split())
    return _MARKS.sub(r"\\\1", plain.replace("&", "&amp;"))


def markdown(draft: Postmortem) -> str:
    """Return the draft as a Markdown file, with every source at its end."""
    return _drawn(draft, queries=True)


def canvas_markdown(draft: Postmortem, *, most: int = LONGEST_CANVAS) -> str:
    """Return the draft for a canvas: three levels of headings, no tables, no code; what is too long loses its sources'
    queries first, then the sources, then the end of the timeline, and says so."""
    whole = _drawn(draft, queries=False)
    if len(whole) <= most:
        return whole
    slim = _drawn(draft, queries=False, sources=False)
    note = f"\n\n{text(draft.language, 'pm-cut')}\n"
    if len(slim) + len(note) <= most:
        return slim + note
    kept = slim[: most - len(note)].rsplit("\n", 1)[0]
    return kept + note


def _drawn(draft: Postmortem, *, queries: bool, sources: bool = True) -> str:
    lang = draft.language
    numbers = {source.id: place for place, source in enumerate(draft.sources, start=1)} if sources else {}
    lines = [f"# {escaped(draft.title)}", "", f"*{text(lang, 'pm-draft-note')}*", ""]
    lines += [_item(one, numbers) for one in draft.header]
    for section in draft.sections:
        lines += ["", f"## {escaped(section.title)}", "", *_section(section, numbers)]
    if numbers:
        lines += ["", f"## {text(lang, 'pm-part-sources')}", ""]
        lines += [_source(place, one, queries=queries) for place, one in enumerate(draft.sources, start=1)]
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section, numbers: Mapping[str, int]) -> list[str]:
    if section.plain:
        return [" ".join(_said(one, numbers) for one in section.statements)]
    return [_item(one, numbers) for one in section.statements]


def _item(statement: Statement, numbers: Mapping[str, int]) -> str:
    return f"- {_said(statement, numbers)}"


def _said(statement: Statement, numbers: Mapping[str, int]) -> str:
    cited = sorted(numbers[name] for name in statement.sources if name in numbers)
    marks = f" ({', '.join(f'S{number}' for number in cited)})" if cited else ""
    return f"{escaped(statement.text)}{marks}"


def _source(place: int, source: Source, *, queries: bool) -> str:
    line = f"- S{place}: {escaped(source.what[:_LONGEST_SOURCE])}"
    if not queries:
        return line
    if source.query:
        line += f" — `{_code(source.query)}`"
    if source.link.startswith(("http://", "https://")):
        line += f" — <{_link(source.link)}>"
    return line


def _code(words: str) -> str:
    return " ".join(words.split())[:_LONGEST_QUERY].replace("`", "'")


def _link(link: str) -> str:
    return "".join(link.split()).replace("<", "%3C").replace(">", "%3E")

"""Every name that an incident holds and outsiders must not read: services, machines, labels, people, alerts, versions."""

import calendar
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pydantic import BaseModel

from agent.analysis.folding import folded, hangul, joined
from agent.domain.view import IncidentView
from agent.locale.messages import LANGUAGES, catalogue_files
from agent.policy.leak_match import Names, gathered
from agent.policy.load import Policies

PUBLIC_WORDS = ("public.ftl", "units.ftl")
"""The catalogues with everything that our own public texts say; their words are nobody's secret."""

_LONGEST = 253
# What these fields hold are words of our own, the same in every incident.
_OURS = frozenset(
    {
        *("status", "kind", "state", "verdict", "unit", "severity", "level", "media_type", "form", "origin"),
        *("type", "phase", "change", "signal", "source", "priority", "risk", "model", "outcome", "message"),
        *("resolution", "fingerprint", "digest", "previous", "moment", "stage", "alike", "effect", "tier"),
        *("mentions", "page", "escalate_to", "rule"),
    }
)
_NOT_MATERIAL = frozenset({"route", "updates", "handoffs", "pages"})
_TOLD = ("update_", "handoff_")
_WORD = re.compile(r"[^\W_]+")
# How times are written: months, and zones as they call themselves.
_ZONES = "utc gmt kst jst cet cest eet eest bst est edt cst cdt pst pdt"
_CALENDAR = frozenset((*_ZONES.split(), *(name.casefold() for name in calendar.month_abbr if name)))
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")


def names_in(view: IncidentView, policies: Policies) -> Names:
    """Return the names; what our own public words are made of is none."""
    found: set[str] = set()
    for field, words in {*_material(view)}:
        found.update(_names(field, words))
    found.update(view.services, *policies.services.tiers.values())
    for person in policies.oncall.people:
        ways = (person.id, person.name, person.slack, person.email, person.phone, person.pagerduty)
        found.update(way for way in ways if way)
    found.update({policies.services.bare(name) for name in found})
    public = public_names(policies)
    ordinary = vocabulary() | _words(public)
    said = {joined(folded(name)) for name in public}
    stems = frozenset(word for word in ordinary if hangul(word[0]))
    return gathered(name for name in found if _telling(name, ordinary, stems, said))


def free_words(view: IncidentView) -> frozenset[str]:
    """Return the words of everything that people and machines wrote about an incident, folded."""
    words: set[str] = set()
    for _, text in {*_material(view)}:
        words.update(word for word in _WORD.findall(folded(text)) if len(word) >= 2 and not word.isdigit())
    return frozenset(words)


def _material(view: IncidentView) -> Iterator[tuple[str, str]]:
    """Yield every text of an incident with its field, but what we told of it ourselves, whose words are no names."""
    told_by_others = [event for event in view.timeline if not event.kind.value.startswith(_TOLD)]
    for field, value in (view.__dict__ | {"timeline": told_by_others}).items():
        if field not in _NOT_MATERIAL:
            yield from _strings(value, field)


@lru_cache(maxsize=1)
def vocabulary() -> frozenset[str]:
    """Return the words of our own public texts, folded, in every language."""
    pages = (
        path.read_text("utf-8")
        for language in LANGUAGES
        for path in catalogue_files(language)
        if path.name in PUBLIC_WORDS
    )
    return _words(line.partition("=")[2] for page in pages for line in page.splitlines()) | _CALENDAR


def public_names(policies: Policies) -> frozenset[str]:
    """Return what the team calls its services outside, in every language and on the status page."""
    names = policies.communications.names.values()
    return frozenset(word for one in names for word in (one.en, one.ko, one.component) if word)


def _words(texts: Iterable[str]) -> frozenset[str]:
    found = {word for one in texts for word in _WORD.findall(folded(one))}
    return frozenset(found | {word.removesuffix("s") for word in found if len(word) > 1})


def _telling(name: str, ordinary: frozenset[str], stems: frozenset[str], said: set[str]) -> bool:
    """Say whether a name gives anything away: not a lone ordinary word, and not a number that may be any."""
    plain = folded(name)
    bare = joined(plain)
    if len(bare) < 2 or bare in said or (bare.isdigit() and len(bare) < 5):
        return False
    if len(_WORD.findall(plain)) != 1:
        return True
    # What particles hang behind begins with the word itself.
    korean = hangul(bare[0]) and any(word.startswith(bare) for word in stems)
    return bare not in ordinary and not korean


def _names(field: str, text: str) -> Iterator[str]:
    """Yield the names of one value: a value without spaces is one; a title names its subject before the colon."""
    if field in _OURS or not text or len(text) > _LONGEST or _TIME.match(text):
        return
    if not re.search(r"\s", text):
        yield text
        yield from (part for part in re.split(r"[/:@]", text) if part != text and len(part) > 2)
    elif field == "title":
        yield from (part for part in [text.partition(": ")[0]] if " " not in part)


def _strings(node: object, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield field, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _strings(value, name)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _strings(value, field)
    elif isinstance(node, BaseModel):
        yield from _strings(node.__dict__, field)

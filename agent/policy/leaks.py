"""What a text would give away to people who must not know it; pure, and asked of every text before it leaves."""

import re
from collections.abc import Iterator

from agent.analysis.redaction import Redactor, clean_text
from agent.domain.incident import Priority
from agent.domain.noun import Noun
from agent.domain.view import IncidentView
from agent.policy.audiences import Level
from agent.policy.leak_match import Names, gathered
from agent.policy.leak_names import names_in, public_names
from agent.policy.leak_shapes import odd_letters, shapes
from agent.policy.load import Policies

_PLAIN = Redactor()
_PRIORITIES = frozenset(priority.value for priority in Priority)
_OUTSIDE = frozenset({"handle", "version", "name", "path", "code", "link", "channel", "id", "spelt"})
# Inside, people know the handle of an incident, its priority and the names of what they own.
_FORBIDDEN: dict[Level, frozenset[str]] = {
    "public": _OUTSIDE | {"address", "host", "mail", "person", "secret"},
    "business": frozenset({"address", "host", "mail", "person", "secret", "id", "path", "code"}),
    "internal": frozenset({"address", "mail", "person", "secret"}),
    "technical": frozenset({"secret"}),
}


class Leak(Noun):
    """One thing that a text must not hold: what kind of thing, and the words."""

    kind: str
    text: str


def leaks(
    text: str,
    view: IncidentView,
    policies: Policies,
    *,
    level: Level = "public",
    redactor: Redactor = _PLAIN,
    names: Names | None = None,
) -> list[Leak]:
    """Return what a text for a level of readers gives away; `names` are those of the view, when they are at hand."""
    plain = clean_text(text)
    found = [*_secrets(plain, redactor)]
    if level == "public":
        found += [Leak(kind="letter", text=odd) for odd in odd_letters(text, _named_letters(policies))]
    bare = _without_public_names(plain, policies)
    found += [Leak(kind=kind, text=words) for kind, words in shapes(bare) if kind in _FORBIDDEN[level]]
    if level in ("public", "business"):
        known = names if names is not None else names_in(view, policies)
        handles = (view.incident.name, view.incident.id) if level == "public" else ()
        ours = gathered((*policies.communications.never_say, *handles))
        # The record of a raised priority holds its name; inside it is none that anybody must not read.
        free = _PRIORITIES if level == "business" else frozenset()
        named = [name for one in (known, ours) for name in one.found_in(plain) if name not in free]
        found += [Leak(kind="name", text=name) for name in named]
    return list(dict.fromkeys(found))


def _secrets(plain: str, redactor: Redactor) -> Iterator[Leak]:
    if redactor.text(plain) != plain:
        yield Leak(kind="secret", text="…")


def _named_letters(policies: Policies) -> frozenset[str]:
    return frozenset(letter for words in public_names(policies) for letter in words)


def _without_public_names(text: str, policies: Policies) -> str:
    """Return a text without the names that the team itself gave its services for outsiders, longest first."""
    for name in sorted(public_names(policies), key=len, reverse=True):
        # Only as words of their own: a longer name that begins with one is not public.
        text = re.sub(rf"(?<![\w.:/-]){re.escape(name)}(?![A-Za-z0-9_]|[.:/-]\w)", " ", text)
    return text

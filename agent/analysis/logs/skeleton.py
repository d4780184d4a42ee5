"""The constant words of a masked line, which are its identity, and one line that fits two with the same words."""

import re

from agent.analysis.logs.masks import VALUE

Atoms = tuple[str, ...]

# Two words: with one, all lines of `ok: <*>` and `<*> ok` would be the same. Development split: figures equal at 1, 2, 3.
LEAST_WORDS = 2

_ATOM = re.compile(r"""\x00|[^\s=,;:()\[\]{}"'<>|\x00]+|\s|.""", re.DOTALL)


def atoms_of(line: str) -> Atoms:
    """Return words, separators and values of a masked line, in order; joined they are the line."""
    return tuple(_ATOM.findall(line))


def is_constant(atom: str) -> bool:
    """Say whether an atom is a word that the program wrote, rather than a separator or a value."""
    return any(map(str.isalnum, atom))


def identity(line: str) -> str:
    """Return what two lines of one template share: words and separators in their order, values and blanks left out.

    So a value may be empty, or more than one, without making another statement of it.
    """
    kept = [atom for atom in atoms_of(line) if not _is_gap(atom)]
    return " ".join(kept) if sum(map(is_constant, kept)) >= LEAST_WORDS else line


def fitting(one: str, other: str) -> str:
    """Return a line of the same identity that fits whatever either of two lines of one identity fits."""
    if one == other:
        return one
    kept, gaps = _parts(one)
    _, other_gaps = _parts(other)
    joined = [_common(a, b) for a, b in zip(gaps, other_gaps, strict=True)]
    return "".join(gap + atom for gap, atom in zip(joined, [*kept, ""], strict=True))


def _is_gap(atom: str) -> bool:
    return atom == VALUE or atom.isspace()


def _parts(line: str) -> tuple[list[str], list[str]]:
    """Return the atoms that are kept, and what stands before, between and after them."""
    kept: list[str] = []
    gaps = [""]
    for atom in atoms_of(line):
        if _is_gap(atom):
            gaps[-1] += atom
        else:
            kept.append(atom)
            gaps.append("")
    return kept, gaps


def _common(a: str, b: str) -> str:
    """Return blanks and a value that fit either of two gaps."""
    if a == b:
        return a
    start = _shared(a, b)
    end = _shared(a[start:][::-1], b[start:][::-1])
    return f"{a[:start].rstrip(VALUE)}{VALUE}{a[len(a) - end :].lstrip(VALUE)}"


def _shared(a: str, b: str) -> int:
    """Return with how many equal characters two texts begin."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))

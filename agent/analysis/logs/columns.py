"""Which of the words in which shapes of a log differ are values: shapes of one structure, compared column by column."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.analysis.logs.masks import NAME_FOLLOWS, VALUE
from agent.analysis.logs.skeleton import Atoms

# A vocabulary of this many words in one place is open, however often each of them is seen. Development split: mean
# grouping accuracy .997 from 16 to 64, .994 at 8.
MANY_WORDS = 16
# Fewer words than this are an enumeration (states, methods, roles). Development split: figures equal from 4 to 100,
# .996 at 2.
FEW_WORDS = 4
# Chao's estimate of the words not seen yet, as a share of those seen, from which the vocabulary counts as open
# (A. Chao, Scand. J. Statist. 11, 1984). Development split: equal from .1 to 2, .986 at 0.
OPEN_SHARE = 0.5


# How many cells (rows times columns) are looked at in one comparison of a structure, a fifth of a second or so: hostile
# text of one structure with many varying words stays apart beyond that. Development split: figures equal from 500 up.
MOST_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One distinct shape of a line: its atoms, and how many lines had it."""

    id: int
    atoms: Atoms
    count: int


@dataclass(frozen=True, slots=True)
class Merge:
    """Rows that are one template, which has a value in `columns`."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]


def structure(atoms: Atoms) -> int:
    """Return a number that two shapes must share to be compared: how many atoms, and the separators among them."""
    return hash((len(atoms), "".join(atom for atom in atoms if not _is_word(atom))))


def merges(rows: Sequence[Row]) -> Iterator[Merge]:
    """Yield which rows of one structure are the same template.

    Rows are split by the column with the fewest different words until every column that still varies holds an open
    vocabulary; what is left is one template if at least as many words are constant as vary.
    """
    pending: list[tuple[list[Row], list[int], int]] = [(list(rows), list(range(len(rows[0].atoms))), 0)]
    budget = MOST_CELLS
    while pending and budget > 0:
        group, columns, constants = pending.pop()
        if len(group) < 2:
            continue
        budget -= len(group) * len(columns)
        words = {column: {row.atoms[column] for row in group} for column in columns}
        constants += sum(1 for c in columns if len(words[c]) == 1 and group[0].atoms[c][0].isalpha())
        varying = [column for column in columns if len(words[column]) > 1]
        closed = [c for c in varying if not _open(group, c, words[c])]
        if not closed and constants >= len(varying):
            yield Merge(tuple(row.id for row in group), tuple(varying))
            continue
        by = min(closed, key=lambda c: (len(words[c]), c)) if closed else varying[0]
        parts: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            parts[row.atoms[by]].append(row)
        constant_now = constants + (group[0].atoms[by][0].isalpha())
        rest = [column for column in varying if column != by]
        pending.extend((part, rest, constant_now) for part in parts.values())


def _open(group: Sequence[Row], column: int, words: set[str]) -> bool:
    """Say whether the words of a column are values rather than an enumeration."""
    # What opens a line says what it is about, so it takes many words to make it a value.
    if column == 0:
        return len(words) >= MANY_WORDS
    if VALUE in words:
        return True
    if _names_follow(group[0].atoms, column):
        return True
    if len(words) < FEW_WORDS or len(words) >= MANY_WORDS:
        return len(words) >= MANY_WORDS
    counts: Counter[str] = Counter()
    for row in group:
        counts[row.atoms[column]] += row.count
    once = sum(1 for count in counts.values() if count == 1)
    twice = sum(1 for count in counts.values() if count == 2)
    return once * (once - 1) / 2 / (twice + 1) >= OPEN_SHARE * len(words)


def _names_follow(atoms: Atoms, column: int) -> bool:
    return column >= 2 and atoms[column - 1] == " " and atoms[column - 2].lower() in NAME_FOLLOWS


def _is_word(atom: str) -> bool:
    return atom == VALUE or len(atom) > 1 or atom.isalnum()

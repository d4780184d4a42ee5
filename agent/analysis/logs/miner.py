"""A streaming miner of log templates in bounded memory: a line in, the id of its template out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from agent.analysis.logs.columns import Atoms, Merge, Row, atoms_of, merges, structure
from agent.analysis.logs.masks import DIGITS, SHOWN, VALUE, phrase_mask, word_mask

# Of one line no more is looked at. The longest line of the development split has 1,085 characters and 92 words.
MAX_CHARS = 2000
MAX_WORDS = 200
# Caches of pure functions; they are emptied when full, which costs time and never changes an answer.
MAX_CACHED_WORDS = 20_000
MAX_CACHED_LINES = 10_000
# How many ids of templates that were merged or forgotten are remembered, for each template that may be kept.
FORWARDS_PER_CLUSTER = 8


@dataclass(frozen=True, slots=True)
class Cluster:
    """One template, how many lines had it, and the first of them (not redacted)."""

    id: int
    template: str
    count: int
    sample: str


@dataclass(slots=True)
class _Shape:
    id: int
    line: str
    count: int
    seen: int
    sample: str


class TemplateMiner:
    """Mine templates of a stream: at most `max_clusters` are kept, the least recently seen are forgotten first.

    Every line is reduced to its shape (masked values) and every distinct shape gets an id at once. From time to time,
    and whenever somebody asks, shapes that differ only in what turn out to be values become one template; ids that
    `add` gave out earlier are led there by `resolve`.
    """

    def __init__(self, max_clusters: int = 5000) -> None:
        self._max = max(8, max_clusters)
        self._words: dict[str, str] = {}
        self._first_words: dict[str, str] = {}
        self._lines: dict[str, _Shape] = {}
        self._shapes: dict[str, _Shape] = {}
        self._by_id: dict[int, _Shape] = {}
        self._learned: dict[tuple[int | str, ...], list[tuple[Atoms, _Shape]]] = {}
        self._forward: dict[int, int] = {}
        self._fresh = 0
        self._clock = 0
        self._next_id = 0

    def add(self, message: str) -> int:
        """Count one line and return the id of its template as known so far; never raises, whatever the text."""
        self._clock += 1
        line = self._masked(message)
        shape = self._lines.get(line)
        if shape is None:
            shape = self._shape(line, message)
        shape.count += 1
        shape.seen = self._clock
        return shape.id

    def resolve(self, cluster: int) -> int:
        """Return the id under which the template is known now; an id that was forgotten stays as it is."""
        self._consolidate()
        while cluster in self._forward:
            cluster = self._forward[cluster]
        return cluster

    def template(self, cluster: int) -> str:
        """Return the template with `<*>` for values, empty for an unknown id."""
        shape = self._by_id.get(self.resolve(cluster))
        return _shown(shape.line) if shape else ""

    def clusters(self) -> tuple[Cluster, ...]:
        """Return all templates that are kept, in the order of their first line."""
        self._consolidate()
        return tuple(
            Cluster(shape.id, _shown(shape.line), shape.count, shape.sample)
            for shape in sorted(self._shapes.values(), key=lambda shape: shape.id)
        )

    def _masked(self, message: str) -> str:
        cut = len(message) > MAX_CHARS
        if cut:
            message = message[:MAX_CHARS]
        if VALUE in message:
            message = message.replace(VALUE, " ")
        words = DIGITS.sub("0", message).split()
        if len(words) > MAX_WORDS:
            cut = True
            del words[MAX_WORDS:]
        if not words:
            return ""
        known = self._words
        if len(known) > MAX_CACHED_WORDS:
            known.clear()
        masked = [self._first(words[0])]
        for word in words[1:]:
            mask = known.get(word)
            if mask is None:
                mask = known[word] = word_mask(word)
            masked.append(mask)
        if cut:
            masked.append(VALUE)
        return " ".join(masked)

    def _first(self, word: str) -> str:
        mask = self._first_words.get(word)
        if mask is None:
            if len(self._first_words) > MAX_CACHED_WORDS:
                self._first_words.clear()
            mask = self._first_words[word] = word_mask(word, first=True)
        return mask

    def _shape(self, line: str, message: str) -> _Shape:
        whole = phrase_mask(line)
        shape = self._shapes.get(whole) or self._match(whole)
        if shape is None:
            if len(self._shapes) >= self._max:
                self._make_room()
            shape = _Shape(self._next_id, whole, 0, self._clock, message[:MAX_CHARS])
            self._next_id += 1
            self._shapes[whole] = self._by_id[shape.id] = shape
            self._fresh += 1
        if len(self._lines) > MAX_CACHED_LINES:
            self._lines.clear()
        self._lines[line] = shape
        return shape

    def _match(self, line: str) -> _Shape | None:
        """Return the merged template that the line fits, so that a new name does not become a new template."""
        if not self._learned:
            return None
        atoms = atoms_of(line)
        for template, shape in self._learned.get(structure(atoms), ()):
            if all(t in (VALUE, a) for t, a in zip(template, atoms, strict=True)):
                return shape
        return None

    def _make_room(self) -> None:
        """Merge what can be merged, then forget an eighth of the templates if it is still needed."""
        self._consolidate()
        surplus = len(self._shapes) - self._max * 7 // 8
        if surplus <= 0:
            return
        for shape in sorted(self._shapes.values(), key=lambda shape: shape.seen)[:surplus]:
            del self._shapes[shape.line]
            del self._by_id[shape.id]
        self._lines.clear()
        self._index()

    def _consolidate(self) -> None:
        if not self._fresh:
            return
        self._fresh = 0
        groups: dict[tuple[int | str, ...], list[Row]] = defaultdict(list)
        for shape in self._shapes.values():
            atoms = atoms_of(shape.line)
            if atoms:
                groups[structure(atoms)].append(Row(shape.id, atoms, shape.count))
        found = [merge for rows in groups.values() if len(rows) > 1 for merge in merges(rows)]
        for merge in found:
            self._merge(merge)
        if found:
            self._lines.clear()
            self._index()

    def _merge(self, merge: Merge) -> None:
        shapes: Sequence[_Shape] = sorted(
            (self._by_id[row] for row in merge.rows), key=lambda shape: shape.id
        )
        kept = shapes[0]
        atoms = list(atoms_of(kept.line))
        for column in merge.columns:
            atoms[column] = VALUE
        for shape in shapes:
            del self._shapes[shape.line]
        for shape in shapes[1:]:
            del self._by_id[shape.id]
            self._forward[shape.id] = kept.id
            kept.count += shape.count
            kept.seen = max(kept.seen, shape.seen)
        while len(self._forward) > FORWARDS_PER_CLUSTER * self._max:
            del self._forward[next(iter(self._forward))]
        kept.line = "".join(atoms)
        self._shapes[kept.line] = kept

    def _index(self) -> None:
        """Remember which templates may take in a line of a new shape: those with a value where words stood."""
        self._learned = {}
        for shape in self._shapes.values():
            atoms = atoms_of(shape.line)
            if VALUE in atoms:
                self._learned.setdefault(structure(atoms), []).append((atoms, shape))


def _shown(line: str) -> str:
    return line.replace(VALUE, SHOWN)

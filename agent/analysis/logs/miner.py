"""A streaming miner of log templates in bounded memory: a line in, the id of its template out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent.analysis.logs.columns import Merge, Row, merges, structure
from agent.analysis.logs.masks import SHOWN, VALUE, phrase_mask
from agent.analysis.logs.skeleton import Atoms, atoms_of, fitting, identity
from agent.analysis.logs.words import WordMasks

# Of a line no more is looked at; what follows is a value. No line of the development split has more.
MAX_ATOMS = 200
# A cache of a pure function; it is emptied when full, which costs time and never changes an answer.
MAX_CACHED_LINES = 10_000
# A sample of a template is for people.
MAX_SAMPLE = 600
# When room is needed, shapes of one structure are compared again once this share of them is new: so the work for one
# new shape does not grow with the number of shapes. Whoever asks gets everything compared.
REDONE_SHARE = 0.25
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
    key: str
    line: str
    count: int
    seen: int
    sample: str
    structure: int
    merged: bool = False


class TemplateMiner:
    """Mine templates of a stream: at most `max_clusters` are kept, the least recently seen are forgotten first.

    Every line is reduced to its shape (masked values) and every distinct shape gets an id at once. From time to time,
    and whenever somebody asks, shapes that differ only in what turn out to be values become one template; ids that
    `add` gave out earlier are led there by `resolve`.
    """

    def __init__(self, max_clusters: int = 5000) -> None:
        self._max = max(8, max_clusters)
        self._words = WordMasks()
        self._lines: dict[str, _Shape] = {}
        self._shapes: dict[str, _Shape] = {}
        self._by_id: dict[int, _Shape] = {}
        self._alike: dict[int, set[int]] = {}
        self._learned: dict[int, list[tuple[Atoms, _Shape]]] = {}
        self._forward: dict[int, int] = {}
        self._fresh: Counter[int] = Counter()
        self._clock = 0
        self._next_id = 0

    def add(self, message: str) -> int:
        """Count one line and return the id of its template as known so far; never raises, whatever the text."""
        self._clock += 1
        line = self._words.masked(message)
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

    def _shape(self, line: str, message: str) -> _Shape:
        whole = phrase_mask(line)
        atoms = atoms_of(whole)
        if len(atoms) > MAX_ATOMS:
            atoms = (*atoms[:MAX_ATOMS], VALUE)
            whole = "".join(atoms)
        key = identity(whole)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._match(atoms) or self._new(key, whole, structure(atoms), message)
        elif shape.line != whole:
            self._leave(shape)
            shape.line = fitting(shape.line, whole)
            self._enter(shape)
        if len(self._lines) > MAX_CACHED_LINES:
            self._lines.clear()
        self._lines[line] = shape
        return shape

    def _new(self, key: str, line: str, form: int, message: str) -> _Shape:
        if len(self._shapes) >= self._max:
            self._make_room()
        shape = _Shape(self._next_id, key, line, 0, self._clock, message[:MAX_SAMPLE], form)
        self._next_id += 1
        self._shapes[key] = self._by_id[shape.id] = shape
        self._alike.setdefault(form, set()).add(shape.id)
        self._fresh[form] += 1
        return shape

    def _enter(self, shape: _Shape) -> None:
        """File a shape under its line as it is now."""
        shape.key = identity(shape.line)
        shape.structure = structure(atoms_of(shape.line))
        self._shapes[shape.key] = self._by_id[shape.id] = shape
        self._alike.setdefault(shape.structure, set()).add(shape.id)
        if shape.merged:
            self._learned.setdefault(shape.structure, []).append((atoms_of(shape.line), shape))

    def _leave(self, shape: _Shape) -> None:
        del self._shapes[shape.key]
        del self._by_id[shape.id]
        alike = self._alike[shape.structure]
        alike.discard(shape.id)
        if not alike:
            del self._alike[shape.structure]
        if shape.merged:
            learned = [one for one in self._learned.pop(shape.structure) if one[1] is not shape]
            if learned:
                self._learned[shape.structure] = learned

    def _match(self, atoms: Atoms) -> _Shape | None:
        """Return the merged template that the line fits, so that a new name does not become a new template."""
        for template, shape in self._learned.get(structure(atoms), ()):
            if all(t in (VALUE, a) for t, a in zip(template, atoms, strict=True)):
                return shape
        return None

    def _make_room(self) -> None:
        """Merge what can be merged, then forget an eighth of the templates if it is still needed."""
        self._consolidate(share=REDONE_SHARE)
        surplus = len(self._shapes) - self._max * 7 // 8
        if surplus <= 0:
            return
        for shape in sorted(self._shapes.values(), key=lambda shape: shape.seen)[:surplus]:
            self._leave(shape)
        self._lines.clear()

    def _consolidate(self, share: float = 0.0) -> None:
        """Merge shapes of every structure of which at least this share is new since the last time."""
        if not self._fresh:
            return
        due = [form for form, new in self._fresh.items() if new >= share * len(self._alike.get(form, ()))]
        merged = False
        for form in due:
            del self._fresh[form]
            alike = [self._by_id[one] for one in sorted(self._alike.get(form, ()))]
            if len(alike) < 2:
                continue
            rows = [Row(shape.id, atoms_of(shape.line), shape.count) for shape in alike]
            for merge in merges(rows):
                # A merge before this one may have taken a row away.
                if all(row in self._by_id and self._by_id[row].structure == form for row in merge.rows):
                    self._merge(merge)
                    merged = True
        if merged:
            self._lines.clear()

    def _merge(self, merge: Merge) -> None:
        shapes = sorted((self._by_id[row] for row in merge.rows), key=lambda shape: shape.id)
        for shape in shapes:
            self._leave(shape)
        atoms = list(atoms_of(shapes[0].line))
        for column in merge.columns:
            atoms[column] = VALUE
        line = "".join(atoms)
        # With fewer words left the template may be one that is there already.
        known = self._shapes.get(identity(line))
        if known is not None:
            self._leave(known)
            line = fitting(known.line, line)
            shapes = sorted([known, *shapes], key=lambda shape: shape.id)
        kept = self._joined(shapes)
        kept.line = line
        kept.merged = True
        self._enter(kept)

    def _joined(self, shapes: Sequence[_Shape]) -> _Shape:
        kept = shapes[0]
        for shape in shapes[1:]:
            self._forward[shape.id] = kept.id
            kept.count += shape.count
            kept.seen = max(kept.seen, shape.seen)
        while len(self._forward) > FORWARDS_PER_CLUSTER * self._max:
            del self._forward[next(iter(self._forward))]
        return kept


def _shown(line: str) -> str:
    return line.replace(VALUE, SHOWN)

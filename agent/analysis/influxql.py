"""Reads the part of InfluxQL in which events are counted: one SELECT of one value over the time asked for, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agent.analysis.influxql_tokens import TIME, WINDOW, Cursor, Sort, place

COUNTING = ("sum", "count")
"""What may be added up over slices."""

_VALUES = (
    *COUNTING,
    "mean",
    "median",
    "min",
    "max",
    "first",
    "last",
    "spread",
    "stddev",
    "percentile",
    "mode",
)
_COURSES = ("difference", "non_negative_difference", "derivative", "non_negative_derivative")
_PLAIN = ""
_DEEPEST = 3
_COMPARED = ("=", "!=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query selects: by which functions, from which sources as they are written, and by which names."""

    functions: tuple[str, ...]
    sources: tuple[str, ...]
    names: frozenset[str]
    apart: bool = False


def selection(query: str) -> Selection:
    """Return what a query selects; raises ValueError that says what is wrong and what to write."""
    reader = _Reader(query)
    functions, sources, apart = reader.select(outer=True)
    if reader.here.sort is not Sort.END:
        raise ValueError(f"{place(reader.here)} is not understood: end the query after GROUP BY and fill")
    # What an inner query makes up has no place in the store.
    return Selection(tuple(functions), tuple(sources), frozenset(reader.names - reader.made), apart)


def rendered(query: str, seconds: int, start: float, end: float) -> str:
    """Return a query for the slices of so many seconds from a start, which belongs to them, to an end, which does not.

    The slices lie on the start and not on the clock, so that a piece of any length is one slice.
    """
    length = f"{seconds}s, {round(start) % seconds}s"
    return query.replace(WINDOW, length).replace(TIME, f" time >= {start:.0f}s AND time < {end:.0f}s ")


def _nearest(text: str, known: Sequence[str]) -> str:
    near = get_close_matches(text.lower(), known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


class _Reader(Cursor):
    """Reads a SELECT; `names` are those that it uses, `made` those that inner queries give."""

    def __init__(self, query: str) -> None:
        super().__init__(query)
        self.names: set[str] = set()
        self.made: set[str] = set()
        self._deep = 0

    def select(self, *, outer: bool) -> tuple[list[str], list[str], bool]:
        """Read a SELECT, the outer one with one value, the time and the slices.

        Return its functions, the sources, and whether it keeps series apart.
        """
        self._deep += 1
        if self._deep > _DEEPEST:
            raise ValueError(f"queries may stand {_DEEPEST} deep at most")
        self.keyword("SELECT")
        functions = self._fields(outer=outer)
        self.keyword("FROM")
        sources = self._sources()
        timed = self._where(outer=outer)
        apart, sliced = self._group()
        self._fill()
        self._checked(outer=outer, timed=timed, sliced=sliced, functions=functions)
        self._deep -= 1
        return functions, sources, apart

    def _checked(self, *, outer: bool, timed: bool, sliced: bool, functions: list[str]) -> None:
        if not outer:
            if _PLAIN in functions and set(functions) != {_PLAIN}:
                raise ValueError("an inner query takes fields as they are, or functions of fields, not both")
            courses, values = set(functions) & set(_COURSES), set(functions) & set(_VALUES)
            if sliced and (courses or not values):
                raise ValueError("an inner query with GROUP BY time needs a function such as sum or max")
            if courses and values:
                raise ValueError("an inner query takes either each value's difference or one value of many")
            return
        if not timed:
            raise ValueError(f"the time asked for must stand in it, as in WHERE {TIME} AND status < 500")
        if not sliced:
            raise ValueError(f"its slices must stand in it: end with GROUP BY time({WINDOW})")

    def _fields(self, *, outer: bool) -> list[str]:
        functions: list[str] = []
        while True:
            before = len(functions)
            self._sum(functions, outer=outer)
            if outer and len(functions) == before:
                raise ValueError(f"a function must stand in it: {', '.join(COUNTING)} of what is counted")
            # Without a name of its own a value has that of its function.
            self.made.update(() if outer else functions)
            if self.take_keyword("AS"):
                self.made.add(self.name("a name after AS"))
            if not self.sign(","):
                return functions
            if outer:
                raise ValueError("it selects more than one value: write one query for each")

    def _sum(self, functions: list[str], *, outer: bool) -> None:
        """Read terms with signs between them."""
        self._term(functions, outer=outer)
        while self.sign("+", "-", "*", "/"):
            self._term(functions, outer=outer)

    def _term(self, functions: list[str], *, outer: bool) -> None:
        if self.sign("("):
            self._sum(functions, outer=outer)
            self.must(")")
        elif self.here.sort is Sort.NUMBER:
            self.step()
        elif self.here.sort is Sort.NAME and self.calls:
            functions.append(self._call(outer=outer))
        elif outer:
            raise ValueError(f'{place(self.here)} is no function of a field, such as sum("requests")')
        else:
            self.names.add(self.name("a field"))
            functions.append(_PLAIN)

    def _call(self, *, outer: bool) -> str:
        token = self.here
        known = _VALUES if outer else (*_VALUES, *_COURSES)
        if token.text.lower() not in known:
            raise ValueError(f"{place(token)} is no function here: {_nearest(token.text, known)}")
        self.step(2)
        self.names.add(self.name("the field that is counted"))
        if token.text.lower() == "percentile":
            self.must(",")
            if self.here.sort is not Sort.NUMBER or float(self.here.text) > 100:
                raise ValueError("percentile takes a field and a number up to 100")
            self.step()
        self.must(")")
        return token.text.lower()

    def _sources(self) -> list[str]:
        found: list[str] = []
        while True:
            if self.sign("("):
                found += self.select(outer=False)[1]
                self.must(")")
            else:
                found.append(self._source())
            if not self.sign(","):
                return found

    def _source(self) -> str:
        first = self.here
        if first.sort is Sort.REGEX:
            self.step()
            return self.query[first.start : first.end]
        self.name("a measurement")
        for _ in range(2):
            if self.sign("."):
                self.name("a measurement")
        return self.query[first.start : self.before.end]

    def _where(self, *, outer: bool) -> bool:
        if not self.take_keyword("WHERE"):
            return False
        timed, either = self._condition(outer=outer)
        if timed and either:
            raise ValueError(f"put what stands beside {TIME} in brackets: WHERE {TIME} AND (… OR …)")
        return timed

    def _condition(self, *, outer: bool) -> tuple[bool, bool]:
        timed, either = self._clause(outer=outer), False
        while True:
            if self.take_keyword("OR"):
                either = True
            elif not self.take_keyword("AND"):
                return timed, either
            timed = self._clause(outer=outer) or timed

    def _clause(self, *, outer: bool) -> bool:
        token = self.here
        if token.sort is Sort.PLACE and token.text == TIME:
            if not outer:
                raise ValueError(
                    f"{TIME} stands in the outermost WHERE and outside of brackets: inner queries take it over"
                )
            self.step()
            return True
        if self.sign("("):
            self._condition(outer=False)
            self.must(")")
            return False
        name = self.name(f"a tag, a field, {TIME} or a bracket")
        if name.lower() == "time":
            raise ValueError(f"leave times out: {TIME} stands for them")
        self.names.add(name)
        self._compared()
        return False

    def _compared(self) -> None:
        if self.sign("=~", "!~"):
            if self.here.sort is not Sort.REGEX:
                raise ValueError(f"{place(self.here)} is no expression such as /^5/")
        elif not self.sign(*_COMPARED):
            raise ValueError(
                f"{place(self.here)} compares nothing: write {', '.join((*_COMPARED, '=~', '!~'))}"
            )
        elif self.here.sort not in (Sort.TEXT, Sort.NUMBER):
            hint = f": write '{self.here.text}'" if self.here.sort in (Sort.NAME, Sort.QUOTED) else ""
            raise ValueError(f"{place(self.here)} is no text and no number{hint}")
        self.step()

    def _group(self) -> tuple[bool, bool]:
        """Read GROUP BY; say whether it keeps series apart, and whether it has slices."""
        if not self.take_keyword("GROUP"):
            return False, False
        self.keyword("BY")
        apart = sliced = False
        while True:
            if self.here.sort is Sort.NAME and self.here.text.lower() == "time" and self.calls:
                if sliced:
                    raise ValueError("GROUP BY has one time")
                self.step(2)
                self.place(WINDOW, f"time({WINDOW})")
                self.must(")")
                sliced = True
            else:
                apart = True
                if not self.sign("*"):
                    self.names.add(self.name("a tag"))
            if not self.sign(","):
                return apart, sliced

    def _fill(self) -> None:
        if self.here.sort is not Sort.NAME or self.here.text.lower() != "fill" or not self.calls:
            return
        self.step()
        self.must("(")
        if self.here.text.lower() not in ("none", "null"):
            raise ValueError(f"fill({self.here.text}) invents data where there are none: write fill(none)")
        self.step()
        self.must(")")
